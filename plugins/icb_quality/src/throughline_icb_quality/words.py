"""Numbers, days and moments as people read them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

_PIECE = 40
_OVERLONG = re.compile(r"\S{80,}")
_MAY_BREAK = "\u200b"


def moment(iso: str) -> str:
    """Return a moment with its zone where that is UTC: the reader's own clock may differ."""
    at = datetime.fromisoformat(iso)
    zone = " UTC" if at.tzname() == "UTC" else ""
    return f"{at.day} {at:%B %Y}, {at:%H:%M}{zone}"


def day(iso: str | None) -> str:
    """Return a day with its short month, or nothing for none."""
    if not iso:
        return ""
    found = date.fromisoformat(iso[:10])
    return f"{found.day} {found:%b %Y}"


def number(value: float | None, unit: str = "count") -> str:
    """Return a number with thousands apart; a percentage with its sign; a dash for none."""
    if value is None:
        return "–"
    whole = unit == "count" or float(value).is_integer()
    text = f"{value:,.0f}" if whole else f"{value:,.1f}"
    return f"{text}%" if unit == "percent" else text


def hidden(count: int | None) -> str:
    """Return a count that may be hidden: a star for that, a point for none."""
    return "*" if count is None else number(count) if count else "·"


def against(value: float | None, previous: float | None, unit: str) -> str:
    """Return how far a figure moved since the quarter before, in words that take no side."""
    if value is None or previous is None:
        return ""
    moved = round(value - previous, 0 if unit == "count" else 1)
    if not moved:
        return "the same"
    return f"{'up' if moved > 0 else 'down'} {number(abs(moved), 'rate')}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    if len(names) < 2:  # noqa: PLR2004
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def many(count: float, one: str, more: str = "") -> str:
    """Return a count with its noun."""
    return f"{number(count)} {one if count == 1 else more or one + 's'}"


def breakable(value: Any, but: frozenset[str] = frozenset()) -> Any:
    """Return plain values in which no word is too long for a line; ``but`` names keys to leave alone.

    A word beyond any language's gets invisible places to break: without them a layout takes time that grows
    with the square of the word.
    """
    if isinstance(value, str):
        return _OVERLONG.sub(lambda found: _MAY_BREAK.join(_pieces(found.group())), value)
    if isinstance(value, Mapping):
        return {key: inner if key in but else breakable(inner, but) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [breakable(inner, but) for inner in value]
    return value


def _pieces(word: str) -> list[str]:
    return [word[start : start + _PIECE] for start in range(0, len(word), _PIECE)]
