"""The words of what only a nightly scan can ask: rates, signals of control charts, and silences."""

from collections.abc import Mapping
from typing import Literal

from throughline.rules.written.words import Words
from throughline.sdk import CATEGORIES, Pattern, Rate, Signal, Silence, UsualReports

_RATE = "rate of incidents"
_PER = "per 10,000 occupied bed days"
_SIGNAL = "signal in"
_SILENCE = "days since the last report on the unit within"
_USUAL = "usual reports a week on the unit within"
_EVERY: Mapping[str, Literal["week", "month"]] = {"weekly": "week", "monthly": "month"}


def pattern_of(name: str, words: Words) -> Pattern | None:
    """Return what a sentence asks for; None when it begins as none of these do.

    Raises:
        Unclear: it begins as one of these and cannot be understood, with the place.
    """
    found: Pattern
    if words.skip(_RATE):
        category = words.after("of category", CATEGORIES)
        words.need(_PER)
        below = _below(words)
        words.need("within")
        found = Rate(name, _days(words), category, below)
    elif words.skip(_SIGNAL):
        every = _EVERY[words.one_of(_EVERY, "weekly or monthly")]
        words.need("count of incidents")
        category = words.after("of category", CATEGORIES)
        below = _below(words)
        words.need("over")
        periods = words.number()
        words.need(f"{every}s")
        found = Signal(name, every, periods, category, below)
    elif words.skip(_SILENCE):
        found = Silence(name, _days(words))
    elif words.skip(_USUAL):
        found = UsualReports(name, _days(words))
    else:
        return None
    words.end()
    return found


def _below(words: Words) -> bool:
    words.need("on the unit")
    return words.skip("and below")


def _days(words: Words) -> int:
    days = words.number()
    words.need("days" if days != 1 else "day")
    return days


def pattern_text(asked: Pattern) -> str:
    """Return the words of a pattern, as ``pattern_of`` reads them."""
    if isinstance(asked, Signal):
        every = next(word for word, found in _EVERY.items() if found == asked.every)
        there = _there(asked.category, below=asked.below)
        return f"{_SIGNAL} {every} count of incidents{there} over {asked.periods} {asked.every}s"
    days = f"{asked.within_days} day{'' if asked.within_days == 1 else 's'}"
    if isinstance(asked, Rate):
        return f"{_RATE}{_there(asked.category, _PER, below=asked.below)} within {days}"
    return f"{_SILENCE if isinstance(asked, Silence) else _USUAL} {days}"


def _there(category: str | None, *between: str, below: bool) -> str:
    of = [f"of category {category}"] if category else []
    return " ".join(["", *of, *between, "on the unit and below" if below else "on the unit"])


def patterns_pattern(categories: str) -> str:
    """Return what the sentences look like as a pattern, for editors."""
    of = rf"(\s+of\s+category\s+{categories})?"
    there, days = r"\s+on\s+the\s+unit(\s+and\s+below)?", r"\s+\d{1,4}\s+days?\s*$"
    spaced = {words: words.replace(" ", r"\s+") for words in (_RATE, _PER, _SIGNAL, _SILENCE, _USUAL)}
    counted = r"\s+(weekly|monthly)\s+count\s+of\s+incidents"
    return "|".join(
        [
            rf"^\s*{spaced[_RATE]}{of}\s+{spaced[_PER]}{there}\s+within{days}",
            rf"^\s*{spaced[_SIGNAL]}{counted}{of}{there}\s+over\s+\d{{1,3}}\s+(weeks|months)\s*$",
            rf"^\s*({spaced[_SILENCE]}|{spaced[_USUAL]}){days}",
        ]
    )
