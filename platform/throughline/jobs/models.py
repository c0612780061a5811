"""The ledger of jobs (a tenant's), and the platform's bells and schedules, which hold ids only."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, uuid7

STATES = ("queued", "running", "done", "dead")


class Job(TenantOwned, Base):
    """One piece of work. ``token`` fences: only its holder may publish a result."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name", "key"),
        CheckConstraint(f"state in {STATES}", name="state"),
        Index("ix_job_state", "tenant_id", "state", "created_at"),
    )

    name: Mapped[str]
    key: Mapped[str]
    args: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]


class Bell(Base):
    """A job that still has to be rung for (the outbox). Gone in the transaction that ends the job."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "due_at"),)

    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    due_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]


class Timetable(Base):
    """Work that repeats at a wall-clock time in the tenant's zone; ``next_due`` is its next moment."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), Index("ix_schedule_due", "next_due"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID]
    key: Mapped[str]
    job: Mapped[str]
    args: Mapped[dict[str, Any]]
    every: Mapped[str]
    day: Mapped[int]
    at: Mapped[time]
    timezone: Mapped[str]
    next_due: Mapped[datetime]
