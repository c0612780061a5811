"""The language of conditions: a stated part of CEL, type-checked and run by Google's C++ runtime.

Every fact is a typed variable under its full name, so a misspelt name or a wrong type is refused when a rule
is loaded, with the place and what was probably meant. What could hurt (length, depth, loops inside loops,
texts that double) is refused before the runtime sees it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from throughline.rules.checked import Checked, read
from throughline.rules.facts import Fact, FactValue
from throughline.rules.grammar import Sentence, check
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.wording import explained, plain_failure
from throughline.sdk import FactKind

_TYPES: Mapping[FactKind, cel.Type] = {
    FactKind.BOOL: cel.Type.BOOL,
    FactKind.INT: cel.Type.INT,
    FactKind.STRING: cel.Type.STRING,
    FactKind.STRING_LIST: cel.Type.List(cel.Type.STRING),
}
_GIVES = {
    "INT": "a whole number",
    "STRING": "a text",
    "DOUBLE": "a decimal number",
    "DYN": "something untyped",
}


@dataclass(frozen=True)
class Condition:
    """A compiled condition and the names of the facts it reads, in alphabetical order."""

    source: str
    reads: tuple[str, ...]
    sentence: Sentence
    _program: Any

    def holds(self, activation: Any) -> bool:
        """Say whether the condition is true of an activation.

        Raises:
            Unanswerable: it could not be evaluated on these facts, such as a division by zero.
        """
        try:
            value = self._program.eval(activation).value()
        except RuntimeError as error:  # the runtime's own status type, which it does not export
            raise Unanswerable(plain_failure(str(error))) from error
        if value is True or value is False:
            return bool(value)
        raise Unanswerable(plain_failure(str(value)))

    def tree(self) -> Checked:
        """Return the type-checked tree, for whoever says the condition in another language."""
        return read(self._program.serialize())


def _environment(kinds: frozenset[tuple[str, FactKind]]) -> Any:
    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in sorted(kinds)})


def _program(environment: Any, source: str) -> Any:
    return environment.compile(source)


# An environment takes milliseconds to make and a program half of one; most rules of a provider read the same
# facts and ask the same small questions. Neither holds anything of an evaluation, so threads share them.
@lru_cache(maxsize=512)
def _kept_environment(kinds: frozenset[tuple[str, FactKind]], _whose: str) -> Any:
    return _environment(kinds)


@lru_cache(maxsize=16_384)
def _kept_program(environment: Any, source: str) -> Any:
    return _program(environment, source)


class Language:
    """The conditions over one set of facts; for somebody (``whose``) what they compile is kept."""

    def __init__(self, facts: Mapping[str, Fact], whose: str = "") -> None:
        self.facts = facts
        kinds = frozenset((name, fact.kind) for name, fact in facts.items())
        self._environment = _kept_environment(kinds, whose) if whose else _environment(kinds)
        self._compiled = _kept_program if whose else _program

    def compile(self, source: str) -> Condition:
        """Check and compile a condition.

        Raises:
            InvalidCondition: it is too long, too deep or outside the language; does not parse; reads what is
                not known or of another type; compares with a word that never occurs; is not a yes-or-no
                question; or has no answer even when every fact is at its default.
        """
        sentence = check(source, self.facts)
        program = self._program(sentence)
        given = program.return_type()
        if given != cel.Type.BOOL:
            what = _GIVES.get(given.name(), given.name())
            raise InvalidCondition(f"this gives {what}, but a condition is true or false", source, 0)
        condition = Condition(source, tuple(sorted(sentence.reads)), sentence, program)
        self._try(condition)
        return condition

    def part(self, source: str) -> Condition:
        """Compile a part of a sound condition that is itself true or false.

        Raises:
            InvalidCondition: the part does not stand on its own.
        """
        sentence = check(source, self.facts)
        program = self._program(sentence)
        if program.return_type() != cel.Type.BOOL:
            raise InvalidCondition("this part is not true or false", source, 0)
        return Condition(source, tuple(sorted(sentence.reads)), sentence, program)

    def activation(self, values: Mapping[str, FactValue]) -> Any:
        """Return values in the form that every condition of this language shares."""
        return self._environment.Activation(values)

    def _program(self, sentence: Sentence) -> Any:
        try:
            program = self._compiled(self._environment, sentence.source)
        except RuntimeError as error:
            raise explained(str(error), sentence, self.facts) from error
        for pattern in sentence.patterns:
            self._see_pattern(pattern.text, sentence.source, pattern.start)
        return program

    def _see_pattern(self, literal: str, source: str, start: int) -> None:
        answer = self._environment.compile(f"''.matches({literal})").eval(data={}).value()
        if answer is not True and answer is not False:
            reason = str(answer).rpartition("invalid regular expression: ")[2]
            raise InvalidCondition(f"this pattern cannot be used: {reason}", source, start)

    def _try(self, condition: Condition) -> None:
        defaults: dict[str, Any] = {
            name: list(fact.default) if isinstance(fact.default, tuple) else fact.default
            for name, fact in self.facts.items()
        }
        try:
            condition.holds(self.activation(defaults))
        except Unanswerable as reason:
            message = f"this has no answer when nothing is known yet: {reason}"
            raise InvalidCondition(message, condition.source, 0) from reason
