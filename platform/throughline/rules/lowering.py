"""A condition as one PostgreSQL expression that gives the same answer.

The answer is true, false, or NULL for *no answer*: where the runtime stops with an error (a division by
zero, a whole number outside 64 bits, an item the list does not have) the expression is NULL and raises
nothing. The runtime's ``&&`` and ``||`` treat an error as SQL treats NULL, whichever side it stands on, so
the rest follows. Facts are never NULL: each column holds a value, its default where nobody answered, and
says by itself whether what is stored can be read at all (``FactColumn.usable``); a condition that reads what
cannot be has no answer, as in the engine.

What can be lowered:

- facts, texts, whole numbers, ``true`` and ``false``, lists in square brackets of one of these;
- ``&& || ! ? :`` and ``== !=`` between two of one type, lists included;
- ``< <= > >=`` between texts (by code point), whole numbers, or truth values;
- ``+ - * / %`` and the minus sign on whole numbers; ``+`` between texts and between lists;
- ``in``, ``[ ]`` and ``size`` on lists; ``size contains startsWith endsWith`` on texts; ``exists`` and
  ``all`` over a list.

What cannot, and is refused with its place: ``matches`` (PostgreSQL's patterns are not those of RE2), decimal
and unsigned numbers, bytes, ``null``, names of types, lists of lists or of mixed things, a text with a NUL
character, and loops that together could look at 10,000 items, where the runtime stops.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import array

from throughline.rules.checked import Call, Checked, Constant, Items, Loop, Name, Node, Other
from throughline.rules.facts import MOST_ITEMS
from throughline.rules.invalid import InvalidCondition
from throughline.rules.language import Condition
from throughline.rules.lowered import KINDS, SQL_TYPES, Sql
from throughline.rules.numbers import EVERY, Span
from throughline.rules.operators import OPERATORS
from throughline.rules.pieces import any_item, every_item, of_once, once
from throughline.sdk import FactKind

MOST_LOOPED = 9_999
"""How many items all the loops of one evaluation may look at: the runtime stops at one more."""

_OUTSIDE = {
    "null": "“null”",
    "uint": "a number with “u”",
    "double": "a decimal number",
    "bytes": "a text of bytes",
}


@dataclass(frozen=True)
class FactColumn:
    """A fact in SQL: ``value`` is never NULL where ``usable`` is true, and ``usable`` is never NULL.

    ``usable`` is None when whatever is stored can be read. ``span`` bounds a whole number; ``most`` is the
    largest number of items of a list. With ``unknown`` the value is NULL: then the answer is true or false
    where it is the same for every value, and NULL elsewhere. ``has`` says whether a text is in the list,
    where that can be done without making an array of it. Where ``answered`` is given and false, the fact is
    at the default of its kind, and ``value`` and ``usable`` need not be looked at.
    """

    kind: FactKind
    value: ColumnElement[Any]
    usable: ColumnElement[bool] | None = None
    span: Span = EVERY
    most: int = MOST_ITEMS
    unknown: bool = False
    has: Callable[[ColumnElement[str]], ColumnElement[bool]] | None = None
    answered: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Answer:
    """A condition in SQL: true, false, or NULL for no answer, which only happens where ``fails``.

    ``possible`` says whether it is anything but false, in a form that an index can serve.
    """

    sql: ColumnElement[bool]
    fails: bool
    possible: ColumnElement[bool]


def lower(condition: Condition, columns: Mapping[str, FactColumn]) -> Answer:
    """Return a condition as SQL over columns, which must hold each fact that it reads.

    Raises:
        InvalidCondition: it cannot be lowered, with the place of what stands in the way.
    """
    asked = (columns[name].answered for name in condition.reads)
    answered = list(dict.fromkeys(one for one in asked if one is not None))
    full = _guarded(condition, columns)
    if not answered:
        return full
    # Most incidents were never asked most questions: for those every answer is a constant.
    plain = {name: _default(columns[name]) for name in condition.reads}
    rest = _guarded(condition, plain)
    some = or_(*answered)
    sql, possible = ((some, one) for one in (full.sql, full.possible))
    return Answer(case(sql, else_=rest.sql), full.fails or rest.fails, case(possible, else_=rest.possible))


def _default(column: FactColumn) -> FactColumn:
    if column.answered is None:
        return column
    kind = SQL_TYPES[KINDS[column.kind]]
    default = column.kind.default
    if column.kind is FactKind.STRING_LIST:
        return FactColumn(column.kind, cast(array([]), kind))
    return FactColumn(column.kind, literal(default, kind))


def _guarded(condition: Condition, columns: Mapping[str, FactColumn]) -> Answer:
    found = _Lowering(condition, columns).answer()
    guards = [columns[name].usable for name in condition.reads]
    usable = [guard for guard in guards if guard is not None]
    if not usable:
        return Answer(found.sql, found.fails, found.possible)
    readable = and_(*usable)
    possible = case((readable, found.possible), else_=true())
    return Answer(case((readable, found.sql), else_=null()), True, possible)


def require_lowerable(condition: Condition, kinds: Mapping[str, FactKind]) -> None:
    """See that a condition can be lowered.

    Raises:
        InvalidCondition: it cannot be, with the place of what stands in the way.
    """
    columns = {
        name: FactColumn(kinds[name], literal_column("x", SQL_TYPES[KINDS[kinds[name]]]))
        for name in condition.reads
    }
    lower(condition, columns)


class _Lowering:
    def __init__(self, condition: Condition, columns: Mapping[str, FactColumn]) -> None:
        self._source = condition.source
        self._tree: Checked = condition.tree()
        self._columns = columns
        self._items: dict[str, Sql] = {}
        self._looped = 0
        self._named = 0

    def answer(self) -> Sql:
        return self._lowered(self._tree.root)

    def refuse(self, node: Node, what: str) -> InvalidCondition:
        at = self._tree.positions.get(node.id, 0)
        if isinstance(node, Call) and self._source[:at].endswith(node.function):
            at -= len(node.function)
        return InvalidCondition(f"{what} cannot be looked up in the history of incidents", self._source, at)

    def name(self) -> str:
        self._named += 1
        return f"l{self._named}"

    def once(
        self, found: Sql, body: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    ) -> ColumnElement[Any]:
        """Return what ``body`` makes of a value that it may write out more than once."""
        alias = self.name()
        return once(found.sql, alias, body(of_once(alias, found.sql.type)))

    def _lowered(self, node: Node) -> Sql:
        match node:
            case Constant():
                return self._constant(node)
            case Name():
                return self._name(node)
            case Items():
                return self._list(node)
            case Call():
                return self._call(node)
            case Loop():
                return self._loop(node)
            case Other():
                raise self.refuse(node, "this")

    def _constant(self, node: Constant) -> Sql:
        if node.kind == "bool":
            return Sql("bool", true() if node.value else false())
        if node.kind == "int" and isinstance(node.value, int):
            return Sql("int", literal(node.value, BigInteger()), span=Span(node.value, node.value))
        if node.kind == "string" and isinstance(node.value, str):
            if "\x00" in node.value:
                raise self.refuse(node, "a text with a NUL character")
            return Sql("string", literal(node.value, Text()))
        raise self.refuse(node, _OUTSIDE.get(node.kind, "this"))

    def _name(self, node: Name) -> Sql:
        if node.name in self._items:
            return self._items[node.name]
        column = self._columns.get(node.name)
        if column is None:
            raise self.refuse(node, f"“{node.name}”")
        kind = KINDS[column.kind]
        return Sql(kind, column.value, column.unknown, column.span, column.most, has=column.has)

    def _list(self, node: Items) -> Sql:
        kind = self._tree.types.get(node.id, "")
        if not node.items:
            kind = kind if kind in SQL_TYPES else "list(string)"
            return Sql(kind, cast(array([]), SQL_TYPES[kind]), empty=True)
        if kind not in SQL_TYPES:
            raise self.refuse(node, "a list of lists or of different kinds of things")
        items = [self._lowered(one) for one in node.items]
        fails = any(item.fails for item in items)
        made = Sql(kind, cast(_array(node.items, items, kind), SQL_TYPES[kind]), fails, most=len(items))
        if not fails:
            return made
        # One item without an answer leaves the whole list without one.
        whole = self.once(
            made, lambda it: case((func.array_position(it, null()).is_(None), it), else_=null())
        )
        return Sql(kind, whole, fails=True, most=len(items))

    def _call(self, node: Call) -> Sql:
        lowered = OPERATORS.get(node.function)
        if lowered is None:
            raise self.refuse(node, f"“{node.function.strip('_@')}”")
        return lowered(self, node, [self._lowered(one) for one in node.arguments])

    def _loop(self, node: Loop) -> Sql:
        over = self._lowered(node.over)
        every, test = self._test_of(node)
        if over.empty:
            return Sql("bool", true() if every else false())
        self._looped += over.most
        if self._looped > MOST_LOOPED:
            raise self.refuse(node, f"going through more than {MOST_LOOPED:,} items")
        alias, kind = self.name(), over.item_kind
        self._items[node.item] = Sql(kind, literal_column(alias, SQL_TYPES[kind]))
        try:
            asked = self._lowered(test)
        finally:
            del self._items[node.item]
        looked = every_item if every else any_item
        if not over.fails:
            return Sql("bool", looked(over.sql, alias, asked.sql, unknown=asked.fails), asked.fails)
        whole = self.once(
            over,
            lambda it: case(
                (it.is_not(None), looked(it, alias, asked.sql, unknown=asked.fails)), else_=null()
            ),
        )
        return Sql("bool", whole, fails=True)

    def _test_of(self, node: Loop) -> tuple[bool, Node]:
        """Return whether it is ``all`` (otherwise ``exists``), and the test of each item."""
        match node.start, node.step:
            case Constant(kind="bool", value=value), Call(function="_&&_" | "_||_" as sign, arguments=joined):
                every = sign == "_&&_"
                if value is every and joined[0] == _same_name(node.result, joined[0]):
                    return every, joined[1]
        raise self.refuse(node, "this loop")


def _same_name(result: Node, so_far: Node) -> Node | None:
    same = isinstance(result, Name) and isinstance(so_far, Name) and result.name == so_far.name
    return so_far if same else None


def _array(nodes: Sequence[Node], items: Sequence[Sql], kind: str) -> ColumnElement[Any]:
    values = [node.value for node in nodes if isinstance(node, Constant)]
    if len(values) == len(nodes):
        return literal(values, SQL_TYPES[kind])  # one parameter, whatever the length
    return array([item.sql for item in items])
