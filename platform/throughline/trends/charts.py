"""Charts as SVG from one small module: the same drawing on a page and on paper.

Presentation attributes only (a strict content security policy forbids inline styles), real text, a title
and a description, direct labels, and point kinds told apart by shape as well as colour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from throughline.trends.spc import CONCERN, IMPROVEMENT, NEUTRAL_HIGH, NEUTRAL_LOW, Chart, Point

INK, QUIET, GRID, BAND = "#22302f", "#5d6664", "#e3dfd8", "#f1eee8"
LINE, BETTER, WORSE, OTHER = "#0b5563", "#005eb8", "#b8560f", "#490092"
FONT = "Source Sans 3, DejaVu Sans, Arial, sans-serif"
WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 92, 34, 34
_TICKS = 4
_LABELS = 8
_NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Change:
    """Something that changed, drawn where it happened."""

    on: date
    label: str


@dataclass(frozen=True)
class Frame:
    """Where values lie in the drawing."""

    count: int
    top_value: float

    def x(self, index: float) -> float:
        """Return the place of a point across."""
        span = WIDTH - LEFT - RIGHT
        return round(LEFT + span * (index + 0.5) / max(1, self.count), 1)

    def y(self, value: float) -> float:
        """Return the place of a value down; what lies below zero is drawn at zero."""
        span = HEIGHT - TOP - BOTTOM
        return round(TOP + span * (1 - max(0.0, value) / self.top_value), 1)


def spc_chart(
    chart: Chart,
    days: Sequence[date],
    *,
    title: str,
    description: str,
    name: str,
    unit: str = "",
    changes: Iterable[Change] = (),
) -> str:
    """Draw a chart of monthly points as one ``<svg>`` element.

    ``days`` are the first days of the points' months; ``name`` makes the element's ids unique on a page.
    """
    highest = max([point.value for point in chart.points] + [point.upper or 0 for point in chart.points])
    frame = Frame(len(chart.points), _nice_top(max(highest, chart.target or 0, 1)))
    parts = [
        *_grid(frame, unit),
        *_limits(frame, chart),
        *_months(frame, days),
        *_changes(frame, days, changes),
        _path(frame, chart.points),
        *(_mark(frame, index, point) for index, point in enumerate(chart.points)),
    ]
    return _svg(name, title, description, WIDTH, HEIGHT, parts)


def sparkline(values: Sequence[float], *, title: str, name: str) -> str:
    """Draw a small line of values with its last point marked, as one ``<svg>`` element."""
    width, height, edge = 120, 32, 4
    top = max([*values, 1])
    step = (width - 2 * edge) / max(1, len(values) - 1)
    places = [
        (round(edge + index * step, 1), round(height - edge - (height - 2 * edge) * value / top, 1))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in places)
    parts = [f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>']
    if places:
        parts.append(f'<circle cx="{places[-1][0]}" cy="{places[-1][1]}" r="3.5" fill="{LINE}"/>')
    return _svg(name, title, "", width, height, parts)


def _svg(name: str, title: str, description: str, width: int, height: int, parts: Iterable[str]) -> str:
    described = f'<desc id="{name}-desc">{escape(description)}</desc>' if description else ""
    labelled = f"{name}-title {name}-desc" if description else f"{name}-title"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{labelled}" font-family="{FONT}"><title id="{name}-title">{escape(title)}</title>'
        f"{described}{''.join(parts)}</svg>"
    )


def _nice_top(highest: float) -> float:
    """Return a round number at or above the highest value, so that the ticks are round too."""
    step = highest * 1.05 / _TICKS
    power = 1.0
    while power * 10 <= step:
        power *= 10
    while power > step:
        power /= 10
    return next(power * nice for nice in _NICE if power * nice >= step) * _TICKS


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, colour: str = QUIET
) -> str:
    place = f'x="{x}" y="{y}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" fill="{colour}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _grid(frame: Frame, unit: str) -> Iterable[str]:
    for tick in range(_TICKS + 1):
        value = frame.top_value * tick / _TICKS
        y = frame.y(value)
        yield _line(LEFT, y, WIDTH - RIGHT, y, GRID)
        yield _text(LEFT - 8, y + 4, _number(value), anchor="end")
    if unit:
        yield _text(LEFT, TOP - 16, unit)


def _limits(frame: Frame, chart: Chart) -> Iterable[str]:
    """Draw each group's band, limits and mean; label the newest at the right edge."""
    groups: dict[int, list[int]] = {}
    for index, point in enumerate(chart.points):
        groups.setdefault(point.group, []).append(index)
    for indexes in groups.values():
        first, last = frame.x(indexes[0] - 0.5), frame.x(indexes[-1] + 0.5)
        point = chart.points[indexes[-1]]
        if point.upper is not None and point.lower is not None:
            upper, lower = frame.y(point.upper), frame.y(point.lower)
            height = round(max(0.0, lower - upper), 1)
            width = round(last - first, 1)
            yield f'<rect x="{first}" y="{upper}" width="{width}" height="{height}" fill="{BAND}"/>'
            yield _line(first, upper, last, upper, QUIET, 1, "5 4")
            if point.lower > 0:
                yield _line(first, lower, last, lower, QUIET, 1, "5 4")
        yield _line(first, frame.y(point.mean), last, frame.y(point.mean), QUIET, 1.5)
    yield from _edge_labels(frame, chart)


def _edge_labels(frame: Frame, chart: Chart) -> Iterable[str]:
    newest = chart.points[-1]
    wanted = [(newest.mean, f"mean {_number(newest.mean)}")]
    if newest.upper is not None:
        wanted.append((newest.upper, f"upper {_number(newest.upper)}"))
    if newest.lower is not None and newest.lower > 0:
        wanted.append((newest.lower, f"lower {_number(newest.lower)}"))
    if chart.target is not None:
        y = frame.y(chart.target)
        yield _line(LEFT, y, WIDTH - RIGHT, y, WORSE, 1.5, "2 3")
        wanted.append((chart.target, f"target {_number(chart.target)}"))
    lowest_free = float("inf")
    for value, label in sorted(wanted):
        y = min(frame.y(value) + 4, lowest_free)
        lowest_free = y - 15
        yield _text(WIDTH - RIGHT + 8, round(y, 1), label)


def _months(frame: Frame, days: Sequence[date]) -> Iterable[str]:
    every = max(1, -(-len(days) // _LABELS))
    for index, day in enumerate(days):
        if (len(days) - 1 - index) % every == 0:
            yield _text(frame.x(index), HEIGHT - 12, f"{day:%b %y}", anchor="middle")


def _changes(frame: Frame, days: Sequence[date], changes: Iterable[Change]) -> Iterable[str]:
    for change in changes:
        index = sum(day <= change.on for day in days) - 1
        if not 0 <= index < len(days):
            continue
        x = frame.x(index - 0.5)
        yield _line(x, TOP - 8, x, HEIGHT - BOTTOM, LINE, 1.5, "1 4")
        right = x < WIDTH * 0.6
        yield _text(
            x + (6 if right else -6), TOP - 2, change.label, anchor="start" if right else "end", colour=LINE
        )


def _path(frame: Frame, points: Sequence[Point]) -> str:
    line = " ".join(f"{frame.x(index)},{frame.y(point.value)}" for index, point in enumerate(points))
    return f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="1.5" stroke-opacity="0.55"/>'


def _mark(frame: Frame, index: int, point: Point) -> str:
    """Draw a point: a circle in common cause, a diamond for better, a square for worse, else a triangle."""
    x, y, size = frame.x(index), frame.y(point.value), 5.5
    if point.kind == IMPROVEMENT:
        shape = f"M{x} {y - size - 1} L{x + size + 1} {y} L{x} {y + size + 1} L{x - size - 1} {y} Z"
        return f'<path d="{shape}" fill="{BETTER}" stroke="#fff"/>'
    if point.kind == CONCERN:
        corner = size - 0.5
        return (
            f'<rect x="{round(x - corner, 1)}" y="{round(y - corner, 1)}" width="{2 * corner}" '
            f'height="{2 * corner}" fill="{WORSE}" stroke="#fff"/>'
        )
    if point.kind in (NEUTRAL_HIGH, NEUTRAL_LOW):
        turn = -1 if point.kind == NEUTRAL_HIGH else 1
        shape = f"M{x} {y + turn * size} L{x + size} {y - turn * size} L{x - size} {y - turn * size} Z"
        return f'<path d="{shape}" fill="{OTHER}" stroke="#fff"/>'
    return f'<circle cx="{x}" cy="{y}" r="4" fill="{LINE}" stroke="#fff"/>'
