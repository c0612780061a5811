"""Learnings, the reviews they come from, and their shares with units."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers


class Learning(TenantOwned, Base):
    """What was found, what changes and why, in words for the people it is for."""

    __tablename__ = "learning"
    __table_args__ = (Index("ix_learning_created", "tenant_id", "created_at"),)

    title: Mapped[str]
    what_we_found: Mapped[str]
    what_changes: Mapped[str]
    why: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class LearningReview(TenantOwned, Base):
    """A review that a learning comes from."""

    __tablename__ = "learning_review"
    __table_args__ = (
        UniqueConstraint("tenant_id", "learning_id", "review_id"),
        refers("learning_id", "learning"),
        refers("review_id", "review"),
        Index("ix_learning_review_review", "tenant_id", "review_id"),
    )

    learning_id: Mapped[UUID]
    review_id: Mapped[UUID]


class Share(TenantOwned, Base):
    """A learning delivered to a unit, and the unit's answer.

    ``kind`` is how it is to reach the team, ``answer`` what the unit said when it acknowledged (None for what
    was acknowledged before answers were asked for), ``code`` what the briefing sheet's QR leads with, and
    ``reminded_at`` when the unit's managers were told that its day had passed.
    """

    __tablename__ = "share"
    __table_args__ = (
        UniqueConstraint("tenant_id", "learning_id", "unit_id"),
        UniqueConstraint("tenant_id", "code"),
        refers("learning_id", "learning"),
        refers("unit_id", "unit"),
        Index("ix_share_unit", "tenant_id", "unit_id", "acknowledged_at"),
        Index(
            "ix_share_unanswered",
            "tenant_id",
            "answer_by",
            postgresql_where=text("acknowledged_at is null"),
        ),
    )

    learning_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    kind: Mapped[str]
    code: Mapped[str]
    shared_at: Mapped[datetime]
    shared_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    answer_by: Mapped[date | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    answer: Mapped[str | None]
    answer_words: Mapped[str] = mapped_column(default="")
    reminded_at: Mapped[datetime | None]


class Attendance(TenantOwned, Base):
    """Somebody of a unit was at the briefing, or read it: with an account, or from the sheet by name."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("tenant_id", "share_id", "user_id"),
        refers("share_id", "share"),
        Index("ix_attendance_share", "tenant_id", "share_id", "at"),
    )

    share_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str]
    role: Mapped[str]
    way: Mapped[str]
    at: Mapped[datetime]


class AskedShare(TenantOwned, Base):
    """A rule asks that what is learned from an incident is shared with an audience: once for each rule.

    ``audience`` holds types of service; with none it is every unit. ``met_at`` is when one learning had
    reached every open unit of it; ``told_at``, when somebody was told that it is overdue.
    """

    __tablename__ = "asked_share"
    __table_args__ = (
        UniqueConstraint("tenant_id", "incident_id", "rule_key"),
        refers("incident_id", "incident"),
        refers("met_by", "learning"),
        Index(
            "ix_asked_share_due",
            "tenant_id",
            "due_on",
            postgresql_where=text("met_at is null and told_at is null"),
        ),
    )

    incident_id: Mapped[UUID]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    title: Mapped[str]
    words: Mapped[str]
    audience: Mapped[list[str]]
    asked_at: Mapped[datetime]
    due_on: Mapped[date]
    met_at: Mapped[datetime | None]
    met_by: Mapped[UUID | None]
    told_at: Mapped[datetime | None]
