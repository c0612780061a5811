"""Record denominators: who was there on a day, as somebody enters it or a file brings it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.errors import Forbidden, Invalid
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope
from throughline.trends.denominators import record_days
from throughline.trends.models import UnitDay
from throughline.trends.occupied.reading import Figures, read


def enter(scope: Scope, figures: Mapping[tuple[UUID, date], int | None]) -> int:
    """Record figures by unit and day; None takes a figure away. Return how many changed.

    Raises:
        Forbidden: one of the units is not the actor's to enter for.
    """
    if not {unit_id for unit_id, _ in figures} <= set(mine(scope)):
        raise Forbidden("may not enter figures for this unit")
    known = _known(scope, figures)
    changed = {key: value for key, value in figures.items() if known.get(key) != value}
    record_days(scope, {key: value for key, value in changed.items() if value is not None})
    for unit_id, day in [key for key, value in changed.items() if value is None]:
        scope.session.execute(delete(UnitDay).where(UnitDay.unit_id == unit_id, UnitDay.day == day))
    by_unit: dict[UUID, list[date]] = defaultdict(list)
    for unit_id, day in changed:
        by_unit[unit_id].append(day)
    for unit_id, days in by_unit.items():
        before = {day.isoformat(): known.get((unit_id, day)) for day in sorted(days)}
        after = {day.isoformat(): changed[unit_id, day] for day in sorted(days)}
        record(scope, "occupied.recorded", "unit", unit_id, before, after)
    return len(changed)


def _known(scope: Scope, keys: Iterable[tuple[UUID, date]]) -> Figures:
    wanted = set(keys)
    if not wanted:
        return {}
    days = [day for _, day in wanted]
    query = select(UnitDay.unit_id, UnitDay.day, UnitDay.occupied).where(
        UnitDay.day >= min(days),
        UnitDay.day <= max(days),
        UnitDay.unit_id.in_({unit_id for unit_id, _ in wanted}),
    )
    found = {(unit_id, day): occupied for unit_id, day, occupied in scope.session.execute(query)}
    return {key: value for key, value in found.items() if key in wanted}


def bring(scope: Scope, data: bytes) -> int:
    """Record every figure of a file, or none; return how many changed.

    Raises:
        Invalid: something in it is wrong; ``errors["file"]`` names each line.
    """
    units = tree(scope).units
    may = {name.lower(): unit_id for unit_id in mine(scope) for name in _names(units[unit_id])}
    found = read(data, may, scope.today())
    if found.mistakes:
        raise Invalid({"file": found.mistakes})
    return enter(scope, found.figures)


def _names(unit: Unit) -> tuple[str, ...]:
    return (unit.key, unit.name, *unit.aliases)


def mine(scope: Scope) -> list[UUID]:
    """Return the services that the actor may enter figures for, in the order of the tree."""
    within = scope.actor.units_for(Permission.ACT)
    ids = [unit.id for unit in tree(scope).services()]
    return [unit_id for unit_id in ids if within is None or unit_id in within]


def held(scope: Scope, start: date, end: date, unit_ids: Iterable[UUID]) -> Figures:
    """Return the figures from ``start`` up to but not including ``end``, by unit and day."""
    query = select(UnitDay.unit_id, UnitDay.day, UnitDay.occupied).where(
        UnitDay.day >= start, UnitDay.day < end, UnitDay.unit_id.in_(list(unit_ids))
    )
    return {(unit_id, day): occupied for unit_id, day, occupied in scope.session.execute(query)}
