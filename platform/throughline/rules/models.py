"""Firings of rules, the escalations they opened, and what failed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers


class Firing(TenantOwned, Base):
    """A rule that matched, with the explanation a nurse can read. Once for the same inputs."""

    __tablename__ = "firing"
    __table_args__ = (
        UniqueConstraint("tenant_id", "incident_id", "rule_key", "rule_version", "digest"),
        refers("incident_id", "incident"),
        Index("ix_firing_at", "tenant_id", "at"),
    )

    incident_id: Mapped[UUID]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    trigger: Mapped[str]
    digest: Mapped[str]
    title: Mapped[str]
    why: Mapped[str]
    explanation: Mapped[str]
    effects: Mapped[list[dict[str, Any]]]
    at: Mapped[datetime]


class Escalation(TenantOwned, Base):
    """Somebody with a role must know by a time, and say that they do."""

    __tablename__ = "escalation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "firing_id", "to_role"),
        refers("firing_id", "firing"),
        refers("incident_id", "incident"),
        refers("unit_id", "unit"),
        Index("ix_escalation_incident", "tenant_id", "incident_id"),
        Index("ix_escalation_open", "tenant_id", "acknowledged_at", "acknowledge_by"),
    )

    firing_id: Mapped[UUID]
    incident_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    to_role: Mapped[str]
    raised_at: Mapped[datetime]
    acknowledge_by: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(default="")


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
