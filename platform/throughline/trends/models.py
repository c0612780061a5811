"""Daily counts, kept in the transaction that changes them, and the denominators that rates need."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

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
