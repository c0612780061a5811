"""Daily counts, kept in the transaction that changes them.

Dashboards read these, never the incident table: a count over years stays as quick as one over days. The day
is the one on the tenant's wall calendar on which the incident happened.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, cast, delete, func, literal, select, text, union_all
from sqlalchemy.dialects.postgresql import insert

from throughline.incidents.events import IncidentGraded, IncidentReported, IncidentsImported
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.tenancy.scope import Scope
from throughline.trends.models import DailyCount

Cell = tuple[date, UUID, str, int]  # day, unit, category, worst harm
_ROWS_AT_ONCE = 1000
_new = insert(DailyCount)
_ADD = _new.on_conflict_do_update(
    index_elements=["tenant_id", "day", "unit_id", "category", "harm"],
    set_={"n": DailyCount.n + _new.excluded.n},
)


def on_reported(scope: Scope, event: IncidentReported) -> None:
    """Count a new incident."""
    incident = scope.session.get_one(Incident, (scope.tenant.id, event.incident_id))
    add(scope, {_cell(scope, incident.occurred_at, incident.unit_id, incident.category, incident.harm): 1})


def on_imported(scope: Scope, event: IncidentsImported) -> None:
    """Count what a file brought in."""
    cells: Counter[Cell] = Counter()
    for (occurred_at, unit_id, category, harm), n in event.cells.items():
        cells[_cell(scope, occurred_at, unit_id, category, harm)] += n
    add(scope, cells)


def on_graded(scope: Scope, event: IncidentGraded) -> None:
    """Move an incident from the cell it was counted in to the one it belongs in now."""
    cells: Counter[Cell] = Counter()
    for facts, step in ((event.before, -1), (event.after, 1)):
        cells[_cell_of(scope, facts)] += step
    add(scope, {cell: step for cell, step in cells.items() if step})


def add(scope: Scope, cells: Mapping[Cell, int]) -> None:
    """Add to many cells; a step may be negative. In one order, so that two writers cannot deadlock."""
    ordered = sorted(cells.items(), key=lambda item: (item[0][0], str(item[0][1]), *item[0][2:]))
    for downwards, steps in itertools.groupby(ordered, key=lambda item: item[1] < 0):
        if downwards:
            for cell, step in steps:
                _take_away(scope, cell, -step)
        else:
            _add(scope, [(cell, step) for cell, step in steps if step])


def _add(scope: Scope, steps: Sequence[tuple[Cell, int]]) -> None:
    for start in range(0, len(steps), _ROWS_AT_ONCE):
        rows: list[dict[str, Any]] = [
            {
                "tenant_id": scope.tenant.id,
                "id": uuid7(),
                "day": day,
                "unit_id": unit_id,
                "category": category,
                "harm": harm,
                "n": step,
            }
            for (day, unit_id, category, harm), step in steps[start : start + _ROWS_AT_ONCE]
        ]
        scope.session.execute(_ADD, rows)


def _take_away(scope: Scope, cell: Cell, step: int) -> None:
    day, unit_id, category, harm = cell
    known = (
        select(DailyCount)
        .where(
            DailyCount.day == day,
            DailyCount.unit_id == unit_id,
            DailyCount.category == category,
            DailyCount.harm == harm,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    scope.session.scalars(known).one().n -= step
    scope.session.flush()


def recount(scope: Scope) -> dict[Cell, int]:
    """Count the tenant's incidents from scratch, by cell."""
    return {(row[0], row[1], row[2], row[3]): row[4] for row in scope.session.execute(_recounted(scope))}


def _recounted(scope: Scope) -> Select[date, UUID, str, int, int]:
    day = cast(func.timezone(scope.tenant.timezone.key, Incident.occurred_at), Date)
    return select(
        day.label("day"), Incident.unit_id, Incident.category, Incident.harm, func.count().label("n")
    ).group_by(day, Incident.unit_id, Incident.category, Incident.harm)


def differences(scope: Scope) -> dict[Cell, tuple[int, int]]:
    """Return the cells whose kept count differs from a recount, as (kept, counted).

    Both are read in one statement: what is reported meanwhile is in both or in neither.
    """
    none = literal(0)
    counted = _recounted(scope).subquery()
    both = union_all(
        select(
            DailyCount.day, DailyCount.unit_id, DailyCount.category, DailyCount.harm,
            DailyCount.n.label("kept"), none.label("counted"),
        ),
        select(
            counted.c.day, counted.c.unit_id, counted.c.category, counted.c.harm,
            none.label("kept"), counted.c.n.label("counted"),
        ),
    ).subquery()  # fmt: skip
    cell = (both.c.day, both.c.unit_id, both.c.category, both.c.harm)
    kept, found = func.sum(both.c.kept), func.sum(both.c.counted)
    query = select(*cell, kept, found).group_by(*cell).having(kept != found)
    return {
        (row[0], row[1], row[2], row[3]): (int(row[4]), int(row[5])) for row in scope.session.execute(query)
    }


def rebuild(scope: Scope) -> None:
    """Replace the kept counts by a recount.

    Whoever would count meanwhile waits: else a report between the recount and its end would count twice.
    """
    scope.session.execute(text("lock table daily_count in exclusive mode"))
    scope.session.execute(delete(DailyCount))
    add(scope, recount(scope))


def per_day(
    scope: Scope,
    start: date,
    end: date,
    unit_ids: Iterable[UUID] | None = None,
    category: str | None = None,
) -> dict[date, int]:
    """Return counts by day from ``start`` up to but not including ``end``; days without any are absent."""
    query = (
        select(DailyCount.day, func.sum(DailyCount.n))
        .where(DailyCount.day >= start, DailyCount.day < end)
        .group_by(DailyCount.day)
    )
    if unit_ids is not None:
        query = query.where(DailyCount.unit_id.in_(list(unit_ids)))
    if category is not None:
        query = query.where(DailyCount.category == category)
    return {day: int(n) for day, n in scope.session.execute(query)}


def by_category_and_harm(
    scope: Scope, start: date, end: date, unit_ids: Iterable[UUID]
) -> dict[tuple[str, int], int]:
    """Return counts by (category, worst harm) from ``start`` up to but not including ``end``."""
    query = (
        select(DailyCount.category, DailyCount.harm, func.sum(DailyCount.n))
        .where(DailyCount.day >= start, DailyCount.day < end, DailyCount.unit_id.in_(list(unit_ids)))
        .group_by(DailyCount.category, DailyCount.harm)
    )
    return {(category, harm): int(n) for category, harm, n in scope.session.execute(query) if n}


def by_unit(scope: Scope, start: date, end: date, unit_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return counts by unit from ``start`` up to but not including ``end``."""
    query = (
        select(DailyCount.unit_id, func.sum(DailyCount.n))
        .where(DailyCount.day >= start, DailyCount.day < end, DailyCount.unit_id.in_(list(unit_ids)))
        .group_by(DailyCount.unit_id)
    )
    return {unit_id: int(n) for unit_id, n in scope.session.execute(query)}


def first_day(scope: Scope, unit_ids: Iterable[UUID]) -> date | None:
    """Return the first day on which anything was counted in some units."""
    query = select(func.min(DailyCount.day)).where(DailyCount.unit_id.in_(list(unit_ids)), DailyCount.n > 0)
    return scope.session.scalar(query)


def _cell(scope: Scope, occurred_at: datetime, unit_id: UUID, category: str, harm: int) -> Cell:
    return (scope.local(occurred_at).date(), unit_id, category, harm)


def _cell_of(scope: Scope, facts: Mapping[str, Any]) -> Cell:
    return _cell(scope, facts["occurred_at"], facts["unit_id"], facts["category"], facts["harm"])
