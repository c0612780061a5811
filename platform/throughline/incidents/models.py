"""Incidents, the people affected by them, drafts and the tenant's reference numbers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers

PHYSICAL = ("none", "low", "moderate", "severe", "fatal")
PSYCHOLOGICAL = ("none", "low", "moderate", "severe")
DECISIONS = ("review", "no_review")
OLDEST = 120


class Person(TenantOwned, Base):
    """A person affected, as the rest of the product knows them: by a pseudonym.

    The local reference is encrypted; its blind index finds the same person again inside this tenant.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("tenant_id", "pseudonym"),
        UniqueConstraint("tenant_id", "reference_index"),
    )

    pseudonym: Mapped[str]
    reference_sealed: Mapped[bytes]
    reference_index: Mapped[bytes]
    created_at: Mapped[datetime]


class Incident(TenantOwned, Base):
    """Something that happened, as it was reported and as it was graded since. Times in UTC.

    ``harm`` is the worst of both LFPSE scales: 0 none, 1 low, 2 moderate, 3 severe, 4 fatal. ``person_age``,
    in whole years, and ``legal_status``, a key of ``LEGAL_STATUSES``, are the person's as they were then.
    """

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        UniqueConstraint("tenant_id", "submission_key"),
        UniqueConstraint("tenant_id", "source", "external_id"),
        CheckConstraint(f"physical_harm in {PHYSICAL}", name="physical_harm"),
        CheckConstraint(f"psychological_harm in {PSYCHOLOGICAL}", name="psychological_harm"),
        CheckConstraint("harm between 0 and 4", name="harm"),
        CheckConstraint(f"person_age between 0 and {OLDEST}", name="person_age"),
        CheckConstraint("not anonymous or reporter_id is null", name="anonymous_has_no_reporter"),
        CheckConstraint(f"triage_decision is null or triage_decision in {DECISIONS}", name="triage_decision"),
        refers("unit_id", "unit"),
        refers("person_id", "person"),
        Index("ix_incident_reported", "tenant_id", "reported_at", "id"),
        Index("ix_incident_unit_reported", "tenant_id", "unit_id", "reported_at", "id"),
        Index("ix_incident_category_occurred", "tenant_id", "category", "occurred_at"),
        Index("ix_incident_person_occurred", "tenant_id", "person_id", "occurred_at"),
        Index("ix_incident_reporter", "tenant_id", "reporter_id", "reported_at"),
        Index(
            "ix_incident_triage_due",
            "tenant_id",
            "triage_due",
            "id",
            "unit_id",
            postgresql_where=text("triaged_at is null"),
        ),
        Index(
            "ix_incident_voice",
            "tenant_id",
            "reported_at",
            postgresql_include=["unit_id", "harm", "anonymous", "triaged_at", "confidential", "reporter_id"],
        ),
        Index(
            "ix_incident_untriaged",
            "tenant_id",
            "reported_at",
            "id",
            postgresql_where=text("triaged_at is null"),
        ),
        Index(
            "ix_incident_to_review",
            "tenant_id",
            "reported_at",
            "id",
            postgresql_where=text("triage_decision = 'review'"),
        ),
    )

    reference: Mapped[str]
    unit_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    occurred_time_known: Mapped[bool] = mapped_column(default=True)
    reported_at: Mapped[datetime]
    category: Mapped[str]
    subcategory: Mapped[str] = mapped_column(default="")
    what_happened: Mapped[str]
    immediate_action: Mapped[str] = mapped_column(default="")
    location: Mapped[str] = mapped_column(default="")
    physical_harm: Mapped[str]
    psychological_harm: Mapped[str]
    harm: Mapped[int]
    person_id: Mapped[UUID | None]
    person_age: Mapped[int | None]
    legal_status: Mapped[str | None]
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    anonymous: Mapped[bool] = mapped_column(default=False)
    confidential: Mapped[bool] = mapped_column(default=False)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    submission_key: Mapped[UUID | None]
    follow_digest: Mapped[bytes | None]
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    triage_due: Mapped[datetime]
    triaged_at: Mapped[datetime | None]
    triaged_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    triage_decision: Mapped[str | None]
    triage_reason: Mapped[str | None]
    review_kind: Mapped[str | None]
    review_due: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class Flag(TenantOwned, Base):
    """A few words a rule put on an incident. Once taken off by a person, that rule's mark stays off."""

    __tablename__ = "incident_flag"
    __table_args__ = (UniqueConstraint("tenant_id", "incident_id", "key"), refers("incident_id", "incident"))

    incident_id: Mapped[UUID]
    key: Mapped[str]
    title: Mapped[str]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    set_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    removed_why: Mapped[str] = mapped_column(default="")


class Draft(TenantOwned, Base):
    """A report as somebody is typing it. ``key`` becomes the incident's submission key; then this is gone."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), Index("ix_draft_user", "tenant_id", "user_id"))

    key: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    answers: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Sequence(TenantOwned, Base):
    """The last number given out for a name and year: references count inside one tenant only."""

    __tablename__ = "sequence"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "year"),)

    name: Mapped[str]
    year: Mapped[int]
    last: Mapped[int]
