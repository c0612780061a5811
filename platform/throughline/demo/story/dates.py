"""When things happen: the two years up to today, and the small language in which the lines date themselves.

A date in a line is ``today-40d``, ``m-9+4d`` (the fifth day of the month nine months ago) or, within a line,
``+6d`` and ``-2d`` from the day it starts; each may end in a time of day. ``m-9``, where the headline
improvement begins, moves with today, and so does all the rest.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
NATION = "ENG"
MONTHS = 24  # whole months before the current one
STEP = 9  # months ago that self-harm on Oak Ward stepped down
_SATURDAY = 5
_DECEMBER = 12
_WRITTEN = re.compile(r"(?:(today)|m-(\d+)|)([+-]\d+d)?(?: (\d\d):(\d\d))?")


@dataclass(frozen=True)
class Calendar:
    """The two years that end with yesterday. Nothing happens at or after ``until``."""

    today: date

    @property
    def start(self) -> date:
        """Return the first day of the story: the first of the month, two years ago."""
        return self.month(MONTHS)

    @property
    def until(self) -> datetime:
        """Return the midnight with which today begins."""
        return at(self.today, time(0))

    def month(self, ago: int) -> date:
        """Return the first day of the month so many months ago; 0 is the current one."""
        years, month = divmod(self.today.year * _DECEMBER + self.today.month - 1 - ago, _DECEMBER)
        return date(years, month + 1, 1)

    def months(self) -> list[tuple[date, date]]:
        """Return each month as (first day, first day that is not in it); the last ends with yesterday."""
        firsts = [self.month(ago) for ago in range(MONTHS, -1, -1)]
        return list(zip(firsts, [*firsts[1:], self.today], strict=True))

    def days(self) -> Iterator[date]:
        """Return every day of the story."""
        return (self.start + timedelta(days=n) for n in range((self.today - self.start).days))

    def months_ago(self, day: date) -> int:
        """Return how many months before the current one a day lies."""
        return (self.today.year - day.year) * _DECEMBER + self.today.month - day.month

    def day(self, written: str, start: date | None = None) -> date:
        """Read a date of a line; ``start`` is the line's own first day.

        Raises:
            ValueError: it is not written as this module's docstring says.
        """
        found = _WRITTEN.fullmatch(written)
        if found is None or (start is None and not (found[1] or found[2])):
            raise ValueError(f"{written!r} is not a date of a line")
        origin = self.today if found[1] else self.month(int(found[2])) if found[2] else start
        assert origin is not None
        return origin + timedelta(days=int(found[3][:-1]) if found[3] else 0)

    def moment(self, written: str, start: date | None = None) -> datetime:
        """Read a date of a line at its time of day, noon where it has none.

        Raises:
            ValueError: as for ``day``, or it is still to come.
        """
        found = _WRITTEN.fullmatch(written)
        clock = time(int(found[4]), int(found[5])) if found and found[4] else time(12)
        moment = at(self.day(written, start), clock)
        if moment >= self.until:
            raise ValueError(f"{written!r} is still to come on {self.today}")
        return moment

    def in_office(self, written: str, start: date | None, rng: random.Random) -> datetime:
        """Read a date of a line as a moment on a working day: no review is signed on a Sunday night."""
        day = workday(self.day(written, start))
        moment = at(day, time(rng.randint(9, 16), rng.randrange(0, 60)))
        if moment >= self.until:
            raise ValueError(f"{written!r} is still to come on {self.today}")
        return moment


def at(day: date, clock: time) -> datetime:
    """Return a moment of the wall clock in UTC."""
    return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)


def local(moment: datetime) -> datetime:
    """Return a moment on the wall clock."""
    return moment.astimezone(ZONE)


def is_weekend(day: date) -> bool:
    """Say whether a day is a Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


def workday(day: date) -> date:
    """Return the day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
