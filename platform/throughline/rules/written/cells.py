"""The cells of a decision table: each says of one fact what it must be, in CEL and as a test of a value.

any                       whatever it is (an empty cell says the same)
self_harm | violence      one of these words; of a list, at least one of them is in it
true, false               of a fact that is yes or no
3   >= 3   < 3   2..5     of a whole number
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from throughline.incidents.models import OLDEST
from throughline.rules.facts import Fact
from throughline.rules.grammar import nearest
from throughline.sdk import PHYSICAL_HARM, FactKind

ANY = ("", "any")
MOST_WORDS = 6
_NUMBER = re.compile(r"(>=|<=|>|<)?\s*(\d{1,9})")
_SPAN = re.compile(r"(\d{1,9})\s*\.\.\s*(\d{1,9})")
_MOST = {"incident.harm": len(PHYSICAL_HARM) - 1, "incident.hour": 23, "person.age": OLDEST}
_ALWAYS_SAID = ("incident.category",)
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "": lambda value, bound: value == bound,
    ">=": lambda value, bound: value >= bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    "<": lambda value, bound: value < bound,
}


class Senseless(ValueError):
    """A cell that says nothing its fact can be."""


@dataclass(frozen=True)
class Cell:
    """What a cell asks of a fact: as CEL, as a test, and the words or numbers it names."""

    cel: str
    holds: Callable[[object], bool]
    names: tuple[str | int, ...]


def cell(fact: Fact, text: str) -> Cell | None:
    """Read a cell; ``None`` when it asks nothing.

    Raises:
        Senseless: it says nothing that the fact can be.
    """
    text = text.strip()
    if text in ANY:
        return None
    return _READ[fact.kind](fact, text)


def _truth(fact: Fact, text: str) -> Cell:
    if text not in ("true", "false"):
        raise Senseless(f"{fact.name} is true or false, not “{text[:60]}”")
    wanted = text == "true"
    return Cell(fact.name if wanted else f"!{fact.name}", lambda value: value is wanted, ())


def _number(fact: Fact, text: str) -> Cell:
    span, one = _SPAN.fullmatch(text), _NUMBER.fullmatch(text)
    if span:
        low, high = int(span[1]), int(span[2])
        if low > high:
            raise Senseless(f"“{text}” holds no number: write the smaller one first")
        cel = f"{fact.name} >= {low} && {fact.name} <= {high}"
        return Cell(cel, lambda value: isinstance(value, int) and low <= value <= high, (low, high))
    if not one:
        raise Senseless(f"{fact.name} is a whole number: write such as 3, >= 3 or 2..5, not “{text[:60]}”")
    sign, bound = one[1] or "", int(one[2])
    compare = _COMPARE[sign]
    cel = f"{fact.name} {sign or '=='} {bound}"
    return Cell(cel, lambda value: isinstance(value, int) and compare(value, bound), (bound,))


def _words(fact: Fact, text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split("|"))
    for word in words:
        if not word:
            raise Senseless("a word is missing beside the |")
        if fact.closed and word not in fact.choices:
            raise Senseless(f"{fact.name} is never “{word[:60]}”.{nearest(word, fact.choices)}".rstrip("."))
    return words


def _text(fact: Fact, text: str) -> Cell:
    words = _words(fact, text)
    listed = ", ".join(json.dumps(word, ensure_ascii=False) for word in words)
    cel = f"{fact.name} == {listed}" if len(words) == 1 else f"{fact.name} in [{listed}]"
    return Cell(cel, lambda value: value in words, words)


def _list(fact: Fact, text: str) -> Cell:
    words = _words(fact, text)
    cel = " || ".join(f"{json.dumps(word, ensure_ascii=False)} in {fact.name}" for word in words)
    if len(words) > 1:
        cel = f"({cel})"
    return Cell(cel, lambda value: isinstance(value, tuple) and not set(words).isdisjoint(value), words)


_READ: dict[FactKind, Callable[[Fact, str], Cell]] = {
    FactKind.BOOL: _truth,
    FactKind.INT: _number,
    FactKind.STRING: _text,
    FactKind.STRING_LIST: _list,
}


def values(fact: Fact, cells: Iterable[Cell | None]) -> list[object]:
    """Return the values of a fact that the cells of its column tell apart: one of each kind is enough.

    Raises:
        Senseless: the column names more words of a list than can be tried.
    """
    named = {name for one in cells if one is not None for name in one.names}
    if fact.kind is FactKind.BOOL:
        return [True, False]
    if fact.kind is FactKind.INT:
        beside = {0} | {int(name) + step for name in named for step in (-1, 0, 1)}
        return [number for number in sorted(beside) if 0 <= number <= _MOST.get(fact.name, number)]
    words = sorted(str(name) for name in named)
    if fact.kind is FactKind.STRING_LIST:
        if len(words) > MOST_WORDS:
            raise Senseless(f"{fact.name}: a column names at most {MOST_WORDS} words of a list")
        return [
            tuple(word for at, word in enumerate(words) if number >> at & 1)
            for number in range(1 << len(words))
        ]
    if fact.closed:
        nothing = [] if fact.default in fact.choices or fact.name in _ALWAYS_SAID else [""]
        return [*fact.choices, *nothing]
    return [*words, None]  # None stands for any other text


def said(value: object) -> str:
    """Write a value as a person would."""
    if value is None:
        return "anything else"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value) or "not given"
