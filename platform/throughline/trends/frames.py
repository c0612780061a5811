"""Where things lie in a chart over time: the frame of the plot, the names of its periods, notes above it."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from throughline.trends.drawing import (
    GRID,
    QUIET,
    TEAL,
    Scale,
    fitted,
    line,
    text,
    width_of,
)

MONTHLY = 28  # periods at least so many days apart are named by month
_ROW = 18  # of notes above a plot
_APART = 6


@dataclass(frozen=True)
class Change:
    """Something that changed, drawn where it happened."""

    on: date
    label: str


@dataclass(frozen=True)
class Frame:
    """The plot within a drawing: its edges in units of the drawing, how many points, and the scale."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    count: int
    scale: Scale

    def x(self, index: float) -> float:
        """Return the place of a point across; halves lie between points."""
        return self.left + (self.right - self.left) * (index + 0.5) / self.count

    def y(self, value: float) -> float:
        """Return the place of a value down."""
        return self.bottom - (self.bottom - self.top) * self.scale.share(value)


@dataclass(frozen=True)
class Note:
    """Words above the plot, and the place across of the line they stand at."""

    x: float
    label: str


@dataclass(frozen=True)
class PlacedNote:
    """A note in its row, counted from the one nearest to the plot, cut to what fits from start to end."""

    note: Note
    row: int
    words: str
    anchor: str
    start: float
    end: float


def place(notes: Sequence[Note], left: float, right: float, size: float) -> list[PlacedNote]:
    """Put notes in few rows that keep them apart: no words on others, and no line through words.

    A note stands after its line, or before it where there is more room; what does not fit is cut off. Where
    that leaves a line running through words, all stand before their lines, or all after them.
    """
    mixed = {note: _turned(note, left, right, size) for note in notes}
    layouts = [
        _rows(found, left, right, size)
        for found in (mixed, dict.fromkeys(notes, True), dict.fromkeys(notes, False))
    ]
    return min(layouts, key=_untidy)


def _turned(note: Note, left: float, right: float, size: float) -> bool:
    after, before = right - note.x, note.x - left
    return width_of(note.label, size) + _APART > after and before > after


def _rows(sides: Mapping[Note, bool], left: float, right: float, size: float) -> list[PlacedNote]:
    """Place notes that stand after their line from the right, and those before it from the left."""
    found: list[PlacedNote] = []
    for note in sorted(sides, key=lambda note: (sides[note], note.x if sides[note] else -note.x, note.label)):
        room = (note.x - left if sides[note] else right - note.x) - _APART
        words = fitted(note.label, size, room)
        wide = width_of(words, size) + _APART
        start, end = (note.x - wide, note.x) if sides[note] else (note.x, note.x + wide)
        anchor = "end" if sides[note] else "start"
        placed = [PlacedNote(note, row, words, anchor, start, end) for row in range(len(found) + 1)]
        found.append(next((one for one in placed if not any(_clash(one, two) for two in found)), placed[-1]))
    return found


def _untidy(placed: Sequence[PlacedNote]) -> tuple[int, int]:
    """Return how many pairs of notes clash, and how many letters are cut off."""
    clashes = sum(_clash(one, two) for one, two in itertools.combinations(placed, 2))
    return clashes, sum(len(one.note.label) - len(one.words) for one in placed if one.words.endswith("…"))


def _clash(one: PlacedNote, two: PlacedNote) -> bool:
    """Whether two notes' words touch, or the line of the upper one runs through the words of the lower."""
    if one.row == two.row:
        return one.start < two.end + _APART and two.start < one.end + _APART
    upper, lower = (one, two) if one.row > two.row else (two, one)
    return lower.start - 2 < upper.note.x < lower.end + 2


def height_of(notes: Sequence[PlacedNote]) -> float:
    """Return how much room the rows of notes take above a plot."""
    return _ROW * (max(placed.row for placed in notes) + 1) + 6 if notes else 0


def draw_notes(notes: Iterable[PlacedNote], frame: Frame, size: float) -> Iterable[str]:
    """Draw each note in its row, with a line from it down to the bottom of the plot."""
    for placed in notes:
        x, y = placed.note.x, frame.top - 10 - _ROW * placed.row
        yield line(x, y - 10, x, frame.bottom, TEAL, width=1.5, dash="2 3")
        aside = -_APART if placed.anchor == "end" else _APART
        yield text(x + aside, y, placed.words, anchor=placed.anchor, size=size, colour=TEAL)


def where(on: date, starts: Sequence[date]) -> float | None:
    """Return where between the points a day lies, as an index; None before the first and after the last.

    A period is drawn half a step to each side of its point; the last is taken to be as long as the one
    before it.
    """
    ends = [*starts[1:], starts[-1] + _length(starts)]
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start <= on < end:
            return index - 0.5 + (on - start).days / (end - start).days
    return None


def _length(starts: Sequence[date]) -> timedelta:
    return starts[-1] - starts[-2] if len(starts) > 1 else timedelta(days=31)


def period_word(start: date, starts: Sequence[date]) -> str:
    """Return the name of a period: ``Mar 2026``, or ``2 Mar 2026`` where periods are shorter than a month."""
    return f"{start:%b %Y}" if _length(starts).days >= MONTHLY else f"{start.day} {start:%b %Y}"


def draw_periods(frame: Frame, starts: Sequence[date], size: float) -> Iterable[str]:
    """Write the periods under the plot, the year where it begins and where it changes."""
    by_month = _length(starts).days >= MONTHLY
    most = max(2, int((frame.right - frame.left) / (size * (3.1 if by_month else 4.2))))
    every = max(1, -(-len(starts) // most))
    shown_year = None
    for index, start in enumerate(starts):
        if (len(starts) - 1 - index) % every:
            continue
        x, y = frame.x(index), frame.bottom + size + 6
        yield line(x, frame.bottom, x, frame.bottom + 4, QUIET)
        yield text(x, y, f"{start:%b}" if by_month else f"{start.day} {start:%b}", anchor="middle", size=size)
        if start.year != shown_year:
            yield text(x, y + size + 3, f"{start:%Y}", anchor="middle", size=size, bold=True)
            shown_year = start.year


def draw_grid(frame: Frame, size: float) -> Iterable[str]:
    """Draw the ticks of the scale and their values; zero, or the lowest, a little stronger."""
    for value in frame.scale.ticks:
        y = frame.y(value)
        base = abs(value) < frame.scale.step / 2
        yield line(frame.left, y, frame.right, y, QUIET if base else GRID, width=1)
        yield text(
            frame.left - 7, y + size * 0.34, frame.scale.words(abs(value) if base else value),
            anchor="end", size=size,
        )  # fmt: skip
