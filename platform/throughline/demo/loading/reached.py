"""How a learning reached a team: what the unit answered, by when it was asked to, and who put a name down."""

import random
import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from throughline.demo.story.records import StoryLearning, StoryShare
from throughline.learning.sharing import ALPHABET, ANSWER_DAYS, CODE_LENGTH
from throughline.learning.words import STAFF

_KINDS = ("team_briefing", "team_briefing", "reflective_session", "supervision", "safety_bulletin")
_ALREADY = (
    "Since the spring: it is on the shift checklist.",
    "We wait for the late ones already, and the nurse in charge says when it begins.",
    "Done with the last audit, and looked at each month.",
)
_NOT_HERE = (
    "We have no bedrooms: people are seen at home.",
    "Nobody is detained here, and there are no observations of this kind.",
)
_FEW, _MOST = 3, 11


def answer_of(one: StoryLearning, share: StoryShare, until: datetime) -> dict[str, Any]:
    """Return the columns of a share that say how it went. The same in every demo."""
    rng = _chance(one, share)
    answer_by = share.shared_at.date() + timedelta(days=ANSWER_DAYS)
    overdue = share.acknowledged_at is None and answer_by < until.date()
    answer, words = _answer(rng) if share.acknowledged_at else (None, "")
    return {
        "kind": rng.choice(_KINDS),
        "code": "".join(rng.choice(ALPHABET) for _ in range(CODE_LENGTH)),
        "answer_by": answer_by,
        "answer": answer,
        "answer_words": words,
        "reminded_at": share.shared_at + timedelta(days=ANSWER_DAYS + 1) if overdue else None,
    }


def _answer(rng: random.Random) -> tuple[str, str]:
    tenth = rng.randrange(10)
    if tenth < 7:  # noqa: PLR2004 - most adopt it
        return "adopted", ""
    return ("already_done", rng.choice(_ALREADY)) if tenth < 9 else ("not_applicable", rng.choice(_NOT_HERE))  # noqa: PLR2004


def names_of(one: StoryLearning, share: StoryShare, share_id: UUID) -> list[dict[str, Any]]:
    """Return who said from the sheet that it reached them, by initials; nobody before the unit answered."""
    if share.acknowledged_at is None:
        return []
    rng = _chance(one, share)
    rng.random()
    span = max(share.acknowledged_at - share.shared_at, timedelta(hours=1))
    moments = sorted(share.shared_at + span * rng.random() for _ in range(rng.randint(_FEW, _MOST)))
    return [
        {
            "share_id": share_id,
            "user_id": None,
            "name": f"{rng.choice('ABCDEFGHJKLMNPRSTW')}. {rng.choice('ABCDEFGHJKLMNOPRSTW')}.",
            "role": rng.choice(tuple(STAFF)),
            "way": rng.choice(("present", "present", "read")),
            "at": moment,
        }
        for moment in moments
    ]


def _chance(one: StoryLearning, share: StoryShare) -> random.Random:
    return random.Random(zlib.crc32(f"{one.key} {share.unit}".encode()))  # noqa: S311 - a story, no secret
