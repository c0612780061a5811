"""Write down what was learned, share it with the units it is for, and let them answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.people import holders
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.learning import queries
from throughline.learning.events import LearningShared, ShareAcknowledged
from throughline.learning.models import Learning, LearningReview, Share
from throughline.notifications.service import notify
from throughline.reviews import queries as reviews
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_LONGEST_TITLE, _LONGEST = 150, 4_000
_MESSAGES = {
    "title": f"Give it a title of up to {_LONGEST_TITLE} characters",
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


def write(scope: Scope, words: Words, review_ids: Iterable[UUID]) -> Learning:
    """Write a learning from one review or several.

    Raises:
        Invalid: a part is missing or too long, or no review is named; the fields are named.
        NotFound: one of the reviews is not the actor's to see.
    """
    wanted = list(dict.fromkeys(review_ids))
    errors = _errors(words)
    if not wanted:
        errors["review"] = ["A learning comes from at least one review"]
    if errors:
        raise Invalid(errors)
    found = [reviews.find(scope, review_id) for review_id in wanted]
    learning = Learning(
        id=uuid7(),
        title=words.title.strip(),
        what_we_found=words.what_we_found.strip(),
        what_changes=words.what_changes.strip(),
        why=words.why.strip(),
        created_at=scope.now(),
        created_by=scope.actor.id,
    )
    scope.session.add(learning)
    scope.session.flush()
    scope.session.add_all(LearningReview(learning_id=learning.id, review_id=review.id) for review in found)
    scope.session.flush()
    record(
        scope, "learning.written", "learning", learning.id, after={"title": learning.title, "reviews": wanted}
    )
    return learning


def _errors(words: Words) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, message in _MESSAGES.items():
        text = getattr(words, name).strip()
        longest = _LONGEST_TITLE if name == "title" else _LONGEST
        if not text:
            errors[name] = [message]
        elif len(text) > longest:
            errors[name] = [f"Use {longest:,} characters or fewer"]
    return errors


def share(scope: Scope, learning_id: UUID, unit_ids: Iterable[UUID]) -> int:
    """Approve a learning, if it is not yet, and share it with units; return how many are new.

    Raises:
        Invalid: no unit was chosen, or one that is not a service of this tenant.
        Forbidden: the actor may share with none of them.
    """
    learning = queries.find(scope, learning_id)
    units = tree(scope)
    services = {unit.id: unit for unit in units.services() if unit.closed_on is None}
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted or any(unit_id not in services for unit_id in wanted):
        raise Invalid({"units": ["Choose at least one unit it is for"]})
    if not scope.actor.may(Permission.SHARE):
        raise Forbidden("may not share")
    if learning.approved_at is None:
        learning.approved_at, learning.approved_by = scope.now(), scope.actor.id
        record(scope, "learning.approved", "learning", learning.id)
    fresh = _share_with(scope, learning, wanted)
    if fresh:
        names = [services[unit_id].name for unit_id in fresh]
        record(scope, "learning.shared", "learning", learning.id, after={"units": names})
        scope.emit(LearningShared(learning.id, tuple(fresh)))
        for unit_id in fresh:
            people = holders(scope, "unit_manager", units, unit_id)
            notify(
                scope,
                [user.id for user in people],
                "learning",
                f"To share with {services[unit_id].name}: {learning.title}",
                "A learning is for your unit. Read it, share it with your team, and acknowledge it.",
                f"/t/{scope.tenant.slug}/learning/{learning.id}",
                f"share:{learning.id}:{unit_id}",
            )
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


def acknowledge(scope: Scope, learning_id: UUID, unit_id: UUID) -> Share:
    """Say that a unit has read a learning and shared it with its team.

    Raises:
        NotFound: it was not shared with that unit.
        Forbidden: the actor does not answer for the unit.
        Conflict: it was acknowledged already.
    """
    found = scope.session.scalar(
        select(Share).where(Share.learning_id == learning_id, Share.unit_id == unit_id).with_for_update()
    )
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
