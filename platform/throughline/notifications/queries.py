"""Reads of the inbox."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, tuple_

from throughline.kernel.errors import NotFound
from throughline.notifications.models import Notification
from throughline.tenancy.scope import Scope

PAGE = 30


def unread(scope: Scope) -> int:
    """Return how many lines of the actor's inbox are unread."""
    if scope.actor.id is None:
        return 0
    query = select(func.count()).where(Notification.user_id == scope.actor.id, Notification.read_at.is_(None))
    return scope.session.scalar(query) or 0


def inbox(scope: Scope, before: UUID | None = None) -> Sequence[Notification]:
    """Return the actor's inbox, newest first, a page at a time; ``before`` is the last id of the page above.

    Asks for one more than a page, so that the caller knows whether there is another.
    """
    query = select(Notification).where(Notification.user_id == scope.actor.id)
    if before is not None:
        last = mine(scope, before)
        query = query.where(
            tuple_(Notification.created_at, Notification.id) < tuple_(last.created_at, last.id)
        )
    newest = query.order_by(Notification.created_at.desc(), Notification.id.desc())
    return scope.session.scalars(newest.limit(PAGE + 1)).all()


def mine(scope: Scope, notification_id: UUID) -> Notification:
    """Return one line of the actor's own inbox.

    Raises:
        NotFound: it is nobody's or somebody else's.
    """
    found = scope.session.scalar(
        select(Notification).where(Notification.id == notification_id, Notification.user_id == scope.actor.id)
    )
    if found is None:
        raise NotFound("no such notification")
    return found
