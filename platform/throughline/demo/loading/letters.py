"""The lines that lately came into inboxes: learning for a unit, and actions with their owner."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from throughline.accounts.people import holders
from throughline.demo.loading.desk import Desk
from throughline.notifications.models import Notification

_LATELY = timedelta(days=60)


def write(desk: Desk) -> None:
    """Write what the last two months would have brought, read where it has been answered."""
    since = desk.scope.now() - _LATELY
    desk.write(Notification, [*_shares(desk, since), *_actions(desk, since)])


def _shares(desk: Desk, since: datetime) -> list[dict[str, Any]]:
    found = []
    for one in desk.own(desk.story.learnings):
        for share in one.shares:
            if share.shared_at < since:
                continue
            unit = desk.units.by_key(share.unit)
            learning_id = desk.ids[one.key]
            found += [
                _line(
                    user.id,
                    "learning",
                    f"To share with {unit.name}: {one.title}",
                    "A learning is for your unit. Read it, share it with your team, and acknowledge it.",
                    f"/t/{desk.scope.tenant.slug}/learning/{learning_id}",
                    f"share:{learning_id}:{unit.id}",
                    share.shared_at,
                    share.acknowledged_at,
                )
                for user in holders(desk.scope, "unit_manager", desk.units, unit.id)
            ]
    return found


def _actions(desk: Desk, since: datetime) -> list[dict[str, Any]]:
    found = []
    for one in desk.own(desk.story.actions):
        if one.created_at < since or one.owner == one.created_by:
            continue
        action_id = desk.ids[one.key]
        found.append(
            _line(
                desk.people[one.owner].id,
                "action",
                f"You own an action: {one.title}",
                f"It is due on {one.due_on.day} {one.due_on:%B %Y}.",
                f"/t/{desk.scope.tenant.slug}/actions/{action_id}",
                f"action:{action_id}",
                one.created_at,
                one.created_at if one.completed_on else None,
            )
        )
    return found


def _line(
    user_id: UUID,
    kind: str,
    subject: str,
    body: str,
    link: str,
    dedupe: str,
    at: datetime,
    read_at: datetime | None,
) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "kind": kind,
        "subject": subject,
        "body": body,
        "link": link,
        "dedupe": dedupe,
        "created_at": at,
        "read_at": read_at,
    }
