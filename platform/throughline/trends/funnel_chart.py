"""A funnel plot as SVG: each unit by its size, between the limits that its size explains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from throughline.trends.drawing import (
    BAND,
    INK,
    QUIET,
    TEAL,
    Scale,
    apart,
    figure,
    fitted,
    line,
    mark,
    path,
    scale,
    svg,
    text,
)
from throughline.trends.frames import Frame, draw_grid
from throughline.trends.funnel import FunnelLimits, ratio_limits

_CURVE = 40  # places a limit is drawn through
_WIDE, _NARROW = (680.0, 300.0), (300.0, 250.0)
_LEAST = 0.5  # of an expected event: below it the limits leave the paper


@dataclass(frozen=True)
class Placed:
    """A unit: how many there were, and how many its size makes one expect."""

    name: str
    observed: int
    expected: float

    @property
    def ratio(self) -> float:
        """Observed as a multiple of expected."""
        return self.observed / self.expected

    @property
    def limits(self) -> FunnelLimits:
        """The limits at its size."""
        return ratio_limits(self.expected)

    @property
    def says(self) -> str:
        """Where it lies, in words: inside, or beyond the 95 % or the 99.8 % limit, and on which side."""
        found, side = self.limits, "above" if self.ratio > 1 else "below"
        if found.lower_95 <= self.ratio <= found.upper_95:
            return "as its size explains"
        inner = found.lower_998 <= self.ratio <= found.upper_998
        return f"{side} the 95% limit" if inner else f"{side} the 99.8% limit"


def funnel_chart(
    placed: Sequence[Placed], *, title: str, description: str, name: str, narrow: bool = False
) -> str:
    """Draw units as one ``<svg>`` element; 1 is what is usual for all of them together.

    ``name`` makes the element's ids unique on a page; ``narrow`` draws for a phone.

    Raises:
        ValueError: there is no unit, or one of them expects nothing.
    """
    if not placed:
        raise ValueError("a funnel plot needs at least one unit")
    width, height = _NARROW if narrow else _WIDE
    letters = 12.0 if narrow else 13.5
    most = max(one.expected for one in placed) * 1.08
    first = min(_LEAST, *(one.expected for one in placed))
    sizes = [first + (most - first) * (step / _CURVE) ** 2 for step in range(_CURVE + 1)]
    top = max(2.0, 1.15 * max(one.ratio for one in placed))
    spread = scale(0.0, top)
    frame = Frame(width, height, 34, width - 12, letters + 16, height - letters * 2 - 16, 1, spread)
    across = _Across(frame, most)
    parts = [
        text(0, letters + 1, "times what is usual", size=letters),
        *_limits(frame, across, sizes),
        *draw_grid(frame, letters),
        line(frame.left, frame.y(1), frame.right, frame.y(1), INK, width=1.6),
        *_sizes(frame, across, most, letters),
        *_units(frame, across, placed, letters),
    ]
    return svg(name, title, description, (width, height), parts)


@dataclass(frozen=True)
class _Across:
    """Where a size lies across: from nothing at the left edge to the most at the right."""

    frame: Frame
    most: float

    def x(self, expected: float) -> float:
        return self.frame.left + (self.frame.right - self.frame.left) * expected / self.most


def _limits(frame: Frame, across: _Across, sizes: Sequence[float]) -> Iterable[str]:
    found = [(size, ratio_limits(size)) for size in sizes]
    high = frame.scale.high

    def places(pick: str) -> list[tuple[float, float]]:
        return [(across.x(size), frame.y(min(high, getattr(limits, pick)))) for size, limits in found]

    around = [*places("lower_95"), *reversed(places("upper_95"))]
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in around)
    yield f'<polygon points="{corners}" fill="{BAND}" stroke="none"/>'
    for pick in ("lower_95", "upper_95", "lower_998", "upper_998"):
        yield path(places(pick), QUIET, 1.4 if pick.endswith("998") else 0.9)


def _sizes(frame: Frame, across: _Across, most: float, letters: float) -> Iterable[str]:
    ticks: Scale = scale(0.0, most / 1.08, 4)
    for value in ticks.ticks:
        if value <= most:
            yield line(across.x(value), frame.bottom, across.x(value), frame.bottom + 4, QUIET)
            yield text(
                across.x(value), frame.bottom + letters + 5, figure(value), anchor="middle", size=letters
            )
    yield text(
        frame.right, frame.bottom + letters * 2 + 9, "expected for its size", anchor="end", size=letters
    )


def _units(frame: Frame, across: _Across, placed: Sequence[Placed], letters: float) -> Iterable[str]:
    """Draw each unit, and name those beyond a limit."""
    beyond = [one for one in placed if one.says != "as its size explains"]
    for one in placed:
        hint = f"{one.name}: {one.observed} where {figure(one.expected)} are usual, {one.says}"
        x, y = across.x(one.expected), frame.y(one.ratio)
        yield mark(
            "square" if one in beyond else "circle",
            "other" if one in beyond else "usual",
            x,
            y,
            5.2,
            hint=hint,
        )
    places = apart([frame.y(one.ratio) for one in beyond], letters + 2, frame.top, frame.bottom)
    for one, y in zip(beyond, places, strict=True):
        x = across.x(one.expected)
        turned = x > (frame.left + frame.right) / 2
        room = x - frame.left - 10 if turned else frame.right - x - 10
        yield text(
            x - 9 if turned else x + 9, y + letters * 0.34, fitted(one.name, letters, room),
            anchor="end" if turned else "start", size=letters, colour=TEAL, bold=True,
        )  # fmt: skip
