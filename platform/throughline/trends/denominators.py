"""Occupied bed days (wards) and people supported (teams, homes), by unit and day."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from throughline.kernel.database import uuid7
from throughline.tenancy.scope import Scope
from throughline.trends.models import UnitDay

_ROWS_AT_ONCE = 2000


def record_days(scope: Scope, occupied: Mapping[tuple[UUID, date], int]) -> None:
    """Write how many were there on each unit and day; the newest figure for a day stands."""
    items = list(occupied.items())
    for start in range(0, len(items), _ROWS_AT_ONCE):
        rows = [
            {"tenant_id": scope.tenant.id, "id": uuid7(), "day": day, "unit_id": unit_id, "occupied": n}
            for (unit_id, day), n in items[start : start + _ROWS_AT_ONCE]
        ]
        statement = insert(UnitDay).values(rows)
        scope.session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "day", "unit_id"],
                set_={"occupied": statement.excluded.occupied},
            )
        )


def per_day(scope: Scope, start: date, end: date, unit_ids: Iterable[UUID]) -> dict[date, int]:
    """Return the units' total for each day from ``start`` up to but not including ``end``.

    A day on which any of the units has no figure is left out: a part is not a total.
    """
    wanted = list(unit_ids)
    query = (
        select(UnitDay.day, func.sum(UnitDay.occupied))
        .where(UnitDay.day >= start, UnitDay.day < end, UnitDay.unit_id.in_(wanted))
        .group_by(UnitDay.day)
        .having(func.count() == len(wanted))
    )
    return {day: int(n) for day, n in scope.session.execute(query)}
