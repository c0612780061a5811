"""The key under a chart: what each shape of point says, and what the shade of the band says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from throughline.trends.drawing import BAND, BAND_FIXED, QUIET, box, line, mark, text, width_of
from throughline.trends.frames import Frame
from throughline.trends.meanings import Shape, Tone
from throughline.trends.spc import COMMON, CONCERN, IMPROVEMENT, NEUTRAL_HIGH, NEUTRAL_LOW, Chart, Kind

POINTS: dict[Kind, tuple[Shape, Tone, str]] = {
    COMMON: ("circle", "usual", "usual ups and downs"),
    IMPROVEMENT: ("diamond", "better", "signal: better"),
    CONCERN: ("square", "concern", "signal: needs a look"),
    NEUTRAL_HIGH: ("up", "other", "signal: higher"),
    NEUTRAL_LOW: ("down", "other", "signal: lower"),
}
ROW = 21  # units of the drawing


@dataclass(frozen=True)
class KeyItem:
    """One thing the key explains: a kind of point, or else a shade of the band."""

    words: str
    kind: Kind | None = None
    shade: str = ""

    def width(self, size: float) -> float:
        """Return about how much room it takes."""
        return width_of(self.words, size) + 30


def key_rows(chart: Chart, size: float, left: float, right: float) -> list[list[KeyItem]]:
    """Return the key by rows that fit; none where all vary as usual within limits that rest on all points."""
    rows: list[list[KeyItem]] = []
    used = right
    for item in _items(chart):
        if used + item.width(size) > right:
            rows.append([])
            used = left
        rows[-1].append(item)
        used += item.width(size)
    return rows


def _items(chart: Chart) -> list[KeyItem]:
    present = [kind for kind in POINTS if any(point.kind == kind for point in chart.points)]
    items = [KeyItem(POINTS[kind][2], kind) for kind in present] if present != [COMMON] else []
    last = chart.points[-1]
    if last.upper is None or last.upper == last.lower:
        return items
    if chart.trial:
        items.append(KeyItem("trial limits: few points so far", shade=BAND))
    elif chart.fixed is not None and any(last - first >= chart.fixed for first, last in chart.groups):
        items.append(KeyItem(f"limits from these {chart.fixed}", shade=BAND_FIXED))
    return items


def draw_key(rows: Sequence[Sequence[KeyItem]], frame: Frame, size: float, point: float) -> Iterable[str]:
    """Draw the rows under the names of the periods."""
    y = frame.bottom + size * 2 + 27
    for row in rows:
        x = frame.left
        for item in row:
            middle = y - size * 0.33
            if item.kind:
                shape, tone, _ = POINTS[item.kind]
                yield mark(shape, tone, x + 6, middle, point)
            else:
                yield box(x, middle - 6, 12, 12, item.shade)
                for edge in (middle - 6, middle + 6):
                    yield line(x, edge, x + 12, edge, QUIET, dash="3 2")
            yield text(x + 18, y, item.words, size=size)
            x += item.width(size)
        y += ROW
