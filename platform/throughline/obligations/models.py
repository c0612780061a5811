"""Obligations of incidents, what was decided about them, and their steps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers

OUTCOMES = ("applies", "not_required", "exempt")
KINDS = ("judged", "exempted", "reopened")


class Obligation(TenantOwned, Base):
    """A duty on one incident, once. ``terms`` is the duty as it was when this opened, its targets included.

    ``outcome`` is what a person decided (None while somebody has to) or, where nothing is asked, that it
    applies. ``closed_at`` is when nothing more was to be done: every step done, not required, or exempt.
    ``inputs`` are the values the rule read and ``reasoning`` why it spoke, in words.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "incident_id", "duty_key"),
        CheckConstraint(f"outcome is null or outcome in {OUTCOMES}", name="outcome"),
        CheckConstraint("closed_at is null or outcome is not null", name="closed_is_decided"),
        refers("incident_id", "incident"),
        refers("firing_id", "firing"),
        Index("ix_obligation_opened", "tenant_id", "opened_at", "id"),
        Index(
            "ix_obligation_open", "tenant_id", "opened_at", "id", postgresql_where=text("closed_at is null")
        ),
    )

    incident_id: Mapped[UUID]
    duty_key: Mapped[str]
    duty_version: Mapped[int]
    title: Mapped[str]
    terms: Mapped[dict[str, Any]]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    firing_id: Mapped[UUID | None]
    inputs: Mapped[dict[str, Any]]
    reasoning: Mapped[str]
    opened_at: Mapped[datetime]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class ObligationDecision(TenantOwned, Base):
    """What somebody decided about an obligation, and why. Never changed: a later one stands beside it.

    ``answers`` maps each question's title to the answer's words.
    """

    __tablename__ = "obligation_decision"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        refers("obligation_id", "obligation"),
        Index("ix_obligation_decision_of", "tenant_id", "obligation_id", "at"),
    )

    obligation_id: Mapped[UUID]
    kind: Mapped[str]
    outcome: Mapped[str | None]
    answers: Mapped[dict[str, Any]]
    exemption: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class ObligationStep(TenantOwned, Base):
    """A step of an obligation: when it was done, where that can be seen, and the letter as it was sent.

    When it is due is what its clock says.
    """

    __tablename__ = "obligation_step"
    __table_args__ = (
        UniqueConstraint("tenant_id", "obligation_id", "key"),
        refers("obligation_id", "obligation"),
        refers("clock_id", "clock"),
    )

    obligation_id: Mapped[UUID]
    key: Mapped[str]
    position: Mapped[int]
    clock_id: Mapped[UUID | None]
    done_at: Mapped[datetime | None]
    said_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    evidence: Mapped[str] = mapped_column(default="")
    who_was_told: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    letter: Mapped[str] = mapped_column(default="")
    letter_at: Mapped[datetime | None]
    letter_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
