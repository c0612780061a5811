"""What breaches next: everything with an end, of every kind, by when it ends.

One list over clocks, escalations to acknowledge, triage and reviews, each read by its own index and only as
far as the page needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    false,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from throughline.clocks.models import Clock
from throughline.clocks.queries import is_open as clock_is_open
from throughline.incidents.models import Incident
from throughline.incidents.policy import read_whole
from throughline.kernel.errors import NotFound
from throughline.reviews.models import Review, ReviewIncident
from throughline.rules.models import Escalation, Firing
from throughline.rules.policy import is_open as escalation_is_open
from throughline.rules.subjects import in_units_read
from throughline.tenancy.scope import Scope

PAGE = 30
COUNT_UP_TO = 10_000
KINDS = ("acknowledge", "clock", "review", "triage")
STATES = ("late", "soon", "later", "paused")
SOON = timedelta(days=1)


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to. Empty is everything the actor reads that has an end to come or missed."""

    kind: str = ""
    state: str = ""
    unit_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Ending:
    """Something that ends. ``at`` is when; for a paused clock, when it began. ``unit_id`` None: several.

    An escalation without an incident is about its unit.
    """

    at: datetime
    kind: str
    id: UUID
    title: str
    reference: str | None
    incident_id: UUID | None
    unit_id: UUID | None


@dataclass(frozen=True)
class Page:
    """One page; ``later`` is the cursor of the next, if there is one. ``count`` goes up to ten thousand."""

    rows: Sequence[Ending]
    count: int
    later: str | None


def listed(scope: Scope, wanted: Filter, after: str = "", limit: int = PAGE) -> Page:
    """Return one page of what ends, the next end first.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    found = _parts(scope, wanted)
    if not found:
        return Page((), 0, None)
    rows = _merged(scope, found, _cursor(after) if after else None, limit + 1)
    later = None
    if len(rows) > limit:
        last = rows[limit - 1]
        later = f"{last.at.isoformat()}~{last.kind}~{last.id}"
    return Page(rows[:limit], _count(scope, found), later)


def coming(scope: Scope, limit: int) -> list[Ending]:
    """Return what ends next and has not ended yet."""
    return _merged(scope, _parts(scope, Filter(state="coming")), None, limit)


def _merged(
    scope: Scope, parts: Sequence[Select[Any]], after: tuple[datetime, str, UUID] | None, limit: int
) -> list[Ending]:
    first = [_first(part, after, limit) for part in parts]
    merged = union_all(*(select(part.subquery()) for part in first)).subquery()
    query = select(merged).order_by(merged.c.at, merged.c.kind, merged.c.id).limit(limit)
    return [Ending(*row) for row in scope.session.execute(query)]


def _count(scope: Scope, parts: Sequence[Select[Any]]) -> int:
    counted = 0
    for part in parts:
        some = part.limit(COUNT_UP_TO).subquery()
        counted += scope.session.scalar(select(func.count()).select_from(some)) or 0
    return counted


def _first(part: Select[Any], after: tuple[datetime, str, UUID] | None, limit: int) -> Select[Any]:
    at, kind, row_id = part.selected_columns.at, part.selected_columns.kind, part.selected_columns.id
    if after is not None:
        part = part.where(tuple_(at, kind, row_id) > tuple_(*after))
    return part.order_by(at, kind, row_id).limit(limit)


def _cursor(text: str) -> tuple[datetime, str, UUID]:
    try:
        moment, kind, row_id = text.split("~")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or kind not in KINDS:
            raise ValueError
        return at, kind, UUID(row_id)
    except ValueError as wrong:
        raise NotFound("no such page") from wrong


def _parts(scope: Scope, wanted: Filter) -> list[Select[Any]]:
    about_units: list[Select[Any]] = []
    if wanted.state == "paused":
        makers = {"clock": _paused}
    else:
        makers = {"acknowledge": _escalations, "clock": _clocks, "review": _reviews, "triage": _triage}
        if wanted.kind in ("", "acknowledge"):
            about_units = [_about_units(scope, wanted)]
    return [
        *(make(scope, wanted) for kind, make in makers.items() if wanted.kind in ("", kind)),
        *about_units,
    ]


def _escalations(scope: Scope, wanted: Filter) -> Select[Any]:
    at = Escalation.acknowledge_by
    return (
        _about(at, "acknowledge", Escalation.id, Firing.title)
        .join(Escalation, Escalation.incident_id == Incident.id)
        .join(Firing, Firing.id == Escalation.firing_id)
        .where(escalation_is_open(), *_narrowed(scope, wanted, at))
    )


def _about_units(scope: Scope, wanted: Filter) -> Select[Any]:
    """Return the escalations about a unit as a whole: no incident stands behind one."""
    conditions = [_in_state(scope, wanted.state, Escalation.acknowledge_by)]
    if wanted.unit_ids:
        conditions.append(Escalation.unit_id.in_(wanted.unit_ids))
    return (
        select(
            Escalation.acknowledge_by.label("at"),
            cast(literal("acknowledge"), Text).label("kind"),
            Escalation.id.label("id"),
            cast(Firing.title, Text).label("title"),
            cast(null(), Text).label("reference"),
            cast(null(), Incident.id.type).label("incident_id"),
            Escalation.unit_id.label("unit_id"),
        )
        .join(Firing, Firing.id == Escalation.firing_id)
        .where(
            Escalation.tenant_id == scope.tenant.id,
            Escalation.incident_id.is_(None),
            escalation_is_open(),
            in_units_read(scope, Escalation.unit_id),
            *conditions,
        )
    )


def _clocks(scope: Scope, wanted: Filter) -> Select[Any]:
    return (
        _about(Clock.due_at, "clock", Clock.id, Clock.title)
        .join(Clock, Clock.incident_id == Incident.id)
        .where(clock_is_open(), Clock.due_at.is_not(None), *_narrowed(scope, wanted, Clock.due_at))
    )


def _paused(scope: Scope, wanted: Filter) -> Select[Any]:
    return (
        _about(Clock.started_at, "clock", Clock.id, Clock.title)
        .join(Clock, Clock.incident_id == Incident.id)
        .where(clock_is_open(), Clock.due_at.is_(None), *_narrowed(scope, wanted, None))
    )


def _triage(scope: Scope, wanted: Filter) -> Select[Any]:
    at = Incident.triage_due
    untriaged = Incident.triaged_at.is_(None)
    return _about(at, "triage", Incident.id, literal("")).where(untriaged, *_narrowed(scope, wanted, at))


def _about(at: Any, kind: str, row_id: Any, title: Any) -> Select[Any]:
    return select(
        at.label("at"),
        cast(literal(kind), Text).label("kind"),
        row_id.label("id"),
        cast(title, Text).label("title"),
        Incident.reference.label("reference"),
        Incident.id.label("incident_id"),
        Incident.unit_id.label("unit_id"),
    ).select_from(Incident)


def _reviews(scope: Scope, wanted: Filter) -> Select[Any]:
    day_after = func.timezone(scope.tenant.timezone.key, Review.due_on + timedelta(days=1))
    at = day_after - func.make_interval(0, 0, 0, 0, 0, 0, 1)
    covered = (
        select(ReviewIncident.id)
        .join(Incident, Incident.id == ReviewIncident.incident_id)
        .where(ReviewIncident.review_id == Review.id, *_narrowed(scope, wanted, None))
    )
    return select(
        at.label("at"),
        cast(literal("review"), Text).label("kind"),
        Review.id.label("id"),
        Review.title.label("title"),
        cast(null(), Text).label("reference"),
        cast(null(), Incident.id.type).label("incident_id"),
        cast(null(), Incident.id.type).label("unit_id"),
    ).where(
        Review.tenant_id == scope.tenant.id,
        Review.completed_at.is_(None),
        covered.exists(),
        _in_state(scope, wanted.state, at),
    )


def _narrowed(scope: Scope, wanted: Filter, at: Any) -> list[ColumnElement[bool]]:
    conditions = [Incident.tenant_id == scope.tenant.id, read_whole(scope)]
    if wanted.unit_ids:
        conditions.append(Incident.unit_id.in_(wanted.unit_ids))
    if at is not None:
        conditions.append(_in_state(scope, wanted.state, at))
    return conditions


def _in_state(scope: Scope, state: str, at: Any) -> ColumnElement[bool]:
    now = scope.now()
    conditions: dict[str, ColumnElement[bool]] = {
        "": true(),
        "coming": at > now,
        "late": at <= now,
        "soon": (at > now) & (at <= now + SOON),
        "later": at > now + SOON,
    }
    return conditions.get(state, false())
