"""Charts over time as SVG: the same drawing on a page and on paper.

What varies is told apart by shape and words as well as colour; limits are light bands; labels stand beside
what they name; a change is written where it happened.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from throughline.trends.drawing import (
    BAND,
    BAND_FIXED,
    INK,
    QUIET,
    TEAL,
    TEAL_LIGHT,
    Scale,
    apart,
    box,
    figure,
    line,
    mark,
    path,
    scale,
    svg,
    text,
    width_of,
)
from throughline.trends.frames import (
    Change,
    Frame,
    Note,
    PlacedNote,
    draw_grid,
    draw_notes,
    draw_periods,
    height_of,
    period_word,
    place,
    where,
)
from throughline.trends.keys import POINTS, ROW, draw_key, key_rows
from throughline.trends.spc import Chart

__all__ = ["Change", "spc_chart"]


@dataclass(frozen=True)
class _Format:
    """The measures of one size of chart, in units of the drawing."""

    width: float
    plot: float
    left: float
    right: float
    letters: float
    point: float


_STEPS = 4  # of the scale, about
_SMALLEST = 2.4  # a point, where there are so many that larger ones would hide each other
_WIDE = _Format(width=680, plot=228, left=46, right=104, letters=13.5, point=5.2)
_NARROW = _Format(width=300, plot=176, left=32, right=80, letters=12, point=4.2)


def spc_chart(
    chart: Chart,
    days: Sequence[date],
    *,
    title: str,
    description: str,
    name: str,
    unit: str = "",
    changes: Iterable[Change] = (),
    narrow: bool = False,
) -> str:
    """Draw a chart of weekly or monthly points as one ``<svg>`` element.

    Args:
        chart: the points, their limits and signals.
        days: the first day of each point's period, in order, as many as there are points.
        title: what the drawing is; read out instead of it, and not drawn.
        description: what it shows, in a sentence or three; read out after the title.
        name: makes the element's ids unique on a page.
        unit: written above the scale.
        changes: drawn where they happened; those outside the periods are left out.
        narrow: draw for a phone, whose page leaves it 300 units, instead of 680.

    Raises:
        ValueError: there are not as many days as points, or they are not in order.
    """
    if len(days) != len(chart.points):
        raise ValueError(f"{len(chart.points)} points need as many days; there are {len(days)}")
    if any(after <= before for before, after in itertools.pairwise(days)):
        raise ValueError("the days of a chart must be in order, each once")
    spread = _scale(chart)
    form = _with_room(_NARROW if narrow else _WIDE, chart, spread)
    notes = place(_notes(chart, days, changes, form), form.left, form.width - 8, form.letters)
    key = key_rows(chart, form.letters, form.left, form.width)
    frame = _frame(chart, form, height_of(notes), len(key), bool(unit), spread)
    parts = [
        *_bands(frame, chart),
        *draw_grid(frame, form.letters),
        *_limits(frame, chart, form),
        *draw_periods(frame, days, form.letters),
        *_notes_and_unit(frame, notes, unit, form),
        path(
            [(frame.x(index), frame.y(point.value)) for index, point in enumerate(chart.points)],
            TEAL_LIGHT,
            1.6,
        ),
        *_points(frame, chart, days, form),
        *_edge(frame, chart, form),
        *draw_key(key, frame, form.letters, form.point),
    ]
    return svg(name, title, description, (frame.width, frame.height), parts)


def _scale(chart: Chart) -> Scale:
    """Return a scale from zero, as counts and rates need, that reaches below it only with the points."""
    shown = [0.0, *(point.value for point in chart.points)]
    positive = min(shown) >= 0
    for point in chart.points:
        shown += [bound for bound in (point.lower, point.upper) if bound is not None]
    if chart.target is not None:
        shown.append(chart.target)
    lowest = max(0.0, min(shown)) if positive else min(shown)
    whole = all(point.value == int(point.value) for point in chart.points)
    return scale(lowest, max(shown), _STEPS, whole=whole)


def _with_room(form: _Format, chart: Chart, spread: Scale) -> _Format:
    """Return the format with edges as wide as the words beside the plot need."""
    before = max(width_of(spread.words(value), form.letters) for value in spread.ticks) + 8
    after = max(width_of(words, form.letters, bold=bold) for _, words, _, bold in _named(chart, spread)) + 8
    return replace(form, left=max(form.left, before), right=max(form.right, after))


def _frame(chart: Chart, form: _Format, notes: float, key_rows: int, unit: bool, spread: Scale) -> Frame:
    top = (form.letters + 16 if unit else 8) + notes
    bottom = top + form.plot
    height = bottom + form.letters * 2 + 16 + key_rows * ROW
    return Frame(
        form.width, height, form.left, form.width - form.right, top, bottom, len(chart.points), spread
    )


def _notes(chart: Chart, days: Sequence[date], changes: Iterable[Change], form: _Format) -> list[Note]:
    each = (form.width - form.right - form.left) / len(chart.points)
    return [
        Note(form.left + each * (at + 0.5), change.label)
        for change in changes
        if change.label.strip() and (at := where(change.on, days)) is not None
    ]


def _notes_and_unit(frame: Frame, notes: Sequence[PlacedNote], unit: str, form: _Format) -> Iterable[str]:
    if unit:
        yield text(0, form.letters + 1, unit, size=form.letters)
    yield from draw_notes(notes, frame, form.letters)


def _bands(frame: Frame, chart: Chart) -> Iterable[str]:
    """Draw the area between the limits; the part they were taken from a little darker where it is fixed."""
    for first, last in chart.groups:
        point = chart.points[last]
        if point.upper is None or point.lower is None:
            continue
        upper, lower = frame.y(point.upper), frame.y(point.lower)
        left, right = frame.x(first - 0.5), frame.x(last + 0.5)
        yield box(left, upper, right - left, lower - upper, BAND)
        if chart.fixed is not None and chart.fixed <= last - first:
            middle = frame.x(first + chart.fixed - 0.5)
            yield box(left, upper, middle - left, lower - upper, BAND_FIXED)


def _limits(frame: Frame, chart: Chart, form: _Format) -> Iterable[str]:
    """Draw each group's limits and mean, broken at the step; name the means of the earlier groups."""
    groups = chart.groups
    for first, last in groups:
        point = chart.points[last]
        left, right = frame.x(first - 0.5) + 1, frame.x(last + 0.5) - 1
        for bound in (point.upper, point.lower):
            if bound is not None and frame.scale.low < bound <= frame.scale.high:
                yield line(left, frame.y(bound), right, frame.y(bound), QUIET, dash="5 4")
        yield line(left, frame.y(point.mean), right, frame.y(point.mean), QUIET, width=1.6)
        if last != groups[-1][1]:
            words = f"earlier mean {figure(point.mean)}"
            if width_of(words, form.letters) < right - left:
                top = point.mean if point.upper is None else point.upper
                yield text(left + 3, frame.y(top) - 5, words, size=form.letters)
    if chart.target is not None:
        y = frame.y(chart.target)
        yield line(frame.left, y, frame.right, y, INK, width=1.6, dash="1.5 3")


def _points(frame: Frame, chart: Chart, days: Sequence[date], form: _Format) -> Iterable[str]:
    most = max(_SMALLEST, (frame.x(1) - frame.x(0)) * 0.8)
    for index, point in enumerate(chart.points):
        shape, tone, words = POINTS[point.kind]
        hint = f"{period_word(days[index], days)}: {figure(point.value)}, {words}"
        size = min(most, form.point if point.special else form.point * 0.82)
        yield mark(shape, tone, frame.x(index), frame.y(point.value), size, hint=hint)


def _named(chart: Chart, spread: Scale) -> list[tuple[float, str, str, bool]]:
    """Return what is named at the right edge, from the top: value, words, colour, and if it is bold."""
    newest = chart.points[-1]
    wanted = [(newest.mean, f"mean {figure(newest.mean)}", QUIET, False)]
    wanted.append((newest.value, f"latest {figure(newest.value)}", TEAL, True))
    for bound, word in ((newest.upper, "upper"), (newest.lower, "lower")):
        if bound is not None and bound != newest.mean and spread.low < bound <= spread.high:
            wanted.append((bound, f"{word} {figure(bound)}", QUIET, False))
    if chart.target is not None:
        wanted.append((chart.target, f"target {figure(chart.target)}", INK, True))
    return sorted(wanted, key=lambda found: -found[0])


def _edge(frame: Frame, chart: Chart, form: _Format) -> Iterable[str]:
    """Name the newest lines, and the last value, at the right edge, moved apart where they would touch."""
    wanted = _named(chart, frame.scale)
    places = apart(
        [frame.y(value) for value, *_ in wanted], form.letters + 2.5, frame.top + 2, frame.bottom - 1
    )
    for (_, words, colour, bold), y in zip(wanted, places, strict=True):
        yield text(
            frame.right + 8, y + form.letters * 0.34, words, size=form.letters, colour=colour, bold=bold
        )
