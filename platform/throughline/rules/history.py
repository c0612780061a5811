"""The facts of stored incidents as columns: the values that ``looking.facts_of`` gives, worked out in SQL.

An answer to a plugin's question is read from ``Incident.extra`` as ``FactSchema.fill`` reads it: at its
default where nobody answered, and not usable where it is of another kind, too large or too long.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    or_,
)

from throughline.incidents.models import Incident
from throughline.rules.facts import LONGEST_TEXT, MOST_ITEMS
from throughline.rules.lowered import KINDS, SQL_TYPES
from throughline.rules.lowering import FactColumn
from throughline.rules.numbers import LEAST, MOST, Span
from throughline.rules.pieces import only_texts, texts_of
from throughline.sdk import CORE_FACTS, MOMENT_FACTS, FactKind
from throughline.tenancy.models import Unit
from throughline.tenancy.scope import Scope

OF_UNITS = frozenset({"incident.unit", "incident.unit_kind", "incident.service_type"})
"""The facts that a query has only when it joins the unit of each incident (``with_units``)."""

_SATURDAY = 6  # ISO
_MOST_HOURS = 3_000_000_000  # between any two moments that PostgreSQL can hold


def with_units(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join the unit of each incident."""
    return query.join(Unit, and_(Unit.tenant_id == Incident.tenant_id, Unit.id == Incident.unit_id))


def fact_columns(scope: Scope, names: Iterable[str]) -> dict[str, FactColumn]:
    """Return the named facts of the tenant's incidents as columns of ``Incident`` and ``Unit``.

    Hours and weekends are those of the tenant's wall clock. The facts of a moment, such as the clock that is
    due, are at their defaults: when an incident was reported there was none. Other names are passed over.
    """
    local = func.timezone(scope.tenant.timezone.key, Incident.occurred_at)
    core = _core(local)
    asked = {
        f"{field_set.name}.{field.key}": (field_set.key, field.key, field.kind.fact)
        for field_set in scope.catalogue.field_sets.values()
        for field in field_set.fields
    }
    found: dict[str, FactColumn] = {}
    for name in names:
        if name in core:
            value, span = core[name]
            found[name] = FactColumn(CORE_FACTS[name], value, span=span or Span(LEAST, MOST))
        elif name in asked:
            key, field, kind = asked[name]
            found[name] = _ANSWERS[kind](Incident.extra[key][field])
        elif name in MOMENT_FACTS:
            kind = MOMENT_FACTS[name]
            found[name] = FactColumn(kind, literal(kind.default, SQL_TYPES[KINDS[kind]]))
    return found


def _core(local: ColumnElement[Any]) -> Mapping[str, tuple[ColumnElement[Any], Span | None]]:
    seconds = extract("epoch", Incident.reported_at - Incident.occurred_at)
    return {
        "incident.category": (Incident.category.expression, None),
        "incident.subcategory": (Incident.subcategory.expression, None),
        "incident.physical_harm": (Incident.physical_harm.expression, None),
        "incident.psychological_harm": (Incident.psychological_harm.expression, None),
        "incident.outcome_death": (
            or_(Incident.physical_harm == "fatal", Incident.category == "death"),
            None,
        ),
        "incident.harm": (cast(Incident.harm, BigInteger()), Span(0, 4)),
        "incident.unit": (Unit.key.expression, None),
        "incident.unit_kind": (Unit.kind.expression, None),
        "incident.service_type": (Unit.service_type.expression, None),
        "incident.confidential": (Incident.confidential.expression, None),
        "incident.anonymous": (Incident.anonymous.expression, None),
        "incident.person_known": (Incident.person_id.is_not(None), None),
        "incident.hour": (cast(extract("hour", local), BigInteger()), Span(0, 23)),
        "incident.weekend": (extract("isodow", local) >= _SATURDAY, None),
        "incident.delay_hours": (
            cast(func.floor(seconds / literal_column("3600")), BigInteger()),
            Span(-_MOST_HOURS, _MOST_HOURS),
        ),
    }


def _kind_of(answer: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(func.jsonb_typeof(answer), "null")


def _yes_no(answer: ColumnElement[Any]) -> FactColumn:
    value = func.coalesce(answer == cast(literal_column("'true'"), answer.type), literal_column("false"))
    usable = _kind_of(answer).in_(("boolean", "null"))
    return FactColumn(FactKind.BOOL, value, usable)


def _number(answer: ColumnElement[Any]) -> FactColumn:
    number = cast(answer, Numeric())
    in_range = number.between(literal_column(str(LEAST)), literal_column(str(MOST)))
    whole = and_(func.scale(number) == 0, in_range)
    read = case((func.jsonb_typeof(answer) == "number", case((whole, cast(number, BigInteger())))))
    usable = case(
        (_kind_of(answer) == "null", literal_column("true")),
        (_kind_of(answer) == "number", whole),
        else_=literal_column("false"),
    )
    return FactColumn(FactKind.INT, func.coalesce(read, literal_column("0")), usable)


def _text_of(answer: ColumnElement[Any]) -> ColumnElement[str]:
    return answer.op("#>>", precedence=100, return_type=Text())(literal_column("'{}'"))


def _text(answer: ColumnElement[Any]) -> FactColumn:
    text = _text_of(answer)
    usable = case(
        (_kind_of(answer) == "null", literal_column("true")),
        (_kind_of(answer) == "string", func.length(text) <= LONGEST_TEXT),
        else_=literal_column("false"),
    )
    return FactColumn(FactKind.STRING, func.coalesce(text, literal_column("''")), usable)


def _texts(answer: ColumnElement[Any]) -> FactColumn:
    is_list = func.jsonb_typeof(answer) == "array"
    listed = case((is_list, answer), else_=cast(literal_column("'[]'"), answer.type))
    usable = case(
        (_kind_of(answer) == "null", literal_column("true")),
        (
            _kind_of(answer) == "array",
            and_(
                func.jsonb_array_length(listed) <= MOST_ITEMS,
                only_texts(listed, LONGEST_TEXT),
            ),
        ),
        else_=literal_column("false"),
    )
    return FactColumn(FactKind.STRING_LIST, texts_of(listed), usable)


_ANSWERS: Mapping[FactKind, Callable[[ColumnElement[Any]], FactColumn]] = {
    FactKind.BOOL: _yes_no,
    FactKind.INT: _number,
    FactKind.STRING: _text,
    FactKind.STRING_LIST: _texts,
}
