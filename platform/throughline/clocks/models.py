"""Clocks of incidents, and the spans in which they stood still."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers

_OPEN = "met_at is null and stopped_at is null"
_ONE_OF_A_RULE = "rule_key is not null and stopped_at is null"


class Clock(TenantOwned, Base):
    """By ``due_at`` something must be done, and a person says that it is. Paused, it has no ``due_at``.

    What it counts was copied from its rule when it began: to change the rule changes no running clock.
    ``warned_at`` and ``missed_at`` are when people were told. Whether it runs, is missed or met follows from
    these (``queries.state_of``) and is kept nowhere.

    ``met_on`` is the page, below the tenant's address, of what the clock is a part of: recording it there is
    what meets the clock. Empty, the clock stands for itself and is met on its own page.
    """

    __tablename__ = "clock"
    __table_args__ = (
        CheckConstraint("(hours is null) <> (working_days is null)", name="counts_one"),
        CheckConstraint("hours > 0 or working_days > 0", name="counts_something"),
        CheckConstraint("met_at is null or stopped_at is null", name="ends_once"),
        refers("incident_id", "incident"),
        Index("ix_clock_incident", "tenant_id", "incident_id"),
        Index("ix_clock_open", "tenant_id", "due_at", "id", postgresql_where=text(_OPEN)),
        Index(
            "uq_clock_of_rule",
            "tenant_id",
            "incident_id",
            "key",
            unique=True,
            postgresql_where=text(_ONE_OF_A_RULE),
        ),
    )

    incident_id: Mapped[UUID]
    key: Mapped[str]
    title: Mapped[str]
    hours: Mapped[int | None]
    working_days: Mapped[int | None]
    warn_before_hours: Mapped[int]
    rule_key: Mapped[str | None]
    rule_version: Mapped[int | None]
    started_at: Mapped[datetime]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    due_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    met_said_at: Mapped[datetime | None]
    met_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    evidence: Mapped[str] = mapped_column(default="")
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    stop_reason: Mapped[str] = mapped_column(default="")
    met_on: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute


class ClockPause(TenantOwned, Base):
    """A span in which a clock stood still, and why. ``due_before`` is when it would have ended."""

    __tablename__ = "clock_pause"
    __table_args__ = (
        refers("clock_id", "clock"),
        Index("ix_clock_pause_clock", "tenant_id", "clock_id"),
        Index(
            "uq_clock_pause_open",
            "tenant_id",
            "clock_id",
            unique=True,
            postgresql_where=text("resumed_at is null"),
        ),
    )

    clock_id: Mapped[UUID]
    paused_at: Mapped[datetime]
    paused_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str]
    due_before: Mapped[datetime]
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
