"""Escalations: raised by a firing, answered by a person, or moved on to the next in the chain.

Each step is a row of its own, so that who was told when, and who answered how, stays to be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select

from throughline.accounts.models import User
from throughline.accounts.people import holders, who_may
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.notifications.service import notify
from throughline.rules import policy
from throughline.rules.links import token_for
from throughline.rules.models import Escalation, Firing
from throughline.rules.queries import Alarm, find_escalation
from throughline.rules.subjects import Subject, of_escalation
from throughline.sdk import Escalate
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

LONGEST_NOTE = 500
# Who is asked when somebody declines and the rule names nobody after them.
_AFTER = {"unit_manager": "governance_lead", "governance_lead": "executive"}
_WHY_YOU = {
    "ignored": "Nobody has acknowledged it yet, so it comes to you.",
    "declined": "It was declined by whoever was asked before you.",
    "delegated": "A colleague has passed it to you by name.",
}


@dataclass(frozen=True)
class _Next:
    """To whom an escalation goes: a role, or somebody by name; by when; and what is left of the chain."""

    role: str
    acknowledge_by: datetime
    chain: Sequence[dict[str, Any]] = ()
    moves_at: datetime | None = None
    previous: Escalation | None = None
    to_user_id: UUID | None = None


def guarded_role(about: Subject, role: str) -> str:
    """Return who hears instead of a role: what was said in confidence goes past the unit."""
    return "governance_lead" if about.confidential and role == "unit_manager" else role


def open_first(scope: Scope, about: Subject, firing: Firing, effect: Escalate) -> None:
    """Raise what a firing asks for, unless it is open already."""
    role = guarded_role(about, effect.to)
    if _already_open(scope, about, firing, role):
        return
    chain: list[dict[str, Any]] = []
    for step in effect.chain:
        to = guarded_role(about, step.to)
        if to != role and to not in [one["to"] for one in chain]:
            chain.append({"to": to, "after_hours": step.after_hours})
    acknowledge_by = scope.now() + timedelta(hours=effect.acknowledge_within_hours)
    _raise(scope, about, firing, _Next(role, acknowledge_by, chain, _moves_at(scope, chain)))


def _moves_at(scope: Scope, chain: Sequence[dict[str, Any]]) -> datetime | None:
    return scope.now() + timedelta(hours=chain[0]["after_hours"]) if chain else None


def _raise(scope: Scope, about: Subject, firing: Firing, to: _Next) -> Escalation:
    escalation = Escalation(
        id=uuid7(),
        firing_id=firing.id,
        incident_id=about.columns["incident_id"],
        unit_id=about.unit_id,
        to_role=to.role,
        to_user_id=to.to_user_id,
        raised_at=scope.now(),
        acknowledge_by=to.acknowledge_by,
        chain=list(to.chain),
        moves_at=to.moves_at,
        previous_id=to.previous.id if to.previous else None,
    )
    scope.session.add(escalation)
    scope.session.flush()
    after = {"rule": firing.rule_key, "to_role": to.role, "acknowledge_by": to.acknowledge_by}
    if to.to_user_id is not None:
        after["to_user_id"] = to.to_user_id
    record(scope, "escalation.raised", about.kind, about.id, after=after)
    _tell(scope, about, firing, escalation, to.previous.passed_on_how if to.previous else None)
    return escalation


def _tell(scope: Scope, about: Subject, firing: Firing, escalation: Escalation, how: str | None) -> None:
    if escalation.to_user_id is not None:
        people = [escalation.to_user_id]
    else:
        people = [user.id for user in holders(scope, escalation.to_role, tree(scope), about.unit_id)]
    local = scope.local(escalation.acknowledge_by)
    why = f"{_WHY_YOU[how]}\n" if how else ""
    for user_id in people:
        notify(
            scope,
            [user_id],
            "escalation",
            f"{about.name}: {firing.title}",
            f"Please look at {about.place} and acknowledge it by "
            f"{local:%H:%M} on {local.day} {local:%B %Y}.\n{why}Sign in to see what happened and why you are "
            "asked.",
            f"/t/{scope.tenant.slug}/answer/{token_for(scope, escalation.id, user_id)}",
            f"escalation:{escalation.id}",
        )


def _already_open(scope: Scope, about: Subject, firing: Firing, role: str) -> bool:
    query = (
        select(Escalation.id)
        .join(Firing, Firing.id == Escalation.firing_id)
        .where(
            Escalation.unit_id == about.unit_id,
            Escalation.incident_id == about.columns["incident_id"],  # of None this is "is null"
            Escalation.to_role == role,
            policy.is_open(),
            Firing.rule_key == firing.rule_key,
        )
    )
    return bool(scope.session.scalar(select(exists(query))))


def acknowledge(scope: Scope, escalation_id: UUID, note: str) -> Escalation:
    """Say that somebody who was asked knows. One that has moved on meanwhile is acknowledged where it is now.

    Raises:
        NotFound: there is no such escalation for this actor.
        Forbidden: the actor was not asked, and does not answer for the unit.
        Conflict: it was answered already.
    """
    found = find_escalation(scope, escalation_id)
    escalation = _held(scope, escalation_id)
    if not policy.may_answer(scope, escalation):
        raise Forbidden("was not asked")
    while escalation.passed_on_how == "ignored":
        following = scope.session.scalar(select(Escalation.id).where(Escalation.previous_id == escalation.id))
        if following is None:
            break
        escalation = _held(scope, following)
    if not policy.stands_open(escalation):
        raise Conflict("answered already")
    escalation.acknowledged_at, escalation.acknowledged_by = scope.now(), scope.actor.id
    escalation.note = note.strip()[:LONGEST_NOTE]
    after = {"rule": found.firing.rule_key, "note": escalation.note}
    record(scope, "escalation.acknowledged", found.about.kind, found.about.id, after=after)
    return escalation


def decline(scope: Scope, escalation_id: UUID, reason: str) -> None:
    """Pass an escalation on to whoever comes next: in the chain, else the governance leads, else executives.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to answer.
        Conflict: it was answered already.
        Invalid: there is no reason, or nobody comes next.
    """
    found, escalation = _to_answer(scope, escalation_id)
    reason = _reason(reason)
    if not escalation.chain and escalation.to_role not in _AFTER:
        message = "Nobody comes after you. Acknowledge it, or pass it to somebody by name"
        raise Invalid({"reason": [message]})
    _mark(scope, escalation, "declined", reason)
    after = {"rule": found.firing.rule_key, "to_role": escalation.to_role, "reason": reason}
    record(scope, "escalation.declined", found.about.kind, found.about.id, after=after)
    _go_on(scope, found.about, found.firing, escalation)


def delegate(scope: Scope, escalation_id: UUID, user_id: UUID | None, reason: str) -> Escalation:
    """Pass an escalation to somebody by name. The time to acknowledge it and its chain stay as they are.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to answer.
        Conflict: it was answered already.
        Invalid: there is no reason, or that person may not read what it is about.
    """
    found, escalation = _to_answer(scope, escalation_id)
    errors: dict[str, list[str]] = {}
    if user_id not in {user.id for user in delegates(scope, found.about)}:
        errors["to"] = ["Choose somebody from the list"]
    if not reason.strip():
        errors["reason"] = ["Say why, so that they know what you ask of them"]
    if errors:
        raise Invalid(errors)
    _mark(scope, escalation, "delegated", _reason(reason))
    after = {"rule": found.firing.rule_key, "to_user_id": user_id, "reason": escalation.passed_on_why}
    record(scope, "escalation.delegated", found.about.kind, found.about.id, after=after)
    by_name = _Next(
        escalation.to_role,
        escalation.acknowledge_by,
        escalation.chain,
        escalation.moves_at,
        escalation,
        user_id,
    )
    return _raise(scope, found.about, found.firing, by_name)


def delegates(scope: Scope, about: Subject) -> list[User]:
    """Return whom an escalation can be passed to: colleagues who may read what it is about."""
    wanted = Permission.READ_CONFIDENTIAL if about.confidential else Permission.READ
    people = who_may(scope, wanted, tree(scope), about.unit_id)
    return [user for user in people if user.id != scope.actor.id]


def is_due_to_move(now: datetime) -> ColumnElement[bool]:
    """Return the condition for escalations that nobody acknowledged in time and that have a next step."""
    return and_(policy.is_open(), Escalation.moves_at <= now)


def move_on(scope: Scope, escalation_id: UUID) -> bool:
    """Move an escalation that nobody acknowledged to the next step, if that is still to be done."""
    query = (
        select(Escalation)
        .where(Escalation.id == escalation_id, is_due_to_move(scope.now()))
        .with_for_update(skip_locked=True)
    )
    escalation = scope.session.scalar(query)
    if escalation is None:
        return False
    about = of_escalation(scope, escalation)
    firing = scope.session.get_one(Firing, (scope.tenant.id, escalation.firing_id))
    _mark(scope, escalation, "ignored", "")
    after = {"rule": firing.rule_key, "to_role": escalation.to_role, "raised_at": escalation.raised_at}
    record(scope, "escalation.moved_on", about.kind, about.id, after=after)
    _go_on(scope, about, firing, escalation)
    return True


def _go_on(scope: Scope, about: Subject, firing: Firing, from_one: Escalation) -> None:
    """Raise the next step whose role has not been asked and is not open to it already."""
    chain = list(from_one.chain)
    while chain:
        step = chain.pop(0)
        if _already_open(scope, about, firing, step["to"]):
            continue
        # Told late, after the service was down, they still have their whole time.
        hours = chain[0]["after_hours"] if chain else step["after_hours"]
        by = scope.now() + timedelta(hours=hours)
        _raise(scope, about, firing, _Next(step["to"], by, chain, _moves_at(scope, chain), from_one))
        return
    role = _AFTER.get(from_one.to_role)
    if from_one.passed_on_how == "declined" and role and not _already_open(scope, about, firing, role):
        by = scope.now() + timedelta(hours=scope.tenant.pack.targets.acknowledge_hours)
        _raise(scope, about, firing, _Next(role, by, previous=from_one))


def _mark(scope: Scope, escalation: Escalation, how: str, why: str) -> None:
    escalation.passed_on_at, escalation.passed_on_by = scope.now(), scope.actor.id
    escalation.passed_on_how, escalation.passed_on_why = how, why
    scope.session.flush()


def _to_answer(scope: Scope, escalation_id: UUID) -> tuple[Alarm, Escalation]:
    found = find_escalation(scope, escalation_id)
    escalation = _held(scope, escalation_id)
    if not policy.may_answer(scope, escalation):
        raise Forbidden("was not asked")
    if not policy.stands_open(escalation):
        raise Conflict("answered already")
    return found, escalation


def _held(scope: Scope, escalation_id: UUID) -> Escalation:
    query = select(Escalation).where(Escalation.id == escalation_id).with_for_update()
    return scope.session.scalars(query.execution_options(populate_existing=True)).one()


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": ["Say why, so that whoever comes next knows"]})
    return text.strip()[:LONGEST_NOTE]
