"""Tell people: a line in the inbox at once, and out by every channel their tenant has switched on."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from throughline.jobs.outbox import enqueue
from throughline.kernel.database import uuid7
from throughline.notifications.models import Delivery, Notification
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
    for user_id in dict.fromkeys(user_ids):
        notification_id = uuid7()
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
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "user_id", "dedupe"])
            .returning(Notification.id)
        ).first()
        if fresh is None:
            continue
        told += 1
        for channel in scope.catalogue.channels:
            _send_later(scope, notification_id, channel)
    return told


def _send_later(scope: Scope, notification_id: UUID, channel: str) -> None:
    delivery = Delivery(
        id=uuid7(), notification_id=notification_id, channel=channel, state="waiting", created_at=scope.now()
    )
    scope.session.add(delivery)
    scope.session.flush()
    enqueue(scope, "notifications.deliver", str(delivery.id), delivery=str(delivery.id))


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
