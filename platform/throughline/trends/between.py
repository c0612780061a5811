"""Units side by side: what each had over a year, against what its occupied bed days make one expect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from throughline.tenancy.scope import Scope
from throughline.trends.funnel_chart import Placed
from throughline.trends.models import DailyCount, UnitDay


@dataclass(frozen=True)
class Compared:
    """Units that can be compared, and for each that cannot, how many of its days have no bed days.

    ``rate`` is what all compared units had together for every 1,000 occupied bed days, None without any.
    """

    placed: tuple[tuple[UUID, Placed, int], ...]
    left_out: Mapping[UUID, int]
    rate: float | None


def compared(scope: Scope, start: date, end: date, units: Mapping[UUID, str], category: str = "") -> Compared:
    """Compare units, by id with their names, from ``start`` up to but not including ``end``.

    A unit with a day that has no figure of bed days is left out: its rate would be too high. One that was
    empty all the time is left out too.
    """
    days = (end - start).days
    known = _bed_days(scope, start, end, units)
    whole = {unit: beds for unit, (found, beds) in known.items() if found == days and beds}
    happened = _happened(scope, start, end, whole, category)
    rate = sum(happened.values()) / sum(whole.values()) if whole else 0.0
    placed = tuple(
        (unit, Placed(units[unit], happened.get(unit, 0), rate * beds), beds)
        for unit, beds in whole.items()
        if rate
    )
    left_out = {unit: days - known.get(unit, (0, 0))[0] for unit in units if unit not in whole}
    return Compared(placed, left_out, 1000 * rate if whole else None)


def _bed_days(scope: Scope, start: date, end: date, units: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    query = (
        select(UnitDay.unit_id, func.count(), func.sum(UnitDay.occupied))
        .where(UnitDay.day >= start, UnitDay.day < end, UnitDay.unit_id.in_(list(units)))
        .group_by(UnitDay.unit_id)
    )
    return {unit: (found, int(beds)) for unit, found, beds in scope.session.execute(query)}


def _happened(scope: Scope, start: date, end: date, units: Iterable[UUID], category: str) -> dict[UUID, int]:
    query = (
        select(DailyCount.unit_id, func.sum(DailyCount.n))
        .where(DailyCount.day >= start, DailyCount.day < end, DailyCount.unit_id.in_(list(units)))
        .group_by(DailyCount.unit_id)
    )
    if category:
        query = query.where(DailyCount.category == category)
    return {unit: int(n) for unit, n in scope.session.execute(query)}
