"""Evaluate rules: pure, in the order of their keys, each by itself, so that one cannot spoil another."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.rules.language import Condition, InvalidCondition, Language
from throughline.sdk import CORE_DEFAULTS, Effect, FactKind, LookBack, Rule, Trigger


@dataclass(frozen=True)
class Finding:
    """A rule that matched, in words for the people it reaches. ``digest`` is of the inputs it read."""

    rule_key: str
    version: int
    title: str
    why: str
    explanation: str
    effects: tuple[Effect, ...]
    digest: str


@dataclass(frozen=True)
class RuleFailure:
    """A rule that could not be evaluated on these facts."""

    rule_key: str
    version: int
    message: str


@dataclass(frozen=True)
class RuleProblem:
    """A rule that is not in use, and why: it does not compile, or fails its own test."""

    record_key: str
    message: str


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to be evaluated, and the names its condition reads."""

    rule: Rule
    language: Language
    condition: Condition
    reads: tuple[str, ...]


class RuleSet:
    """The compiled rules of one set of plugins, shared by every evaluation in the process."""

    def __init__(self, rules: Sequence[CompiledRule], problems: Sequence[RuleProblem]) -> None:
        self.rules = tuple(rules)
        self.problems = tuple(problems)

    def of(self, trigger: Trigger) -> tuple[CompiledRule, ...]:
        """Return the rules that look at a trigger, in the order of their keys."""
        return tuple(found for found in self.rules if trigger in found.rule.on)

    def lookbacks(self, trigger: Trigger) -> tuple[LookBack, ...]:
        """Return the distinct counts that the rules of a trigger ask for."""
        return tuple(dict.fromkeys(asked for found in self.of(trigger) for asked in found.rule.let))

    def evaluate(
        self, trigger: Trigger, facts: Mapping[str, Any], counts: Mapping[LookBack, int]
    ) -> tuple[Finding | RuleFailure, ...]:
        """Return what the rules of a trigger find, and those that failed. Same inputs, same answer."""
        outcomes: list[Finding | RuleFailure] = []
        shared: dict[int, Any] = {}  # one activation for all rules that add no count of their own
        for found in self.of(trigger):
            rule = found.rule
            try:
                if rule.let:
                    own = {**facts, **{asked.name: counts[asked] for asked in rule.let}}
                    activation = found.language.activation(own)
                else:
                    own = dict(facts)
                    key = id(found.language)
                    activation = shared.setdefault(key, None) or found.language.activation(own)
                    shared[key] = activation
                if found.condition.holds(activation):
                    outcomes.append(_finding(found, own))
            except Exception as error:  # a rule's own failure is recorded; the next rule is looked at
                message = f"{type(error).__name__}: {error}"
                outcomes.append(RuleFailure(rule.key, rule.version, message[:500]))
        return tuple(outcomes)


def compile_rules(rules: Iterable[Rule], variables: Mapping[str, FactKind]) -> RuleSet:
    """Compile rules against the variables they may read; one that is wrong becomes a problem.

    Each rule's inline tests are run: a rule that fails its own test is not used.
    """
    plain = Language(variables)
    compiled, problems = [], []
    for rule in sorted(rules, key=lambda found: found.key):
        try:
            found = _compile(rule, variables, plain)
            _test(found, variables)
        except InvalidCondition as error:
            problems.append(RuleProblem(rule.key, f"Rule {rule.key} cannot be used: {error}"))
        else:
            compiled.append(found)
    return RuleSet(compiled, problems)


def _compile(rule: Rule, variables: Mapping[str, FactKind], plain: Language) -> CompiledRule:
    own = {asked.name: FactKind.INT for asked in rule.let}
    clash = sorted(own.keys() & variables.keys())
    if clash:
        raise InvalidCondition(f"the count `{clash[0]}` has the name of a fact", 1, 1, rule.when)
    language = Language({**variables, **own}) if own else plain
    condition = language.compile(rule.when)
    reads = tuple(name for name in language.variables if name in rule.when)
    return CompiledRule(rule, language, condition, reads)


def _test(found: CompiledRule, variables: Mapping[str, FactKind]) -> None:
    base: dict[str, Any] = {name: kind.default for name, kind in variables.items()} | dict(CORE_DEFAULTS)
    base |= {asked.name: 0 for asked in found.rule.let}
    for number, test in enumerate(found.rule.tests, start=1):
        unknown = sorted(set(test.given) - set(base))
        if unknown:
            raise InvalidCondition(
                f"its test {number} names `{unknown[0]}`, which is not a fact", 1, 1, found.rule.when
            )
        fires = found.condition.holds(found.language.activation(base | dict(test.given)))
        if fires != test.fires:
            expected = "fire" if test.fires else "stay silent"
            raise InvalidCondition(
                f"its test {number} expects it to {expected}, and it does not", 1, 1, found.rule.when
            )


def _finding(found: CompiledRule, facts: Mapping[str, Any]) -> Finding:
    rule = found.rule
    read = {name: facts[name] for name in found.reads}
    text = json.dumps(read, sort_keys=True, default=list)
    digest = hashlib.sha256(f"{rule.key}@{rule.version}:{text}".encode()).hexdigest()[:32]
    return Finding(rule.key, rule.version, rule.title, rule.why, _explanation(rule, read), rule.then, digest)


def _explanation(rule: Rule, read: Mapping[str, Any]) -> str:
    """Say which values made the rule speak, in words a nurse can read."""
    said = [
        f"{_name_in_words(name)} {_value_in_words(value)}"
        for name, value in read.items()
        if value not in ("", [], ())
    ]
    counts = {asked.name: asked for asked in rule.let}
    for name, asked in counts.items():
        who = " and ".join(
            {"person": "the same person", "unit": "the same unit", "category": "the same kind"}[key]
            for key in asked.same
        )
        said = [part for part in said if not part.startswith(_name_in_words(name))]
        said.append(
            f"{read.get(name, 0)} incidents in {asked.within_days} days" + (f" of {who}" if who else "")
        )
    return f"{rule.title}: {', '.join(said)}."


def _name_in_words(name: str) -> str:
    return name.rpartition(".")[2].replace("_", " ")


def _value_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " and ".join(str(item).replace("_", " ") for item in value)
    return str(value).replace("_", " ")
