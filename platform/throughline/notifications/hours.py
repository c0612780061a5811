"""When a notice may leave the building: quiet hours and digests, on a wall clock. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from throughline.jobs.schedule import moment

_DAY = timedelta(days=1)


def quiet_until(now: datetime, start: time, end: time, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours end that now lies in; ``None`` when it lies in none.

    They may go over midnight. Where the clocks change, they begin and end by the wall clock: a time that is
    skipped counts as the first after it, one that comes twice as the first of the two.
    """
    today = now.astimezone(zone).date()
    for day in (today - _DAY, today):
        last = day if start < end else day + _DAY
        until = moment(last, end, zone)
        if moment(day, start, zone) <= now < until:
            return until
    return None


def in_quiet_hours(at: time, start: time, end: time) -> bool:
    """Say whether a time of day lies in quiet hours; their end does not."""
    return start <= at < end if start < end else at >= start or at < end


def next_digest(now: datetime, at: time, zone: ZoneInfo, last: date | None) -> datetime:
    """Return the next moment of a daily digest after now, on no day up to the ``last`` that had one."""
    day = now.astimezone(zone).date()
    if last is not None and day <= last:
        day = last + _DAY
    while (found := moment(day, at, zone)) <= now:
        day += _DAY
    return found
