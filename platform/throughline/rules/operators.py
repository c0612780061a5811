"""The operators and functions of the language in SQL, each NULL exactly where the runtime gives no answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    and_,
    case,
    cast,
    collate,
    false,
    func,
    literal_column,
    null,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import array

from throughline.rules import numbers
from throughline.rules.checked import Call
from throughline.rules.lowered import SQL_TYPES, Sql, Walk
from throughline.rules.pieces import item_at

Operator = Callable[[Walk, Call, Sequence[Sql]], Sql]
"""Makes SQL of a call from its operands; refuses what it cannot take."""


def _infix(left: ColumnElement[Any], sign: str, right: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    # Of the highest precedence, so that whatever stands on its sides keeps its brackets.
    made: ColumnElement[Any] = left.op(sign, precedence=100, return_type=SQL_TYPES[kind])(right)
    return made


def _and(_walk: Walk, _node: Call, of: Sequence[Sql]) -> Sql:
    possible = and_(*(one.possible for one in of))
    return Sql("bool", and_(*(one.sql for one in of)), any(one.fails for one in of), not_false=possible)


def _or(_walk: Walk, _node: Call, of: Sequence[Sql]) -> Sql:
    possible = or_(*(one.possible for one in of))
    return Sql("bool", or_(*(one.sql for one in of)), any(one.fails for one in of), not_false=possible)


def _not(_walk: Walk, _node: Call, of: Sequence[Sql]) -> Sql:
    # NOT binds more loosely than what may stand around it; this form keeps its brackets.
    return Sql("bool", _infix(of[0].sql, "=", false(), "bool"), of[0].fails)


def _choice(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
    question, yes, no = of
    yes, no = _alike(walk, node, yes, no)
    sql = case((true(), yes.sql), (false(), no.sql), value=question.sql, else_=null())
    fails = any(one.fails for one in of)
    return Sql(yes.kind, sql, fails, span=yes.span | no.span, most=max(yes.most, no.most))


def _alike(walk: Walk, node: Call, left: Sql, right: Sql) -> tuple[Sql, Sql]:
    """Return two sides of one kind; an empty list becomes a list of what the other side holds."""
    if left.kind != right.kind:
        if left.empty and right.item_kind:
            return Sql(right.kind, cast(array([]), SQL_TYPES[right.kind]), empty=True), right
        if right.empty and left.item_kind:
            return left, Sql(left.kind, cast(array([]), SQL_TYPES[left.kind]), empty=True)
        raise walk.refuse(node, "different kinds of things side by side")
    return left, right


def _compared(sign: str) -> Operator:
    ordered = sign not in ("=", "<>")

    def made(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
        left, right = _alike(walk, node, *of)
        by_code_point = ordered and left.kind == "string"
        other = collate(right.sql, "C") if by_code_point else right.sql
        return Sql("bool", _infix(left.sql, sign, other, "bool"), left.fails or right.fails)

    return made


def _worked_out(sign: str) -> Operator:
    def made(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
        left, right = of
        if left.kind == right.kind == "int":
            done = numbers.ARITHMETIC[sign](left.sql, left.span, right.sql, right.span, walk.name)
            return Sql("int", done.sql, left.fails or right.fails or done.fails, span=done.span)
        if sign == "+" and left.kind == right.kind == "string":
            return Sql("string", _infix(left.sql, "||", right.sql, "string"), left.fails or right.fails)
        if sign == "+" and left.item_kind:
            return _joined(walk, *_alike(walk, node, left, right))
        raise walk.refuse(node, f"“{sign}” between these")

    return made


def _joined(walk: Walk, left: Sql, right: Sql) -> Sql:
    kind, most = left.kind, left.most + right.most
    if not (left.fails or right.fails):
        return Sql(kind, cast(func.array_cat(left.sql, right.sql), SQL_TYPES[kind]), most=most)
    # array_cat takes NULL for an empty list, so the sides are looked at first.
    sql = walk.once(
        left,
        lambda one: walk.once(
            right,
            lambda two: case(
                (and_(one.is_not(None), two.is_not(None)), cast(func.array_cat(one, two), SQL_TYPES[kind])),
                else_=null(),
            ),
        ),
    )
    return Sql(kind, sql, fails=True, most=most)


def _negated(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
    (one,) = of
    if one.kind != "int":
        raise walk.refuse(node, "a minus sign before this")
    done = numbers.negated(one.sql, one.span)
    return Sql("int", done.sql, one.fails or done.fails, span=done.span)


def _is_in(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
    item, items = of
    if items.empty:
        return Sql("bool", case((item.sql.is_(None), null()), else_=false()), item.fails)
    if items.kind != f"list({item.kind})":
        raise walk.refuse(node, "a list of different kinds of things")
    if items.has is not None and not item.fails:
        return Sql("bool", items.has(item.sql))
    # The cast says that a sub-select in there gives a list, and not rows.
    held = func.any(cast(items.sql, SQL_TYPES[items.kind]) if items.fails else items.sql)
    if not item.fails:
        return Sql("bool", _infix(item.sql, "=", held, "bool"), items.fails)
    # With an empty list NULL = ANY is false, but what has no answer is in no list.
    sql = walk.once(
        item,
        lambda it: case((it.is_not(None), _infix(it, "=", held, "bool")), else_=null()),
    )
    return Sql("bool", sql, fails=True)


def _item_at(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
    items, index = of
    if index.kind != "int" or not items.item_kind:
        raise walk.refuse(node, "an item of this")
    kind = items.item_kind
    return Sql(kind, item_at(items.sql, index.sql, SQL_TYPES[kind]), fails=True)


def _size(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
    (one,) = of
    if one.kind == "string":
        return Sql("int", cast(func.length(one.sql), BigInteger()), one.fails, span=numbers.SIZE)
    if one.item_kind:
        return Sql("int", cast(func.cardinality(one.sql), BigInteger()), one.fails, span=numbers.SIZE)
    raise walk.refuse(node, "the size of this")


def _in_text(function: str) -> Operator:
    def made(walk: Walk, node: Call, of: Sequence[Sql]) -> Sql:
        if [one.kind for one in of] != ["string", "string"]:
            raise walk.refuse(node, f"“{function}” of this")
        whole, part = (one.sql for one in of)
        if function == "contains":
            sql = _infix(func.strpos(whole, part), ">", literal_column("0"), "bool")
        elif function == "startsWith":
            sql = func.starts_with(whole, part, type_=Boolean())
        else:
            sql = func.starts_with(func.reverse(whole), func.reverse(part), type_=Boolean())
        return Sql("bool", sql, any(one.fails for one in of))

    return made


OPERATORS: Mapping[str, Operator] = {
    "_&&_": _and,
    "_||_": _or,
    "!_": _not,
    "_?_:_": _choice,
    "_==_": _compared("="),
    "_!=_": _compared("<>"),
    "_<_": _compared("<"),
    "_<=_": _compared("<="),
    "_>_": _compared(">"),
    "_>=_": _compared(">="),
    "_+_": _worked_out("+"),
    "_-_": _worked_out("-"),
    "_*_": _worked_out("*"),
    "_/_": _worked_out("/"),
    "_%_": _worked_out("%"),
    "-_": _negated,
    "@in": _is_in,
    "_[_]": _item_at,
    "size": _size,
    "contains": _in_text("contains"),
    "startsWith": _in_text("startsWith"),
    "endsWith": _in_text("endsWith"),
}
