"""Reads of clocks, confined to the incidents the actor reads as their unit does."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from throughline.clocks.models import Clock, ClockPause
from throughline.incidents.models import Incident
from throughline.incidents.policy import may_read_all_of, visible
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scope

STATES = ("running", "due_soon", "missed", "paused", "met", "stopped")


def state_of(clock: Clock, now: datetime) -> str:
    """Return how a clock stands: one of ``STATES``."""
    if clock.met_at is not None:
        return "met"
    if clock.stopped_at is not None:
        return "stopped"
    if clock.due_at is None:
        return "paused"
    if clock.due_at <= now:
        return "missed"
    warn = timedelta(hours=clock.warn_before_hours)
    return "due_soon" if clock.due_at - warn <= now else "running"


def is_open() -> ColumnElement[bool]:
    """Return the condition for clocks that still ask for something: running, paused or missed."""
    return and_(Clock.met_at.is_(None), Clock.stopped_at.is_(None))


def find(scope: Scope, clock_id: UUID, *, lock: bool = False) -> tuple[Clock, Incident]:
    """Return a clock and its incident; with ``lock``, as it is now and held until the transaction ends.

    Raises:
        NotFound: there is none, or its incident is not the actor's to read as a whole.
    """
    query = (
        select(Clock, Incident)
        .join(Incident, Incident.id == Clock.incident_id)
        .where(Clock.id == clock_id, visible(scope))
    )
    if lock:
        query = query.with_for_update(of=Clock).execution_options(populate_existing=True)
    row = scope.session.execute(query).one_or_none()
    if row is None or not may_read_all_of(scope, row.Incident):
        raise NotFound("no such clock")
    return row.Clock, row.Incident


def of_incident(scope: Scope, incident_id: UUID) -> Sequence[Clock]:
    """Return an incident's clocks in the order they began. The caller has checked who reads the incident."""
    query = select(Clock).where(Clock.incident_id == incident_id).order_by(Clock.started_at, Clock.id)
    return scope.session.scalars(query).all()


def open_of(scope: Scope, incident_id: UUID) -> list[Clock]:
    """Return an incident's open clocks by what ends next; the paused ones last."""
    query = select(Clock).where(Clock.incident_id == incident_id, is_open())
    return list(scope.session.scalars(query.order_by(Clock.due_at.nulls_last(), Clock.id)))


def pauses(scope: Scope, clock_ids: Iterable[UUID]) -> dict[UUID, list[ClockPause]]:
    """Return the pauses of some clocks, each clock's in order."""
    found: dict[UUID, list[ClockPause]] = {clock_id: [] for clock_id in clock_ids}
    query = select(ClockPause).where(ClockPause.clock_id.in_(found)).order_by(ClockPause.paused_at)
    for pause in scope.session.scalars(query):
        found[pause.clock_id].append(pause)
    return found
