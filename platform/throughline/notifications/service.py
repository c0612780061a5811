"""Tell people: a line in the inbox at once, and out by every channel their tenant has switched on.

What must be acknowledged goes out at once. The rest goes when the person wishes it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from throughline.jobs.outbox import enqueue
from throughline.kernel.database import uuid7
from throughline.notifications.hours import quiet_until
from throughline.notifications.models import Delivery, Notification
from throughline.notifications.preferences import AT_ONCE, Wish, of_people
from throughline.notifications.queries import mine
from throughline.tenancy.scope import Scope


def notify(
    scope: Scope, user_ids: Iterable[UUID], kind: str, subject: str, body: str, link: str, dedupe: str
) -> int:
    """Tell some people something once; return how many had not been told before.

    ``link`` is a path inside the product. ``subject`` and ``body`` leave the building by e-mail, so they
    hold references and what to do, never a narrative or a person. ``dedupe`` names the news.
    """
    told = 0
    people = list(dict.fromkeys(user_ids))
    wishes = {} if kind in AT_ONCE else of_people(scope, people)
    for user_id in people:
        notification_id = uuid7()
        wish = wishes.get(user_id, Wish())
        fresh = scope.session.execute(
            insert(Notification)
            .values(
                tenant_id=scope.tenant.id,
                id=notification_id,
                user_id=user_id,
                kind=kind,
                subject=subject,
                body=body,
                link=link,
                dedupe=dedupe,
                created_at=scope.now(),
                waits_for_digest=wish.digest_at is not None,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "user_id", "dedupe"])
            .returning(Notification.id)
        ).first()
        if fresh is None:
            continue
        told += 1
        if wish.digest_at is None:
            _send(scope, _not_before(scope, wish), notification_id=notification_id)
    return told


def _not_before(scope: Scope, wish: Wish) -> datetime | None:
    if wish.quiet_from is None or wish.quiet_to is None:
        return None
    return quiet_until(scope.now(), wish.quiet_from, wish.quiet_to, scope.tenant.timezone)


def send_digest(scope: Scope, digest_id: UUID) -> None:
    """Send a digest by every channel."""
    _send(scope, None, digest_id=digest_id)


def _send(scope: Scope, not_before: datetime | None, **what: UUID) -> None:
    for channel in scope.catalogue.channels:
        delivery = Delivery(id=uuid7(), channel=channel, state="waiting", created_at=scope.now(), **what)
        scope.session.add(delivery)
        scope.session.flush()
        key = str(delivery.id)
        enqueue(scope, "notifications.deliver", key, due_at=not_before, delivery=key)


def mark_read(scope: Scope, notification_id: UUID) -> Notification:
    """Mark one line of the actor's inbox as read and return it. Twice is once."""
    found = mine(scope, notification_id)
    if found.read_at is None:
        found.read_at = scope.now()
    return found


def mark_all_read(scope: Scope) -> None:
    """Mark the actor's whole inbox as read."""
    scope.session.execute(
        update(Notification)
        .where(Notification.user_id == scope.actor.id, Notification.read_at.is_(None))
        .values(read_at=scope.now())
    )
