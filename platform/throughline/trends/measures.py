"""A series of whole weeks or months from daily counts: its figures, its chart and its three sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from throughline.incidents import taxonomy
from throughline.tenancy.scope import Scope
from throughline.trends import counts, denominators
from throughline.trends.charts import Change, spc_chart
from throughline.trends.models import ChartSetting
from throughline.trends.series import DenominatorMissing, Every, Period, periods, rates
from throughline.trends.spc import Chart, Direction, xmr
from throughline.trends.words import Subject, three_sentences

BASELINE = 12  # periods whose limits judge what came after
_COUNTED = {
    "": ("incident", "incidents"),
    "self_harm": ("incident of self-harm", "incidents of self-harm"),
    "violence": ("incident of violence or aggression", "incidents of violence or aggression"),
    "restrictive_practice": ("use of restrictive practice", "uses of restrictive practice"),
    "medication": ("medication incident", "medication incidents"),
    "fall": ("slip, trip or fall", "slips, trips or falls"),
}


@dataclass(frozen=True)
class Series:
    """What is charted: a rate when every period has its denominator, else a count.

    ``values`` are the figures of the ``periods``; ``subject`` is what they count, in words; ``no_rate`` says
    why there is no rate, naming the days whose denominator is missing.
    """

    title: str
    place: str
    unit: str
    every: Every
    periods: tuple[Period, ...]
    values: tuple[float, ...]
    chart: Chart
    subject: Subject
    no_rate: str

    @property
    def rated(self) -> bool:
        """Whether the values are rates."""
        return not self.no_rate

    @property
    def starts(self) -> list[date]:
        """The first day of each period."""
        return [period.start for period in self.periods]

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chart shows, whether the process has changed, and what that means."""
        return three_sentences(self.chart, self.starts, self.subject)


def series_between(
    scope: Scope,
    category: str,
    place: str,
    unit_ids: Sequence[UUID],
    start: date,
    end: date,
    *,
    direction: Direction = "neutral",
    every: Every = "month",
    baseline_until: date | None = None,
    setting: ChartSetting | None = None,
) -> Series | None:
    """Return a series of the whole periods from ``start`` up to but not including ``end``, or None if none.

    Periods before anything was counted in these units are left out: nobody was counting, so zero is not
    known. The first twelve, or those before ``baseline_until``, are the baseline: a change is judged against
    what was before it. A rate is per 1,000 occupied bed days; with a day missing there is none.

    Args:
        scope: where, and for whom.
        category: the kind of incident; empty for all.
        place: what the units are called together.
        unit_ids: the units whose incidents count.
        start: no period begins before this day.
        end: no period reaches beyond the day before this one.
        direction: which way is better.
        every: how long a period is.
        baseline_until: the day after the last of the baseline; the first twelve periods without one.
        setting: what somebody set for this chart: it goes before ``direction`` and the usual baseline. Its
            target counts only where the chart shows what the target is of.
    """
    began = counts.first_day(scope, unit_ids)
    if began is None:
        return None
    start = max(start, began)
    happened = counts.per_day(scope, start, end, unit_ids, category or None)
    occupied = denominators.per_day(scope, start, end, unit_ids)
    found = periods(happened, start, end, every, occupied)
    if not found:
        return None
    no_rate = ""
    try:
        values = rates(found)
    except DenominatorMissing as missing:
        values, no_rate = tuple(float(period.count) for period in found), str(missing)
    fixed = BASELINE if baseline_until is None else sum(period.end <= baseline_until for period in found)
    target: float | None = None
    rebase_at: tuple[int, ...] = ()
    if setting is not None:
        fixed, direction = setting.baseline, _direction(setting)
        target = setting.target if setting.target_of == ("count" if no_rate else "rate") else None
        rebase_at = rebased(setting, found)
    one, many = _counted(category)
    return Series(
        title=taxonomy.category_label(category) if category else "All incidents",
        place=place,
        unit=f"incidents a {every}" if no_rate else "per 1,000 occupied bed days",
        every=every,
        periods=found,
        values=values,
        chart=xmr(
            values,
            direction=direction,
            target=target,
            rebase_at=rebase_at,
            fix_after=fixed if 0 < fixed < len(found) else None,
        ),
        subject=Subject(
            place[:1].upper() + place[1:], one, many, "" if no_rate else "for every 1,000 occupied bed days"
        ),
        no_rate=no_rate,
    )


def _direction(setting: ChartSetting) -> Direction:
    known: tuple[Direction, ...] = ("increase", "decrease", "neutral")
    return next(one for one in known if one == setting.direction)


def rebased(setting: ChartSetting, found: Sequence[Period]) -> tuple[int, ...]:
    """Return the points, from 1, at which limits begin anew: the first not before each day."""
    days = [date.fromisoformat(one["on"]) for one in setting.rebases]
    at = {sum(period.start < day for period in found) + 1 for day in days}
    return tuple(sorted(position for position in at if 1 < position <= len(found)))


def _counted(category: str) -> tuple[str, str]:
    """Return what one and many of a category are called in a sentence."""
    label = taxonomy.category_label(category)
    return _COUNTED.get(category, (f"incident under “{label}”", f"incidents under “{label}”"))


def drawing(series: Series, name: str, changes: Sequence[Change] = (), *, narrow: bool = False) -> str:
    """Draw a series as SVG, for a page of paper or a desk, or ``narrow`` for a phone."""
    return spc_chart(
        series.chart,
        series.starts,
        title=f"{series.title}, {series.place}",
        description=" ".join(series.sentences),
        name=f"{name}-narrow" if narrow else name,
        unit=series.unit,
        changes=changes,
        narrow=narrow,
    )
