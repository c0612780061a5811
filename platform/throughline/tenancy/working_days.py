"""Working days of a nation of the United Kingdom: not weekends, not its public holidays, not closures."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

import holidays

_WEEKEND = 5


@cache
def _public_holidays(nation: str) -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv=nation)


def is_working_day(nation: str, day: date, closures: Collection[date] = ()) -> bool:
    """Say whether a day is a working day in a nation (``ENG``, ``WLS``, ``SCT`` or ``NIR``).

    ``closures`` are days on which the organisation itself is closed.
    """
    return day.weekday() < _WEEKEND and day not in _public_holidays(nation) and day not in closures


def add_working_days(nation: str, start: date, days: int, closures: Collection[date] = ()) -> date:
    """Return the working day that is ``days`` working days after ``start`` (the start day does not count).

    Raises:
        ValueError: ``days`` is negative.
    """
    if days < 0:
        raise ValueError("count working days forwards")
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working_day(nation, day, closures)
    return day
