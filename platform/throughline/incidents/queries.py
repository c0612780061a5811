"""Reads of incidents, confined to what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from throughline.incidents.models import Draft, Incident, Person
from throughline.incidents.policy import visible
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scope

PAGE = 50
COUNT_UP_TO = 10_000
STATES = ("untriaged", "late", "needs_review", "no_review", "answered", "no_harm", "anonymous")


@dataclass(frozen=True)
class Filter:
    """What a list of incidents is narrowed to. Empty means everything the actor may see."""

    state: str = ""
    unit_ids: tuple[UUID, ...] = ()
    category: str = ""
    harm: int | None = None
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mine: bool = False


@dataclass(frozen=True)
class Page:
    """One page of a list by keyset: ``older`` is the cursor of the next page, if there is one."""

    rows: Sequence[Incident]
    count: int
    counted_all: bool
    older: str | None


def find(scope: Scope, incident_id: UUID) -> Incident:
    """Return an incident the actor may see.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    return _one(scope, Incident.id == incident_id)


def by_reference(scope: Scope, reference: str) -> Incident:
    """Return an incident the actor may see by its human reference.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    return _one(scope, Incident.reference == reference.strip().upper())


def by_code(scope: Scope, reference: str, digest: bytes) -> Incident:
    """Return an anonymous report by its reference and the digest of its reporter's code.

    Raises:
        NotFound: the two do not belong together.
    """
    query = select(Incident).where(
        Incident.reference == reference.strip().upper(), Incident.follow_digest == digest
    )
    found = scope.session.scalar(query)
    if found is None:
        raise NotFound("no such report")
    return found


def _one(scope: Scope, condition: ColumnElement[bool]) -> Incident:
    found = scope.session.scalar(select(Incident).where(condition, visible(scope)))
    if found is None:
        raise NotFound("no such incident")
    return found


def listed(scope: Scope, wanted: Filter, before: str | None = None) -> Page:
    """Return one page of incidents, newest report first, and how many there are (up to ten thousand).

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = _narrowed(scope, select(Incident), wanted)
    if before:
        query = query.where(tuple_(Incident.reported_at, Incident.id) < tuple_(*_cursor(before)))
    newest = query.order_by(Incident.reported_at.desc(), Incident.id.desc()).limit(PAGE + 1)
    rows = scope.session.scalars(newest).all()
    shown = rows[:PAGE]
    older = f"{shown[-1].reported_at.isoformat()}~{shown[-1].id}" if len(rows) > PAGE else None
    counted = _narrowed(scope, select(Incident.id), wanted).limit(COUNT_UP_TO + 1).subquery()
    count = scope.session.scalar(select(func.count()).select_from(counted)) or 0
    return Page(shown, min(count, COUNT_UP_TO), count <= COUNT_UP_TO, older)


def every(scope: Scope, wanted: Filter) -> Sequence[Incident]:
    """Return all incidents a filter leaves, newest report first: at most ten thousand."""
    query = _narrowed(scope, select(Incident), wanted)
    newest = query.order_by(Incident.reported_at.desc(), Incident.id.desc())
    return scope.session.scalars(newest.limit(COUNT_UP_TO)).all()


@dataclass(frozen=True)
class Voice:
    """How people report: how many reports, and of these without harm, without a name, and read by now."""

    reports: int
    no_harm: int
    anonymous: int
    answered: int


def voice(scope: Scope, wanted: Filter) -> Voice:
    """Count the reports a filter leaves, for the signs of a just culture."""
    signs = (_state(scope, state) for state in ("no_harm", "anonymous", "answered"))
    counted = [func.count().filter(*conditions) for conditions in signs]
    query = _narrowed(scope, select(func.count(), *counted).select_from(Incident), wanted)
    reports, no_harm, anonymous, answered = scope.session.execute(query).one()
    return Voice(reports, no_harm, anonymous, answered)


def _narrowed(scope: Scope, query: Select[*tuple[Any, ...]], wanted: Filter) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = [visible(scope)]
    if wanted.mine:
        conditions.append(Incident.reporter_id == scope.actor.id)
    conditions += _state(scope, wanted.state)
    if wanted.unit_ids:
        conditions.append(Incident.unit_id.in_(wanted.unit_ids))
    if wanted.category:
        conditions.append(Incident.category == wanted.category)
    if wanted.harm is not None:
        conditions.append(Incident.harm >= wanted.harm)
    if wanted.since is not None:
        conditions.append(Incident.reported_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Incident.reported_at < wanted.until)
    if wanted.words:
        pattern = f"%{_literal(wanted.words)}%"
        conditions.append(
            or_(
                Incident.reference.ilike(pattern, escape="\\"),
                Incident.what_happened.ilike(pattern, escape="\\"),
            )
        )
    return query.where(*conditions)


def _state(scope: Scope, state: str) -> list[ColumnElement[bool]]:
    states: dict[str, list[ColumnElement[bool]]] = {
        "untriaged": [Incident.triaged_at.is_(None)],
        "late": [Incident.triaged_at.is_(None), Incident.triage_due < scope.now()],
        "needs_review": [Incident.triage_decision == "review"],
        "no_review": [Incident.triage_decision == "no_review"],
        "answered": [Incident.triaged_at.is_not(None)],
        "no_harm": [Incident.harm == 0],
        "anonymous": [Incident.anonymous.is_(True)],
    }
    return states.get(state, [])


def _literal(words: str) -> str:
    return words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _cursor(text: str) -> tuple[datetime, UUID]:
    try:
        moment, _, row_id = text.partition("~")
        return datetime.fromisoformat(moment), UUID(row_id)
    except ValueError as wrong:
        raise NotFound("no such page") from wrong


def drafts(scope: Scope) -> Sequence[Draft]:
    """Return the actor's unsent reports, last touched first."""
    query = select(Draft).where(Draft.user_id == scope.actor.id).order_by(Draft.updated_at.desc())
    return scope.session.scalars(query).all()


def sent_under(scope: Scope, key: UUID) -> Incident | None:
    """Return the report that was sent under a key, if one was: for whoever holds the key."""
    return scope.session.scalar(select(Incident).where(Incident.submission_key == key))


def draft(scope: Scope, key: UUID) -> Draft | None:
    """Return the actor's own draft under a key."""
    return scope.session.scalar(select(Draft).where(Draft.key == key, Draft.user_id == scope.actor.id))


def person(scope: Scope, person_id: UUID | None) -> Person | None:
    """Return a person affected by id."""
    return None if person_id is None else scope.session.get(Person, (scope.tenant.id, person_id))
