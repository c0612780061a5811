"""Write down what was learned, share it with the units it is for, and let them answer."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.people import holders
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.kernel.once import store_once
from throughline.learning import queries
from throughline.learning.events import LearningApproved, LearningShared, ShareAcknowledged
from throughline.learning.models import Learning, LearningReview, Share
from throughline.learning.policy import shareable
from throughline.notifications.service import notify
from throughline.reviews import queries as reviews
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import Tree, tree
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
    _must_share(scope)
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


def _must_share(scope: Scope) -> None:
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
    _must_share(scope)
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
    _must_share(scope)
    learning = queries.find(scope, learning_id, lock=True)
    if learning.approved_at is not None:
        raise Conflict("approved already")
    _approve(scope, learning)
    return learning


def _approve(scope: Scope, learning: Learning) -> None:
    learning.approved_at, learning.approved_by = scope.now(), scope.actor.id
    scope.session.flush()
    record(scope, "learning.approved", "learning", learning.id, after={"title": learning.title})
    scope.emit(LearningApproved(learning.id))


def share(scope: Scope, learning_id: UUID, unit_ids: Iterable[UUID]) -> int:
    """Share a learning with units, approving it first if it is not yet; return how many units are new.

    Raises:
        Forbidden: the actor shares no learning.
        Invalid: no unit was chosen, or one that the actor may not share with.
    """
    _must_share(scope)
    learning = queries.find(scope, learning_id, lock=True)
    units = tree(scope)
    open_to_actor = {unit.id: unit for unit in shareable(scope, units)}
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted:
        raise Invalid({"units": ["Choose at least one unit it is for"]})
    if any(unit_id not in open_to_actor for unit_id in wanted):
        raise Invalid({"units": ["Choose from the units in the list: those you may share with"]})
    if learning.approved_at is None:
        _approve(scope, learning)
    fresh = [open_to_actor[unit_id] for unit_id in _share_with(scope, learning, wanted)]
    if fresh:
        names = tuple(unit.name for unit in fresh)
        record(scope, "learning.shared", "learning", learning.id, after={"units": names})
        scope.emit(LearningShared(learning.id, tuple(unit.id for unit in fresh)))
        _tell(scope, learning, units, fresh)
    return len(fresh)


def _share_with(scope: Scope, learning: Learning, unit_ids: list[UUID]) -> list[UUID]:
    rows = [
        {
            "tenant_id": scope.tenant.id,
            "id": uuid7(),
            "learning_id": learning.id,
            "unit_id": unit_id,
            "shared_at": scope.now(),
            "shared_by": scope.actor.id,
        }
        for unit_id in unit_ids
    ]
    statement = (
        insert(Share)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "learning_id", "unit_id"])
        .returning(Share.unit_id)
    )
    return list(scope.session.scalars(statement))


def _tell(scope: Scope, learning: Learning, units: Tree, fresh: Sequence[Unit]) -> None:
    for unit in fresh:
        notify(
            scope,
            [user.id for user in holders(scope, "unit_manager", units, unit.id)],
            "learning",
            f"To share with {unit.name}: {learning.title}",
            "A learning is for your unit. Read it, share it with your team, and acknowledge it.",
            f"/t/{scope.tenant.slug}/learning/{learning.id}",
            f"share:{learning.id}:{unit.id}",
        )


def acknowledge(scope: Scope, learning_id: UUID, unit_id: UUID) -> Share:
    """Say that a unit has read a learning and shared it with its team.

    Raises:
        NotFound: it was not shared with that unit.
        Forbidden: the actor does not answer for the unit.
        Conflict: it was acknowledged already.
    """
    query = select(Share).where(Share.learning_id == learning_id, Share.unit_id == unit_id)
    found = scope.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound("not shared with this unit")
    if not scope.actor.may(Permission.ACKNOWLEDGE, unit_id):
        raise Forbidden("does not answer for this unit")
    if found.acknowledged_at is not None:
        raise Conflict("acknowledged already")
    found.acknowledged_at, found.acknowledged_by = scope.now(), scope.actor.id
    scope.session.flush()
    record(scope, "learning.acknowledged", "learning", learning_id, after={"unit": unit_id})
    scope.emit(ShareAcknowledged(learning_id, unit_id))
    return found
