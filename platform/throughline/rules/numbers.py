"""Arithmetic of 64-bit whole numbers in SQL that gives NULL where the runtime stops with an error.

Each operation knows between which bounds its operands lie. Where no value in them can pass 64 bits it is
plain ``bigint`` arithmetic; otherwise it is worked out in ``numeric`` and becomes NULL outside 64 bits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, and_, case, cast, func, literal_column, null

from throughline.rules.pieces import of_once, once

LEAST, MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Span:
    """The bounds of a whole number, both included."""

    low: int
    high: int

    def __or__(self, other: "Span") -> "Span":
        return Span(min(self.low, other.low), max(self.high, other.high))

    def __contains__(self, number: int) -> bool:
        return self.low <= number <= self.high

    @property
    def fits(self) -> bool:
        """Whether every number in it has 64 bits."""
        return self.low >= LEAST and self.high <= MOST

    def cut(self) -> "Span":
        """Return the part of it that has 64 bits; the whole range when no part has."""
        cut = Span(max(self.low, LEAST), min(self.high, MOST))
        return cut if cut.low <= cut.high else EVERY


EVERY = Span(LEAST, MOST)
SIZE = Span(0, 2**31 - 1)


@dataclass(frozen=True)
class Done:
    """The outcome of an operation: ``bigint``, NULL only where ``fails`` or where an operand was NULL."""

    sql: ColumnElement[Any]
    span: Span
    fails: bool


Operation = Callable[
    [ColumnElement[Any], Span, ColumnElement[Any], Span, Callable[[], str]],
    Done,
]


def _wide(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(value, Numeric())


def within(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a ``numeric`` as it is, NULL where it has more than 64 bits; it is written out once."""
    below, above = literal_column(str(LEAST - 1), Numeric()), literal_column(str(MOST + 1), Numeric())
    held = func.greatest(func.least(value, above), below)  # of NULL, these give the bound, and that NULL
    return func.nullif(func.nullif(held, above), below)


def _within(value: ColumnElement[Any], span: Span) -> Done:
    return Done(cast(within(value), BigInteger()), span.cut(), fails=True)


def _plain(left: ColumnElement[Any], sign: str, right: ColumnElement[Any], kind: Any) -> ColumnElement[Any]:
    made: ColumnElement[Any] = left.op(sign, precedence=100, return_type=kind)(right)
    return made


def _linear(sign: str, spanned: Callable[[Span, Span], Span]) -> Operation:
    def made(
        left: ColumnElement[Any], at: Span, right: ColumnElement[Any], by: Span, _name: Callable[[], str]
    ) -> Done:
        span = spanned(at, by)
        if span.fits:
            return Done(_plain(left, sign, right, BigInteger()), span, fails=False)
        return _within(_plain(_wide(left), sign, _wide(right), Numeric()), span)

    return made


def _product(at: Span, by: Span) -> Span:
    corners = [one * other for one in (at.low, at.high) for other in (by.low, by.high)]
    return Span(min(corners), max(corners))


def _divided(
    left: ColumnElement[Any], at: Span, right: ColumnElement[Any], by: Span, _name: Callable[[], str]
) -> Done:
    largest = max(abs(at.low), abs(at.high))
    span = Span(-largest, largest)
    by_zero = 0 in by
    divisor = func.nullif(right, literal_column("0"), type_=BigInteger()) if by_zero else right
    if LEAST in at and -1 in by:
        return _within(func.div(_wide(left), _wide(divisor)), span)
    return Done(_plain(left, "/", divisor, BigInteger()), span.cut(), by_zero)


def _remainder(
    left: ColumnElement[Any], at: Span, right: ColumnElement[Any], by: Span, name: Callable[[], str]
) -> Done:
    largest = max(abs(by.low), abs(by.high)) - 1
    span = Span(-largest, largest) if largest >= 0 else Span(0, 0)
    by_zero = 0 in by
    if not (LEAST in at and -1 in by):
        divisor = func.nullif(right, literal_column("0"), type_=BigInteger()) if by_zero else right
        return Done(func.mod(left, divisor, type_=BigInteger()), span.cut(), by_zero)
    # The runtime calls the least number modulo -1 an overflow; PostgreSQL gives 0.
    one, other = name(), name()
    number, divisor = of_once(one, BigInteger()), of_once(other, BigInteger())
    too_large = and_(number == literal_column(str(LEAST)), divisor == literal_column("-1"))
    body = case(
        (too_large, null()),
        else_=func.mod(number, func.nullif(divisor, literal_column("0")), type_=BigInteger()),
    )
    return Done(once(left, one, once(right, other, body)), span.cut(), fails=True)


def negated(value: ColumnElement[Any], span: Span) -> Done:
    """Return a number with its sign changed."""
    turned = Span(-span.high, -span.low)
    if turned.fits:
        return Done(_plain(literal_column("0"), "-", value, BigInteger()), turned, fails=False)
    return _within(_plain(literal_column("0"), "-", _wide(value), Numeric()), turned)


ARITHMETIC: Mapping[str, Operation] = {
    "+": _linear("+", lambda at, by: Span(at.low + by.low, at.high + by.high)),
    "-": _linear("-", lambda at, by: Span(at.low - by.high, at.high - by.low)),
    "*": _linear("*", _product),
    "/": _divided,
    "%": _remainder,
}
