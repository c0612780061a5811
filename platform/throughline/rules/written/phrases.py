"""The words of ``let`` and of durations: what a look-back counts, written so that anybody can read it.

    count of incidents with the same person within 14 days where incident.category == "self_harm"
    count of people in incidents of category absence with the same branch within 30 days
    count of units with incidents with at least moderate harm with the same category within 7 days
    days since the last incident with the same unit and the same category within 90 days

At a nightly scan, of a unit as a whole (``patterns`` holds the last four):

    count of incidents of category self_harm on the unit within 28 days where incident.harm >= 2
    rate of incidents of category fall per 10,000 occupied bed days on the unit within 90 days
    signal in weekly count of incidents of category violence on the unit and below over 24 weeks
    days since the last report on the unit within 60 days
    usual reports a week on the unit within 84 days

In this order: what is counted; ``of category``; ``with at least … harm``; ``with the same …`` (person, unit,
location, branch, category; more than one by ``and the same``); ``within … days``; ``where`` and a condition
over each of the earlier incidents, to the end. ``branch`` is the unit above this one and all below it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from throughline.rules.written.patterns import pattern_of, pattern_text, patterns_pattern
from throughline.rules.written.words import Unclear, Words
from throughline.sdk import CATEGORIES, Asked, Earlier, LookBack, SinceLast
from throughline.sdk.bounds import LARGEST_BUDGET

COUNTED: Mapping[str, str] = {
    "count of incidents": "incidents",
    "count of people in incidents": "people",
    "count of units with incidents": "units",
    "days since the last incident": "",
}
SAME: Mapping[str, str] = {
    "person": "person",
    "unit": "unit",
    "location": "location",
    "branch": "subtree",
    "category": "category",
}
HARM = ("none", "low", "moderate", "severe", "fatal")
"""The words of a look-back, and what each means in the record."""
_DURATION = re.compile(r"(\d{1,4})\s*(h|hours?|d|days?|working days?)")


HOURS = r"^\s*\d{1,4}\s*(h|hours?|d|days?)\s*$"
WORKING_DAYS = r"^\s*\d{1,4}\s*working days?\s*$"
LENGTH = r"^\s*\d{1,4}\s*(h|hours?|d|days?|working days?)\s*$"
"""Lengths of time as patterns, for editors."""

BUDGET = r"^\s*\d{1,4}\s+a\s+day\s*$"


def look_back_pattern() -> str:
    """Return what a line of ``let`` looks like as a pattern, for editors: its words, not its condition."""

    def one_of(words: Iterable[str]) -> str:
        return f"({'|'.join(words)})".replace(" ", r"\s+")

    same = rf"with\s+the\s+same\s+{one_of(SAME)}(\s+and\s+the\s+same\s+{one_of(SAME)})*"
    return (
        rf"^\s*{one_of(COUNTED)}(\s+of\s+category\s+{one_of(CATEGORIES)})?"
        rf"(\s+with\s+at\s+least\s+{one_of(HARM)}\s+harm)?\s+({same}|on\s+the\s+unit)"
        r"\s+within\s+\d{1,4}\s+days?(\s+where\s+[\s\S]+)?\s*$|" + patterns_pattern(one_of(CATEGORIES))
    )


def look_back(name: str, text: str) -> Asked:
    """Return what a line of ``let`` asks for.

    Raises:
        Unclear: it cannot be understood, with the place.
    """
    if (pattern := pattern_of(name, Words(text))) is not None:
        return pattern
    found = parts_of(text)
    harm = HARM.index(found.harm) if found.harm else None
    same = tuple(SAME[word] for word in found.same)
    kept = (name, int(found.days), same, found.category or None, harm, found.where)
    if not COUNTED[found.counted]:
        return SinceLast(*kept)  # type: ignore[arg-type]
    return LookBack(*kept, of=COUNTED[found.counted])  # type: ignore[arg-type]


@dataclass(frozen=True)
class Parts:
    """The words of a look-back, each part as it is written; empty where it is left out."""

    counted: str
    category: str
    harm: str
    same: tuple[str, ...]
    days: str
    where: str


def parts_of(text: str) -> Parts:
    """Return the parts of a line of ``let``.

    Raises:
        Unclear: it cannot be understood, with the place.
    """
    words = Words(text)
    counted = words.one_of(COUNTED, "what is counted")
    category = words.after("of category", CATEGORIES)
    harm = words.after("with at least", HARM)
    if harm is not None:
        words.need("harm")
    same = ["unit"] if words.skip("on the unit") else _same(words)
    words.need("within")
    days = words.number()
    words.need("days" if days != 1 else "day")
    where = words.rest() if words.skip("where") else ""
    if not where:
        words.end(" Only “where” may follow.")
    return Parts(counted, category or "", harm or "", tuple(same), str(days), where)


def _same(words: Words) -> list[str]:
    words.need("with the same")
    same = [words.one_of(SAME, "what is the same")]
    while words.skip("and the same"):
        same.append(words.one_of(SAME, "what is the same"))
    return same


def look_back_text(asked: Asked, *, scan: bool = False) -> str:
    """Return the words of a look-back, as ``look_back`` reads them; ``scan``: as of a unit."""
    if not isinstance(asked, Earlier):
        return pattern_text(asked)
    counted = asked.of if isinstance(asked, LookBack) else ""
    parts = [next(words for words, of in COUNTED.items() if of == counted)]
    if asked.category:
        parts.append(f"of category {asked.category}")
    if asked.min_harm is not None:
        parts.append(f"with at least {HARM[asked.min_harm]} harm")
    same = [next(word for word, found in SAME.items() if found == one) for one in asked.same]
    parts.append("on the unit" if scan else "with the same " + " and the same ".join(same))
    parts.append(f"within {asked.within_days} day{'' if asked.within_days == 1 else 's'}")
    if asked.where:
        parts.append(f"where {asked.where}")
    return " ".join(parts)


def where_at(text: str) -> int:
    """Return where the condition after ``where`` begins in a line of ``let``; 0 when there is none."""
    found = re.search(r"within\s+\d+\s+days?\s+where\s+", text)
    return found.end() if found else 0


def duration(text: str) -> tuple[int, str]:
    """Return a number and its unit, ``hours`` or ``working days``: ``24h``, ``2 days``, ``5 working days``.

    A day is 24 hours.

    Raises:
        Unclear: it is no duration.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        said = f"“{text[:40]}” is no length of time. Write such as 24 hours, 3 days or 5 working days."
        raise Unclear(said, 0)
    number, unit = int(found[1]), found[2]
    if unit.startswith("w"):
        return number, "working days"
    return (number * 24 if unit.startswith("d") else number), "hours"


def budget(text: str) -> int:
    """Return how often a rule may alarm on one day: ``20 a day``.

    Raises:
        Unclear: it is no such number.
    """
    found = re.fullmatch(r"(\d{1,4})\s+a\s+day", text.strip())
    if found is None or not 1 <= int(found[1]) <= LARGEST_BUDGET:
        raise Unclear(f"“{text[:60]}” is no budget. Write such as 20 a day, from 1 to {LARGEST_BUDGET}.", 0)
    return int(found[1])
