"""Watch clocks: tell who answers for the unit when one is about to be missed, and when it is. Each once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from throughline.accounts.people import holders
from throughline.audit.service import record
from throughline.clocks.events import ClockDueSoon, ClockMissed
from throughline.clocks.models import Clock
from throughline.clocks.queries import is_open
from throughline.incidents.models import Incident
from throughline.jobs.watching import AT_ONE_LOOK, Watch
from throughline.notifications.service import notify
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope


def missed_ones(scope: Scope) -> Sequence[UUID]:
    """Return the clocks whose end has passed and of which nobody was told."""
    return _first(scope, _missed(scope.now()))


def due_soon_ones(scope: Scope) -> Sequence[UUID]:
    """Return the clocks within their warning time of which nobody was warned."""
    return _first(scope, _due_soon(scope.now()))


def tell_missed(scope: Scope, clock_id: UUID) -> bool:
    """Tell of a missed clock, if that is still to be told; the unit's manager and the governance leads."""
    clock = _taken(scope, clock_id, _missed(scope.now()))
    if clock is None or clock.due_at is None:
        return False
    _mark(scope, clock, missed_at=scope.now())
    incident = _told_of(scope, clock, "missed", "has passed", ("unit_manager", "governance_lead"))
    scope.emit(ClockMissed(clock.id, incident.id, clock.key, clock.due_at))
    return True


def tell_due_soon(scope: Scope, clock_id: UUID) -> bool:
    """Warn of a clock that ends soon, if that is still to be told."""
    clock = _taken(scope, clock_id, _due_soon(scope.now()))
    if clock is None or clock.due_at is None:
        return False
    _mark(scope, clock, warned_at=scope.now())
    incident = _told_of(scope, clock, "due_soon", "is near", ("unit_manager",))
    scope.emit(ClockDueSoon(clock.id, incident.id, clock.key, clock.due_at))
    return True


def _missed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return is_open(), Clock.due_at <= now, Clock.missed_at.is_(None)


def _due_soon(now: datetime) -> tuple[ColumnElement[bool], ...]:
    # A clock that passed its end while nobody watched is told of as missed, not warned of.
    warn_at = Clock.due_at - func.make_interval(0, 0, 0, 0, Clock.warn_before_hours)
    return (
        is_open(),
        Clock.due_at > now,
        warn_at <= now,
        Clock.warned_at.is_(None),
        Clock.warn_before_hours > 0,
    )


def _first(scope: Scope, due: tuple[ColumnElement[bool], ...]) -> Sequence[UUID]:
    query = select(Clock.id).where(*due).order_by(Clock.due_at, Clock.id).limit(AT_ONE_LOOK)
    return scope.session.scalars(query).all()


def _taken(scope: Scope, clock_id: UUID, due: tuple[ColumnElement[bool], ...]) -> Clock | None:
    query = select(Clock).where(Clock.id == clock_id, *due).with_for_update(skip_locked=True)
    return scope.session.scalar(query)


def _mark(scope: Scope, clock: Clock, **values: datetime) -> None:
    # Not through the mapped row: its version is for people, and telling them is no change to their clock.
    scope.session.execute(
        update(Clock)
        .where(Clock.id == clock.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _told_of(scope: Scope, clock: Clock, what: str, words: str, roles: Sequence[str]) -> Incident:
    assert clock.due_at is not None  # it runs
    incident = scope.session.get_one(Incident, (scope.tenant.id, clock.incident_id))
    units = tree(scope)
    if incident.confidential:  # what was said in confidence goes past the unit to those who may read it
        roles = ("governance_lead",)
    people = [user.id for role in roles for user in holders(scope, role, units, incident.unit_id)]
    local = scope.local(clock.due_at)
    name = clock.title if clock.rule_key else "a clock"  # what a person typed does not leave by e-mail
    told = notify(
        scope,
        people,
        "clock",
        f"{incident.reference}: {name} {'was missed' if what == 'missed' else 'ends soon'}",
        f"The end of a clock on {incident.reference} at {units.units[incident.unit_id].name} {words}: "
        f"{local:%H:%M} on {local.day} {local:%B %Y}.\nSign in to see what is asked, and to say when "
        "it is done.",
        f"/t/{scope.tenant.slug}/clocks/{clock.id}",
        f"clock:{what}:{clock.id}:{clock.due_at.isoformat()}",
    )
    after = {"title": clock.title, "due_at": clock.due_at, "people_told": told}
    record(scope, f"clock.{what}", "incident", incident.id, after=after)
    return incident


WATCHES = (
    Watch("clock missed", missed_ones, tell_missed),
    Watch("clock due soon", due_soon_ones, tell_due_soon),
)
