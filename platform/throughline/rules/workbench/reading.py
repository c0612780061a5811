"""Texts of the workbench as rules, and rules as texts to begin from."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from throughline.accounts.people import by_address
from throughline.kernel.errors import Invalid
from throughline.rules.active import active, schema
from throughline.rules.engine import RuleProblem
from throughline.rules.facts import FactSchema
from throughline.rules.targets import named_by, strangers
from throughline.rules.written import Mistake, read_rules, rule_text
from throughline.sdk import LOCAL, Rule
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

TEMPLATE = """\
key: my_first_rule
title: Self-harm by one person twice in a week
why: A pattern asks about care, staffing and the place, not about one member of staff.
authority:
  statement: Our own choice, to look early.
  reference: Local policy
  confidence: unverified
on: [incident.reported, incident.graded]
let:
  recent: count of incidents with the same person within 7 days where incident.category == "self_harm"
when: incident.category == "self_harm" && recent >= 2
then:
  - escalate: {to: unit_manager, acknowledge_within: 24 hours}
tests:
  - given: {incident.category: self_harm, recent: 2}
    fires: true
  - given: {incident.category: self_harm, recent: 1}
    fires: false
"""


@dataclass(frozen=True)
class Said:
    """What a text says: the rule, where it can be used, and what is wrong with it.

    ``strangers`` are the addresses it names that nobody with a role here has; ``names`` are the names of
    the others.
    """

    rule: Rule | None
    mistakes: tuple[Mistake, ...]
    strangers: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def facts_here(scope: Scope) -> FactSchema:
    """Return the facts a rule of this tenant may read; the unit can only be one of its own."""
    found = schema(scope.catalogue)
    names = {unit.key: unit.name for unit in tree(scope).units.values()}
    unit_facts = {
        name: replace(found.facts[name], choices=names, closed=True)
        for name in ("incident.unit", "unit.key")
        if name in found.facts
    }
    return replace(found, facts={**found.facts, **unit_facts})


def read(scope: Scope, text: str) -> Said:
    """Read the text of one rule; its examples are tried."""
    written = read_rules(text, facts_here(scope))
    if len(written.rules) + bool(written.mistakes) > 1 and not written.mistakes:
        return Said(None, (Mistake(1, 1, "Write one rule here: this text holds several."),))
    rule = written.rules[0].rule if len(written.rules) == 1 and not written.mistakes else None
    if rule is None:
        return Said(None, written.mistakes)
    names = names_in(scope, [rule])
    unknown = [address for _, address in named_by([rule]) if address not in names]
    return Said(rule, written.mistakes, tuple(unknown), names)


def names_in(scope: Scope, rules: Iterable[Rule]) -> Mapping[str, str]:
    """Return the names of the people with a role here whom rules name, by their address."""
    found = by_address(scope, (address for _, address in named_by(rules)))
    return {address: user.name for address, user in found.items()}


def sound(scope: Scope, text: str) -> Rule:
    """Return the rule of a text that can be used.

    Raises:
        Invalid: it cannot; ``errors["text"]`` says why, with the lines.
    """
    said = read(scope, text)
    if said.rule is None:
        raise Invalid({"text": [f"Line {one.line}: {one.message}" for one in said.mistakes]})
    return said.rule


def brought(scope: Scope) -> Mapping[str, Rule]:
    """Return the rules that the tenant's plugins and pack bring, by key."""
    return active(scope).brought


def problems(scope: Scope) -> tuple[object, ...]:
    """Return what keeps plugins and rules from being used."""
    found: tuple[RuleProblem, ...] = active(scope).problems
    return (*scope.catalogue.problems, *found)


def unknown_people(scope: Scope) -> list[tuple[str, str]]:
    """Return the addresses that live rules name and nobody with a role here has, each with its rule's key."""
    return strangers(scope, [one.rule for one in active(scope).live.rules])


def text_of(rule: Rule, *, copied: bool = False) -> str:
    """Return a rule as text; ``copied`` gives it a key and title of its own."""
    if copied:
        name = rule.key.partition(".")[2]
        rule = replace(rule, key=f"{LOCAL}.{name}_here"[:66], version=1, title=f"{rule.title} (here)")
    return rule_text(rule)


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines of two texts as ("added" | "removed" | "same", line); empty when nothing differs."""
    if not before or before == after:
        return []
    kinds = {"+": "added", "-": "removed", " ": "same"}
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [(kinds[line[0]], line[2:]) for line in lines if line[0] in kinds]
