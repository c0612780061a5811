"""Months that behave: series drawn again until an XmR chart says of them what the story says of them.

Chance alone would now and then put a false signal into a stable series, and a demo that has one would teach
people to read noise. Each series here is drawn at random and kept only when its chart is honest.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from throughline.trends.spc import xmr

TRIES = 4000
BASELINE = 12
_SPREAD = 0.7  # of the spread that counts by chance alone would have
_ENOUGH_AFTER = 7


@dataclass(frozen=True)
class Shape:
    """How a category goes on a unit, in incidents a month: from ``before`` to ``after``.

    ``steady`` stays at ``before``; ``step`` changes on the first of the month ``ago`` months ago; ``slope``
    moves evenly from ``before`` to ``after`` over all months.
    """

    kind: Literal["steady", "step", "slope"]
    before: float
    after: float = 0.0
    ago: int = 0


def months(shape: Shape, count: int, rng: random.Random) -> list[int]:
    """Return ``count`` whole months of a shape, oldest first."""
    levels = _levels(shape, count)
    accepted = _ACCEPTED[shape.kind]
    drawn: list[int] = []
    for _ in range(TRIES):
        drawn = [max(0, round(rng.gauss(level, _SPREAD * level**0.5))) for level in levels]
        if accepted(drawn, count - shape.ago, rising=shape.after > shape.before):
            return drawn
    raise RuntimeError(f"no months behave like {shape}")


def level_now(shape: Shape) -> float:
    """Return the level a shape has come to, a month."""
    return shape.before if shape.kind == "steady" else shape.after


def _levels(shape: Shape, count: int) -> list[float]:
    if shape.kind == "slope":
        step = (shape.after - shape.before) / (count - 1)
        return [shape.before + step * n for n in range(count)]
    turn = count - shape.ago if shape.kind == "step" else count
    return [shape.before if n < turn else shape.after for n in range(count)]


def _quiet(values: Sequence[int]) -> bool:
    """Say whether a chart finds nothing in a series, the first months of it and the whole."""
    return not any(point.special for point in xmr(values).points) and not any(
        point.special for point in xmr(values, fix_after=BASELINE).points
    )


def _is_steady(values: Sequence[int], turn: int, *, rising: bool) -> bool:
    return _quiet(values)


def _steps(values: Sequence[int], turn: int, *, rising: bool) -> bool:
    before, after = values[:turn], values[turn:]
    if not _quiet(before) or any(point.special for point in xmr(after).points):
        return False
    points = xmr(values, fix_after=turn).points[turn:]
    way = 1 if rising else -1
    early = xmr(values, fix_after=BASELINE).points[turn:]
    return all(point.side == way and point.special for point in (*points, *early))


def _slopes(values: Sequence[int], turn: int, *, rising: bool) -> bool:
    points = xmr(values, fix_after=BASELINE).points
    way = 1 if rising else -1
    baseline, late = points[:BASELINE], points[-_ENOUGH_AFTER:]
    return not any(point.special for point in baseline) and all(
        point.side == way and point.special for point in late
    )


_ACCEPTED: dict[str, Callable[..., bool]] = {"steady": _is_steady, "step": _steps, "slope": _slopes}
