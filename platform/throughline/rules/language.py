"""The language of conditions: CEL, compiled once and type-checked by Google's C++ runtime.

Every fact is a typed variable under its full name, so a misspelt name, a type error or a syntax error is
refused when the rule is loaded, with line, column and a caret. What could hurt the compiler (length, depth)
is refused before it is asked.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel

from throughline.sdk import FactKind

LONGEST = 4_000  # characters of one condition
DEEPEST = 40  # brackets inside brackets, and operators that nest to the right
_OPENING, _CLOSING = "([{", ")]}"
_UNKNOWN = re.compile(r"undeclared reference to '([^']+)'")
_PLACE = re.compile(r":(\d+):(\d+): (.*)")
_TYPES: Mapping[FactKind, cel.Type] = {
    FactKind.BOOL: cel.Type.BOOL,
    FactKind.INT: cel.Type.INT,
    FactKind.STRING: cel.Type.STRING,
    FactKind.STRING_LIST: cel.Type.List(cel.Type.STRING),
}


class InvalidCondition(Exception):
    """A condition that cannot be used: what is wrong, where (from 1), and perhaps what was meant."""

    def __init__(self, message: str, line: int, column: int, source: str) -> None:
        self.message, self.line, self.column = message, line, column
        lines = source.splitlines() or [""]
        shown = lines[min(line, len(lines)) - 1][:120]
        super().__init__(f"line {line}, column {column}: {message}\n  {shown}\n  {' ' * (column - 1)}^")


@dataclass(frozen=True)
class Condition:
    """A compiled condition."""

    source: str
    program: Any

    def holds(self, activation: Any) -> bool:
        """Say whether the condition is true of an activation.

        Raises:
            ArithmeticError: it could not be evaluated, such as a division by zero.
        """
        value = self.program.eval(activation).plain_value()
        if not isinstance(value, bool):
            raise ArithmeticError(str(value))
        return value


class Language:
    """The conditions of one set of variables."""

    def __init__(self, variables: Mapping[str, FactKind]) -> None:
        self.variables = dict(variables)
        self._env = cel.NewEnv(variables={name: _TYPES[kind] for name, kind in self.variables.items()})

    def compile(self, source: str) -> Condition:
        """Compile and type-check a condition.

        Raises:
            InvalidCondition: it is too long or deep, does not parse, names something unknown, or is not a
                yes-or-no question.
        """
        _refuse_extremes(source)
        try:
            program = self._env.compile(source)
        except Exception as error:  # the runtime raises its own status type, which it does not export
            raise self._explained(str(error), source) from error
        if program.return_type() != cel.Type.BOOL:
            message = f"this gives {program.return_type().name()}, and a condition must be true or false"
            raise InvalidCondition(message, 1, 1, source)
        return Condition(source, program)

    def activation(self, facts: Mapping[str, Any]) -> Any:
        """Return the facts in the form every condition of this language can share."""
        return self._env.Activation(
            {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}
        )

    def _explained(self, text: str, source: str) -> InvalidCondition:
        place = _PLACE.search(text)
        line, column = (int(place[1]), int(place[2])) if place else (1, 1)
        message = place[3].strip() if place else text.strip().splitlines()[0]
        unknown = _UNKNOWN.search(text)
        if unknown:
            name = _whole_name(source, unknown[1], line, column)
            near = difflib.get_close_matches(name, self.variables, n=1, cutoff=0.6)
            meant = f": did you mean `{near[0]}`?" if near else ". See the list of facts in the plugin guide."
            message = f"`{name}` is not known{meant}"
        return InvalidCondition(message, line, max(1, column), source)


def _whole_name(source: str, part: str, line: int, column: int) -> str:
    """Return the dotted name that stands at a place, of which the runtime names only the first part."""
    lines = source.splitlines()
    text = lines[line - 1] if line <= len(lines) else ""
    found = re.match(r"[A-Za-z_][\w.]*", text[column - 1 :])
    return found[0] if found and found[0].startswith(part) else part


def _refuse_extremes(source: str) -> None:
    if not source.strip():
        raise InvalidCondition("the condition is empty", 1, 1, source)
    if len(source) > LONGEST:
        raise InvalidCondition(f"the condition is longer than {LONGEST:,} characters", 1, 1, source[:80])
    depth, quote = 0, ""
    for index, character in enumerate(source):
        if quote:
            quote = "" if character == quote and source[index - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        if depth > DEEPEST:
            raise InvalidCondition(f"brackets go more than {DEEPEST} deep", 1, 1, source[:80])
    chained = max((len(found) for found in re.findall(r"[!-]{2,}", source)), default=0)
    if chained > DEEPEST or source.count("?") > DEEPEST:
        raise InvalidCondition(f"it nests more than {DEEPEST} deep", 1, 1, source[:80])
