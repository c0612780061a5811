"""The pieces a chart is drawn from: palette, text, lines, shapes, scales and the frame of an ``<svg>``.

Presentation attributes only, since a strict content security policy forbids inline styles and a PDF has no
stylesheet for a picture. Everything that comes from people is escaped here and nowhere else.
"""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from throughline.trends.meanings import Shape, Tone

INK, QUIET, GRID = "#1c2a2b", "#5a544b", "#e6e1d8"
BAND, BAND_FIXED = "#f3efe8", "#e9e3d9"
TEAL, TEAL_LIGHT = "#0b5563", "#7fa5ab"
# Fill, outline and the ink of the letter in it: each outline stands out from paper and band by 3 to 1, each
# letter from its fill by 4.5 to 1.
TONES: dict[Tone, tuple[str, str, str]] = {
    "usual": ("#ffffff", "#0b5563", "#0b5563"),
    "better": ("#1a6fbf", "#0f4c86", "#ffffff"),
    "concern": ("#d9822b", "#8a4a0c", "#2a1500"),
    "other": ("#5d3a8e", "#3f2468", "#ffffff"),
}
FONT = "'Source Sans 3', 'DejaVu Sans', Arial, sans-serif"
# Parts of the size of a text, about those of the widest font we fall back to.
_LETTER, _NARROW_LETTER, _BOLD = 0.63, 0.36, 1.12
_BROAD, _SLIM = frozenset("mwMW@%…—"), frozenset("fijlrtI.,:;'|!()[] ")
_NICE_STEPS = (1, 2, 5, 10)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_MANY, _BEYOND, _TINY = 1e6, 1e12, 1e-3
_LEAST_SPAN = 1e-300


def svg(name: str, title: str, description: str, size: tuple[float, float], parts: Iterable[str]) -> str:
    """Return a drawing as one ``<svg>`` element that scales with its place.

    ``name`` is the caller's prefix of the ids, unique on the page; what an id may not hold becomes a dash.
    The same arguments give the same text, byte by byte.
    """
    prefix = _NOT_IN_A_NAME.sub("-", name).strip("-") or "chart"
    described = f'<desc id="{prefix}-desc">{clean(description)}</desc>' if description else ""
    labels = f"{prefix}-title {prefix}-desc" if description else f"{prefix}-title"
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" role="img" aria-labelledby="{labels}" '
        f'font-family="{FONT}"><title id="{prefix}-title">{clean(title)}</title>{described}'
        f"{''.join(parts)}</svg>"
    )


def clean(words: str) -> str:
    """Return text as it may stand in XML: escaped, and without the characters XML has no place for."""
    return escape(_NOT_IN_XML.sub("", words))


def number(value: float) -> str:
    """Return a place in a drawing: a tenth of a unit is finer than any eye."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: float = 13,
    colour: str = QUIET,
    bold: bool = False,
) -> str:
    """Return a line of real text whose baseline is at ``y``."""
    ends = f' text-anchor="{anchor}"' if anchor != "start" else ""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}"{ends} font-size="{number(size)}" fill="{colour}"{weight}>'
        f"{clean(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1, dash: str = "") -> str:
    """Return a straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" '
        f'stroke="{colour}" stroke-width="{width}"{dashed}/>'
    )


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Return a filled rectangle; a width or height below zero is drawn as none."""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(0.0, width))}" '
        f'height="{number(max(0.0, height))}" fill="{colour}"/>'
    )


def path(places: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    """Return a line through places."""
    points = " ".join(f"{number(x)},{number(y)}" for x, y in places)
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def mark(shape: Shape, tone: Tone, x: float, y: float, size: float, *, hint: str = "") -> str:
    """Return a shape about (x, y) that reaches about ``size`` each way, with a hint to read on pointing."""
    fill, edge, _ = TONES[tone]
    stroke = max(1.0, size / 9)
    drawn = f'fill="{fill}" stroke="{edge}" stroke-width="{number(max(stroke, 1.6 if size < 8 else 0))}"'  # noqa: PLR2004
    inside = f"<title>{clean(hint)}</title>" if hint else ""
    if shape in ("circle", "ring"):
        found = f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(size * 0.86)}" {drawn}'
        again = (
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(size * 0.66)}" fill="none" '
            f'stroke="{edge}" stroke-width="{number(stroke)}"/>'
            if shape == "ring"
            else ""
        )
        return (f"{found}>{inside}</circle>" if inside else f"{found}/>") + again
    corners = " ".join(f"{number(x + size * dx)},{number(y + size * dy)}" for dx, dy in _CORNERS[shape])
    found = f'<polygon points="{corners}" stroke-linejoin="round" {drawn}'
    return f"{found}>{inside}</polygon>" if inside else f"{found}/>"


def _turned(count: int, start: float) -> tuple[tuple[float, float], ...]:
    turns = [math.radians(start + 360 * step / count) for step in range(count)]
    return tuple((math.cos(turn), math.sin(turn)) for turn in turns)


_CORNERS: dict[str, tuple[tuple[float, float], ...]] = {
    "diamond": ((0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)),
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "up": ((0, -1.05), (1.1, 0.85), (-1.1, 0.85)),
    "down": ((0, 1.05), (-1.1, -0.85), (1.1, -0.85)),
    "hexagon": _turned(6, 0),
    "octagon": _turned(8, 22.5),
}


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is, rather too wide than too narrow."""
    return sum(map(_share, words)) * size * (_BOLD if bold else 1.0)


def _share(letter: str) -> float:
    """Return how wide a letter is, as a part of the size of its text."""
    if letter in _BROAD or unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return _NARROW_LETTER if letter in _SLIM else _LETTER


def fitted(words: str, size: float, width: float) -> str:
    """Return as much of a text as a width holds, with an ellipsis where it had to end."""
    words = " ".join(words.split())
    if width_of(words, size) <= width:
        return words
    ends = itertools.accumulate(map(_share, words), initial=_share("…"))
    kept = sum(1 for _ in itertools.takewhile(lambda end: end * size <= width, ends)) - 1
    return f"{words[: max(0, kept)].rstrip()}…"


@dataclass(frozen=True)
class Scale:
    """Round numbers that hold a range of values: from, to, and the step between ticks."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """The values to write beside the scale, from low to high."""
        return [
            self.low + self.step * index for index in range(round((self.high - self.low) / self.step) + 1)
        ]

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at the low end to 1 at the high; what lies beyond, at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def words(self, value: float) -> str:
        """Return a tick as text, all with as many decimals as the step needs."""
        if abs(value) >= _MANY or 0 < self.step < _TINY:
            return figure(value)
        return f"{value:,.{max(0, -math.floor(math.log10(self.step)))}f}"


def scale(lowest: float, highest: float, about: int = 4, *, whole: bool = False) -> Scale:
    """Return a scale of about so many steps that holds both values with a little room above.

    ``whole`` keeps the steps of a count whole.
    """
    span = highest - lowest
    if span <= max(_LEAST_SPAN, 1e-9 * max(abs(highest), abs(lowest))):
        span = max(1.0, abs(highest) * 0.1)
    raw = max(span * 1.04 / about, 1.0 if whole else 0.0)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * nice for nice in _NICE_STEPS if power * nice >= raw), power * 10)
    low = math.floor(lowest / step) * step
    return Scale(low, low + step * max(1, math.ceil((lowest + span * 1.04 - low) / step)), step)


def figure(value: float) -> str:
    """Return a value as people read it: whole numbers whole, one decimal else, more only when small."""
    if not value:
        return "0"
    if abs(value) < _TINY or abs(value) >= _BEYOND:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+", "e")
    for size, word in ((1e9, "bn"), (1e6, "m")):
        if abs(value) >= size:
            return f"{value / size:.3g}{word}" if abs(value) < 1000 * size else f"{value / size:.0f}{word}"
    decimals = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 1 else 2  # noqa: PLR2004
    shown = f"{value:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def apart(places: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Return places moved as little as needed to lie ``gap`` apart between top and bottom, in their order."""
    order = sorted(range(len(places)), key=lambda index: (places[index], index))
    found = list(places)
    least = top
    for index in order:
        found[index] = max(found[index], least)
        least = found[index] + gap
    most = bottom
    for index in reversed(order):
        found[index] = min(found[index], most)
        most = found[index] - gap
    return found
