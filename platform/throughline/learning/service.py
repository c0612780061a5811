"""Write down what was learned and approve it."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.kernel.once import store_once
from throughline.learning import queries
from throughline.learning.events import LearningApproved
from throughline.learning.models import Learning, LearningReview
from throughline.reviews import queries as reviews
from throughline.tenancy.scope import Scope

LONGEST_TITLE, LONGEST = 150, 4_000
PARTS = ("title", "what_we_found", "what_changes", "why")
_MESSAGES = {
    "title": f"Give it a title of up to {LONGEST_TITLE} characters",
    "what_we_found": "Say what the review found",
    "what_changes": "Say what changes from now on",
    "why": "Say why, so that people remember it",
}


@dataclass(frozen=True)
class Words:
    """The text of a learning."""

    title: str
    what_we_found: str
    what_changes: str
    why: str


class Overtaken(Conflict):
    """Somebody else changed the text since it was read. Theirs is here; the actor's own is with the actor."""

    def __init__(self, theirs: Words, version: int) -> None:
        self.theirs, self.version = theirs, version
        super().__init__("changed by somebody else since it was read")


def write(scope: Scope, words: Words, review_ids: Iterable[UUID], key: UUID | None = None) -> Learning:
    """Write a learning from one review or several, once for each key. It is a draft until it is approved.

    Raises:
        NotFound: one of the reviews is not the actor's to see.
        Forbidden: the actor shares no learning.
        Invalid: a part is missing or too long, or no review is named; the fields are named.
    """
    must_share(scope)
    sources = [reviews.find(scope, review_id) for review_id in dict.fromkeys(review_ids)]
    words = _plain(words)
    errors = _errors(words)
    if not sources:
        errors["review"] = ["A learning comes from at least one review; start from a review's page"]
    if errors:
        raise Invalid(errors)
    learning = Learning(
        id=key or uuid7(),
        created_at=scope.now(),
        created_by=scope.actor.id,
        **{name: getattr(words, name) for name in PARTS},
    )
    if not store_once(scope.session, learning):
        return _written_before(scope, learning.id)
    scope.session.add_all(LearningReview(learning_id=learning.id, review_id=source.id) for source in sources)
    scope.session.flush()
    after = {"title": learning.title, "reviews": tuple(source.id for source in sources)}
    record(scope, "learning.written", "learning", learning.id, after=after)
    return learning


def must_share(scope: Scope) -> None:
    """Refuse whoever shares no learning.

    Raises:
        Forbidden: the actor may not.
    """
    if not scope.actor.may(Permission.SHARE):
        raise Forbidden("may not share")


def _written_before(scope: Scope, learning_id: UUID) -> Learning:
    learning = scope.session.scalar(select(Learning).where(Learning.id == learning_id))
    if learning is None or learning.created_by != scope.actor.id:
        raise Conflict("this form was sent by somebody else")
    return learning


def _plain(words: Words) -> Words:
    return Words(*(getattr(words, name).replace("\r\n", "\n").strip() for name in PARTS))


def _errors(words: Words) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, message in _MESSAGES.items():
        text = getattr(words, name)
        longest = LONGEST_TITLE if name == "title" else LONGEST
        if not text:
            errors[name] = [message]
        elif len(text) > longest:
            errors[name] = [f"Use {longest:,} characters or fewer; there are {len(text):,}"]
    return errors


def words_of(learning: Learning) -> Words:
    """Return the text of a learning."""
    return Words(*(getattr(learning, name) for name in PARTS))


def text_version(learning: Learning) -> int:
    """Return a number that changes when the text does, for telling who changed it in between."""
    return zlib.crc32("\x1f".join(getattr(learning, name) for name in PARTS).encode())


def rewrite(scope: Scope, learning_id: UUID, words: Words, version: int) -> Learning:
    """Change the text of a draft. ``version`` is its ``text_version`` when the actor read it.

    Raises:
        Overtaken: somebody else changed it since.
        Conflict: it is approved, so units may have read it.
        Invalid: a part is missing or too long.
    """
    must_share(scope)
    learning = queries.find(scope, learning_id, lock=True)
    if learning.approved_at is not None:
        raise Conflict("approved already")
    words, before = _plain(words), words_of(learning)
    errors = _errors(words)
    if errors:
        raise Invalid(errors)
    changed = [name for name in PARTS if getattr(words, name) != getattr(before, name)]
    if not changed:
        return learning
    if text_version(learning) != version:
        raise Overtaken(before, text_version(learning))
    for name in changed:
        setattr(learning, name, getattr(words, name))
    scope.session.flush()
    record(
        scope,
        "learning.rewritten",
        "learning",
        learning.id,
        before={name: getattr(before, name) for name in changed},
        after={name: getattr(words, name) for name in changed},
    )
    return learning


def approve(scope: Scope, learning_id: UUID) -> Learning:
    """Approve a learning: from now on everybody in the tenant may read it, and it does not change any more.

    Raises:
        Forbidden: the actor shares no learning.
        Conflict: it was approved already.
    """
    must_share(scope)
    learning = queries.find(scope, learning_id, lock=True)
    if learning.approved_at is not None:
        raise Conflict("approved already")
    make_approved(scope, learning)
    return learning


def make_approved(scope: Scope, learning: Learning) -> None:
    """Approve a learning that is held and is a draft still."""
    learning.approved_at, learning.approved_by = scope.now(), scope.actor.id
    scope.session.flush()
    record(scope, "learning.approved", "learning", learning.id, after={"title": learning.title})
    scope.emit(LearningApproved(learning.id))
