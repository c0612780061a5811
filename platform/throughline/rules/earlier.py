"""What look-backs find for one incident, in SQL; ``windows`` finds the same for a whole history at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from throughline.incidents.models import Incident
from throughline.rules.history import OF_UNITS, fact_columns, with_units
from throughline.rules.language import Condition
from throughline.rules.lowering import lower
from throughline.sdk import Asked, Earlier, LookBack, SinceLast
from throughline.tenancy.queries import Tree, tree
from throughline.tenancy.scope import Scope

Compile = Callable[[str], Condition]
"""Compiles a ``where`` against the facts of the tenant's incidents."""

DAY = timedelta(days=1)
MOST_AT_ONCE = 100
"""How many look-backs one query answers: a row has at most 1,664 columns, a query 65,535 parameters."""


@dataclass(frozen=True)
class Matching:
    """Which incidents a look-back counts, whatever they share; ``units``: it reads the unit of each."""

    condition: ColumnElement[bool]
    units: bool


def matching(scope: Scope, asked: Earlier, compiled: Compile) -> Matching:
    """Return what a look-back asks of each incident by itself."""
    conditions: list[ColumnElement[bool]] = []
    units = False
    if asked.category is not None:
        conditions.append(Incident.category == asked.category)
    if asked.min_harm is not None:
        conditions.append(Incident.harm >= asked.min_harm)
    if asked.where:
        condition = compiled(asked.where)
        units = not OF_UNITS.isdisjoint(condition.reads)
        # Where there is no answer it is NULL, and so not counted.
        conditions.append(lower(condition, fact_columns(scope, condition.reads)).sql)
    return Matching(and_(true(), *conditions), units)


def area(units: Tree, unit_id: UUID) -> UUID:
    """Return the unit whose subtree a unit's neighbours are in: the one above it, or itself at the top."""
    return units.units[unit_id].parent_id or unit_id


def written_location() -> ColumnElement[str]:
    """Return an incident's location as two of them are compared; empty when nobody wrote one."""
    return func.lower(func.btrim(Incident.location))


def look_back(
    scope: Scope, incident: Incident, wanted: Iterable[Asked], compiled: Compile
) -> dict[Earlier, int]:
    """Return what look-backs find for one incident, all of them in one query.

    A ``LookBack`` counts the incident itself too; a ``SinceLast`` looks at those before it. Where a pack asks
    very many, each query takes as many as PostgreSQL can be asked at once.
    """
    asked = [one for one in dict.fromkeys(wanted) if isinstance(one, Earlier)]
    found: dict[Earlier, int] = {}
    for first in range(0, len(asked), MOST_AT_ONCE):
        found |= _in_one_query(scope, incident, asked[first : first + MOST_AT_ONCE], compiled)
    return found


def _in_one_query(
    scope: Scope, incident: Incident, asked: Sequence[Earlier], compiled: Compile
) -> dict[Earlier, int]:
    at = incident.occurred_at.astimezone(UTC)
    matches = [matching(scope, one, compiled) for one in asked]
    shared = [_shared(scope, incident, one) for one in asked]
    columns = [
        _found(one).filter(and_(shares, match.condition, _window(one, at)))
        for one, match, shares in zip(asked, matches, shared, strict=True)
    ]
    longest = max(one.within_days for one in asked)
    query = select(*columns).select_from(Incident)
    if any(match.units for match in matches):
        query = with_units(query)
    query = query.where(
        Incident.tenant_id == scope.tenant.id,
        Incident.occurred_at > at - longest * DAY,
        Incident.occurred_at <= at,
        or_(*dict.fromkeys(shared)),
    )
    row = scope.session.execute(query).one()
    return {one: _said(one, at, value) for one, value in zip(asked, row, strict=True)}


def _found(asked: Earlier) -> Any:
    if isinstance(asked, SinceLast):
        return func.max(Incident.occurred_at)
    if asked.of == "people":
        return func.count(Incident.person_id.distinct())
    return func.count(Incident.unit_id.distinct()) if asked.of == "units" else func.count()


def _said(asked: Earlier, at: datetime, value: Any) -> int:
    if isinstance(asked, LookBack):
        return int(value)
    return asked.within_days if value is None else int((at - value.astimezone(UTC)) // DAY)


def _window(asked: Earlier, at: datetime) -> ColumnElement[bool]:
    ends = Incident.occurred_at < at if isinstance(asked, SinceLast) else Incident.occurred_at <= at
    return and_(Incident.occurred_at > at - asked.within_days * DAY, ends)


def _shared(scope: Scope, incident: Incident, asked: Earlier) -> ColumnElement[bool]:
    shares: dict[str, Callable[[], ColumnElement[bool]]] = {
        "person": lambda: false() if incident.person_id is None else Incident.person_id == incident.person_id,
        "unit": lambda: Incident.unit_id == incident.unit_id,
        "location": lambda: _same_place(incident),
        "subtree": lambda: Incident.unit_id.in_(_neighbours(scope, incident.unit_id)),
        "category": lambda: Incident.category == incident.category,
    }
    return and_(*(shares[what]() for what in asked.same))


def _same_place(incident: Incident) -> ColumnElement[bool]:
    if not incident.location.strip(" "):
        return false()
    place = func.lower(func.btrim(incident.location))
    return and_(Incident.unit_id == incident.unit_id, written_location() == place)


def _neighbours(scope: Scope, unit_id: UUID) -> Sequence[UUID]:
    units = tree(scope)
    return sorted(units.subtree(area(units, unit_id)))
