"""Whether the rows of a decision table leave anything out or contradict each other, tried value by value.

Of each column only a few values matter: the words its cells name and anything else, the numbers at its bounds
and beside them. Every combination of those is looked at, so what is said here is exact.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

Holds = Callable[[object], bool]
MOST_COMBINATIONS = 100_000
MOST_GAPS, MOST_OVERLAPS = 5, 20


@dataclass(frozen=True)
class Column:
    """A column of a table: the values that matter, and for each row whether it holds of a value.

    ``rows`` has ``None`` where a row says nothing about the column. ``said`` writes a value.
    """

    name: str
    values: Sequence[object]
    rows: Sequence[Holds | None]
    said: Callable[[object], str]


@dataclass(frozen=True)
class Found:
    """An example that more than one row, or none, speaks of. ``rows`` are their numbers, from 0."""

    rows: tuple[int, ...]
    example: Mapping[str, str]


class TooMany(Exception):
    """There are more combinations than are looked at."""


def uncovered(columns: Sequence[Column], rows: int) -> Iterator[Found]:
    """Yield one example for each pair of rows that overlap, and for what no row speaks of; many, not all.

    Raises:
        TooMany: the columns have more combinations than are looked at.
    """
    if prod(len(column.values) for column in columns) > MOST_COMBINATIONS:
        raise TooMany
    masks = [[_mask(column, value) for value in column.values] for column in columns]
    told: set[tuple[int, ...]] = set()
    gaps = 0
    for chosen, mask in _walk(masks, (1 << rows) - 1):
        example = {
            column.name: column.said(column.values[at]) for column, at in zip(columns, chosen, strict=False)
        }
        if not mask:
            gaps += 1
            if gaps <= MOST_GAPS:
                yield Found((), example)
            continue
        for pair in combinations([row for row in range(rows) if mask >> row & 1], 2):
            if pair not in told:
                told.add(pair)
                yield Found(pair, example)
            if len(told) >= MOST_OVERLAPS:
                return


def _mask(column: Column, value: object) -> int:
    return sum(1 << row for row, holds in enumerate(column.rows) if holds is None or holds(value))


def _walk(
    masks: Sequence[Sequence[int]], mask: int, chosen: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield each combination with the rows that hold of it; where none is left, the rest is not looked at."""
    if not mask or len(chosen) == len(masks):
        yield chosen, mask
        return
    for at, holding in enumerate(masks[len(chosen)]):
        yield from _walk(masks, mask & holding, (*chosen, at))
