"""When a clock ends. Pure: where it began, how long it runs, when it stood still.

Hours are absolute: a change of the wall clock does not shorten or lengthen them, and the time a clock stood
still is added. Working days end at 23:59:59 on the tenant's wall clock; the day it began does not count. A
day on which the clock stood still at its end does not count either, so a pause within one day gains nothing
and a pause never costs any.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LAST = time(23, 59, 59)


@dataclass(frozen=True)
class Still:
    """A span in which a clock stood still."""

    since: datetime
    until: datetime


def after_hours(began: datetime, hours: int, stood: Iterable[Still] = ()) -> datetime:
    """Return the moment so many hours after another, the spans in which the clock stood still added."""
    # In UTC, because arithmetic between moments of one zone with summer time is done on its wall clock.
    end = began.astimezone(UTC) + timedelta(hours=hours)
    for span in stood:
        end += span.until.astimezone(UTC) - span.since.astimezone(UTC)
    return end


def after_working_days(
    began: datetime,
    days: int,
    zone: ZoneInfo,
    is_working_day: Callable[[date], bool],
    stood: Iterable[Still] = (),
) -> datetime:
    """Return the end of the so manieth working day after the day it began, in UTC.

    Raises:
        ValueError: ``days`` is less than one.
    """
    if days < 1:
        raise ValueError("count at least one working day")
    still = [(_day(span.since, zone), _day(span.until, zone)) for span in stood]
    day, left = _day(began, zone), days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day) and not any(since <= day < until for since, until in still)
    return end_of(day, zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of a day on a wall clock, in UTC: the second one where it comes twice."""
    return datetime.combine(day, _LAST, tzinfo=zone).replace(fold=1).astimezone(UTC)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
