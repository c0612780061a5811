"""Evidence runs and their artefacts (a provider's); publications and receipts (a commissioner's)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, CommissionerOwned, TenantOwned, refers

STAGES = ("draft", "final")


class EvidenceRun(TenantOwned, Base):
    """One report format for one commissioner and period. Asked for twice, it is still one run."""

    __tablename__ = "evidence_run"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "format_key",
            "commissioner_id",
            "period_start",
            "period_end",
            name="uq_evidence_run_period",
        ),
        Index("ix_evidence_run_created", "tenant_id", "created_at"),
    )

    format_key: Mapped[str]
    commissioner_id: Mapped[UUID] = mapped_column(ForeignKey("commissioner.id"))
    period_start: Mapped[date]
    period_end: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    document: Mapped[dict[str, Any] | None] = mapped_column(nullable=True)
    document_digest: Mapped[str | None]
    cut_at: Mapped[datetime | None]
    signed_off_at: Mapped[datetime | None]
    signed_off_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    statement: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")


class Artefact(TenantOwned, Base):
    """A document made from a run, stored under its hash: one draft and one final."""

    __tablename__ = "artefact"
    __table_args__ = (
        UniqueConstraint("tenant_id", "run_id", "stage"),
        CheckConstraint(f"stage in {STAGES}", name="stage"),
        refers("run_id", "evidence_run"),
    )

    run_id: Mapped[UUID]
    stage: Mapped[str]
    sha256: Mapped[str]
    pages: Mapped[int]
    size: Mapped[int]
    made_at: Mapped[datetime]


class Publication(CommissionerOwned, Base):
    """A signed-off document that a provider published to one commissioner. Frozen; withdrawal hides it."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("commissioner_id", "provider_id", "run_id"),
        Index("ix_publication_published", "commissioner_id", "published_at", "id"),
    )

    provider_id: Mapped[UUID]
    provider_name: Mapped[str]
    run_id: Mapped[UUID]
    format_title: Mapped[str]
    period_start: Mapped[date]
    period_end: Mapped[date]
    period_label: Mapped[str]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    pages: Mapped[int]
    size: Mapped[int]
    published_at: Mapped[datetime]
    published_by_name: Mapped[str]
    published_by_role: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class Receipt(CommissionerOwned, Base):
    """Somebody at the commissioner opened or downloaded a publication."""

    __tablename__ = "receipt"
    __table_args__ = (
        refers("publication_id", "publication", owner="commissioner_id"),
        Index("ix_receipt_publication", "commissioner_id", "publication_id", "at"),
    )

    publication_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str]
    what: Mapped[str]
    at: Mapped[datetime]
