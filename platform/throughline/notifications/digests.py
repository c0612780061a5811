"""Digests: what waited for a person, in one message a day, made by whichever ticker comes first."""

import re
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.models import Membership, User
from throughline.jobs.watching import AT_ONE_LOOK, Watch
from throughline.kernel.database import uuid7
from throughline.notifications.hours import next_digest
from throughline.notifications.models import Digest, NoticePreference, Notification
from throughline.notifications.service import send_digest
from throughline.tenancy.scope import Scope

MOST_NAMED = 20
KINDS = {
    "notice": ("notice about an incident", "notices about incidents"),
    "clock": ("clock", "clocks"),
    "learning": ("learning to share", "learnings to share"),
    "action": ("action", "actions"),
    "rule": ("notice about a rule", "notices about rules"),
}
_OTHER = ("other notice", "other notices")


def due_ones(scope: Scope) -> Sequence[UUID]:
    """Return the preferences whose digest is due."""
    query = (
        select(NoticePreference.id)
        .where(NoticePreference.digest_due <= scope.now())
        .order_by(NoticePreference.digest_due, NoticePreference.id)
        .limit(AT_ONE_LOOK)
    )
    return scope.session.scalars(query).all()


def send_one(scope: Scope, preference_id: UUID) -> bool:
    """Send what waits for one person, if that is still due; say whether there was anything unread."""
    query = (
        select(NoticePreference)
        .where(NoticePreference.id == preference_id, NoticePreference.digest_due <= scope.now())
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    row = scope.session.scalar(query)
    if row is None or row.digest_due is None:
        return False
    due_on = scope.local(row.digest_due).date()
    waited = (
        update(Notification)
        .where(Notification.user_id == row.user_id, Notification.waits_for_digest)
        .values(waits_for_digest=False)
        .returning(Notification)
    )
    found = scope.session.scalars(waited, execution_options={"populate_existing": True}).all()
    unread = sorted((one for one in found if one.read_at is None), key=lambda one: (one.created_at, one.id))
    row.digest_due = (
        next_digest(scope.now(), row.digest_at, scope.tenant.timezone, due_on) if row.digest_at else None
    )
    scope.session.flush()
    return bool(unread and _still_here(scope, row.user_id)) and _sent(scope, row.user_id, due_on, unread)


def _still_here(scope: Scope, user_id: UUID) -> bool:
    query = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None), User.disabled_at.is_(None))
        .limit(1)
    )
    return scope.session.scalar(query) is not None


def _sent(scope: Scope, user_id: UUID, due_on: object, unread: Sequence[Notification]) -> bool:
    count = len(unread)
    digest_id = scope.session.scalar(
        insert(Digest)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            user_id=user_id,
            due_on=due_on,
            subject=f"{count} {'notice waits' if count == 1 else 'notices wait'} in your inbox",
            body=digest_text(unread, scope.tenant.pack.reference_prefix),
            notices=count,
            created_at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "user_id", "due_on"])
        .returning(Digest.id)
    )
    if digest_id is not None:
        send_digest(scope, digest_id)
    return digest_id is not None


def digest_text(notices: Sequence[Notification], prefix: str) -> str:
    """Return the text of a digest: how many of each kind, and the references they name."""
    reference = re.compile(rf"\b{re.escape(prefix)}-\d{{4}}-\d{{5,}}\b")
    lines = []
    for kind in dict.fromkeys(one.kind if one.kind in KINDS else "" for one in notices):
        alike = [one for one in notices if (one.kind if one.kind in KINDS else "") == kind]
        one, several = KINDS.get(kind, _OTHER)
        named = Counter(found for notice in alike for found in reference.findall(notice.subject)[:1])
        said = [f"{name} ({times})" if times > 1 else name for name, times in named.items()]
        more = f" and {len(said) - MOST_NAMED} more" if len(said) > MOST_NAMED else ""
        references = f": {', '.join(said[:MOST_NAMED])}{more}" if said else ""
        lines.append(f"{len(alike)} {one if len(alike) == 1 else several}{references}.")
    return "\n".join([*lines, "None of them needs acknowledging. Sign in to read them."])


WATCHES = (Watch("digest", due_ones, send_one),)
