"""Charts for counts, rates, proportions and rare events, with the limits their distributions give.

    c    events in equal periods            mean +- 3 sqrt(mean)
    u    events per denominator             u = sum c / sum n;  u +- 3 sqrt(u / n)
    p    share of a denominator             p = sum c / sum n;  p +- 3 sqrt(p (1 - p) / n), within 0 and 1
    u', p'   as u and p, the limits widened by sigma_z = mean moving range of z / 1.128 (Laney 2002)
    g    opportunities between events       m + 3 sqrt(m (m + 1)) from the mean m; the line is the median
    t    time between events                y ** (1 / 3.6) on an individuals chart, and back (Nelson 1994)

No lower limit is below zero. Moving ranges of at least 3.267 times their mean are dropped once before they
are averaged. The formulas are those of qicharts2 (Jacob Anhøj), held to its output point by point; its limits
of the t chart use 3 / 1.128 where the XmR chart uses 2.66.
"""

import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from throughline.trends.runs import Runs, runs_of
from throughline.trends.spc import LARGEST, SCREEN_FACTOR, refuse_grouping

Kind = Literal["c", "u", "up", "p", "pp", "g", "t"]
KINDS: tuple[Kind, ...] = ("c", "u", "up", "p", "pp", "g", "t")
WITH_DENOMINATOR = frozenset({"u", "up", "p", "pp"})
SHARES = frozenset({"p", "pp"})
ENOUGH = 12
TO_NORMAL = 3.6
D2 = 1.128  # the mean range of two, in standard deviations
OUTER, INNER = 3, 2


@dataclass(frozen=True)
class RatePoint:
    """One point: its value, the centre line, and the limits at three and at two standard errors.

    Values and lines are in the unit of the chart, so per ``multiply`` of the denominator. ``count`` is what
    was given, ``of`` its denominator (None for a chart without one). Limits are None where nothing varies
    that they could be taken from.
    """

    value: float
    count: float
    of: float | None
    group: int
    centre: float
    lower: float | None
    upper: float | None
    lower_inner: float | None
    upper_inner: float | None
    trial: bool

    @property
    def outside(self) -> bool:
        """Whether it lies beyond a limit of three standard errors."""
        if self.lower is None or self.upper is None:
            return False
        return self.value > self.upper or self.value < self.lower


@dataclass(frozen=True)
class RateChart:
    """A series with its limits; ``runs`` holds what the runs of each group say, the first group first."""

    kind: Kind
    points: tuple[RatePoint, ...]
    runs: tuple[Runs, ...]


@dataclass(frozen=True)
class _Lines:
    """The centre line, and for each point its lower and upper limit at so many standard errors."""

    centre: float
    limits: Callable[[int, int], tuple[float, float] | None]


def rate_chart(
    kind: Kind,
    counts: Sequence[float],
    of: Sequence[float] = (),
    *,
    multiply: float = 1,
    rebase_at: Sequence[int] = (),
    fix_after: int | None = None,
) -> RateChart:
    """Chart counts, rates, shares or gaps between rare events.

    Args:
        kind: which chart; ``up`` and ``pp`` are u' and p'.
        counts: in the order of time. Events in each period (c, u, u'), how many of the denominator (p, p'),
            opportunities between events (g), or time between them in any unit (t).
        of: the denominator of each point, for u, u', p and p' only.
        multiply: what a rate is said per, such as 1,000 occupied bed days.
        rebase_at: positions, from 1, at which a new group begins with lines of its own.
        fix_after: use only the first so many points of each group for its lines; they then judge the rest.

    Raises:
        ValueError: what was given is no such series; says what, with the position from 1 where there is one.
    """
    _refuse(kind, counts, of, multiply, rebase_at, fix_after)
    starts = sorted({0, *(position - 1 for position in rebase_at)})
    points: list[RatePoint] = []
    told: list[Runs] = []
    for group, start in enumerate(starts):
        end = starts[group + 1] if group + 1 < len(starts) else len(counts)
        mine = _group(kind, counts[start:end], of[start:end], group, multiply, fix_after)
        points += mine
        told.append(runs_of([point.value for point in mine], mine[0].centre))
    return RateChart(kind, tuple(points), tuple(told))


def _group(
    kind: Kind,
    counts: Sequence[float],
    of: Sequence[float],
    group: int,
    multiply: float,
    fix_after: int | None,
) -> list[RatePoint]:
    baseline = slice(0, fix_after or len(counts))
    values = [count / n for count, n in zip(counts, of, strict=True)] if of else list(counts)
    lines = _LINES[kind](counts, of, baseline)
    trial = min(len(counts), baseline.stop) < ENOUGH
    points = []
    for index, value in enumerate(values):
        outer, inner = lines.limits(index, OUTER), lines.limits(index, INNER)
        lower, upper = _within(kind, outer, multiply)
        points.append(
            RatePoint(
                value * multiply,
                counts[index],
                of[index] if of else None,
                group,
                lines.centre * multiply,
                lower,
                upper,
                *_within(kind, inner, multiply),
                trial,
            )
        )
    return points


def _within(
    kind: Kind, limits: tuple[float, float] | None, multiply: float
) -> tuple[float | None, float | None]:
    if limits is None:
        return None, None
    lower, upper = max(0.0, limits[0]), limits[1]
    return lower * multiply, (min(1.0, upper) if kind in SHARES else upper) * multiply


def _about(centre: float, errors: Sequence[float]) -> _Lines:
    def limits(index: int, times: int) -> tuple[float, float]:
        return centre - times * errors[index], centre + times * errors[index]

    return _Lines(centre, limits)


def _of_counts(counts: Sequence[float], of: Sequence[float], baseline: slice) -> _Lines:
    mean = statistics.fmean(counts[baseline])
    return _about(mean, [math.sqrt(mean)] * len(counts))


def _of_rates(counts: Sequence[float], of: Sequence[float], baseline: slice) -> _Lines:
    rate = math.fsum(counts[baseline]) / math.fsum(of[baseline])
    return _about(rate, [math.sqrt(rate / n) for n in of])


def _of_shares(counts: Sequence[float], of: Sequence[float], baseline: slice) -> _Lines:
    share = math.fsum(counts[baseline]) / math.fsum(of[baseline])
    return _about(share, [math.sqrt(share * (1 - share) / n) for n in of])


def _widened(plain: "_Made") -> "_Made":
    """Return the lines of a u or p chart widened by how much more than chance the points vary (Laney)."""

    def lines(counts: Sequence[float], of: Sequence[float], baseline: slice) -> _Lines:
        found = plain(counts, of, baseline)
        errors = [(_limit(found, index, 1) - found.centre) for index in range(len(counts))]
        between = None
        if all(errors):
            scores = [
                (count / n - found.centre) / error for count, n, error in zip(counts, of, errors, strict=True)
            ]
            between = _mean_range(scores[baseline])
        if between is None:
            return _Lines(found.centre, lambda index, times: None)
        return _about(found.centre, [error * between / D2 for error in errors])

    return lines


def _limit(lines: _Lines, index: int, times: int) -> float:
    limits = lines.limits(index, times)
    assert limits is not None  # plain u and p charts always have some
    return limits[1]


def _of_gaps(counts: Sequence[float], of: Sequence[float], baseline: slice) -> _Lines:
    mean = statistics.fmean(counts[baseline])
    error = math.sqrt(mean * (mean + 1))
    return _Lines(
        statistics.median(counts[baseline]), lambda index, times: (mean - times * error, mean + times * error)
    )


def _of_times(counts: Sequence[float], of: Sequence[float], baseline: slice) -> _Lines:
    normal = [count ** (1 / TO_NORMAL) for count in counts[baseline]]
    mean, between = statistics.fmean(normal), _mean_range(normal)

    def limits(index: int, times: int) -> tuple[float, float] | None:
        if between is None:
            return None
        reach = times * between / D2
        return max(0.0, mean - reach) ** TO_NORMAL, (mean + reach) ** TO_NORMAL

    return _Lines(mean**TO_NORMAL, limits)


def _mean_range(values: Sequence[float]) -> float | None:
    """Return the mean moving range without outlying ones; None when none is left."""
    ranges = [abs(after - before) for before, after in itertools.pairwise(values)]
    if not ranges:
        return None
    average = statistics.fmean(ranges)
    kept = [found for found in ranges if found < SCREEN_FACTOR * average]
    return statistics.fmean(kept) if kept else None


_Made = Callable[[Sequence[float], Sequence[float], slice], _Lines]
_LINES: dict[Kind, _Made] = {
    "c": _of_counts,
    "u": _of_rates,
    "up": _widened(_of_rates),
    "p": _of_shares,
    "pp": _widened(_of_shares),
    "g": _of_gaps,
    "t": _of_times,
}


def _refuse(
    kind: Kind,
    counts: Sequence[float],
    of: Sequence[float],
    multiply: float,
    rebase_at: Sequence[int],
    fix_after: int | None,
) -> None:
    if kind not in KINDS:
        raise ValueError(f"there is no chart “{kind}”; there are {', '.join(KINDS)}")
    if not counts:
        raise ValueError("a chart needs at least one value")
    if (kind in WITH_DENOMINATOR) != bool(of):
        raise ValueError(f"a {kind} chart needs a denominator" if not of else f"a {kind} chart takes none")
    if of and len(of) != len(counts):
        raise ValueError(f"there are {len(counts)} values and {len(of)} denominators")
    for position, count in enumerate(counts, start=1):
        _refuse_count(kind, position, count)
    for position, n in enumerate(of, start=1):
        _refuse_denominator(kind, position, counts[position - 1], n)
    if not (math.isfinite(multiply) and 0 < multiply <= LARGEST):
        raise ValueError("what a rate is said per is a number above 0")
    refuse_grouping(len(counts), rebase_at, fix_after)


def _refuse_count(kind: Kind, position: int, count: float) -> None:
    if not (math.isfinite(count) and abs(count) <= LARGEST):
        raise ValueError(f"value {position} of “y” is not a number a chart can show: {count}")
    if count < 0 or (kind == "t" and count == 0):
        least = "above 0" if kind == "t" else "0 or more"
        raise ValueError(f"value {position} of “y” in a {kind} chart is {least}: {count}")


def _refuse_denominator(kind: Kind, position: int, count: float, n: float) -> None:
    if not (math.isfinite(n) and 0 < n <= LARGEST):
        raise ValueError(f"value {position} of “n”, the denominators, is a number above 0: {n}")
    if kind in SHARES and count > n:
        raise ValueError(f"value {position} of “y” is more than its denominator in “n”: {count} of {n}")
