"""Reviews (any learning response), the incidents they cover and the factors they find."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers

KINDS = ("psii", "aar", "swarm", "mdt", "thematic", "local")
FACTOR_KINDS = ("barrier", "facilitator")


class Review(TenantOwned, Base):
    """A learning response over one incident or forty, written in one version of one framework."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        Index("ix_review_open", "tenant_id", "completed_at", "due_on"),
    )

    title: Mapped[str]
    kind: Mapped[str]
    framework_key: Mapped[str]
    framework_version: Mapped[int]
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class ReviewIncident(TenantOwned, Base):
    """An incident covered by a review."""

    __tablename__ = "review_incident"
    __table_args__ = (
        UniqueConstraint("tenant_id", "review_id", "incident_id"),
        refers("review_id", "review"),
        refers("incident_id", "incident"),
        Index("ix_review_incident_incident", "tenant_id", "incident_id"),
    )

    review_id: Mapped[UUID]
    incident_id: Mapped[UUID]


class Factor(TenantOwned, Base):
    """A contributory factor in the system: what made it harder or easier to do the right thing."""

    __tablename__ = "factor"
    __table_args__ = (
        CheckConstraint(f"kind in {FACTOR_KINDS}", name="kind"),
        refers("review_id", "review"),
        Index("ix_factor_review", "tenant_id", "review_id"),
        Index("ix_factor_theme", "tenant_id", "theme"),
    )

    review_id: Mapped[UUID]
    group_key: Mapped[str]
    theme: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    evidence: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
