"""One table that refuses UPDATE, DELETE and TRUNCATE by trigger, for its owner too."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned


class AuditEvent(TenantOwned, Base):
    """One state change (or read of a sensitive record). Times in UTC."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "tenant_id", "subject_type", "subject_id", "at"),
        Index("ix_audit_event_at", "tenant_id", "at", "id"),
    )

    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    origin: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None] = mapped_column(nullable=True)
    after: Mapped[dict[str, Any] | None] = mapped_column(nullable=True)
