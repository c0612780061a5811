"""Safety actions, and the measures that judge whether they worked."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers

STRENGTHS = ("stronger", "intermediate", "weaker")
KINDS = ("protocol", "training", "service_design", "environment", "equipment", "staffing", "information")
DIRECTIONS = ("lower", "higher")
VERDICTS = ("improved", "no_change", "worse", "cannot_tell")


class Action(TenantOwned, Base):
    """A change somebody owns. ``strength`` follows the RCA2 action hierarchy."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(f"strength in {STRENGTHS}", name="strength"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        refers("unit_id", "unit"),
        Index("ix_action_open", "tenant_id", "completed_on", "due_on"),
        Index("ix_action_owner", "tenant_id", "owner_id", "completed_on"),
    )

    title: Mapped[str]
    description: Mapped[str]
    kind: Mapped[str]
    strength: Mapped[str]
    unit_id: Mapped[UUID | None]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    completed_on: Mapped[date | None]
    completed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    completion_note: Mapped[str] = mapped_column(default="")


class ActionLearning(TenantOwned, Base):
    """A learning that an action serves."""

    __tablename__ = "action_learning"
    __table_args__ = (
        UniqueConstraint("tenant_id", "action_id", "learning_id"),
        refers("action_id", "action"),
        refers("learning_id", "learning"),
        Index("ix_action_learning_learning", "tenant_id", "learning_id"),
    )

    action_id: Mapped[UUID]
    learning_id: Mapped[UUID]


class Measure(TenantOwned, Base):
    """How we shall know: declared before the effect is known, judged at its review date.

    A trend measure counts the tenant's own incidents of a category (in a unit, or everywhere) each month.
    """

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint(f"direction in {DIRECTIONS}", name="direction"),
        CheckConstraint(f"verdict is null or verdict in {VERDICTS}", name="verdict"),
        refers("unit_id", "unit"),
        Index("ix_measure_review", "tenant_id", "verdict", "review_on"),
    )

    title: Mapped[str]
    definition: Mapped[str]
    category: Mapped[str]
    unit_id: Mapped[UUID | None]
    direction: Mapped[str]
    baseline_start: Mapped[date]
    baseline_end: Mapped[date]
    review_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    verdict: Mapped[str | None]
    verdict_reason: Mapped[str] = mapped_column(default="")
    verdict_at: Mapped[datetime | None]
    verdict_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class MeasureAction(TenantOwned, Base):
    """An action that a measure judges."""

    __tablename__ = "measure_action"
    __table_args__ = (
        UniqueConstraint("tenant_id", "measure_id", "action_id"),
        refers("measure_id", "measure"),
        refers("action_id", "action"),
        Index("ix_measure_action_action", "tenant_id", "action_id"),
    )

    measure_id: Mapped[UUID]
    action_id: Mapped[UUID]
