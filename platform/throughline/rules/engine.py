"""Evaluate rules: pure, in the order of their keys, each by itself, so that one cannot spoil another."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from throughline.rules.explanation import Joined, Part, explain, parts_of
from throughline.rules.facts import (
    NO_INCIDENT,
    Fact,
    FactSchema,
    FactValue,
    Filled,
    count_of,
    seen_at,
    why_unusable,
)
from throughline.rules.grammar import nearest
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.kept import Kept
from throughline.rules.language import Condition, Language
from throughline.rules.lowering import require_lowerable
from throughline.rules.stepping import Step, of_parts
from throughline.sdk import ABOUT_UNITS, Asked, Earlier, Effect, Rule, Trigger
from throughline.sdk.rules import kind_of

_DIGEST = 32  # hexadecimal digits: 128 bits


@dataclass(frozen=True)
class Finding:
    """A rule that matched, in words for the people it reaches.

    ``inputs`` are the values its condition read, ``steps`` its parts with what each said. ``digest`` is of
    the rule, its version and the inputs: the same again is no news.
    """

    rule_key: str
    version: int
    title: str
    why: str
    explanation: str
    effects: tuple[Effect, ...]
    digest: str
    budget: int | None = None
    inputs: Mapping[str, FactValue] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def digest_at(self, moment: str) -> str:
        """Return the digest at a moment that makes the same inputs news; without one, the digest itself."""
        if not moment:
            return self.digest
        return hashlib.sha256(f"{self.digest} {moment}".encode()).hexdigest()[: len(self.digest)]


@dataclass(frozen=True)
class RuleFailure:
    """A rule that could not be evaluated on these facts, and why. It has neither matched nor not matched.

    ``missing``: only because a figure it asks for is not there, such as a day's occupied beds.
    """

    rule_key: str
    version: int
    message: str
    missing: bool = False


@dataclass(frozen=True)
class RuleProblem:
    """A rule that is not in use, and why.

    ``line`` and ``column`` are of its condition, or of the ``where`` that the message names; 0 when the
    problem is elsewhere. ``test`` is the number of the inline test that failed, 0 when none did.
    """

    record_key: str
    message: str
    line: int = 0
    column: int = 0
    test: int = 0


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to be evaluated. ``facts`` are those of its language: the schema's and its own counts."""

    rule: Rule
    condition: Condition
    parts: Joined | Part
    facts: Mapping[str, Fact]


class UnsoundRule(Exception):
    """A rule cannot be used; holds the problem."""

    def __init__(self, problem: RuleProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class _Table:
    """Rules of one trigger that can share their facts: no two of them mean different counts by one name."""

    rules: tuple[CompiledRule, ...]
    counts: Mapping[str, Asked]
    language: Language


class RuleSet:
    """The compiled rules of one set of plugins, shared by every evaluation in the process.

    Holds nothing of any evaluation, so threads may share it.
    """

    def __init__(
        self, schema: FactSchema, rules: Sequence[CompiledRule], problems: Sequence[RuleProblem]
    ) -> None:
        self.schema = schema
        self.rules = tuple(rules)
        self.problems = tuple(problems)
        self._tables = {trigger: _tables(schema, self.of(trigger)) for trigger in Trigger}

    def of(self, trigger: Trigger) -> tuple[CompiledRule, ...]:
        """Return the live rules that look at a trigger, in the order of their keys."""
        return tuple(
            found for found in self.rules if trigger in found.rule.on and found.rule.status == "live"
        )

    def lookbacks(self, trigger: Trigger) -> tuple[Asked, ...]:
        """Return what the rules of a trigger ask about earlier incidents, each once."""
        return tuple(dict.fromkeys(asked for found in self.of(trigger) for asked in found.rule.let))

    def evaluate(
        self, trigger: Trigger, facts: Mapping[str, object], counts: Mapping[Any, int | str | None]
    ) -> tuple[Finding | RuleFailure, ...]:
        """Return what the rules of a trigger find, and those that failed, in the order of their keys.

        ``facts`` go by their full names; what is missing or ``None`` is at its default. ``counts`` has a
        number for each of ``lookbacks(trigger)``. Never raises for a rule or a value: the rules that read a
        value of the wrong kind, or a count that is missing, fail by name. Same inputs, same answer.
        """
        filled = self.schema.fill(facts)
        outcomes = [
            outcome for table in self._tables[trigger] for outcome in _evaluated(table, filled, counts)
        ]
        return tuple(sorted(outcomes, key=lambda outcome: outcome.rule_key))


def _tables(schema: FactSchema, rules: Sequence[CompiledRule]) -> tuple[_Table, ...]:
    grouped: list[tuple[list[CompiledRule], dict[str, Asked]]] = []
    for found in rules:
        own = {asked.name: asked for asked in found.rule.let}
        for members, counts in grouped:
            if all(counts.get(name, asked) == asked for name, asked in own.items()):
                members.append(found)
                counts.update(own)
                break
        else:
            grouped.append(([found], own))
    return tuple(
        _Table(tuple(members), counts, _language(schema, counts.values())) for members, counts in grouped
    )


def _language(schema: FactSchema, counts: Iterable[Asked], *, scan: bool = False) -> Language:
    named = {asked.name: count_of(asked, scan=scan) for asked in counts}
    return Language({**schema.facts, **named}, schema.whose)


def _evaluated(
    table: _Table, filled: Filled, counts: Mapping[Any, int | str | None]
) -> Iterable[Finding | RuleFailure]:
    values: dict[str, FactValue] = dict(filled.values)
    unusable = dict(filled.unusable)
    missing = {name for name, asked in table.counts.items() if counts.get(asked, 0) is None}
    for name, asked in table.counts.items():
        count = counts.get(asked)
        kind = kind_of(asked)
        reason = "was not counted" if count is None else why_unusable(kind, count)
        if reason:
            unusable[name] = reason
        values[name] = kind.default if count is None or reason else count  # type: ignore[assignment]
    activation = table.language.activation(values)
    for found in table.rules:
        if not missing.isdisjoint(found.condition.reads):
            rule = found.rule
            yield RuleFailure(rule.key, rule.version, f"{rule.key}: a figure is missing.", missing=True)
            continue
        outcome = _looked_at(found, activation, values, unusable)
        if outcome is not None:
            yield outcome


def _looked_at(
    found: CompiledRule, activation: Any, values: Mapping[str, FactValue], unusable: Mapping[str, str]
) -> Finding | RuleFailure | None:
    rule = found.rule
    bad = [f"{name} {unusable[name]}" for name in found.condition.reads if name in unusable]
    if bad:
        return RuleFailure(rule.key, rule.version, f"{rule.key} could not be evaluated: {'; '.join(bad)}.")
    try:
        if not found.condition.holds(activation):
            return None
        explanation = explain(found.parts, activation, values, found.facts)
        steps = tuple(of_parts(found.parts, values, activation, 0))
    except Unanswerable as reason:
        return RuleFailure(rule.key, rule.version, f"{rule.key} could not be evaluated: {reason}.")
    except Exception as error:  # whatever else happens stays with this rule; its text may quote an answer
        reason_of = f"{type(error).__name__} in the evaluation"
        return RuleFailure(rule.key, rule.version, f"{rule.key} could not be evaluated: {reason_of}.")
    read = {name: values[name] for name in found.condition.reads}
    said = (rule.key, rule.version, rule.title, rule.why, explanation, rule.then)
    return Finding(*said, _digest(rule, read), rule.budget, read, steps)


def _digest(rule: Rule, read: Mapping[str, FactValue]) -> str:
    text = json.dumps([rule.key, rule.version, read], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def compile_rules(rules: Iterable[Rule], schema: FactSchema) -> RuleSet:
    """Compile rules against the facts they may read, and run each rule's own tests.

    A rule that does not compile, or fails one of its tests, is not in the set: it is a problem that names
    the rule and what is wrong. The other rules are not affected.
    """
    compiled: dict[str, CompiledRule] = {}
    problems: list[RuleProblem] = []
    plain = Language(schema.facts, schema.whose)
    for rule in sorted(rules, key=lambda rule: (rule.key, rule.version)):
        try:
            if rule.key in compiled:
                raise _unsound(rule, "another rule has the same key")
            compiled[rule.key] = _known_sound(rule, schema, plain)
        except UnsoundRule as unsound:
            problems.append(unsound.problem)
    return RuleSet(schema, tuple(compiled.values()), problems)


_KNOWN: Kept[CompiledRule | UnsoundRule] = Kept(8192)


def _known_sound(rule: Rule, schema: FactSchema, plain: Language) -> CompiledRule:
    def find() -> CompiledRule | UnsoundRule:
        try:
            return _sound(rule, schema, plain)
        except UnsoundRule as unsound:
            return unsound

    found = _KNOWN.get(rule, schema, find)
    if isinstance(found, UnsoundRule):
        raise UnsoundRule(found.problem)
    return found


def _unsound(rule: Rule, message: str, line: int = 0, column: int = 0, test: int = 0) -> UnsoundRule:
    said = f"Rule {rule.key} cannot be used: {message}"
    return UnsoundRule(RuleProblem(rule.key, said, line, column, test))


def compile_rule(rule: Rule, schema: FactSchema) -> CompiledRule:
    """Compile one rule, saved or draft, against the facts it may read; its own tests are not run.

    Raises:
        UnsoundRule: it does not compile; holds the problem, with its place.
    """
    return _compiled(rule, schema, Language(schema.facts))


def _sound(rule: Rule, schema: FactSchema, plain: Language) -> CompiledRule:
    found = _compiled(rule, schema, plain)
    alone = not rule.let and ABOUT_UNITS.isdisjoint(rule.on)
    language = plain if alone or not rule.tests else Language(found.facts, schema.whose)
    for number, test in enumerate(rule.tests, start=1):
        wrong = _wrong_with(test.given, test.fires, found, language)
        if wrong:
            raise _unsound(rule, f"its test {number} {wrong}", test=number)
    return found


def _compiled(rule: Rule, whole: FactSchema, plain: Language) -> CompiledRule:
    schema = seen_at(whole, rule.on)
    scan = schema is not whole
    for asked in rule.let:
        # CEL would read a fact such as restraint.positions as a part of a count named restraint.
        if any(name.split(".")[0] == asked.name for name in whole.facts):
            raise _unsound(rule, f"the count “{asked.name}” has the name of a set of facts")
        _see_where(rule, asked, whole, plain)
    language = _language(schema, rule.let, scan=scan) if rule.let or scan else plain
    try:
        condition = language.compile(rule.when)
    except InvalidCondition as error:
        said = f"{error}{NO_INCIDENT}" if scan and "there is no fact" in str(error) else str(error)
        raise _unsound(rule, said, error.line, error.column) from error
    return CompiledRule(rule, condition, parts_of(condition, language), language.facts)


def _see_where(rule: Rule, asked: Asked, schema: FactSchema, plain: Language) -> None:
    if not isinstance(asked, Earlier) or not asked.where:
        return
    try:
        condition = plain.compile(asked.where)
        require_lowerable(condition, {name: fact.kind for name, fact in schema.facts.items()})
    except InvalidCondition as error:
        message = f"in where of “{asked.name}”, {error}"
        raise _unsound(rule, message, error.line, error.column) from error


def _wrong_with(given: Mapping[str, object], fires: bool, found: CompiledRule, language: Language) -> str:
    """Say what is wrong with an inline test, or with the rule in its light; empty when all is well."""
    for name in given:
        if name not in found.facts:
            return f"gives “{name}”, which is not a fact.{nearest(name, found.facts)}"
    filled = FactSchema(found.facts).fill(given)
    if filled.unusable:
        name, reason = next(iter(filled.unusable.items()))
        return f"gives “{name}”, which {reason}"
    try:
        fired = found.condition.holds(language.activation(filled.values))
    except Unanswerable as reason_why:
        return f"has no answer: {reason_why}"
    if fired == fires:
        return ""
    return "expects it to fire, and it does not" if fires else "expects it not to fire, and it does"
