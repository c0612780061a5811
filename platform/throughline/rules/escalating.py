"""Escalations: raised by a firing, answered by a person, or moved on to the next in the chain.

Each step is a row of its own, so that who was told when, and who answered how, stays to be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from throughline.accounts.models import User
from throughline.accounts.people import who_may
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.rules import policy
from throughline.rules.models import Escalation, Firing
from throughline.rules.queries import Alarm, find_escalation
from throughline.rules.subjects import Subject, of_escalation
from throughline.rules.targets import Target, guarded_role, resolve
from throughline.rules.telling import Raised, tell
from throughline.sdk import Escalate
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

LONGEST_NOTE = 500
# Who is asked when somebody declines and the rule names nobody after them.
_AFTER = {
    "unit_manager": "governance_lead",
    "on_call": "governance_lead",
    "person": "governance_lead",
    "governance_lead": "executive",
}


@dataclass(frozen=True)
class _Next:
    """To whom an escalation goes, by when, and what is left of the chain."""

    target: Target
    acknowledge_by: datetime
    chain: Sequence[dict[str, Any]] = ()
    moves_at: datetime | None = None
    previous: Escalation | None = None


def open_first(scope: Scope, about: Subject, firing: Firing, effect: Escalate) -> list[Raised]:
    """Raise what a firing asks for, unless those it is for were asked already; who raises it tells of it."""
    target = resolve(scope, about, effect.to, firing.rule_key)
    if _already_asked(scope, about, firing, target):
        return []
    chain: list[dict[str, Any]] = []
    for step in effect.chain:
        to = guarded_role(about, step.to)
        if to not in (target.role, guarded_role(about, effect.to), *(one["to"] for one in chain)):
            chain.append({"to": to, "after_hours": step.after_hours})
    acknowledge_by = scope.now() + timedelta(hours=effect.acknowledge_within_hours)
    to_first = _Next(target, acknowledge_by, chain, _moves_at(scope, chain))
    return [_raise(scope, about, firing, to_first)]


def _moves_at(scope: Scope, chain: Sequence[dict[str, Any]]) -> datetime | None:
    return scope.now() + timedelta(hours=chain[0]["after_hours"]) if chain else None


def _raise(scope: Scope, about: Subject, firing: Firing, to: _Next) -> Raised:
    escalation = Escalation(
        id=uuid7(),
        firing_id=firing.id,
        incident_id=about.columns["incident_id"],
        unit_id=about.unit_id,
        to_role=to.target.role,
        to_user_id=to.target.user_id,
        raised_at=scope.now(),
        acknowledge_by=to.acknowledge_by,
        chain=list(to.chain),
        moves_at=to.moves_at,
        instead=to.target.instead,
        previous_id=to.previous.id if to.previous else None,
    )
    scope.session.add(escalation)
    scope.session.flush()
    after = {"rule": firing.rule_key, "to_role": to.target.role, "acknowledge_by": to.acknowledge_by}
    if to.target.user_id is not None:
        after["to_user_id"] = to.target.user_id
    record(scope, "escalation.raised", about.kind, about.id, after=after)
    return Raised(escalation, firing, to.previous.passed_on_how if to.previous else None)


def _same(told: type[Escalation], target: Target) -> ColumnElement[bool]:
    return told.to_role == target.role if target.user_id is None else told.to_user_id == target.user_id


def _about(told: type[Escalation], about: Subject) -> tuple[ColumnElement[bool], ...]:
    """Return the condition for escalations about something; the unit of an incident may since be another."""
    if about.kind == "incident":
        return (told.incident_id == about.id,)
    return told.unit_id == about.id, told.incident_id.is_(None)


def _already_open(scope: Scope, about: Subject, firing: Firing, target: Target) -> bool:
    query = (
        select(Escalation.id)
        .join(Firing, Firing.id == Escalation.firing_id)
        .where(
            *_about(Escalation, about),
            _same(Escalation, target),
            policy.is_open(),
            Firing.rule_key == firing.rule_key,
        )
    )
    return bool(scope.session.scalar(select(exists(query))))


def _already_asked(scope: Scope, about: Subject, firing: Firing, target: Target) -> bool:
    """Say whether the rule asked the same of this incident before, and somebody has still to answer."""
    told = aliased(Escalation)
    still = select(Escalation.id).where(
        *_about(Escalation, about), Escalation.firing_id == told.firing_id, policy.is_open()
    )
    query = (
        select(told.id)
        .join(Firing, Firing.id == told.firing_id)
        .where(
            *_about(told, about),
            _same(told, target),
            Firing.rule_key == firing.rule_key,
            still.exists(),
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


def acknowledge_together(scope: Scope, escalation_ids: Sequence[UUID], note: str) -> None:
    """Acknowledge with one press what one message asked; what was answered meanwhile is passed over.

    Raises:
        NotFound: one of them is not the actor's to see, or they are about several things.
        Forbidden: one of them was not asked of the actor.
        Conflict: every one was answered already.
    """
    found = [find_escalation(scope, escalation_id) for escalation_id in dict.fromkeys(escalation_ids)]
    if len({one.about.id for one in found}) != 1:
        raise NotFound("not about one thing")
    done = 0
    for one in sorted(found, key=lambda one: one.escalation.id):
        try:
            acknowledge(scope, one.escalation.id, note)
            done += 1
        except Conflict:
            continue
    if not done:
        raise Conflict("answered already")


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
    tell(scope, found.about, _go_on(scope, found.about, found.firing, escalation))


def delegate(scope: Scope, escalation_id: UUID, user_id: UUID | None, reason: str) -> Escalation:
    """Pass an escalation to somebody by name. The time to acknowledge it and its chain stay as they are.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to answer.
        Conflict: it was answered already.
        Invalid: there is no reason, or that person may not read the incident.
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
        Target(escalation.to_role, user_id),
        escalation.acknowledge_by,
        escalation.chain,
        escalation.moves_at,
        escalation,
    )
    raised = _raise(scope, found.about, found.firing, by_name)
    tell(scope, found.about, [raised])
    return raised.escalation


def delegates(scope: Scope, about: Subject) -> list[User]:
    """Return whom an escalation can be passed to: colleagues who may read what it is about."""
    wanted = Permission.READ_CONFIDENTIAL if about.confidential else Permission.READ
    people = who_may(scope, wanted, tree(scope), about.unit_id)
    return [user for user in people if user.id != scope.actor.id]


def is_due_to_move(now: datetime) -> ColumnElement[bool]:
    """Return the condition for escalations that nobody acknowledged in time and that have a next step."""
    return and_(policy.is_open(), Escalation.moves_at <= now)


def move_on(scope: Scope, escalation_id: UUID) -> bool:
    """Move an escalation that nobody acknowledged to the next step, if that is still to be done.

    What is due to move on about the same thing moves with it, so that who comes next gets one message.
    """
    due = is_due_to_move(scope.now())
    asked = scope.session.get(Escalation, (scope.tenant.id, escalation_id))
    if asked is None:
        return False
    about = of_escalation(scope, asked)
    query = (
        select(Escalation)
        .where(*_about(Escalation, about), due)
        .order_by(Escalation.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    together = scope.session.scalars(query).all()
    if escalation_id not in {one.id for one in together}:
        return False
    raised: list[Raised] = []
    for escalation in together:
        firing = scope.session.get_one(Firing, (scope.tenant.id, escalation.firing_id))
        _mark(scope, escalation, "ignored", "")
        after = {"rule": firing.rule_key, "to_role": escalation.to_role, "raised_at": escalation.raised_at}
        record(scope, "escalation.moved_on", about.kind, about.id, after=after)
        raised += _go_on(scope, about, firing, escalation)
    tell(scope, about, raised)
    return True


def _go_on(scope: Scope, about: Subject, firing: Firing, from_one: Escalation) -> list[Raised]:
    """Raise the next step that is not open to those it is for already."""
    chain = list(from_one.chain)
    while chain:
        step = chain.pop(0)
        target = resolve(scope, about, step["to"], firing.rule_key)
        if _already_open(scope, about, firing, target):
            continue
        # Told late, after the service was down, they still have their whole time.
        hours = chain[0]["after_hours"] if chain else step["after_hours"]
        by = scope.now() + timedelta(hours=hours)
        to_next = _Next(target, by, chain, _moves_at(scope, chain), from_one)
        return [_raise(scope, about, firing, to_next)]
    after = Target(_AFTER.get(from_one.to_role, ""))
    if from_one.passed_on_how == "declined" and after.role:
        if _already_open(scope, about, firing, after):
            return []
        by = scope.now() + timedelta(hours=scope.tenant.pack.targets.acknowledge_hours)
        return [_raise(scope, about, firing, _Next(after, by, previous=from_one))]
    return []


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
