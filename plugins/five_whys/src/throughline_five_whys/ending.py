"""Whether a chain of whys ends in the system, told by its words."""

import re
from collections.abc import Iterable, Iterator

from throughline.sdk import WrittenReview

LEAST_WHYS = 3

_BECAUSE = re.compile(r"^\W*(?:\d+\W*)?(?:why\b.*?\W)?because\b", re.IGNORECASE | re.MULTILINE)
_ROLES = (
    r"(?:the |a |an |our |one |agency |bank |student |staff )*"
    r"(?:nurse|doctor|consultant|carer|worker|assistant|manager|colleague|member of staff|staff member"
    r"|staff|clinician|therapist|psychiatrist|HCA|RMN|locum|individual|he|she|they|somebody|someone)s?"
)
_LAPSES = (
    r"(?:forgot|failed|neglected|ignored|overlooked|missed|lied|did not|didn['’]t|was careless|was lazy"
    r"|was negligent|was incompetent|were careless|were negligent|made a mistake|made an error"
    r"|should have|could have|chose not|was inattentive|lost concentration|was not paying attention)"
)
_WRITTEN_WAY = r"(?:policy|procedure|protocol|plan)"
_ENDINGS: tuple[re.Pattern[str], ...] = (
    *(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"\b{_ROLES}(?:\s+\w+)?\s+{_LAPSES}\b",
            r"\b(?:human|user|staff|nurse|nursing|operator|individual)\s+(?:error|failure|failing|mistake|fault)s?\b",
            r"\b(?:carelessness|negligence|incompetence|laziness|complacency|inattention|poor attitude)\b",
            r"\b(?:did not|didn['’]t|failed to|failure to|not)\s+follow(?:ing)?"
            rf"\s+(?:the\s+)?\w*\s*{_WRITTEN_WAY}\b",
            r"\b(?:lack|lapse)s? of (?:care|attention|concentration|vigilance|professionalism)\b",
            r"\b(?:his|her|their|whose|somebody['’]s|someone['’]s) (?:own )?(?:fault|error|mistake)\b",
        )
    ),
    re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Nurse|Sister|Prof)\.?\s+[A-Z][a-z]+"),
)


def objections(review: WrittenReview) -> Iterable[str]:
    """Say why a chain of whys is not at its end yet."""
    yield from _too_short(review.answers.get("whys", ""))
    yield from _ends_at_a_person(review.answers.get("ends_at", ""))
    if not any(one.kind == "barrier" and one.evidence.strip() for one in review.factors):
        yield "Name at least one part of the system that made it harder, with what shows it"


def _too_short(whys: str) -> Iterator[str]:
    found = len(_BECAUSE.findall(whys))
    if whys.strip() and found < LEAST_WHYS:
        lines = "1 line begins" if found == 1 else f"{found} lines begin"
        yield f"Ask why again: {lines} with “Because”, and three are the least"


def _ends_at_a_person(ending: str) -> Iterator[str]:
    for pattern in _ENDINGS:
        found = pattern.search(ending)
        if found:
            words = " ".join(found.group().split())
            yield (
                f"“Where it ends” ends at a person (“{words}”). Ask once more: what made that likely for"
                " anybody in that place?"
            )
            return
