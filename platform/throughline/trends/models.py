"""Daily counts, kept in the transaction that changes them, denominators, and how charts are set."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers


class DailyCount(TenantOwned, Base):
    """How many incidents happened in a unit on a local day, of a category and worst harm."""

    __tablename__ = "daily_count"
    __table_args__ = (
        UniqueConstraint("tenant_id", "day", "unit_id", "category", "harm"),
        CheckConstraint("n >= 0", name="not_negative"),
        refers("unit_id", "unit"),
        # Neither holds n, so that counting one more touches no index.
        Index("ix_daily_count_unit", "tenant_id", "unit_id", "day"),
        Index("ix_daily_count_category", "tenant_id", "category", "day"),
    )

    day: Mapped[date]
    unit_id: Mapped[UUID]
    category: Mapped[str]
    harm: Mapped[int]
    n: Mapped[int]


class UnitDay(TenantOwned, Base):
    """Occupied bed days (or people supported, in a team or home) in a unit on one day."""

    __tablename__ = "unit_day"
    __table_args__ = (
        UniqueConstraint("tenant_id", "day", "unit_id"),
        CheckConstraint("occupied >= 0", name="not_negative"),
        refers("unit_id", "unit"),
    )

    day: Mapped[date]
    unit_id: Mapped[UUID]
    occupied: Mapped[int]


class ChartSetting(TenantOwned, Base):
    """How the chart of a place and kind of incident is read: its target, its baseline, its new beginnings.

    Without ``unit_id`` it is the chart of the whole tenant; an empty ``category`` is every kind.
    ``target`` is in what ``target_of`` names: incidents a period (``count``), or for every 1,000 occupied bed
    days (``rate``). ``baseline`` is how many periods the limits rest on, 0 when on all. ``rebases`` are dicts
    of ``on`` (the first day of the new level), ``reason``, ``by`` (a name) and ``at``.
    """

    __tablename__ = "chart_setting"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "unit_id", "category", "every", name="uq_chart_setting_chart",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("every in ('month', 'week')", name="every"),
        CheckConstraint("target_of in ('count', 'rate')", name="target_of"),
        CheckConstraint("direction in ('increase', 'decrease', 'neutral')", name="direction"),
        CheckConstraint("baseline = 0 or baseline between 12 and 120", name="baseline"),
        CheckConstraint("target is null or target between 0 and 1000000", name="target"),
        refers("unit_id", "unit"),
    )  # fmt: skip

    unit_id: Mapped[UUID | None]
    category: Mapped[str]
    every: Mapped[str]
    target: Mapped[float | None]
    target_of: Mapped[str] = mapped_column(default="count")
    direction: Mapped[str] = mapped_column(default="neutral")
    baseline: Mapped[int] = mapped_column(default=12)
    rebases: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
