"""Numbers by day, quick to add up between any two days."""

import itertools
from bisect import bisect_left
from collections.abc import Mapping
from datetime import date


class Days:
    """How many there were on each day; a day that is absent had none, or is unknown."""

    def __init__(self, by_day: Mapping[date, int]) -> None:
        self._days = sorted(by_day)
        self._sums = [0, *itertools.accumulate(by_day[day] for day in self._days)]

    def total(self, start: date, end: date) -> int:
        """Return the sum from ``start`` up to but not including ``end``."""
        return self._sums[bisect_left(self._days, end)] - self._sums[bisect_left(self._days, start)]

    def known(self, start: date, end: date) -> int:
        """Return how many of the days from ``start`` up to but not including ``end`` are there."""
        return bisect_left(self._days, end) - bisect_left(self._days, start)

    def last_before(self, end: date) -> date | None:
        """Return the last day before one, if there is any."""
        at = bisect_left(self._days, end)
        return self._days[at - 1] if at else None


NONE = Days({})
