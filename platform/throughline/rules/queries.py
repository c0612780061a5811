"""Reads of firings, escalations and problems."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from throughline.incidents.models import Incident
from throughline.kernel.errors import NotFound
from throughline.rules import policy
from throughline.rules.models import Escalation, Firing, Problem
from throughline.rules.subjects import Subject, in_units_read, may_read, of_unit
from throughline.rules.subjects import of_incident as about_incident
from throughline.tenancy.scope import Scope

MANY = 100


@dataclass(frozen=True)
class Alarm:
    """An escalation with what it is about and the firing that explains it."""

    escalation: Escalation
    about: Subject
    firing: Firing


@dataclass(frozen=True)
class Load:
    """What one rule did over a time: firings, alarms, how many were answered and how many in time."""

    rule_key: str
    title: str
    firings: int
    last_at: datetime


def of_incident(scope: Scope, incident_id: UUID) -> list[tuple[Firing, Escalation | None]]:
    """Return an incident's firings, oldest first, each with the escalation it opened."""
    query = (
        select(Firing, Escalation)
        .outerjoin(Escalation, Escalation.firing_id == Firing.id)
        .where(Firing.incident_id == incident_id)
        .order_by(Firing.at, Firing.id, Escalation.raised_at, Escalation.id)
    )
    return [(firing, escalation) for firing, escalation in scope.session.execute(query)]


def open_alarms(scope: Scope, limit: int = MANY) -> list[Alarm]:
    """Return the escalations that wait for the actor's answer, by what is due next."""
    query = (
        _alarms()
        .where(policy.is_open(), policy.addressed(scope), may_read(scope))
        .order_by(Escalation.acknowledge_by, Escalation.id)
        .limit(limit)
    )
    return [_alarm(scope, row[0], row[1], row[2]) for row in scope.session.execute(query)]


def _alarms() -> Select[Escalation, Incident, Firing]:
    return (
        select(Escalation, Incident, Firing)
        .join(Firing, Firing.id == Escalation.firing_id)
        .outerjoin(Incident, Incident.id == Escalation.incident_id)
    )


def _alarm(scope: Scope, escalation: Escalation, incident: Incident | None, firing: Firing) -> Alarm:
    about = of_unit(scope, escalation.unit_id) if incident is None else about_incident(scope, incident)
    return Alarm(escalation, about, firing)


def of_unit_alarm(scope: Scope, firing_id: UUID) -> tuple[Firing, list[Escalation]]:
    """Return a firing about a unit whose alarms the actor may read, with the escalations it opened.

    Raises:
        NotFound: there is none, or the unit is not theirs to read.
    """
    query = select(Firing).where(Firing.id == firing_id, in_units_read(scope, Firing.unit_id))
    firing = scope.session.scalar(query.where(Firing.unit_id.is_not(None)))
    if firing is None:
        raise NotFound("no such alarm")
    raised = select(Escalation).where(Escalation.firing_id == firing.id)
    ordered = raised.order_by(Escalation.raised_at, Escalation.id)
    return firing, list(scope.session.scalars(ordered))


def together(scope: Scope, alarm: Alarm) -> list[Alarm]:
    """Return what of the same thing waits for the actor's answer beside an alarm, and the alarm itself."""
    query = (
        _alarms()
        .where(
            Escalation.unit_id == alarm.escalation.unit_id,
            Escalation.incident_id == alarm.escalation.incident_id,  # of None this is "is null"
            policy.is_open(),
            policy.addressed(scope),
            may_read(scope),
        )
        .order_by(Escalation.acknowledge_by, Escalation.id)
        .limit(MANY)
    )
    found = [_alarm(scope, row[0], row[1], row[2]) for row in scope.session.execute(query)]
    return found if any(one.escalation.id == alarm.escalation.id for one in found) else [alarm, *found]


def open_about_unit(scope: Scope, unit_id: UUID | None) -> list[Alarm]:
    """Return the alarms about a unit as a whole that wait for the actor's answer, by what is due next."""
    query = (
        _alarms()
        .where(
            Escalation.unit_id == unit_id,
            Escalation.incident_id.is_(None),
            policy.is_open(),
            policy.addressed(scope),
            may_read(scope),
        )
        .order_by(Escalation.acknowledge_by, Escalation.id)
        .limit(MANY)
    )
    return [_alarm(scope, row[0], row[1], row[2]) for row in scope.session.execute(query)]


def answerable(scope: Scope, escalations: Sequence[Escalation]) -> set[UUID]:
    """Return the ids of those of an incident's or a unit's escalations that the actor may answer now.

    Those addressed to them, and those that moved on from them because nobody had acknowledged.
    """
    by_id = {one.id: one for one in escalations}
    found: set[UUID] = set()
    for one in escalations:
        at: Escalation | None = one
        while policy.stands_open(one) and at is not None:
            if policy.is_addressed(scope, at):
                found.add(one.id)
            at = by_id.get(at.previous_id) if at.previous_id else None
            at = at if at is not None and at.passed_on_how == "ignored" else None
    return found


def find_escalation(scope: Scope, escalation_id: UUID) -> Alarm:
    """Return one escalation about an incident or a unit the actor may see.

    Raises:
        NotFound: there is none, or what it is about is not theirs to see.
    """
    query = _alarms().where(Escalation.id == escalation_id, may_read(scope))
    row = scope.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such escalation")
    return _alarm(scope, row[0], row[1], row[2])


def asked_reviews(scope: Scope, incident_id: UUID) -> list[str]:
    """Return, in words, what rules ask of an incident's review."""
    found = []
    for firing, _ in of_incident(scope, incident_id):
        if any(effect["effect"] == "require_review" for effect in firing.effects):
            found.append(firing.explanation)
    return list(dict.fromkeys(found))


def loads(scope: Scope, since: datetime) -> list[Load]:
    """Return how often each rule fired since a moment, most first."""
    query = (
        select(Firing.rule_key, func.max(Firing.title), func.count(), func.max(Firing.at))
        .where(Firing.at >= since)
        .group_by(Firing.rule_key)
        .order_by(func.count().desc(), Firing.rule_key)
    )
    return [Load(*row) for row in scope.session.execute(query)]


def problems(scope: Scope, *, unseen: bool = False) -> Sequence[Problem]:
    """Return what failed, newest first."""
    query = select(Problem).order_by(Problem.at.desc(), Problem.id.desc()).limit(MANY)
    if unseen:
        query = query.where(Problem.seen_at.is_(None))
    return scope.session.scalars(query).all()
