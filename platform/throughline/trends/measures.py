"""A series of months from daily counts: its points, its chart, and three sentences that say what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from throughline.tenancy.scope import Scope
from throughline.trends import counts, denominators
from throughline.trends.charts import Change, spc_chart
from throughline.trends.spc import CONCERN, IMPROVEMENT, NEUTRAL_LOW, Chart, Direction, Point, xmr

BASELINE = 12  # months whose limits judge what came after
PER = 1000
_MONTHS = 12


@dataclass(frozen=True)
class Month:
    """One month: how many, of how many occupied bed days (None where a day has no figure), and the value."""

    start: date
    count: int
    bed_days: int | None
    value: float


@dataclass(frozen=True)
class Series:
    """What is charted: a rate when every month has its denominator, else a count."""

    title: str
    place: str
    unit: str
    direction: Direction
    months: tuple[Month, ...]
    chart: Chart
    missing_days: int


def months_between(start: date, end: date) -> list[date]:
    """Return the first days of the whole months from ``start`` up to but not including ``end``."""
    found, at = [], start.replace(day=1)
    while at < end.replace(day=1):
        found.append(at)
        at = next_month(at)
    return found


def next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return date(day.year + (day.month == _MONTHS), day.month % _MONTHS + 1, 1)


def monthly(
    scope: Scope,
    title: str,
    place: str,
    unit_ids: Sequence[UUID],
    category: str | None,
    start: date,
    end: date,
    *,
    direction: Direction = "neutral",
    rate: bool = True,
) -> Series | None:
    """Return a series of the whole months from ``start`` up to but not including ``end``, or None if none.

    Months before anything was counted in these units are left out: nobody was counting, so zero is not known.
    The first twelve months are the baseline: a change is judged against what was before it. A rate is per
    1,000 occupied bed days; with a day missing there is no rate, and the series says how many are.
    """
    began = counts.first_day(scope, unit_ids)
    if began is None:
        return None
    starts = months_between(max(start, began if began.day == 1 else next_month(began)), end)
    if not starts:
        return None
    stop = next_month(starts[-1])
    happened = counts.per_day(scope, starts[0], stop, unit_ids, category)
    occupied = denominators.per_day(scope, starts[0], stop, unit_ids) if rate else {}
    months, missing = [], 0
    for first in starts:
        days = [first.replace(day=1 + offset) for offset in range((next_month(first) - first).days)]
        count = sum(happened.get(day, 0) for day in days)
        known = [occupied[day] for day in days if day in occupied]
        missing += len(days) - len(known)
        bed_days = sum(known) if len(known) == len(days) else None
        months.append(Month(first, count, bed_days, float(count)))
    as_rate = rate and missing == 0 and all(month.bed_days for month in months)
    if as_rate:
        months = [
            Month(found.start, found.count, found.bed_days, PER * found.count / (found.bed_days or 1))
            for found in months
        ]
    fixed = BASELINE if len(months) > BASELINE else None
    chart = xmr([month.value for month in months], direction=direction, fix_after=fixed)
    unit = "per 1,000 occupied bed days" if as_rate else "incidents a month"
    return Series(title, place, unit, direction, tuple(months), chart, missing if rate else 0)


def drawing(series: Series, name: str, changes: Sequence[Change] = ()) -> str:
    """Draw a series as SVG."""
    return spc_chart(
        series.chart,
        [month.start for month in series.months],
        title=f"{series.title}, {series.place}",
        description=" ".join(sentences(series)),
        name=name,
        unit=series.unit,
        changes=changes,
    )


def sentences(series: Series) -> tuple[str, str, str]:
    """Say what the chart shows, whether the process changed, and what that means."""
    last, months = series.months[-1], series.months
    shows = (
        f"In {last.start:%B %Y} there were {last.count} ({last.value:.1f} {series.unit}); "
        f"the usual level was {series.chart.points[0].mean:.1f}."
        if series.unit.startswith("per")
        else f"In {last.start:%B %Y} there were {last.count}; the usual level was "
        f"{series.chart.points[0].mean:.1f} a month."
    )
    run = _current_run(series.chart)
    if len(months) <= BASELINE:
        return shows, "There are too few months to tell.", "Read the limits as a trial until there are more."
    if not run:
        changed = "The recent months lie within what chance alone would give."
        return shows, changed, "Nothing points to a change: work on the system itself is what would move it."
    way = "below" if run[-1].value < run[-1].mean else "above"
    count = len(run)
    changed = (
        f"The last {count} months signal a change: they lie {way} the earlier level."
        if count > 1
        else f"The last month signals a change: it lies {way} the earlier level."
    )
    return shows, changed, _meaning(series.chart.variation)


def _current_run(chart: Chart) -> list[Point]:
    run: list[Point] = []
    for point in reversed(chart.points):
        if not point.special or (run and point.side != run[-1].side):
            break
        run.append(point)
    return run[::-1]


def _meaning(variation: str) -> str:
    if variation == IMPROVEMENT:
        return "This is an improvement that chance would rarely give."
    if variation == CONCERN:
        return "This needs a look at what has changed around the work, not at one person."
    if variation == NEUTRAL_LOW:
        return "Fewer can mean that less happened, or that less was reported; ask before deciding."
    return "More reports can mean a better reporting culture; look at harm before deciding."
