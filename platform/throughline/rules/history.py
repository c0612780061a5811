"""The facts of stored incidents as columns: the values that ``looking.facts_of`` gives, worked out in SQL.

An answer to a plugin's question is read from ``Incident.extra`` as ``FactSchema.fill`` reads it: at its
default where nobody answered, and not usable where it is of another kind, too large or too long. The value
of what is not usable may fail when it is read, so it is read behind a look at ``usable`` only.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
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

from throughline.incidents.models import OLDEST, Incident
from throughline.rules.facts import LONGEST_TEXT, MOST_ITEMS
from throughline.rules.lowered import KINDS, SQL_TYPES
from throughline.rules.lowering import FactColumn
from throughline.rules.numbers import LEAST, MOST, Span, within
from throughline.rules.pieces import only_texts, texts_of
from throughline.sdk import CORE_FACTS, MOMENT_FACTS, FactKind
from throughline.tenancy.models import MOST_BEDS, Unit
from throughline.tenancy.scope import Scope

OF_UNITS = frozenset(
    {
        *("incident.unit", "incident.unit_kind", "incident.service_type"),
        *("unit.key", "unit.kind", "unit.service_type"),
        *("unit.beds", "unit.funding", "unit.provider_kind"),
    }
)
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
    answered: dict[str, ColumnElement[bool]] = {}
    for name in names:
        if name in core:
            value, span = core[name]
            found[name] = FactColumn(CORE_FACTS[name], value, span=span or Span(LEAST, MOST))
        elif name in asked:
            key, field, kind = asked[name]
            asked_at_all = answered.setdefault(key, func.jsonb_exists(Incident.extra, key))
            found[name] = replace(_ANSWERS[kind](Incident.extra[key][field]), answered=asked_at_all)
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
        "person.age": (
            cast(func.coalesce(Incident.person_age, literal_column("-1")), BigInteger()),
            Span(-1, OLDEST),
        ),
        "person.legal_status": (func.coalesce(Incident.legal_status, literal_column("''")), None),
        "unit.key": (Unit.key.expression, None),
        "unit.kind": (Unit.kind.expression, None),
        "unit.service_type": (Unit.service_type.expression, None),
        "unit.beds": (
            cast(func.coalesce(Unit.beds, literal_column("0")), BigInteger()),
            Span(0, MOST_BEDS),
        ),
        "unit.funding": (Unit.funding.expression, None),
        "unit.provider_kind": (Unit.provider_kind.expression, None),
    }


def _usable(answer: ColumnElement[Any], kind: str, of_kind: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether an answer can be read: nobody gave one, or it is of its kind and ``of_kind`` holds."""
    found = func.coalesce(func.jsonb_typeof(answer), literal_column("'null'"))
    return case(
        (literal_column("'null'"), literal_column("true")),
        (literal_column(f"'{kind}'"), of_kind),
        value=found,
        else_=literal_column("false"),
    )


def _yes_no(answer: ColumnElement[Any]) -> FactColumn:
    value = func.coalesce(answer == cast(literal_column("'true'"), answer.type), literal_column("false"))
    return FactColumn(FactKind.BOOL, value, _usable(answer, "boolean", literal_column("true")))


def _number(answer: ColumnElement[Any]) -> FactColumn:
    # A number outside 64 bits becomes NULL here and so has no scale; 5.0 is not whole, as in the engine.
    whole = func.coalesce(
        func.scale(within(cast(answer, Numeric()))) == literal_column("0"), literal_column("false")
    )
    is_number = func.jsonb_typeof(answer) == literal_column("'number'")
    value = case((is_number, cast(answer, BigInteger())), else_=literal_column("0"))
    return FactColumn(FactKind.INT, value, _usable(answer, "number", whole))


def _text(answer: ColumnElement[Any]) -> FactColumn:
    text = answer.op("#>>", precedence=100, return_type=Text())(literal_column("'{}'"))
    short = func.length(text) <= literal_column(str(LONGEST_TEXT))
    value = func.coalesce(text, literal_column("''"))
    return FactColumn(FactKind.STRING, value, _usable(answer, "string", short))


def _texts(answer: ColumnElement[Any]) -> FactColumn:
    is_list = func.jsonb_typeof(answer) == literal_column("'array'")
    value = case((is_list, texts_of(answer)), else_=cast(literal_column("'{}'"), ARRAY(Text())))
    return FactColumn(
        FactKind.STRING_LIST,
        value,
        _usable(answer, "array", only_texts(answer, MOST_ITEMS, LONGEST_TEXT)),
        # Of a list of texts, which is all that is usable, it asks what = ANY would.
        has=lambda text: func.coalesce(func.jsonb_exists(answer, text), literal_column("false")),
    )


_ANSWERS: Mapping[FactKind, Callable[[ColumnElement[Any]], FactColumn]] = {
    FactKind.BOOL: _yes_no,
    FactKind.INT: _number,
    FactKind.STRING: _text,
    FactKind.STRING_LIST: _texts,
}
