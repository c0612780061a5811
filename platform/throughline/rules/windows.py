"""What look-backs find for a whole history at once, in SQL: ``earlier.look_back`` for every incident.

Each look-back becomes a table of (incident, number), made with window functions over the incidents it counts
and those it is asked for:

- a count of incidents slides a frame over them;
- a count of different people or units sums up when each one enters and leaves the window: it enters with an
  incident and leaves when the window has passed, unless its next incident comes first;
- the time since the last one looks at the latest of all before, and whether the window reaches so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    DateTime,
    FrameClause,
    FrameClauseType,
    Integer,
    Label,
    Select,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    column,
    extract,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from throughline.incidents.models import Incident
from throughline.rules.earlier import DAY, Compile, area, matching, written_location
from throughline.rules.history import with_units
from throughline.sdk import Earlier, SinceLast
from throughline.tenancy.queries import Tree, tree
from throughline.tenancy.scope import Scope

_MICROSECOND = "00:00:00.000001"


@dataclass(frozen=True)
class Asked:
    """For which incidents look-backs are asked: those for which ``wanted`` holds.

    They happened from ``first`` to ``last``; ``units``: ``wanted`` reads the unit of each.
    """

    wanted: ColumnElement[bool]
    units: bool
    first: datetime
    last: datetime


def carries(asked: Earlier) -> bool:
    """Say whether the table of a look-back can carry other columns of the incidents it is asked for."""
    return isinstance(asked, SinceLast) or asked.of == "incidents"


def found(
    scope: Scope,
    asked: Earlier,
    number: int,
    of: Asked,
    compiled: Compile,
    carried: Sequence[Label[Any]] = (),
) -> CTE:
    """Return a table of ``id`` and ``n``: what a look-back finds for each incident that can share something.

    Those that are not in it found nothing: 0, or ``within_days`` for a ``SinceLast``. With ``carried``,
    columns of each incident under their names, it has those too, and every incident that is asked for.
    """
    looked = _looked(scope, asked, of, compiled, carried).cte(f"looked_{number}")
    names = [one.name for one in carried]
    if isinstance(asked, SinceLast):
        made = _since(looked, asked, names)
    elif asked.of == "incidents":
        made = _counted(looked, asked, names)
    else:
        made = _different(looked, asked)
    table: CTE = made.cte(f"found_{number}")
    return table


def _looked(
    scope: Scope, asked: Earlier, of: Asked, compiled: Compile, carried: Sequence[Label[Any]]
) -> Select[*tuple[Any, ...]]:
    """Return the incidents that are counted or asked for, once for each group they are in."""
    match = matching(scope, asked, compiled)
    keys, shares = _keys(asked), and_(true(), *_given(asked))
    mine: ColumnElement[bool] = of.wanted
    columns: list[ColumnElement[Any]] = [
        Incident.id.label("id"),
        Incident.occurred_at.label("at"),
        Incident.person_id.label("person"),
        Incident.unit_id.label("unit"),
        func.coalesce(match.condition, false()).label("counts"),
        shares.label("shares"),
        *(key.label(f"key_{number}") for number, key in enumerate(keys)),
        *carried,
    ]
    query: Select[*tuple[Any, ...]] = select(*columns).select_from(Incident)
    if match.units or of.units:
        query = with_units(query)
    if "subtree" in asked.same:
        members = _areas(tree(scope))
        query = query.join(members, members.c.unit_id == Incident.unit_id)
        query = query.add_columns(members.c.area.label(f"key_{len(keys)}"))
        mine = and_(of.wanted, members.c.own)
    return query.add_columns(mine.label("asked")).where(
        Incident.tenant_id == scope.tenant.id,
        Incident.occurred_at > of.first - asked.within_days * DAY,
        Incident.occurred_at <= of.last,
        or_(and_(shares, match.condition), mine) if carried else and_(shares, or_(match.condition, mine)),
    )


def _keys(asked: Earlier) -> Sequence[ColumnElement[Any]]:
    keys: Mapping[str, Sequence[Any]] = {
        "person": (Incident.person_id,),
        "unit": (Incident.unit_id,),
        "location": (Incident.unit_id, written_location()),
        "category": (Incident.category,),
        "subtree": (),
    }
    return [key for what in asked.same for key in keys[what]]


def _given(asked: Earlier) -> Sequence[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if "person" in asked.same:
        given.append(Incident.person_id.is_not(None))
    if "location" in asked.same:
        given.append(written_location() != "")
    return given


def _areas(units: Tree) -> Subquery:
    own: Mapping[UUID, UUID] = {unit_id: area(units, unit_id) for unit_id in units.units}
    rows = [
        (unit_id, root, own[unit_id] == root)
        for root in dict.fromkeys(own.values())
        for unit_id in units.subtree(root)
    ]
    table = values(
        column("unit_id", Uuid()), column("area", Uuid()), column("own", Boolean()), name="areas"
    ).data(rows)
    return select(table).subquery("area_of")


def _group(looked: CTE) -> list[ColumnElement[Any]]:
    return [one for one in looked.c if one.name.startswith("key_")]


def _length(asked: Earlier) -> ColumnElement[Any]:
    return _interval(f"{24 * asked.within_days}:00:00")


def _interval(hours: str) -> BindParameter[Any]:
    # Written in hours: a day of SQL may have 23 or 25.
    return literal(hours, INTERVAL())


def _counted(looked: CTE, asked: Earlier, carried: Sequence[str]) -> Any:
    """Slide a frame over the incidents; it begins just after the start of the window."""
    just_inside = f"{24 * asked.within_days - 1}:59:59.999999"
    count = func.count().filter(looked.c.counts)
    slid = count.over(
        partition_by=_group(looked),
        order_by=looked.c.at,
        range_=FrameClause(_interval(just_inside), None, FrameClauseType.PRECEDING, FrameClauseType.CURRENT),
    )
    n = case((looked.c.shares, slid), else_=literal_column("0"))
    framed = select(
        looked.c.id, looked.c.asked, n.label("n"), *(looked.c[name] for name in carried)
    ).subquery()
    return _of_asked(framed, framed.c.n, carried)


def _of_asked(framed: Subquery, n: ColumnElement[Any], carried: Sequence[str]) -> Any:
    columns = [framed.c.id, n.label("n"), *(framed.c[name] for name in carried)]
    return select(*columns).where(framed.c.asked)


def _since(looked: CTE, asked: Earlier, carried: Sequence[str]) -> Any:
    last = func.max(looked.c.at).filter(looked.c.counts)
    ends = FrameClause(None, _interval(_MICROSECOND), FrameClauseType.UNBOUNDED, FrameClauseType.PRECEDING)
    before = last.over(partition_by=_group(looked), order_by=looked.c.at, range_=ends)
    own = (looked.c.id, looked.c.asked, looked.c.at, looked.c.shares)
    framed = select(*own, before.label("last"), *(looked.c[name] for name in carried)).subquery()
    days = func.floor(extract("epoch", framed.c.at - framed.c.last) / literal_column("86400"))
    late = and_(framed.c.shares, framed.c.last > framed.c.at - _length(asked))
    n = case((late, cast(days, BigInteger())), else_=literal(asked.within_days, BigInteger()))
    return _of_asked(framed, n, carried)


def _different(looked: CTE, asked: Earlier) -> Any:
    """Add 1 when somebody enters the window and take it away when they leave; sum up in the order of time."""
    keys = _group(looked)
    one = looked.c.person if getattr(asked, "of", "") == "people" else looked.c.unit
    following = func.lead(looked.c.at).over(partition_by=[*keys, one], order_by=looked.c.at)
    stays = (
        select(*keys, looked.c.at, func.least(following, looked.c.at + _length(asked)).label("leaves"))
        .where(looked.c.counts, one.is_not(None))
        .subquery("stays")
    )
    grouped = [stays.c[key.name] for key in keys]
    none = cast(null(), Uuid())
    steps = union_all(
        select(*grouped, stays.c.at, literal(1, Integer()).label("step"), none.label("id")),
        select(*grouped, cast(stays.c.leaves, DateTime(timezone=True)), literal(-1, Integer()), none),
        select(*keys, looked.c.at, literal(0, Integer()), looked.c.id).where(looked.c.asked),
    ).subquery("steps")
    present = func.sum(steps.c.step).over(
        partition_by=[steps.c[key.name] for key in keys], order_by=steps.c.at, range_=(None, 0)
    )
    summed = select(steps.c.id, present.label("n")).subquery()
    return select(summed.c.id, summed.c.n).where(summed.c.id.is_not(None))
