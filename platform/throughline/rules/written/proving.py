"""Whether a rule holds: its look-backs, its condition and each of its examples, all that is wrong at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from throughline.rules.facts import NO_INCIDENT, Fact, FactSchema, FactValue, count_of, seen_at
from throughline.rules.grammar import nearest
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.kept import Kept
from throughline.rules.language import Condition, Language
from throughline.rules.lowering import require_lowerable
from throughline.sdk import Earlier, OpenObligation, Rule, RuleTest

_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Wrong:
    """What keeps a rule from being used.

    With ``test`` it is that example, from 1, and ``name`` is the fact it gives wrongly, if it does. With
    ``name`` alone it is that look-back. Otherwise it is the condition. ``at`` is the character of the
    condition, or of the look-back's ``where``; ``None`` where the whole of it is meant.
    """

    message: str
    name: str = ""
    test: int = 0
    at: int | None = None


_PROVED: Kept[tuple[Wrong, ...]] = Kept(8192)


def prove(rule: Rule, schema: FactSchema, plain: Language) -> tuple[Wrong, ...]:
    """Say all that is wrong with a sound record; ``plain`` is the language of the schema without counts.

    It is worked out once for each record and the facts it may read.
    """
    return _PROVED.get(rule, schema, lambda: tuple(_proved(rule, schema, plain)))


def _proved(rule: Rule, schema: FactSchema, plain: Language) -> Iterator[Wrong]:
    """Say all that is wrong.

    Everything must be lowerable to SQL, so that what the rule would have done can be looked up.
    """
    seen = seen_at(schema, rule.on)
    scan = seen is not schema
    for asked in rule.let:
        if any(name.split(".")[0] == asked.name for name in schema.facts):
            yield Wrong(f"the count “{asked.name}” has the name of a set of facts", asked.name)
        elif isinstance(asked, Earlier) and asked.where:
            try:
                _lowerable(plain.compile(asked.where), schema.facts)
            except InvalidCondition as error:
                message = f"in where of “{asked.name}”: {error.message}"
                yield Wrong(message, asked.name, at=_index(asked.where, error))
    for effect in rule.then:
        if isinstance(effect, OpenObligation) and effect.duty not in schema.duties:
            yield Wrong(unknown_duty(effect.duty, schema.duties))
    counts = {asked.name: count_of(asked, scan=scan) for asked in rule.let}
    language = Language({**seen.facts, **counts}, schema.whose) if counts or scan else plain
    try:
        condition = language.compile(rule.when)
        _lowerable(condition, language.facts)
    except InvalidCondition as error:
        said = (
            f"{error.message}{NO_INCIDENT}" if scan and "there is no fact" in error.message else error.message
        )
        yield Wrong(said, at=_index(rule.when, error))
        return
    for number, test in enumerate(rule.tests, start=1):
        yield from _tried(number, test, condition, language)


def unknown_duty(key: str, duties: Mapping[str, str]) -> str:
    """Say that no enabled plugin has a duty."""
    known = nearest(key, duties) or (f" There are: {', '.join(duties)}." if duties else "")
    return f"no enabled plugin has the duty “{key[:_LONGEST_VALUE]}”.{known}"


def _lowerable(condition: Condition, facts: Mapping[str, Fact]) -> None:
    require_lowerable(condition, {name: fact.kind for name, fact in facts.items()})


def _index(source: str, error: InvalidCondition) -> int:
    before = source.split("\n")[: error.line - 1]
    return sum(len(line) + 1 for line in before) + error.column - 1


def _tried(number: int, test: RuleTest, condition: Condition, language: Language) -> Iterator[Wrong]:
    facts = language.facts
    unusable = FactSchema(facts).fill(test.given).unusable
    wrong = False
    for name, value in test.given.items():
        said = _given_wrongly(name, value, facts) or unusable.get(name, "")
        if said:
            wrong = True
            yield Wrong(f"its test {number} gives “{name}”, which {said}", name, number)
    if wrong:
        return
    values = FactSchema(facts).fill(test.given).values
    try:
        fired = condition.holds(language.activation(values))
    except Unanswerable as reason:
        yield Wrong(f"its test {number} has no answer: {reason}; {_read(condition, values)}", test=number)
        return
    if fired != test.fires:
        said = "expects it to fire, and it does not" if test.fires else "expects it not to fire, and it does"
        yield Wrong(f"its test {number} {said}: {_read(condition, values)}", test=number)


def _given_wrongly(name: str, value: object, facts: Mapping[str, Fact]) -> str:
    fact = facts.get(name)
    if fact is None:
        return f"is not a fact.{nearest(name, facts)}"
    if not fact.closed:
        return ""
    for word in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(word, str) and word and word not in fact.choices:
            return f"is never “{word[:_LONGEST_VALUE]}”.{nearest(word, fact.choices)}"
    return ""


def _read(condition: Condition, values: Mapping[str, FactValue]) -> str:
    """Say what the condition saw of an example, so that its author need not work it out."""
    seen = [f"{name} is {_shown(values[name])}" for name in condition.reads]
    return f"{', '.join(seen)}." if seen else "the condition reads no fact."


def _shown(value: FactValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return f'"{value[:_LONGEST_VALUE]}"' if isinstance(value, str) else str(value)
