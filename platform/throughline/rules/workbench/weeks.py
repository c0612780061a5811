"""The weeks of a back-test as SVG: what a rule would have found, and what the live one found, in grey."""

from collections.abc import Sequence
from datetime import date
from html import escape

_HEIGHT, _LEFT, _BOTTOM, _TOP = 200, 36, 26, 12
WIDE, NARROW = 680, 330  # for a desk and a phone: the words keep their size
_A_DAY_S_WORDS = 100
_MINE, _LIVE, _INK, _GRID = "#0b5563", "#b9b3a9", "#4c5654", "#e3dfd8"
_FONT = "Source Sans 3, Arial, sans-serif"

Weeks = Sequence[tuple[date, int]]


def drawing(mine: Weeks, live: Weeks | None, title: str, width: int = WIDE) -> str:
    """Draw the firings of each week, a bar for each; ``live`` has the same weeks where it is given."""
    most = max([1, *(count for _, count in mine), *(count for _, count in live or ())])
    each = (width - _LEFT) / max(1, len(mine))
    wide = each * (0.42 if live else 0.8)
    parts = []
    for value in sorted({0, -(-most // 2), most}):
        y = _y(value, most)
        parts.append(_line(_LEFT, y, width, y) + _text(_LEFT - 6, y + 4, str(value), "end"))
    for index, (_, count) in enumerate(live or ()):
        parts.append(_bar(_LEFT + each * index + each * 0.06, count, most, wide, _LIVE))
    shift = each * (0.5 if live else 0.1)
    for index, (_, count) in enumerate(mine):
        parts.append(_bar(_LEFT + each * index + shift, count, most, wide, _MINE))
    step = max(1, -(-len(mine) // ((width - _LEFT) // _A_DAY_S_WORDS)))
    for index in range(0, len(mine), step):
        day = mine[index][0]
        parts.append(_text(_LEFT + each * index, _HEIGHT - 6, f"{day.day} {day:%b %y}", "start"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" role="img">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _y(value: float, most: int) -> float:
    return round(_HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / most, 1)


def _bar(x: float, count: int, most: int, wide: float, colour: str) -> str:
    if not count:
        return ""
    y = _y(count, most)
    height = round(_HEIGHT - _BOTTOM - y, 1)
    return f'<rect x="{x:.1f}" y="{y}" width="{max(1.0, wide):.1f}" height="{height}" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_GRID}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-family="{_FONT}" font-size="13" '
        f'fill="{_INK}">{escape(words)}</text>'
    )
