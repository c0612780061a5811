"""What a scan reads, for all of a tenant's units and rules together: at most six queries, however many."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, or_, select

from throughline.incidents.models import Incident
from throughline.rules.earlier import Matching, matching
from throughline.rules.history import with_units
from throughline.rules.looking import compiled_where
from throughline.rules.scanning.answers import Seen, period_edges
from throughline.rules.scanning.days import Days
from throughline.sdk import Asked, LookBack, Rate, Signal, Silence, UsualReports
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import Tree, tree
from throughline.tenancy.scope import Scope
from throughline.trends.models import DailyCount, UnitDay

ByUnit = dict[UUID, dict[date, int]]


def see(scope: Scope, wanted: Iterable[Asked], first: date, last: date) -> Seen:
    """Read what the nights from ``first`` to ``last`` see, both included."""
    asked = list(dict.fromkeys(wanted))
    days = [one for one in asked if isinstance(one, Rate | Signal) or _is_plain(one)]
    cases = [one for one in asked if isinstance(one, LookBack) and one.of == "incidents" and one.where]
    people = [one for one in asked if isinstance(one, LookBack) and one.of == "people"]
    counted = {**_of_days(scope, days, first, last), **_of_cases(scope, cases, first, last)}
    rates = [one for one in asked if isinstance(one, Rate)]
    reports = [one for one in asked if isinstance(one, Silence | UsualReports)]
    return Seen(
        counted={one: {unit: Days(found) for unit, found in units.items()} for one, units in counted.items()},
        people=_of_people(scope, people, first, last),
        beds=_beds(scope, _start(rates, first), last) if rates else {},
        reported=_reported(scope, _start(reports, first), last) if reports else {},
        first=_first_days(scope) if any(isinstance(one, Signal) for one in asked) else {},
        below=_below(tree(scope)),
    )


def _is_plain(asked: Asked) -> bool:
    """Say whether daily counts answer: any incident of a category and harm, whoever and however."""
    return isinstance(asked, LookBack) and asked.of == "incidents" and not asked.where


def _start(asked: Sequence[Asked], first: date) -> date:
    return min(
        period_edges(one, first)[0] if isinstance(one, Signal) else first - timedelta(days=one.within_days)
        for one in asked
    )


def _below(units: Tree) -> dict[UUID, tuple[UUID, ...]]:
    return {
        unit_id: tuple(one.id for one in units.services(units.subtree(unit_id)) if one.closed_on is None)
        for unit_id in units.units
    }


def _of_days(scope: Scope, asked: Sequence[Asked], first: date, last: date) -> dict[Asked, ByUnit]:
    if not asked:
        return {}
    found: dict[Asked, ByUnit] = {one: defaultdict(lambda: defaultdict(int)) for one in asked}
    categories = {getattr(one, "category", None) for one in asked}
    query = select(
        DailyCount.unit_id, DailyCount.day, DailyCount.category, DailyCount.harm, DailyCount.n
    ).where(
        DailyCount.tenant_id == scope.tenant.id,
        DailyCount.day >= _start(asked, first),
        DailyCount.day < last,
        DailyCount.n > 0,
    )
    if None not in categories:
        query = query.where(DailyCount.category.in_(sorted(str(one) for one in categories)))
    limits = [(one, getattr(one, "category", None), getattr(one, "min_harm", None) or 0) for one in asked]
    for unit_id, day, category, harm, n in scope.session.execute(query):
        for one, of, least in limits:
            if of in (None, category) and harm >= least:
                found[one][unit_id][day] += n
    return found


def _of_cases(scope: Scope, asked: Sequence[LookBack], first: date, last: date) -> dict[Asked, ByUnit]:
    if not asked:
        return {}
    day, matches, where = _narrowed(scope, asked, first, last)
    sums = [func.count().filter(match.condition) for match in matches]
    query: Any = select(Incident.unit_id, day, *sums).where(where).group_by(Incident.unit_id, day)
    if any(match.units for match in matches):
        query = with_units(query)
    found: dict[Asked, ByUnit] = {one: defaultdict(dict) for one in asked}
    for unit_id, on, *counts in scope.session.execute(query):
        for one, n in zip(asked, counts, strict=True):
            if n:
                found[one][unit_id][on] = n
    return found


def _of_people(
    scope: Scope, asked: Sequence[LookBack], first: date, last: date
) -> dict[Asked, dict[UUID, list[tuple[date, UUID]]]]:
    if not asked:
        return {}
    day, matches, where = _narrowed(scope, asked, first, last)
    conditions = [match.condition.label(f"holds_{number}") for number, match in enumerate(matches)]
    query: Any = select(Incident.unit_id, day, Incident.person_id, *conditions).distinct()
    query = query.where(where, Incident.person_id.is_not(None))
    if any(match.units for match in matches):
        query = with_units(query)
    found: dict[Asked, dict[UUID, list[tuple[date, UUID]]]] = {one: defaultdict(list) for one in asked}
    for unit_id, on, person_id, *holds in scope.session.execute(query):
        for one, held in zip(asked, holds, strict=True):
            if held:
                found[one][unit_id].append((on, person_id))
    return found


def _narrowed(
    scope: Scope, asked: Sequence[LookBack], first: date, last: date
) -> tuple[Any, list[Matching], Any]:
    compiled = compiled_where(scope)
    matches = [matching(scope, one, compiled) for one in asked]
    day = cast(func.timezone(scope.tenant.timezone.key, Incident.occurred_at), Date).label("day")
    where = and_(
        Incident.tenant_id == scope.tenant.id,
        Incident.occurred_at >= _midnight(scope, _start(asked, first)),
        Incident.occurred_at < _midnight(scope, last),
        or_(*(match.condition for match in matches)),
    )
    return day, matches, where


def _midnight(scope: Scope, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=scope.tenant.timezone)


def _beds(scope: Scope, start: date, end: date) -> dict[UUID, Days]:
    query = select(UnitDay.unit_id, UnitDay.day, UnitDay.occupied).where(
        UnitDay.tenant_id == scope.tenant.id, UnitDay.day >= start, UnitDay.day < end
    )
    return _by_unit(scope.session.execute(query))


def _reported(scope: Scope, start: date, end: date) -> dict[UUID, Days]:
    day = cast(func.timezone(scope.tenant.timezone.key, Incident.reported_at), Date).label("day")
    query = (
        select(Incident.unit_id, day, func.count())
        .where(
            Incident.tenant_id == scope.tenant.id,
            Incident.reported_at >= _midnight(scope, start),
            Incident.reported_at < _midnight(scope, end),
        )
        .group_by(Incident.unit_id, day)
    )
    return _by_unit(scope.session.execute(query))


def _by_unit(rows: Iterable[Any]) -> dict[UUID, Days]:
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    for unit_id, day, n in rows:
        found[unit_id][day] = n
    return {unit_id: Days(days) for unit_id, days in found.items()}


def _first_days(scope: Scope) -> Mapping[UUID, date]:
    # One look into the index for each unit, however long the history.
    first = (
        select(func.min(DailyCount.day))
        .where(DailyCount.tenant_id == scope.tenant.id, DailyCount.unit_id == Unit.id, DailyCount.n > 0)
        .scalar_subquery()
    )
    rows = scope.session.execute(select(Unit.id, first).where(Unit.tenant_id == scope.tenant.id))
    return {unit_id: day for unit_id, day in rows if day is not None}
