"""The few forms of SQL that SQLAlchemy has no words for, each rendered from its operands.

The operands are SQL expressions that were compiled themselves, with every value as a parameter.
"""
# ruff: noqa: S608

from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Text, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Piece(FunctionElement[Any]):
    inherit_cache = True

    def __init__(self, kind: TypeEngine[Any], *operands: ColumnElement[Any]) -> None:
        super().__init__(*operands)
        self.type = kind


class Once(_Piece):
    """``body`` with ``value`` worked out once, under the name ``alias`` (``<alias>.v`` in the body)."""

    name = "once"
    inherit_cache = True


class AnyItem(_Piece):
    """Whether a test holds for at least one item; neither the list nor the test is ever NULL."""

    name = "any_item"
    inherit_cache = True


class EveryItem(_Piece):
    """Whether a test holds for every item; neither the list nor the test is ever NULL."""

    name = "every_item"
    inherit_cache = True


class AnyItemOrUnknown(_Piece):
    """As ``AnyItem`` of a test that may be NULL: then so is the answer, unless another item decides it."""

    name = "any_item_or_unknown"
    inherit_cache = True


class EveryItemOrUnknown(_Piece):
    """As ``EveryItem`` of a test that may be NULL: then so is the answer, unless another item decides it."""

    name = "every_item_or_unknown"
    inherit_cache = True


class ItemAt(_Piece):
    """The item of a list at a place counted from 0; NULL where there is none, and for NULL."""

    name = "item_at"
    inherit_cache = True


class TextsOf(_Piece):
    """The items of a JSON list as texts, in their order."""

    name = "texts_of"
    inherit_cache = True


class OnlyTexts(_Piece):
    """Whether a JSON list has at most so many items, and each is a text of at most so many characters."""

    name = "only_texts"
    inherit_cache = True


def once(value: ColumnElement[Any], alias: str, body: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return ``body``, which reads ``of_once(alias)`` where it needs ``value``."""
    return Once(body.type, value, literal_column(alias), body)


def of_once(alias: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Return the value that ``once`` gives a name."""
    return literal_column(f"{alias}.v", kind)


def any_item(
    items: ColumnElement[Any], alias: str, test: ColumnElement[bool], *, unknown: bool
) -> ColumnElement[bool]:
    """Return whether a test of the column ``alias`` holds for an item; ``unknown``: the test may be NULL."""
    return (AnyItemOrUnknown if unknown else AnyItem)(Boolean(), items, literal_column(alias), test)


def every_item(
    items: ColumnElement[Any], alias: str, test: ColumnElement[bool], *, unknown: bool
) -> ColumnElement[bool]:
    """Return whether a test of the column ``alias`` holds for every item; ``unknown``: it may be NULL."""
    return (EveryItemOrUnknown if unknown else EveryItem)(Boolean(), items, literal_column(alias), test)


def item_at(
    items: ColumnElement[Any], place: ColumnElement[Any], kind: TypeEngine[Any]
) -> ColumnElement[Any]:
    """Return the item of a list at a place counted from 0; NULL where there is none, and for NULL."""
    return ItemAt(kind, items, place)


def texts_of(listed: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the items of a JSON list as an array of texts."""
    return TextsOf(ARRAY(Text()), listed)


def only_texts(listed: ColumnElement[Any], most: int, longest: int) -> ColumnElement[bool]:
    """Return whether a JSON list has at most ``most`` items, all texts of at most ``longest`` characters."""
    return OnlyTexts(Boolean(), listed, literal_column(str(most)), literal_column(str(longest)))


def _operands(piece: _Piece, compiler: SQLCompiler, **words: Any) -> list[str]:
    return [compiler.process(one, **words) for one in piece.clauses]


# OFFSET 0 keeps the planner from writing the value out again wherever it is read.
@compiles(Once)
def _once(piece: Once, compiler: SQLCompiler, **words: Any) -> str:
    value, alias, body = _operands(piece, compiler, **words)
    return f"(SELECT {body} FROM (SELECT {value} AS v OFFSET 0) AS {alias})"


# SQL counts from 1 and in 32 bits. GREATEST passes over NULL, so a place that is NULL becomes -1: none.
@compiles(ItemAt)
def _item_at(piece: ItemAt, compiler: SQLCompiler, **words: Any) -> str:
    items, place = _operands(piece, compiler, **words)
    return f"(({items})[1 + LEAST(GREATEST({place}, -1), 2147483646)::integer])"


@compiles(AnyItem)
def _any_item(piece: AnyItem, compiler: SQLCompiler, **words: Any) -> str:
    items, alias, test = _operands(piece, compiler, **words)
    return f"(EXISTS (SELECT 1 FROM unnest({items}) AS {alias} WHERE {test}))"


@compiles(EveryItem)
def _every_item(piece: EveryItem, compiler: SQLCompiler, **words: Any) -> str:
    items, alias, test = _operands(piece, compiler, **words)
    return f"(NOT EXISTS (SELECT 1 FROM unnest({items}) AS {alias} WHERE NOT ({test})))"


@compiles(AnyItemOrUnknown)
def _any_item_or_unknown(piece: AnyItemOrUnknown, compiler: SQLCompiler, **words: Any) -> str:
    items, alias, test = _operands(piece, compiler, **words)
    return (
        "(SELECT CASE WHEN bool_or(q.y) THEN true WHEN bool_or(q.y IS NULL) THEN NULL ELSE false END "
        f"FROM (SELECT {test} AS y FROM unnest({items}) AS {alias} OFFSET 0) AS q)"
    )


@compiles(EveryItemOrUnknown)
def _every_item_or_unknown(piece: EveryItemOrUnknown, compiler: SQLCompiler, **words: Any) -> str:
    items, alias, test = _operands(piece, compiler, **words)
    return (
        "(SELECT CASE WHEN bool_or(NOT q.y) THEN false WHEN bool_or(q.y IS NULL) THEN NULL ELSE true END "
        f"FROM (SELECT {test} AS y FROM unnest({items}) AS {alias} OFFSET 0) AS q)"
    )


@compiles(TextsOf)
def _texts_of(piece: TextsOf, compiler: SQLCompiler, **words: Any) -> str:
    (listed,) = _operands(piece, compiler, **words)
    return f"ARRAY(SELECT jsonb_array_elements_text({listed}))"


@compiles(OnlyTexts)
def _only_texts(piece: OnlyTexts, compiler: SQLCompiler, **words: Any) -> str:
    listed, most, longest = _operands(piece, compiler, **words)
    # An item takes 4 bytes and a character 1 or more: in a short list only the kinds of things are looked at.
    # Strict, because the lax mode looks into a list in a list as if its texts stood in the outer one.
    return (
        f"(CASE WHEN pg_column_size({listed}) <= least(4 * {most}, {longest}) "
        f"THEN NOT jsonb_path_exists({listed}, 'strict $[*] ? (@.type() != \"string\")') "
        f"ELSE jsonb_array_length({listed}) <= {most} "
        f"AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements({listed}) AS i(e) "
        f"WHERE jsonb_typeof(i.e) <> 'string' OR length(i.e #>> '{{}}') > {longest}) END)"
    )
