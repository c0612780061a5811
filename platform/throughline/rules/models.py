"""Firings of rules, the escalations they opened, what was noticed as overdue, and what failed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers

ONE_SUBJECT = "(incident_id is null) <> (unit_id is null)"


class Firing(TenantOwned, Base):
    """A rule that matched, with the explanation a nurse can read. Once for the same inputs.

    It is about an incident, or about a unit: exactly one of ``incident_id`` and ``unit_id`` is set.

    ``steps`` are the parts of the condition with the values each read and what it said then.
    One that is ``held_back`` told nobody: its rule had made all the alarms it may make on that day.
    """

    __tablename__ = "firing"
    __table_args__ = (
        UniqueConstraint("tenant_id", "incident_id", "rule_key", "rule_version", "digest"),
        UniqueConstraint(
            "tenant_id", "unit_id", "rule_key", "rule_version", "digest", name="uq_firing_once_unit"
        ),
        CheckConstraint(ONE_SUBJECT, name="one_subject"),
        refers("incident_id", "incident"),
        refers("unit_id", "unit"),
        Index("ix_firing_at", "tenant_id", "at"),
        Index("ix_firing_rule", "tenant_id", "rule_key", "at"),
    )

    incident_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    trigger: Mapped[str]
    digest: Mapped[str]
    title: Mapped[str]
    why: Mapped[str]
    explanation: Mapped[str]
    effects: Mapped[list[dict[str, Any]]]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    at: Mapped[datetime]
    held_back: Mapped[bool] = mapped_column(default=False)


PASSED_ON = ("ignored", "declined", "delegated")


class Escalation(TenantOwned, Base):
    """Somebody with a role must know by a time, and say that they do.

    One that is passed on, by a person or by itself at ``moves_at``, stays as it was; the next one names it as
    ``previous_id``. ``chain`` holds the steps still to come, copied from the rule when it fired. With
    ``to_user_id`` it is for that person. ``unit_id`` is the unit whose people are asked; without an
    ``incident_id`` it is what the alarm is about. ``instead`` says whom it was for when they could not be
    asked.
    """

    __tablename__ = "escalation"
    __table_args__ = (
        CheckConstraint(f"passed_on_how is null or passed_on_how in {PASSED_ON}", name="passed_on"),
        Index(
            "uq_escalation_first",
            "tenant_id",
            "firing_id",
            "to_role",
            "to_user_id",
            unique=True,
            postgresql_where=text("previous_id is null"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_escalation_next",
            "tenant_id",
            "previous_id",
            unique=True,
            postgresql_where=text("previous_id is not null"),
        ),
        Index(
            "ix_escalation_moves",
            "tenant_id",
            "moves_at",
            postgresql_where=text("acknowledged_at is null and passed_on_at is null"),
        ),
        refers("previous_id", "escalation"),
        refers("firing_id", "firing"),
        refers("incident_id", "incident"),
        refers("unit_id", "unit"),
        Index("ix_escalation_incident", "tenant_id", "incident_id"),
        Index("ix_escalation_firing", "tenant_id", "firing_id"),
        Index(
            "ix_escalation_unit",
            "tenant_id",
            "unit_id",
            "acknowledge_by",
            postgresql_where=text("incident_id is null"),
        ),
        Index("ix_escalation_open", "tenant_id", "acknowledged_at", "acknowledge_by"),
    )

    firing_id: Mapped[UUID]
    incident_id: Mapped[UUID | None]
    unit_id: Mapped[UUID]
    to_role: Mapped[str]
    raised_at: Mapped[datetime]
    acknowledge_by: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(default="")
    to_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    chain: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    moves_at: Mapped[datetime | None]
    instead: Mapped[str] = mapped_column(default="")
    previous_id: Mapped[UUID | None]
    passed_on_at: Mapped[datetime | None]
    passed_on_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    passed_on_how: Mapped[str | None]
    passed_on_why: Mapped[str] = mapped_column(default="")


class OverdueNotice(TenantOwned, Base):
    """That a review, action, measure or share passed its day was noticed: once for each day it was due."""

    __tablename__ = "overdue_notice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject_type", "subject_id", "due_on"),
        CheckConstraint("subject_type in ('review', 'action', 'measure', 'share')", name="subject_type"),
    )

    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    due_on: Mapped[date]
    noticed_at: Mapped[datetime]


class ScanNight(TenantOwned, Base):
    """The last night on which a tenant's units were looked at: one row a tenant.

    ``night`` is a day on the tenant's calendar; what was seen are the days before it. ``unanswered`` counts,
    by rule, the units about which a rule had no answer because a figure was missing.
    """

    __tablename__ = "scan_night"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    night: Mapped[date]
    at: Mapped[datetime]
    units: Mapped[int]
    spoke: Mapped[int]
    unanswered: Mapped[dict[str, Any]]


class ScanEpisode(TenantOwned, Base):
    """A rule that holds for a unit since a night; it has spoken, and is silent until it ceases to hold."""

    __tablename__ = "scan_episode"
    __table_args__ = (
        UniqueConstraint("tenant_id", "unit_id", "rule_key", "rule_version", "shadow"),
        refers("unit_id", "unit"),
    )

    unit_id: Mapped[UUID]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    shadow: Mapped[bool]
    since: Mapped[date]


class Problem(TenantOwned, Base):
    """A rule, template or plugin that failed: the incident was stored all the same."""

    __tablename__ = "problem"
    __table_args__ = (Index("ix_problem_at", "tenant_id", "at"),)

    at: Mapped[datetime]
    record_key: Mapped[str]
    what: Mapped[str]
    message: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID | None]
    seen_at: Mapped[datetime | None]
