"""The type-checked tree of a condition, read from what the runtime serialises.

``Expression.serialize()`` gives a protobuf ``Any`` that holds a ``cel.expr.CheckedExpr``. Its wire format is
read here by field number, and only what is needed of it: the tree, a type for each node, and where each node
stands in the source. So no protobuf package is needed, and none can disagree with another about the names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CHECKED = "type.googleapis.com/cel.expr.CheckedExpr"

Scalar = bool | int | float | str | bytes | None


class UnreadableTree(Exception):
    """What the runtime serialised is not the tree that this product knows."""


@dataclass(frozen=True)
class Constant:
    """A value written in the condition; ``kind`` is ``bool``, ``int``, ``string`` or another of CEL's."""

    id: int
    kind: str
    value: Scalar


@dataclass(frozen=True)
class Name:
    """A variable: a fact by its full name, or what a loop calls each item."""

    id: int
    name: str


@dataclass(frozen=True)
class Call:
    """A function or operator on its arguments; for a method the first argument is what it is called on."""

    id: int
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Items:
    """A list written in the condition."""

    id: int
    items: tuple["Node", ...]


@dataclass(frozen=True)
class Loop:
    """``exists`` or ``all`` as the runtime unfolds it: ``step`` joins the result so far with one test."""

    id: int
    item: str
    over: "Node"
    start: "Node"
    step: "Node"
    result: "Node"


@dataclass(frozen=True)
class Other:
    """A node of a kind that no condition of this product needs."""

    id: int


Node = Constant | Name | Call | Items | Loop | Other


@dataclass(frozen=True)
class Checked:
    """A condition's tree. ``types`` and ``positions`` go by node; a position counts characters from 0.

    A type is ``bool``, ``int``, ``string``, ``list(...)`` of one of these, or a word for what is none.
    """

    root: Node
    types: Mapping[int, str]
    positions: Mapping[int, int]


def read(serialised: bytes) -> Checked:
    """Read a serialised expression.

    Raises:
        UnreadableTree: it is none, is cut short, or holds no tree.
    """
    outer = _Message(serialised)
    if outer.text(1) != CHECKED:
        raise UnreadableTree(f"it holds {outer.text(1) or 'nothing'} instead of a checked expression")
    checked = outer.message(2)
    if not checked.has(4):
        raise UnreadableTree("it holds no expression")
    types = {entry.integer(1): _type(entry.message(2)) for entry in checked.messages(3)}
    places = {entry.integer(1): entry.integer(2) for entry in checked.message(5).messages(4)}
    return Checked(_node(checked.message(4)), types, places)


def _node(found: "_Message") -> Node:
    number = found.integer(2)
    if found.has(3):
        return _constant(number, found.message(3))
    if found.has(4):
        return Name(number, found.message(4).text(1))
    if found.has(6):
        call = found.message(6)
        target = [_node(call.message(1))] if call.has(1) else []
        return Call(number, call.text(2), (*target, *map(_node, call.messages(3))))
    if found.has(7):
        return Items(number, tuple(map(_node, found.message(7).messages(1))))
    if found.has(9):
        return _loop(number, found.message(9))
    return Other(number)


def _loop(number: int, loop: "_Message") -> Loop:
    return Loop(
        number,
        loop.text(1),
        over=_node(loop.message(2)),
        start=_node(loop.message(4)),
        step=_node(loop.message(6)),
        result=_node(loop.message(7)),
    )


def _constant(number: int, found: "_Message") -> Constant:
    if found.has(2):
        return Constant(number, "bool", bool(found.integer(2)))
    if found.has(3):
        return Constant(number, "int", found.integer(3))
    if found.has(6):
        return Constant(number, "string", found.text(6))
    for field, kind in ((1, "null"), (4, "uint"), (5, "double"), (7, "bytes")):
        if found.has(field):
            return Constant(number, kind, None)
    return Constant(number, "unknown", None)


_PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}


def _type(found: "_Message") -> str:
    if found.has(3):
        return _PRIMITIVES.get(found.integer(3), "unknown")
    if found.has(6):
        return f"list({_type(found.message(6).message(1))})"
    return "dyn" if found.has(1) else "null" if found.has(2) else "other"


class _Message:
    """The fields of one protobuf message by number, read from its wire format; of a scalar the last."""

    def __init__(self, data: bytes) -> None:
        self._fields: dict[int, list[Any]] = {}
        for number, value in _fields(data):
            self._fields.setdefault(number, []).append(value)

    def has(self, number: int) -> bool:
        return number in self._fields

    def integer(self, number: int) -> int:
        value = self._last(number, 0)
        if not isinstance(value, int):
            raise UnreadableTree(f"field {number} is not a number")
        return value - 2**64 if value >= 2**63 else value

    def text(self, number: int) -> str:
        try:
            return self._bytes(self._last(number, b""), number).decode()
        except UnicodeDecodeError as error:
            raise UnreadableTree(f"field {number} is not a text") from error

    def message(self, number: int) -> "_Message":
        return _Message(self._bytes(self._last(number, b""), number))

    def messages(self, number: int) -> list["_Message"]:
        return [_Message(self._bytes(value, number)) for value in self._fields.get(number, ())]

    def _last(self, number: int, otherwise: Any) -> Any:
        return self._fields[number][-1] if number in self._fields else otherwise

    @staticmethod
    def _bytes(value: Any, number: int) -> bytes:
        if not isinstance(value, bytes):
            raise UnreadableTree(f"field {number} is not a message")
        return value


_VARINT, _EIGHT, _SIZED, _FOUR = 0, 1, 2, 5
_WIDTHS = {_EIGHT: 8, _FOUR: 4}


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == _SIZED:
            size, at = _varint(data, at)
        elif wire in _WIDTHS:
            size = _WIDTHS[wire]
        else:
            raise UnreadableTree(f"field {number} is of an unknown form")
        if at + size > len(data):
            raise UnreadableTree("it is cut short")
        yield number, data[at : at + size]
        at += size


_LONGEST_VARINT = 10


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that more follows
            return value & (2**64 - 1), at + place + 1
    raise UnreadableTree("it is cut short")
