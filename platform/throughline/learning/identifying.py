"""Find in the text of a learning what could let somebody be recognised.

A learning is for people who were not there, so it never needs a name, a number, a day or a place that only
one person fits. What is found here is shown to whoever shares it; it decides nothing by itself. An NHS number
is told by its check digit (modulus 11, NHS Data Dictionary), so that ten digits of anything else are not.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.models import Access, User
from throughline.incidents.models import Incident
from throughline.learning.models import Learning, LearningReview
from throughline.reviews.models import ReviewIncident
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_SHORT = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("a date", rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS}|{_SHORT})\b\.?(?:\s+\d{{4}})?"),
    ("a date", rf"\b(?:{_MONTHS})\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?"),
    ("a date", r"\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b"),
    ("a time of day", r"\b(?:[01]?\d|2[0-3])[:.][0-5]\d(?:\s?[ap]m)?\b"),
    ("an age", r"\b(?:aged?\s+\d{1,3}|\d{1,3}[-\s]years?[-\s]old)\b"),
    ("a person's title and name", r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Nurse|Sister)\.?\s+[A-Z][a-z’'-]+"),
    ("a room or bed", r"\b(?:room|bed|bedroom|flat)\s+(?:no\.?\s*)?\d+[a-z]?\b"),
    ("an e-mail address", r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b"),
    ("a telephone number", r"(?<!\d)(?:\+44\s?|0)(?:\d[\s-]?){9,10}(?!\d)"),
    ("a postcode", r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b"),
)
_CASED = ("a person's title and name", "a postcode")
_COMPILED = tuple(
    (why, re.compile(pattern, re.NOFLAG if why in _CASED else re.IGNORECASE)) for why, pattern in _PATTERNS
)
_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[\s-]?\d{3}[\s-]?\d{4}(?!\d)")
PARTS = ("title", "what_we_found", "what_changes", "why")
_HEADINGS = {
    "title": "the title",
    "what_we_found": "what we found",
    "what_changes": "what changes",
    "why": "why",
}


@dataclass(frozen=True)
class Found:
    """Words of a text that could identify somebody: what they look like, and in which part they stand."""

    text: str
    why: str
    where: str


def in_learning(scope: Scope, learning: Learning) -> list[Found]:
    """Return what in a learning could identify somebody, in reading order, each wording once a part."""
    names = dict(_names(scope, learning))
    return list(
        dict.fromkeys(
            Found(text, why, _HEADINGS[part])
            for part in PARTS
            for text, why in found_in(getattr(learning, part), names)
        )
    )


def found_in(text: str, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return (words, what they look like) in reading order. ``names`` maps known names to what they are."""
    hits = [
        (match.start(), match.group(), why) for why, pattern in _COMPILED for match in pattern.finditer(text)
    ]
    hits += [
        (match.start(), match.group(), "an NHS number")
        for match in _TEN_DIGITS.finditer(text)
        if is_nhs_number(match.group())
    ]
    if names:
        known = {name.casefold(): why for name, why in names.items()}
        longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        pattern = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE)
        hits += [(hit.start(), hit.group(), known[hit.group().casefold()]) for hit in pattern.finditer(text)]
    return [(words.strip(), why) for _, words, why in sorted(hits)]


def is_nhs_number(text: str) -> bool:
    """Say whether ten digits, with spaces or hyphens, end in the check digit of an NHS number."""
    digits = [int(character) for character in text if character.isdigit()]
    rest = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return len(digits) == 10 and rest != 10 and rest % 11 == digits[9]  # noqa: PLR2004 - the rule's own numbers


def _names(scope: Scope, learning: Learning) -> Iterator[tuple[str, str]]:
    """Yield the names that would tell where or who: staff, the units it happened on, their references."""
    people = select(User.name).join(Access, Access.user_id == User.id)
    for name in scope.session.scalars(people.where(Access.tenant_id == scope.tenant.id)):
        if " " in name.strip():  # a first name alone is a word of many texts
            yield name.strip(), "the name of a colleague"
    yield from _of_incidents(scope, learning.id)


def _of_incidents(scope: Scope, learning_id: UUID) -> Iterable[tuple[str, str]]:
    units = tree(scope).units
    behind = (
        select(Incident.reference, Incident.unit_id)
        .join(ReviewIncident, ReviewIncident.incident_id == Incident.id)
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .where(LearningReview.learning_id == learning_id)
        .distinct()
    )
    for reference, unit_id in scope.session.execute(behind):
        yield reference, "the reference of an incident"
        for name in (units[unit_id].name, *units[unit_id].aliases):
            yield name, "where it happened"
