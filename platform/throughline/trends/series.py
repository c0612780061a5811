"""From daily figures to whole weeks or months, and from those to rates: with nothing left out silently."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Every = Literal["week", "month"]

PER = 1000  # occupied bed days; the usual base of rates in mental-health wards
_DAY = timedelta(days=1)
_DECEMBER = 12
_NAMED_GAPS = 3


class DenominatorMissing(ValueError):
    """A rate was asked for where days have no denominator; the message names the gaps."""


@dataclass(frozen=True)
class Period:
    """A whole week or month: from ``start`` up to but not including ``end``.

    ``count`` is how many there were; ``bed_days`` the sum of its daily occupied-bed counts, None where
    ``missing`` names days that have none.
    """

    start: date
    end: date
    count: int
    bed_days: int | None
    missing: tuple[date, ...] = ()


def periods(
    counts: Mapping[date, int], start: date, end: date, every: Every, bed_days: Mapping[date, int]
) -> tuple[Period, ...]:
    """Return the whole weeks (from Monday) or months between two days.

    Args:
        counts: how many on each day; a day that is absent had none.
        start: no period begins before this day; one that began earlier is left out, not cut.
        end: no period reaches beyond the day before this one.
        every: the length of a period.
        bed_days: how many beds were occupied on each day; unlike a count, a day that is absent is unknown.
    """
    return tuple(
        _period(counts, bed_days, first, after)
        for first, after in itertools.pairwise(_edges(start, end, every))
    )


def rates(found: Sequence[Period]) -> tuple[float, ...]:
    """Return each period's rate: 1,000 times its count over its occupied bed days.

    Source: the definition of a rate per 1,000 occupied bed days, with bed days the sum of midnight counts.

    Raises:
        DenominatorMissing: a day of a period has no figure, or nobody was there in a whole period. A rate
            over a part of the days would be too high, so there is none.
    """
    known = []
    for period in found:
        if period.bed_days is None:
            raise DenominatorMissing(_gap_words(found))
        if not period.bed_days:
            empty = _stretch_words(period.start, period.end - _DAY)
            raise DenominatorMissing(f"No bed was occupied from {empty}")
        known.append(PER * period.count / period.bed_days)
    return tuple(known)


def _gap_words(found: Sequence[Period]) -> str:
    """Say how many days have no figure of occupied bed days, and name the first stretches of them."""
    stretches = _gaps(found)
    days = sum(len(period.missing) for period in found)
    named = ", ".join(_stretch_words(first, last) for first, last in stretches[:_NAMED_GAPS])
    more = len(stretches) - _NAMED_GAPS
    rest = f" and {more} more {'stretch' if more == 1 else 'stretches'}" if more > 0 else ""
    return f"Occupied bed days are missing for {days:,} {'day' if days == 1 else 'days'} ({named}{rest})"


def _gaps(found: Sequence[Period]) -> list[tuple[date, date]]:
    """Return the stretches of days without a denominator, as (first day, last day), in order."""
    stretches: list[tuple[date, date]] = []
    for day in (day for period in found for day in period.missing):
        if stretches and stretches[-1][1] + _DAY == day:
            stretches[-1] = (stretches[-1][0], day)
        else:
            stretches.append((day, day))
    return stretches


def _edges(start: date, end: date, every: Every) -> Iterator[date]:
    """Return the first days of the whole periods, and the day after the last."""
    at = _first(start, every)
    while at <= end:
        yield at
        at = _next(at, every)


def _first(day: date, every: Every) -> date:
    if every == "week":
        return day + _DAY * (-day.weekday() % 7)
    return day if day.day == 1 else _next(day, every)


def _next(day: date, every: Every) -> date:
    if every == "week":
        return day + 7 * _DAY
    return next_month(day)


def next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return date(day.year + (day.month == _DECEMBER), day.month % _DECEMBER + 1, 1)


def _period(counts: Mapping[date, int], bed_days: Mapping[date, int], first: date, after: date) -> Period:
    days = [first + _DAY * step for step in range((after - first).days)]
    missing = tuple(day for day in days if day not in bed_days)
    occupied = None if missing else sum(bed_days[day] for day in days)
    return Period(first, after, sum(counts.get(day, 0) for day in days), occupied, missing)


def _day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _stretch_words(first: date, last: date) -> str:
    return _day_words(first) if first == last else f"{_day_words(first)} to {_day_words(last)}"
