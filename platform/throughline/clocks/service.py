"""What is done to a clock: it starts, stands still, goes on, and is met or stopped by a person."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from throughline.audit.service import record
from throughline.clocks import counting, queries
from throughline.clocks.models import Clock, ClockPause
from throughline.incidents import policy
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.tenancy.scope import Scope
from throughline.tenancy.working_days import is_working_day

BY_HAND = "by_hand"
LONGEST = 1000
OPEN = frozenset({"running", "due_soon", "missed", "paused"})


@dataclass(frozen=True)
class Counting:
    """What a clock is to count: either hours or working days. ``met_on`` is as the clock keeps it."""

    key: str
    title: str
    hours: int | None = None
    working_days: int | None = None
    warn_before_hours: int = 24
    met_on: str = ""


def start_by_rule(
    scope: Scope, incident: Incident, counting_of: Counting, rule_key: str, rule_version: int
) -> UUID | None:
    """Start a rule's clock; None when one of this key runs on the incident already, or was met."""
    values = _first(scope, incident, counting_of) | {"rule_key": rule_key, "rule_version": rule_version}
    statement = (
        insert(Clock)
        .values(tenant_id=scope.tenant.id, **values)
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "incident_id", "key"],
            index_where=Clock.rule_key.is_not(None) & Clock.stopped_at.is_(None),
        )
        .returning(Clock.id)
    )
    clock_id = scope.session.scalar(statement)
    if clock_id is not None:
        _note(scope, "started", incident.id, _told(values) | {"rule": rule_key})
    return clock_id


def start(scope: Scope, incident: Incident, counting_of: Counting) -> Clock:
    """Start a clock that a person asks for.

    Raises:
        Forbidden: the actor may not decide about this incident.
    """
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not start a clock here")
    values = _first(scope, incident, counting_of) | {"started_by": scope.actor.id}
    clock = Clock(**values)
    scope.session.add(clock)
    scope.session.flush()
    _note(scope, "started", incident.id, _told(values))
    return clock


def _first(scope: Scope, incident: Incident, counting_of: Counting) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "incident_id": incident.id,
        "key": counting_of.key,
        "title": counting_of.title,
        "hours": counting_of.hours,
        "working_days": counting_of.working_days,
        "warn_before_hours": counting_of.warn_before_hours,
        "started_at": scope.now(),
        "due_at": _due(scope, scope.now(), counting_of.hours, counting_of.working_days, ()),
        "evidence": "",
        "stop_reason": "",
        "met_on": counting_of.met_on,
        "version": 1,
    }


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("title", "hours", "working_days", "due_at") if values[name]}


def _due(
    scope: Scope,
    began: datetime,
    hours: int | None,
    working_days: int | None,
    stood: Iterable[counting.Still],
) -> datetime:
    if hours is not None:
        return counting.after_hours(began, hours, stood)
    works: Any = partial(_works, scope)
    return counting.after_working_days(began, working_days or 0, scope.tenant.timezone, works, stood)


def _works(scope: Scope, day: date) -> bool:
    pack = scope.tenant.pack
    return is_working_day(pack.nation, day, pack.closures)


def pause(scope: Scope, clock_id: UUID, version: int, reason: str) -> Clock:
    """Let a clock stand still, with the reason.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, or it does not run.
        Invalid: there is no reason.
    """
    clock, incident = _to_change(scope, clock_id, version, {"running", "due_soon"})
    reason = _required(reason, "reason", "Say why the clock may stand still")
    assert clock.due_at is not None  # it runs
    scope.session.add(
        ClockPause(
            clock_id=clock.id,
            paused_at=scope.now(),
            paused_by=scope.actor.id,
            reason=reason,
            due_before=clock.due_at,
        )
    )
    before, clock.due_at = clock.due_at, None
    scope.session.flush()
    _note(scope, "paused", incident.id, {"title": clock.title, "reason": reason}, {"due_at": before})
    return clock


def resume(scope: Scope, clock_id: UUID, version: int) -> Clock:
    """Let a clock go on. What it stood still does not count.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, or it is not paused.
    """
    clock, incident = _to_change(scope, clock_id, version, {"paused"})
    _go_on(scope, clock)
    _note(scope, "resumed", incident.id, {"title": clock.title, "due_at": clock.due_at})
    return clock


def _go_on(scope: Scope, clock: Clock) -> None:
    """End the pause and count anew from the beginning, without what the clock stood still."""
    stood = queries.pauses(scope, [clock.id])[clock.id]
    stood[-1].resumed_at, stood[-1].resumed_by = scope.now(), scope.actor.id
    spans = [counting.Still(one.paused_at, one.resumed_at) for one in stood if one.resumed_at is not None]
    due = _due(scope, clock.started_at, clock.hours, clock.working_days, spans)
    clock.due_at = due
    if due - timedelta(hours=clock.warn_before_hours) > scope.now():
        clock.warned_at = None  # there is a new end to warn of
    scope.session.flush()


def stop(scope: Scope, clock_id: UUID, version: int, reason: str, *, by: str = "") -> Clock:
    """Stop a clock that no longer asks for anything, with the reason. ``by`` is the page it is met on.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, has ended, or is met on another page.
        Invalid: there is no reason.
    """
    clock, incident = _to_change(scope, clock_id, version, OPEN, by)
    reason = _required(reason, "reason", "Say why nothing more is to be done by this clock")
    if clock.due_at is None:
        _go_on(scope, clock)
    clock.stopped_at, clock.stopped_by, clock.stop_reason = scope.now(), scope.actor.id, reason
    scope.session.flush()
    _note(scope, "stopped", incident.id, {"title": clock.title, "reason": reason})
    return clock


def meet(
    scope: Scope, clock_id: UUID, version: int, met_at: datetime, evidence: str, *, by: str = ""
) -> Clock:
    """Say that what the clock asks for was done: when, and where that can be seen.

    ``by`` is the page it is met on.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, has ended, or is met on another page.
        Invalid: the moment is not between its beginning and now, or nothing is said of the evidence.
    """
    clock, incident = _to_change(scope, clock_id, version, OPEN, by)
    evidence = _required(evidence, "evidence", "Say what was done and where it can be seen")
    met_at = met_at.astimezone(UTC)
    if met_at > scope.now():
        raise Invalid({"met_at": ["This is in the future. Enter when it was done"]})
    # The form takes minutes: what was done in the minute the clock began came after it.
    if met_at < clock.started_at.replace(second=0, microsecond=0):
        raise Invalid({"met_at": ["This is before the clock began. Enter when it was done"]})
    if clock.due_at is None:
        _go_on(scope, clock)
    clock.met_at, clock.met_said_at, clock.met_by = met_at, scope.now(), scope.actor.id
    clock.evidence = evidence
    scope.session.flush()
    _note(scope, "met", incident.id, {"title": clock.title, "met_at": met_at, "evidence": evidence})
    return clock


def take_back(scope: Scope, clock_id: UUID, version: int, reason: str, *, by: str) -> Clock:
    """Say that a clock was not met after all: it counts as stopped, and another may begin in its place.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, was not met, or is met on another page.
        Invalid: there is no reason.
    """
    clock, incident = _to_change(scope, clock_id, version, {"met"}, by)
    reason = _required(reason, "reason", "Say why it was not done after all")
    before = {"met_at": clock.met_at, "evidence": clock.evidence}
    clock.met_at = clock.met_said_at = clock.met_by = None
    clock.evidence = ""
    clock.stopped_at, clock.stopped_by, clock.stop_reason = scope.now(), scope.actor.id, reason
    scope.session.flush()
    _note(scope, "taken_back", incident.id, {"title": clock.title, "reason": reason}, before)
    return clock


def _to_change(
    scope: Scope, clock_id: UUID, version: int, states: Set[str], by: str | None = None
) -> tuple[Clock, Incident]:
    clock, incident = queries.find(scope, clock_id, lock=True)
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not change a clock here")
    if clock.version != version:
        raise Conflict("changed since it was read")
    if queries.state_of(clock, scope.now()) not in states:
        raise Conflict("the clock has ended, or stands otherwise now")
    if by is not None and by != clock.met_on:
        raise Conflict("the clock is met on another page")
    return clock, incident


def _required(text: str, name: str, message: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid({name: [message]})
    if len(text) > LONGEST:
        raise Invalid({name: [f"Use {LONGEST:,} characters or fewer"]})
    return text


def _note(
    scope: Scope, what: str, incident_id: UUID, after: dict[str, Any], before: dict[str, Any] | None = None
) -> None:
    record(scope, f"clock.{what}", "incident", incident_id, before, after)
