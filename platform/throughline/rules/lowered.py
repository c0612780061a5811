"""What the lowering of a condition is made of: values in SQL with what is known of them beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Text
from sqlalchemy.types import TypeEngine

from throughline.rules.checked import Node
from throughline.rules.invalid import InvalidCondition
from throughline.rules.numbers import EVERY, Span
from throughline.sdk import FactKind

SQL_TYPES: Mapping[str, TypeEngine[Any]] = {
    "bool": Boolean(),
    "int": BigInteger(),
    "string": Text(),
    "list(bool)": ARRAY(Boolean()),
    "list(int)": ARRAY(BigInteger()),
    "list(string)": ARRAY(Text()),
}
"""The types of CEL that can be lowered, with their types in PostgreSQL."""

KINDS: Mapping[FactKind, str] = {
    FactKind.BOOL: "bool",
    FactKind.INT: "int",
    FactKind.STRING: "string",
    FactKind.STRING_LIST: "list(string)",
}


@dataclass(frozen=True)
class Sql:
    """A part of a condition in SQL, of a kind in ``SQL_TYPES``.

    ``fails``: it may be NULL, for no answer. ``span`` bounds a whole number. ``most`` is the largest number
    of items of a list. ``empty``: the list ``[]``, which is of whatever is needed. ``has`` says faster than
    ``= ANY`` whether a text is in a list. ``not_false`` says of a truth value whether it is true or NULL.
    """

    kind: str
    sql: ColumnElement[Any]
    fails: bool = False
    span: Span = EVERY
    most: int = 0
    empty: bool = False
    has: Callable[[ColumnElement[str]], ColumnElement[bool]] | None = None
    not_false: ColumnElement[bool] | None = None

    @property
    def possible(self) -> ColumnElement[bool]:
        """Whether a truth value is true or NULL, in a form that an index can serve where there is one."""
        if self.not_false is not None:
            return self.not_false
        return self.sql.is_not(False) if self.fails else self.sql

    @property
    def item_kind(self) -> str:
        """The kind of a list's items; empty for what is no list."""
        return self.kind[5:-1] if self.kind.startswith("list(") else ""


class Walk(Protocol):
    """What an operator may ask of the walk through the tree."""

    def refuse(self, node: Node, what: str) -> InvalidCondition:
        """Return the refusal of a node, with its place; the caller raises it."""
        ...

    def name(self) -> str:
        """Return a name that nothing else in the expression has."""
        ...

    def once(
        self, found: Sql, body: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    ) -> ColumnElement[Any]:
        """Return what ``body`` makes of a value that it may write out more than once."""
        ...
