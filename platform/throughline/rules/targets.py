"""Whom an alarm goes to when it is raised: a role's holders, whoever is on call, or a person by name.

Where that is nobody, or somebody who may not read the incident, it goes to the unit manager; of what was said
in confidence, to the governance lead. The alarm then says whom it was for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from throughline.accounts.people import by_address, who_may
from throughline.accounts.permissions import Permission
from throughline.on_call.queries import on_call_for
from throughline.rules.noting import note_problem
from throughline.rules.subjects import Subject
from throughline.sdk import ON_CALL, PERSON, Escalate, Rule
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

BY_NAME = "person"
"""What an escalation to somebody whom a rule names has for its role."""

NOT_REACHED = "Somebody whom a rule names could not be told"


@dataclass(frozen=True)
class Target:
    """A role, or a person and as what; ``instead`` says in a sentence whom it was for when not for them."""

    role: str
    user_id: UUID | None = None
    instead: str = ""


def guarded_role(about: Subject, role: str) -> str:
    """Return who hears instead of a role: what was said in confidence goes past the unit."""
    return "governance_lead" if about.confidential and role == "unit_manager" else role


def resolve(scope: Scope, about: Subject, to: str, rule_key: str) -> Target:
    """Return whom an alarm goes to now."""
    if to == ON_CALL:
        return _on_call(scope, about)
    if to.startswith(PERSON):
        return _person(scope, about, to.removeprefix(PERSON), rule_key)
    return Target(guarded_role(about, to))


def _on_call(scope: Scope, about: Subject) -> Target:
    units = tree(scope)
    duty = on_call_for(scope, units, about.unit_id, scope.now())
    if duty is None:
        return _instead(about, f"Nobody is on call for {units.units[about.unit_id].name}")
    if duty.user.id not in _readers(scope, about):
        return _instead(about, "Whoever is on call may not read this")
    return Target(ON_CALL, duty.user.id)


def _person(scope: Scope, about: Subject, address: str, rule_key: str) -> Target:
    readers = _readers(scope, about)
    found = next((user_id for user_id, email in readers.items() if email == address), None)
    if found is not None:
        return Target(BY_NAME, found)
    message = f"{rule_key} names {address}, who may not read {about.name} or has no role for its unit."
    note_problem(scope, rule_key, NOT_REACHED, message, about.kind, about.id)
    return _instead(about, "The person whom the rule names cannot be asked")


def _readers(scope: Scope, about: Subject) -> dict[UUID, str]:
    wanted = Permission.READ_CONFIDENTIAL if about.confidential else Permission.READ
    return {user.id: user.email for user in who_may(scope, wanted, tree(scope), about.unit_id)}


def _instead(about: Subject, why: str) -> Target:
    role = guarded_role(about, "unit_manager")
    return Target(role, None, f"{why}, so it comes to the {role.replace('_', ' ')}.")


def named_by(rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """Return the addresses that rules name, each once with its rule's key, in the order they stand."""
    found = [
        (rule.key, to.removeprefix(PERSON))
        for rule in rules
        for effect in rule.then
        if isinstance(effect, Escalate)
        for to in (effect.to, *(step.to for step in effect.chain))
        if to.startswith(PERSON)
    ]
    return list(dict.fromkeys(found))


def strangers(scope: Scope, rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """Return the addresses that rules name and that nobody with a role here has, each with its rule's key."""
    named = named_by(rules)
    known = by_address(scope, (address for _, address in named))
    return [one for one in named if one[1] not in known]
