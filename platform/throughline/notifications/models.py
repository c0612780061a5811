"""The inbox and what went out by channels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers


class Notification(TenantOwned, Base):
    """One line in one person's inbox. ``dedupe`` makes the same news arrive once."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "dedupe"),
        Index("ix_notification_inbox", "tenant_id", "user_id", "created_at", "id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    link: Mapped[str]
    dedupe: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Delivery(TenantOwned, Base):
    """One notification going out by one channel, and how that went."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("tenant_id", "notification_id", "channel"),
        CheckConstraint("state in ('waiting', 'sent', 'refused', 'given_up')", name="state"),
        refers("notification_id", "notification"),
    )

    notification_id: Mapped[UUID]
    channel: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    detail: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
