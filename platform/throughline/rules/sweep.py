"""One pass of one or two rules over the stored incidents: the numbers and the newest incidents, in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Label,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from throughline.incidents.models import Incident
from throughline.rules import windows
from throughline.rules.engine import CompiledRule
from throughline.rules.history import OF_UNITS, fact_columns, with_units
from throughline.rules.looking import compiled_where
from throughline.rules.lowering import Answer, FactColumn, lower
from throughline.rules.numbers import Span
from throughline.sdk import Earlier, FactKind, SinceLast
from throughline.tenancy.scope import Scope

_COUNTED = Span(0, 2**40)  # more incidents than can be
_NO_PORTIONS: tuple[tuple[UUID, ...], ...] = ((), (), ())
_BY_WEEK, _BY_UNIT, _BY_CATEGORY = 0b011, 0b101, 0b110  # what PostgreSQL's GROUPING() says of each set


@dataclass(frozen=True)
class Cell:
    """How many incidents of a week and confidence had these answers, one a rule; ``None`` is no answer."""

    week: date
    confidential: bool
    answers: tuple[bool | None, ...]
    n: int


@dataclass(frozen=True)
class Sweep:
    """What rules answer over a time. ``by_unit`` and ``by_category`` count firings, one mapping a rule.

    ``newest`` holds the ids of the newest incidents each rule fires on, newest first; ``portions``, of two
    rules, those that only the first fires on, only the second, and both.
    """

    looked_at: int
    cells: tuple[Cell, ...]
    by_unit: tuple[Mapping[UUID, int], ...]
    by_category: tuple[Mapping[str, int], ...]
    newest: tuple[tuple[UUID, ...], ...]
    portions: tuple[tuple[UUID, ...], ...]


def sweep(
    scope: Scope, rules: Sequence[CompiledRule], start: datetime, end: datetime, examples: int
) -> Sweep:
    """Evaluate rules on the incidents reported from ``start`` until before ``end``, each as it is stored.

    Raises:
        InvalidCondition: a condition cannot be lowered.
    """
    asked = list(dict.fromkeys(one for rule in rules for one in _asked(rule).values()))
    reported = _reported(scope, start, end)
    looked_at = scope.session.scalars(select(func.count()).where(reported)).one()
    if not looked_at:
        nothing: tuple[Any, ...] = tuple({} for _ in rules)
        return Sweep(
            0, (), nothing, nothing, tuple(() for _ in rules), _NO_PORTIONS if len(rules) > 1 else ()
        )
    looked = _looked(scope, rules, asked, reported).cte("answered")
    parts = [_cells(looked, len(rules)), *_newest(looked, len(rules), examples)]
    rows = scope.session.execute(union_all(*parts)).all()
    return _read(looked_at, rows, len(rules))


def _asked(rule: CompiledRule) -> dict[str, Earlier]:
    return {
        one.name: one
        for one in rule.rule.let
        if isinstance(one, Earlier) and one.name in rule.condition.reads
    }


def _reported(scope: Scope, start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(
        Incident.tenant_id == scope.tenant.id, Incident.reported_at >= start, Incident.reported_at < end
    )


def _looked(
    scope: Scope,
    rules: Sequence[CompiledRule],
    asked: Sequence[Earlier],
    reported: ColumnElement[bool],
) -> Select[*tuple[Any, ...]]:
    """Return the incidents on which a rule fires or has no answer, with the answer of each."""
    reads = sorted({name for rule in rules for name in rule.condition.reads})
    facts, units = fact_columns(scope, reads), not OF_UNITS.isdisjoint(reads)
    if not asked:
        query = with_units(select(*_SHOWN)) if units else select(*_SHOWN)
        return _answered(scope, query, [lower(rule.condition, facts) for rule in rules]).where(reported)
    # Most incidents are decided without looking back: only for the others it is worth while.
    wanted = and_(reported, or_(*(_undecided(rule, facts) for rule in rules)))
    of = windows.Asked(wanted, units, *_extent(scope, wanted, units))
    compiled = compiled_where(scope)
    carrier = next(filter(windows.carries, asked), None)
    labels = _labels(facts)
    found = {
        one: windows.found(scope, one, number, of, compiled, (*_SHOWN[1:], *labels) if one is carrier else ())
        for number, one in enumerate(asked)
    }
    if carrier is None:
        query = with_units(select(*_SHOWN, *labels)) if units else select(*_SHOWN, *labels)
        base: Any = query.where(wanted).subquery()
    else:
        base = found[carrier]
    carried = {name: _carried(column, number, base) for number, (name, column) in enumerate(facts.items())}
    query = select(*(base.c[shown.name] for shown in _SHOWN))
    for one, table in found.items():
        if one is not carrier:
            query = query.outerjoin(table, table.c.id == base.c.id)
    answers = [lower(rule.condition, {**carried, **_counts(rule, found)}) for rule in rules]
    return _answered(scope, query, answers)


def _extent(scope: Scope, wanted: ColumnElement[bool], units: bool) -> tuple[datetime, datetime]:
    """Return when the first and the last of some incidents happened; a moment of no length when none did."""
    query: Select[*tuple[Any, ...]] = select(func.min(Incident.occurred_at), func.max(Incident.occurred_at))
    first, last = scope.session.execute((with_units(query) if units else query).where(wanted)).one()
    return (first or scope.now(), last or scope.now())


_SHOWN: tuple[Label[Any], ...] = (
    Incident.id.label("id"),
    Incident.reported_at.label("reported_at"),
    Incident.unit_id.label("unit_id"),
    Incident.category.label("category"),
    Incident.confidential.label("confidential"),
)


def _answered(
    scope: Scope, query: Select[*tuple[Any, ...]], answers: Sequence[Answer]
) -> Select[*tuple[Any, ...]]:
    reported_at = query.selected_columns["reported_at"]
    local = func.timezone(scope.tenant.timezone.key, reported_at)
    return query.add_columns(
        cast(func.date_trunc("week", local), Date()).label("week"),
        *(answer.sql.label(f"answer_{number}") for number, answer in enumerate(answers)),
    ).where(or_(*(answer.possible for answer in answers)))


def _labels(facts: Mapping[str, FactColumn]) -> list[Label[Any]]:
    """Return facts as columns that a table between can carry: their values, and whether they are usable."""
    labels: list[Label[Any]] = []
    for number, column in enumerate(facts.values()):
        value = column.value
        if column.usable is not None:
            labels.append(column.usable.label(f"usable_{number}"))
            value = case((column.usable, value))
        labels.append(value.label(f"fact_{number}"))
    return labels


def _carried(column: FactColumn, number: int, table: Any) -> FactColumn:
    usable = None if column.usable is None else table.c[f"usable_{number}"]
    return replace(column, value=table.c[f"fact_{number}"], usable=usable, has=None, answered=None)


def _undecided(rule: CompiledRule, facts: Mapping[str, FactColumn]) -> ColumnElement[bool]:
    unknown = {
        name: FactColumn(FactKind.INT, cast(null(), BigInteger()), unknown=True) for name in _asked(rule)
    }
    return lower(rule.condition, {**facts, **unknown}).possible


def _counts(rule: CompiledRule, found: Mapping[Earlier, CTE]) -> dict[str, FactColumn]:
    counts = {}
    for name, one in _asked(rule).items():
        default = one.within_days if isinstance(one, SinceLast) else 0
        nothing: ColumnElement[int] = literal_column(str(default))
        counts[name] = FactColumn(FactKind.INT, func.coalesce(found[one].c.n, nothing), span=_COUNTED)
    return counts


def _answers(table: CTE, rules: int) -> list[ColumnElement[Any]]:
    return [table.c[f"answer_{number}"] for number in range(rules)]


def _cells(looked: CTE, rules: int) -> Select[*tuple[Any, ...]]:
    answers = _answers(looked, rules)
    week, unit, category, confidential = (
        looked.c.week,
        looked.c.unit_id,
        looked.c.category,
        looked.c.confidential,
    )
    sets = func.grouping_sets(
        tuple_(week, confidential, *answers), tuple_(unit, *answers), tuple_(category, *answers)
    )
    part = func.grouping(week, unit, category).label("part")
    nobody = cast(null(), Uuid()).label("id")
    never = cast(null(), DateTime(timezone=True)).label("reported_at")
    columns: list[ColumnElement[Any]] = [
        part,
        week,
        unit,
        category,
        confidential,
        *answers,
        func.count().label("n"),
        nobody,
        never,
    ]
    return select(*columns).group_by(sets)


def _newest(looked: CTE, rules: int, examples: int) -> list[Select[*tuple[Any, ...]]]:
    answers = _answers(looked, rules)
    wanted: list[ColumnElement[bool]] = [answer.is_(True) for answer in answers]
    if rules > 1:
        first, second = answers
        wanted += [
            and_(first.is_(True), second.is_not(True)),
            and_(second.is_(True), first.is_not(True)),
            and_(first.is_(True), second.is_(True)),
        ]
    empty: tuple[ColumnElement[Any], ...] = (
        cast(null(), Date()),
        cast(null(), Uuid()),
        cast(null(), Text()),
        *(cast(null(), Boolean()) for _ in range(rules + 1)),
    )
    order = (looked.c.reported_at.desc(), looked.c.id.desc())
    found = []
    for number, condition in enumerate(wanted):
        part: list[ColumnElement[Any]] = [literal_column(str(-1 - number), Integer()), *empty]
        columns = [*part, literal_column("0", BigInteger()), looked.c.id, looked.c.reported_at]
        found.append(select(*columns).where(condition).order_by(*order).limit(examples))
    return found


def _read(looked_at: int, rows: Sequence[Any], rules: int) -> Sweep:
    cells: list[Cell] = []
    units: tuple[dict[UUID, int], ...] = tuple({} for _ in range(rules))
    categories: tuple[dict[str, int], ...] = tuple({} for _ in range(rules))
    newest: dict[int, list[tuple[datetime, UUID]]] = {}
    for part, week, unit_id, category, confidential, *rest in rows:
        answers, (n, incident_id, reported_at) = tuple(rest[:rules]), rest[rules:]
        if part == _BY_WEEK:
            cells.append(Cell(week, confidential, answers, n))
        elif part == _BY_UNIT:
            _add(units, unit_id, answers, n)
        elif part == _BY_CATEGORY:
            _add(categories, category, answers, n)
        else:
            newest.setdefault(-1 - part, []).append((reported_at, incident_id))
    ids = [
        tuple(incident_id for _, incident_id in sorted(newest.get(number, ()), reverse=True))
        for number in range(rules if rules == 1 else rules + len(_NO_PORTIONS))
    ]
    return Sweep(looked_at, tuple(cells), units, categories, tuple(ids[:rules]), tuple(ids[rules:]))


def _add(counted: Sequence[dict[Any, int]], key: Any, answers: Sequence[bool | None], n: int) -> None:
    for counts, answer in zip(counted, answers, strict=True):
        if answer:
            counts[key] = counts.get(key, 0) + n
