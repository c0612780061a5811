"""How each person wishes to be told of what needs no acknowledgement."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from throughline.kernel.database import uuid7
from throughline.kernel.errors import Forbidden, Invalid
from throughline.notifications.hours import in_quiet_hours, next_digest
from throughline.notifications.models import Digest, NoticePreference, Notification
from throughline.tenancy.scope import Scope

AT_ONCE = ("escalation",)
"""The kinds of notice that are never held back: somebody must acknowledge them."""


@dataclass(frozen=True)
class Wish:
    """At which time of day a digest comes (``None``: each notice at once), and the quiet hours if any."""

    digest_at: time | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None


def of_people(scope: Scope, user_ids: Iterable[UUID]) -> dict[UUID, Wish]:
    """Return the wishes of those of some people who have any."""
    query = select(NoticePreference).where(NoticePreference.user_id.in_(list(user_ids)))
    return {row.user_id: _wish(row) for row in scope.session.scalars(query)}


def mine(scope: Scope) -> Wish:
    """Return how the actor wishes to be told."""
    user_id = _person(scope)
    return of_people(scope, [user_id]).get(user_id, Wish())


def _wish(row: NoticePreference) -> Wish:
    return Wish(row.digest_at, row.quiet_from, row.quiet_to)


def _person(scope: Scope) -> UUID:
    if scope.actor.id is None:
        raise Forbidden("nobody's preferences")
    return scope.actor.id


def choose(scope: Scope, wish: Wish) -> None:
    """Keep how the actor wishes to be told. What waits for a digest already still comes with one.

    Raises:
        Invalid: the quiet hours are half given or empty, or the digest would come in them.
    """
    user_id = _person(scope)
    _see(wish)
    values = {
        "digest_at": wish.digest_at,
        "quiet_from": wish.quiet_from,
        "quiet_to": wish.quiet_to,
        "changed_at": scope.now(),
    }
    statement = insert(NoticePreference).values(
        tenant_id=scope.tenant.id, id=uuid7(), user_id=user_id, digest_due=None, **values
    )
    kept = statement.on_conflict_do_update(index_elements=["tenant_id", "user_id"], set_=values)
    row = scope.session.scalars(
        kept.returning(NoticePreference), execution_options={"populate_existing": True}
    ).one()
    if wish.digest_at is not None:
        last = scope.session.scalar(select(func.max(Digest.due_on)).where(Digest.user_id == user_id))
        row.digest_due = next_digest(scope.now(), wish.digest_at, scope.tenant.timezone, last)
    elif not waiting(scope, user_id):
        row.digest_due = None
    scope.session.flush()


def _see(wish: Wish) -> None:
    start, end = wish.quiet_from, wish.quiet_to
    if (start is None) != (end is None):
        missing = "quiet_from" if start is None else "quiet_to"
        raise Invalid({missing: ["Give both times, or leave both empty"]})
    if start is None or end is None:
        return
    if start == end:
        raise Invalid({"quiet_to": ["Quiet hours end at another time than they begin"]})
    if wish.digest_at is not None and in_quiet_hours(wish.digest_at, start, end):
        raise Invalid({"digest_at": ["This time lies in your quiet hours. Choose another"]})


def waiting(scope: Scope, user_id: UUID) -> int:
    """Return how many notices wait for somebody's next digest."""
    query = select(func.count()).where(Notification.user_id == user_id, Notification.waits_for_digest)
    return scope.session.scalar(query) or 0
