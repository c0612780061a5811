"""XmR charts by the "Making Data Count" rules, in two named profiles.

Source of formulas and rules: NHSRplotthedots (MIT), the reference implementation of NHS England's Making
Data Count method; checked point by point against its output. ``mdc-r`` drops moving ranges of at least
3.267 times their mean once before the limits are computed (Nelson 1982); ``mdc-excel`` does not.

    limits      mean +- 2.66 * mean moving range       (2.66 = 3 / 1.128; Wheeler, Understanding Variation)
    near        beyond two thirds of the way from the mean to a limit, and not beyond the limit
    shift       7 points in a row on one side of the mean
    trend       7 points in a row rising, or falling
    two in 3    2 of 3 points in a row near, all three on one side of the mean

Of the rules that hold for a point, the first of outside, trend, two in three and shift gives its label. Other
bodies count 6 or 8 points for a shift and 5 or 6 for a trend, so both are arguments with 7 as the default.
A lower limit may lie below zero: only a drawing cuts it off.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Direction = Literal["increase", "decrease", "neutral"]
Profile = Literal["mdc-excel", "mdc-r"]
RuleName = Literal["", "outside", "trend", "two_in_three", "shift"]
Kind = Literal[
    "common_cause",
    "special_cause_improvement",
    "special_cause_concern",
    "special_cause_neutral_high",
    "special_cause_neutral_low",
]
Assurance = Literal["consistently_pass", "consistently_fail", "inconsistent"]

LIMIT_FACTOR = 2.66
NEAR_FACTOR = 2 * (LIMIT_FACTOR / 3)
SCREEN_FACTOR = 3.267
SHIFT = 7
TREND = 7
WINDOW = 3
NEAR_ENOUGH = 2
# With fewer points than this, limits are a trial. The guidance says twelve; the R package says so too in its
# message but counts thirteen in its code, and the profile that follows it does the same.
ENOUGH_POINTS: dict[Profile, int] = {"mdc-excel": 12, "mdc-r": 13}
ENOUGH_FIXED = 12  # a baseline fixed on fewer points stays a trial, however long the series grows after it
LARGEST = 1e100  # beyond it sums and squares leave the range of a float

COMMON: Kind = "common_cause"
IMPROVEMENT: Kind = "special_cause_improvement"
CONCERN: Kind = "special_cause_concern"
NEUTRAL_HIGH: Kind = "special_cause_neutral_high"
NEUTRAL_LOW: Kind = "special_cause_neutral_low"


@dataclass(frozen=True)
class Point:
    """One point: its value, the limits that hold there, and the rule that spoke first.

    All numbers are in the unit of the series. ``group`` counts from 0; ``side`` is 1 above the mean, -1
    below, 0 on it; ``rule`` is empty in common cause. Limits are None where there is no moving range to take
    them from: a group of one point, or one whose every range was screened away.
    """

    value: float
    group: int
    mean: float
    lower: float | None
    upper: float | None
    side: int
    near: bool
    rule: RuleName
    kind: Kind
    trial: bool

    @property
    def special(self) -> bool:
        """Whether the point is part of a special cause."""
        return bool(self.rule)


@dataclass(frozen=True)
class Chart:
    """A series with its limits and signals.

    ``variation`` is the last point's kind. ``assurance`` is what the newest limits say of the target, None
    without a target or a better direction. ``fixed`` is how many points of each group its limits rest on,
    None when they rest on all.
    """

    points: tuple[Point, ...]
    profile: Profile
    direction: Direction
    target: float | None
    variation: Kind
    assurance: Assurance | None
    fixed: int | None = None

    @property
    def trial(self) -> bool:
        """Whether the newest limits rest on too few points to be more than a trial."""
        return self.points[-1].trial

    @property
    def groups(self) -> tuple[tuple[int, int], ...]:
        """The index of the first and of the last point of each group."""
        firsts = [
            index
            for index, point in enumerate(self.points)
            if not index or point.group != self.points[index - 1].group
        ]
        lasts = [*(first - 1 for first in firsts[1:]), len(self.points) - 1]
        return tuple(zip(firsts, lasts, strict=True))


def xmr(
    values: Sequence[float],
    *,
    direction: Direction = "neutral",
    profile: Profile = "mdc-excel",
    target: float | None = None,
    rebase_at: Sequence[int] = (),
    fix_after: int | None = None,
    shift: int = SHIFT,
    trend: int = TREND,
) -> Chart:
    """Chart a series of individual values.

    Args:
        values: in the order of time, without gaps, one a period.
        direction: which way is better; ``neutral`` when neither is.
        profile: ``mdc-excel`` (every moving range counts) or ``mdc-r`` (outlying ones are dropped once).
        target: drawn, and used for assurance.
        rebase_at: positions, from 1, at which a new group begins with limits of its own.
        fix_after: use only the first so many points of each group for its limits; they then judge the rest.
        shift: points in a row on one side of the mean that make a shift.
        trend: points in a row rising, or falling, that make a trend.

    Raises:
        ValueError: there are no values; one of them, or the target, is not a finite number or is beyond
            1e100 (a value's position, from 1, is named); a position to rebase at is not in the series; a
            baseline has no point; or a run is too short to be one.
    """
    _refuse(values, target, rebase_at, fix_after, shift, trend)
    starts = sorted({0, *(position - 1 for position in rebase_at)})
    points: list[Point] = []
    for group, start in enumerate(starts):
        end = starts[group + 1] if group + 1 < len(starts) else len(values)
        points += _group(values[start:end], group, direction, profile, fix_after, (shift, trend))
    last = points[-1]
    assurance = _assurance(last, target, direction)
    return Chart(tuple(points), profile, direction, target, last.kind, assurance, fix_after)


def _refuse(
    values: Sequence[float],
    target: float | None,
    rebase_at: Sequence[int],
    fix_after: int | None,
    shift: int,
    trend: int,
) -> None:
    if not values:
        raise ValueError("a chart needs at least one value")
    for position, value in enumerate(values, start=1):
        _refuse_number(f"value {position}", value)
    if target is not None:
        _refuse_number("the target", target)
    refuse_grouping(len(values), rebase_at, fix_after)
    if shift < 2 or trend < 2:  # noqa: PLR2004 - one point is not a run
        raise ValueError("a shift or a trend needs at least two points in a row")


def refuse_grouping(points: int, rebase_at: Sequence[int], fix_after: int | None) -> None:
    """See that a series of so many points can be grouped so.

    Raises:
        ValueError: a position to rebase at is not in it, or a baseline has no point.
    """
    for position in rebase_at:
        if not 1 <= position <= points:
            raise ValueError(f"there is no point {position} to rebase at; there are {points}")
    if fix_after is not None and fix_after < 1:
        raise ValueError("a fixed baseline needs at least one point")


def _refuse_number(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} is not a number a chart can show: {value}")
    if abs(value) > LARGEST:
        raise ValueError(f"{name} is too large to chart: {value}")


def _group(
    values: Sequence[float],
    group: int,
    direction: Direction,
    profile: Profile,
    fix_after: int | None,
    runs: tuple[int, int],
) -> list[Point]:
    baseline = values[: fix_after or len(values)]
    mean = _mean(baseline)
    spread = _spread(baseline, screened=profile == "mdc-r")
    lower, upper = _about(mean, spread, LIMIT_FACTOR)
    nearly_lower, nearly_upper = _about(mean, spread, NEAR_FACTOR)
    sides = [(value > mean) - (value < mean) for value in values]
    outside = [_beyond(value, lower, upper) for value in values]
    near = [
        not out and _beyond(value, nearly_lower, nearly_upper)
        for value, out in zip(values, outside, strict=True)
    ]
    rules = _first_rule(values, sides, outside, near, runs)
    trial = len(values) < ENOUGH_POINTS[profile] or len(baseline) < ENOUGH_FIXED
    return [
        Point(value, group, mean, lower, upper, side, close, rule, _kind(rule, up, direction), trial)
        for value, side, close, (rule, up) in zip(values, sides, near, rules, strict=True)
    ]


def _mean(values: Sequence[float]) -> float:
    """Return the mean, rounded once.

    Rounded at every step it would lie a little off: a value equal to it would count for a side.
    """
    return float(sum(map(Fraction, values)) / len(values))


def _about(mean: float, average: float | None, factor: float) -> tuple[float | None, float | None]:
    """Return the two lines so many mean moving ranges from the mean."""
    return (None, None) if average is None else (mean - factor * average, mean + factor * average)


def _beyond(value: float, lower: float | None, upper: float | None) -> bool:
    return lower is not None and upper is not None and (value > upper or value < lower)


def _spread(baseline: Sequence[float], *, screened: bool) -> float | None:
    """Return the mean moving range, without outlying ones where they are screened; None without any."""
    ranges = [abs(after - before) for before, after in itertools.pairwise(baseline)]
    if screened and ranges:
        average = _mean(ranges)
        ranges = [found for found in ranges if found < SCREEN_FACTOR * average]
    return _mean(ranges) if ranges else None


def _first_rule(
    values: Sequence[float],
    sides: Sequence[int],
    outside: Sequence[bool],
    near: Sequence[bool],
    runs: tuple[int, int],
) -> list[tuple[RuleName, bool]]:
    """Return, for each point, the rule of highest precedence that holds and whether it points up."""
    shift, trend = runs
    trends = _trends(values, trend)
    pairs = _two_in_three(sides, near)
    shifts = _runs(sides, shift)
    found: list[tuple[RuleName, bool]] = []
    for index, side in enumerate(sides):
        if outside[index]:
            found.append(("outside", side > 0))
        elif trends[index]:
            found.append(("trend", trends[index] > 0))
        elif pairs[index]:
            found.append(("two_in_three", side > 0))
        elif shifts[index]:
            found.append(("shift", side > 0))
        else:
            found.append(("", False))
    return found


def _trends(values: Sequence[float], length: int) -> list[int]:
    steps = [(after > before) - (after < before) for before, after in itertools.pairwise(values)]
    marks = [0] * len(values)
    for start in range(len(steps) - length + 2):
        run = steps[start : start + length - 1]
        if run[0] and all(step == run[0] for step in run):
            marks[start : start + length] = [run[0]] * length
    return marks


def _two_in_three(sides: Sequence[int], near: Sequence[bool]) -> list[bool]:
    marks = [False] * len(sides)
    for start in range(len(sides) - WINDOW + 1):
        window = range(start, start + WINDOW)
        one_side = sides[start] and all(sides[index] == sides[start] for index in window)
        if one_side and sum(near[index] for index in window) >= NEAR_ENOUGH:
            for index in window:
                marks[index] = marks[index] or near[index]
    return marks


def _runs(sides: Sequence[int], length: int) -> list[bool]:
    marks = [False] * len(sides)
    for start in range(len(sides) - length + 1):
        if sides[start] and all(side == sides[start] for side in sides[start : start + length]):
            marks[start : start + length] = [True] * length
    return marks


def _kind(rule: RuleName, up: bool, direction: Direction) -> Kind:
    if not rule:
        return COMMON
    if direction == "neutral":
        return NEUTRAL_HIGH if up else NEUTRAL_LOW
    return IMPROVEMENT if up == (direction == "increase") else CONCERN


def _assurance(last: Point, target: float | None, direction: Direction) -> Assurance | None:
    """Return what the newest limits say of a target (the rule of NHSRplotthedots and of PowerBI-SPC).

    The 2020 workbook of NHS England compared the last six points with the target instead; we do not.
    """
    if target is None or direction == "neutral" or last.lower is None or last.upper is None:
        return None
    above, below = target > last.upper, target < last.lower
    if not (above or below):
        return "inconsistent"
    passes = below if direction == "increase" else above
    return "consistently_pass" if passes else "consistently_fail"
