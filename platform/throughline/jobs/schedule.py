"""Schedules kept in PostgreSQL and run by whichever ticker claims them.

A schedule holds a local wall-clock time; its moments are computed in the tenant's zone. A moment that the
clocks skip runs at the first valid one after it; a moment that happens twice runs the first time. What was
missed while nothing ran is enumerated, period by period, and never skipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from throughline.jobs.models import Timetable
from throughline.jobs.outbox import enqueue
from throughline.kernel.errors import Invalid
from throughline.tenancy.events import PackApplied
from throughline.tenancy.models import Tenant
from throughline.tenancy.scope import PlatformScope, Scope

AT_ONE_TICK = 50
MONTHS = 12
_JOBS = {"evidence": "evidence.prepare"}  # what a pack calls the work, and the job that does it


@dataclass(frozen=True)
class Repeat:
    """Work a tenant's pack asks to repeat. ``args`` go to the job, with the local day it fell ``due``."""

    key: str
    job: str
    args: dict[str, Any]
    every: str
    day: int
    at: time


def moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC moment of a local wall-clock time: after a gap if skipped, the first if it repeats."""
    local = datetime.combine(on, at, tzinfo=zone)  # fold=0: the first of two
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # The clocks skip it. Read with the offset before the gap it lies after the change, and the other way
    # round (PEP 495), so the change is in between.
    before, after = local.replace(fold=1).astimezone(UTC), found
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def due_days(every: str, day: int, start: date) -> Iterable[date]:
    """Yield the days a schedule runs on, from a day on, without end."""
    if every != "month":
        raise ValueError(f"unknown repeat {every!r}")
    year, month = start.year, start.month
    while True:
        on = date(year, month, day)
        if on >= start:
            yield on
        year, month = (year + 1, 1) if month == MONTHS else (year, month + 1)


def next_moment(row: Timetable, after: datetime) -> datetime:
    """Return the first moment of a schedule strictly after another."""
    zone = ZoneInfo(row.timezone)
    for on in due_days(row.every, row.day, (after - timedelta(days=2)).astimezone(zone).date()):
        found = moment(on, row.at, zone)
        if found > after:
            return found
    raise AssertionError("a schedule never ends")


def on_pack_applied(scope: Scope, event: PackApplied) -> None:
    """Let the tenant's work repeat as its pack now says."""
    if event.action != "tenant.configured":
        return
    synchronise(
        scope,
        [
            Repeat(
                key=f"{asked.job}:{asked.format}:{asked.commissioner}",
                job=_JOBS[asked.job],
                args={"format": asked.format, "commissioner": asked.commissioner},
                every=asked.every,
                day=asked.day,
                at=asked.at,
            )
            for asked in scope.tenant.pack.schedules
        ],
    )


def synchronise(scope: Scope, wanted: Iterable[Repeat]) -> None:
    """Make the tenant's rows agree with its pack; a new schedule's first moment is its next one.

    A schedule that changes first runs what had come due by its old times.

    Raises:
        Invalid: two of them have one key.
    """
    wanted = tuple(wanted)
    if len({repeat.key for repeat in wanted}) < len(wanted):
        raise Invalid({"schedules": ["The same report goes to the same commissioner twice. Keep one."]})
    mine = select(Timetable).where(Timetable.tenant_id == scope.tenant.id).with_for_update()
    rows = {row.key: row for row in scope.session.scalars(mine)}
    for repeat in wanted:
        row = rows.pop(repeat.key, None)
        values = {
            "job": repeat.job,
            "args": repeat.args,
            "every": repeat.every,
            "day": repeat.day,
            "at": repeat.at,
            "timezone": scope.tenant.timezone.key,
        }
        if row is not None and all(getattr(row, name) == value for name, value in values.items()):
            continue
        if row is not None:
            _enqueue_due(scope, row)
        row = row or Timetable(tenant_id=scope.tenant.id, key=repeat.key)
        for name, value in values.items():
            setattr(row, name, value)
        row.next_due = next_moment(row, scope.now())
        scope.session.add(row)
    for row in rows.values():
        scope.session.delete(row)


def due(scope: PlatformScope) -> list[tuple[UUID, UUID]]:
    """Return ``(tenant id, schedule id)`` of what is due now. A suspended tenant's schedules wait."""
    query = (
        select(Timetable.tenant_id, Timetable.id)
        .join(Tenant, Tenant.id == Timetable.tenant_id)
        .where(Timetable.next_due <= scope.now(), Tenant.suspended_at.is_(None))
        .order_by(Timetable.next_due)
        .limit(AT_ONE_TICK)
    )
    return [(row.tenant_id, row.id) for row in scope.session.execute(query)]


def run_due(scope: Scope, schedule_id: UUID) -> int:
    """Enqueue every period of a schedule that has come due; return how many. Others skip a claimed row."""
    claimed = (
        select(Timetable)
        .where(Timetable.id == schedule_id, Timetable.tenant_id == scope.tenant.id)
        .with_for_update(skip_locked=True)
    )
    row = scope.session.scalar(claimed)
    return 0 if row is None else _enqueue_due(scope, row)


def _enqueue_due(scope: Scope, row: Timetable) -> int:
    count = 0
    while row.next_due <= scope.now():
        on = row.next_due.astimezone(ZoneInfo(row.timezone)).date().isoformat()
        enqueue(scope, row.job, f"{row.key}:{on}", **row.args, due=on)
        row.next_due = next_moment(row, row.next_due)
        count += 1
    return count
