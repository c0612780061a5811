"""The inbox, what went out by channels, and how each person wishes to be told."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers


class Notification(TenantOwned, Base):
    """One line in one person's inbox. ``dedupe`` makes the same news arrive once.

    While ``waits_for_digest`` it leaves the building with the person's next digest, unless it is read first.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "dedupe"),
        Index("ix_notification_inbox", "tenant_id", "user_id", "created_at", "id"),
        Index("ix_notification_digest", "tenant_id", "user_id", postgresql_where=text("waits_for_digest")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    link: Mapped[str]
    dedupe: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    waits_for_digest: Mapped[bool] = mapped_column(default=False)


class NoticePreference(TenantOwned, Base):
    """How somebody wishes to be told of what needs no acknowledgement; without a row, of each at once.

    Times are of the tenant's wall clock. ``digest_due`` is the moment of the next digest; it stays after a
    change to "at once" while something still waits.
    """

    __tablename__ = "notice_preference"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id"),
        CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="quiet"),
        Index("ix_notice_preference_due", "tenant_id", "digest_due"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    digest_at: Mapped[time | None]
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    digest_due: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class Digest(TenantOwned, Base):
    """What waited for one person on one local day, as one message."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "due_on"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date]
    subject: Mapped[str]
    body: Mapped[str]
    notices: Mapped[int]
    created_at: Mapped[datetime]


class Delivery(TenantOwned, Base):
    """One notification or digest going out by one channel, and how that went.

    It is not needed when what it tells of, and could wait, was read in the inbox first.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("tenant_id", "notification_id", "channel"),
        UniqueConstraint("tenant_id", "digest_id", "channel"),
        CheckConstraint("state in ('waiting', 'sent', 'refused', 'given_up', 'not_needed')", name="state"),
        CheckConstraint("num_nonnulls(notification_id, digest_id) = 1", name="what"),
        refers("notification_id", "notification"),
        refers("digest_id", "digest"),
    )

    notification_id: Mapped[UUID | None]
    digest_id: Mapped[UUID | None]
    channel: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    detail: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
