"""XmR charts by the "Making Data Count" rules, in two named profiles.

Source of formulas and rules: NHSRplotthedots (MIT), the reference implementation of NHS England's Making
Data Count method; checked point by point against its output. ``mdc-r`` drops moving ranges of at least
3.267 times their mean once before the limits are computed (Nelson 1982); ``mdc-excel`` does not.

    limits      mean +- 2.66 * mean moving range       (2.66 = 3 / 1.128)
    near        beyond two thirds of the way from the mean to a limit, and not beyond the limit
    shift       7 points in a row on one side of the mean
    trend       7 points in a row rising, or falling
    two in 3    2 of 3 points in a row near, all three on one side of the mean
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["increase", "decrease", "neutral"]
Profile = Literal["mdc-excel", "mdc-r"]

LIMIT_FACTOR = 2.66
NEAR = 2 / 3
SCREEN_FACTOR = 3.267
SHIFT = 7
TREND = 7
WINDOW = 3
NEAR_ENOUGH = 2
ENOUGH_POINTS = 13  # a group with fewer has trial limits only

COMMON = "common_cause"
IMPROVEMENT = "special_cause_improvement"
CONCERN = "special_cause_concern"
NEUTRAL_HIGH = "special_cause_neutral_high"
NEUTRAL_LOW = "special_cause_neutral_low"


@dataclass(frozen=True)
class Point:
    """One point: its value, the limits that hold there, and the rule that spoke first.

    ``rule`` is one of ``outside``, ``trend``, ``two_in_three``, ``shift`` or empty; ``side`` is 1 above the
    mean, -1 below, 0 on it. Limits are None where all moving ranges were screened away.
    """

    value: float
    group: int
    mean: float
    lower: float | None
    upper: float | None
    side: int
    near: bool
    rule: str
    kind: str
    trial: bool

    @property
    def special(self) -> bool:
        """Whether the point is part of a special cause."""
        return bool(self.rule)


@dataclass(frozen=True)
class Chart:
    """A series with its limits and signals. ``variation`` is the last point's kind."""

    points: tuple[Point, ...]
    profile: Profile
    direction: Direction
    target: float | None
    variation: str
    assurance: str | None

    @property
    def trial(self) -> bool:
        """Whether the newest limits rest on too few points to be more than a trial."""
        return self.points[-1].trial


def xmr(
    values: Sequence[float],
    *,
    direction: Direction = "neutral",
    profile: Profile = "mdc-excel",
    target: float | None = None,
    rebase_at: Sequence[int] = (),
    fix_after: int | None = None,
) -> Chart:
    """Chart a series of individual values.

    Args:
        values: in the order of time, without gaps.
        direction: which way is better.
        profile: ``mdc-excel`` or ``mdc-r``.
        target: drawn, and used for assurance.
        rebase_at: positions, from 1, at which a new group begins with limits of its own.
        fix_after: use only the first so many points of each group for its limits.

    Raises:
        ValueError: there are no values, one is not a number (the position is named), or a position is not
            in the series.
    """
    _refuse(values, rebase_at, fix_after)
    starts = sorted({0, *(position - 1 for position in rebase_at)})
    points: list[Point] = []
    for group, start in enumerate(starts):
        end = starts[group + 1] if group + 1 < len(starts) else len(values)
        points += _group(values[start:end], group, direction, profile, fix_after)
    last = points[-1]
    return Chart(tuple(points), profile, direction, target, last.kind, _assurance(last, target, direction))


def _refuse(values: Sequence[float], rebase_at: Sequence[int], fix_after: int | None) -> None:
    if not values:
        raise ValueError("a chart needs at least one value")
    for position, value in enumerate(values, start=1):
        if not math.isfinite(value):
            raise ValueError(f"value {position} is not a number")
    for position in rebase_at:
        if not 1 <= position <= len(values):
            raise ValueError(f"there is no point {position} to rebase at; there are {len(values)}")
    if fix_after is not None and fix_after < 1:
        raise ValueError("a fixed baseline needs at least one point")


def _group(
    values: Sequence[float], group: int, direction: Direction, profile: Profile, fix_after: int | None
) -> list[Point]:
    baseline = values[: fix_after or len(values)]
    mean = math.fsum(baseline) / len(baseline)
    spread = _spread(baseline, screened=profile == "mdc-r")
    lower = None if spread is None else mean - spread
    upper = None if spread is None else mean + spread
    sides = [(value > mean) - (value < mean) for value in values]
    outside = [spread is not None and abs(value - mean) > spread for value in values]
    near = [
        spread is not None and not out and abs(value - mean) > spread * NEAR
        for value, out in zip(values, outside, strict=True)
    ]
    rules = _first_rule(values, sides, outside, near)
    trial = len(values) < ENOUGH_POINTS
    return [
        Point(value, group, mean, lower, upper, side, close, rule, _kind(rule, up, direction), trial)
        for value, side, close, (rule, up) in zip(values, sides, near, rules, strict=True)
    ]


def _spread(baseline: Sequence[float], *, screened: bool) -> float | None:
    ranges = [abs(after - before) for before, after in itertools.pairwise(baseline)]
    if not ranges:
        return None
    average = math.fsum(ranges) / len(ranges)
    if screened:
        ranges = [found for found in ranges if found < SCREEN_FACTOR * average]
        if not ranges:
            return None
        average = math.fsum(ranges) / len(ranges)
    return LIMIT_FACTOR * average


def _first_rule(
    values: Sequence[float], sides: Sequence[int], outside: Sequence[bool], near: Sequence[bool]
) -> list[tuple[str, bool]]:
    """Return, for each point, the rule of highest precedence that holds and whether it points up."""
    trends = _trends(values)
    pairs = _two_in_three(sides, near)
    shifts = _runs(sides, SHIFT)
    found = []
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


def _trends(values: Sequence[float]) -> list[int]:
    steps = [(after > before) - (after < before) for before, after in itertools.pairwise(values)]
    marks = [0] * len(values)
    for start in range(len(steps) - TREND + 2):
        run = steps[start : start + TREND - 1]
        if run and run[0] and all(step == run[0] for step in run):
            marks[start : start + TREND] = [run[0]] * TREND
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


def _kind(rule: str, up: bool, direction: Direction) -> str:
    if not rule:
        return COMMON
    if direction == "neutral":
        return NEUTRAL_HIGH if up else NEUTRAL_LOW
    return IMPROVEMENT if up == (direction == "increase") else CONCERN


def _assurance(last: Point, target: float | None, direction: Direction) -> str | None:
    """Return what the newest limits say of a target: ``consistently_pass``, ``_fail`` or ``inconsistent``."""
    if target is None or direction == "neutral" or last.lower is None or last.upper is None:
        return None
    above, below = target > last.upper, target < last.lower
    if not (above or below):
        return "inconsistent"
    passes = below if direction == "increase" else above
    return "consistently_pass" if passes else "consistently_fail"
