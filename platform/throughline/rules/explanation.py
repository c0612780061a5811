"""Why a rule spoke, in words for the people it reaches: the facts that made its condition true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.incidents.taxonomy import HARM_LEVELS
from throughline.rules.facts import Fact, FactValue
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.language import Condition, Language
from throughline.rules.tokens import CLOSING, OPENING, Token

_BOUND = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than"}
_FROM_THE_OTHER_SIDE = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}
_LONGEST_ANSWER = 120


@dataclass(frozen=True)
class Part:
    """A part of a condition that is true or false by itself. ``bounds`` are the limits it sets to numbers."""

    condition: Condition
    bounds: Mapping[str, str]


@dataclass(frozen=True)
class Joined:
    """Parts of which all (``every``) or at least one must hold; ``negated`` turns the answer round."""

    parts: tuple["Joined | Part", ...]
    every: bool
    negated: bool = False


def parts_of(condition: Condition, language: Language) -> Joined | Part:
    """Take a condition apart at its ``&&``, ``||`` and ``!``.

    What cannot stand alone stays with what surrounds it, so the whole condition is the least that comes back.
    """
    tokens = condition.sentence.tokens
    try:
        return _part(tokens, condition.source, language)
    except InvalidCondition:
        return Part(condition, {})


def _part(tokens: Sequence[Token], source: str, language: Language) -> Joined | Part:
    tokens = _unwrapped(tokens)
    if not any(token.text == "?" for token in _at_top(tokens)):
        for sign, every in (("||", False), ("&&", True)):
            pieces = _split(tokens, sign)
            if len(pieces) > 1:
                return Joined(tuple(_part(piece, source, language) for piece in pieces), every)
        if len(tokens) > 1 and tokens[0].text == "!" and _is_one_thing(tokens[1:]):
            return Joined((_part(tokens[1:], source, language),), every=True, negated=True)
    alone = source[tokens[0].start : tokens[-1].end]
    return Part(language.part(alone), _bounds(tokens))


def _unwrapped(tokens: Sequence[Token]) -> Sequence[Token]:
    while len(tokens) > 2 and tokens[0].text == "(" and _closes(tokens) == len(tokens) - 1:  # noqa: PLR2004
        tokens = tokens[1:-1]
    return tokens


def _closes(tokens: Sequence[Token]) -> int:
    depth = 0
    for number, token in enumerate(tokens):
        if token.kind == "sign":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0:
            return number
    return -1


def _is_one_thing(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 or (tokens[0].text == "(" and _closes(tokens) == len(tokens) - 1)


def _at_top(tokens: Sequence[Token]) -> list[Token]:
    depth, found = 0, []
    for token in tokens:
        if token.kind == "sign":
            depth -= token.text in CLOSING
            if depth == 0:
                found.append(token)
            depth += token.text in OPENING
    return found


def _split(tokens: Sequence[Token], sign: str) -> list[Sequence[Token]]:
    cuts = [token.start for token in _at_top(tokens) if token.text == sign]
    pieces: list[list[Token]] = [[] for _ in range(len(cuts) + 1)]
    for token in tokens:
        if token.start not in cuts:
            pieces[sum(cut < token.start for cut in cuts)].append(token)
    return list(pieces)


def _bounds(tokens: Sequence[Token]) -> Mapping[str, str]:
    if len(tokens) != 3:  # noqa: PLR2004 - a name, a sign and a number
        return {}
    left, sign, right = tokens
    if left.kind == "name" and right.kind == "number" and sign.text in _BOUND:
        return {left.text: f"{sign.text} {right.text}"}
    if left.kind == "number" and right.kind == "name" and sign.text in _BOUND:
        return {right.text: f"{_FROM_THE_OTHER_SIDE[sign.text]} {left.text}"}
    return {}


def explain(
    node: Joined | Part, activation: Any, values: Mapping[str, FactValue], facts: Mapping[str, Fact]
) -> str:
    """Say which facts made a condition true, as one sentence."""
    said: dict[str, str] = {}
    for part, held in _reasons(node, activation, wanted=True):
        for name in part.condition.reads:
            bound = part.bounds.get(name, "") if held else ""
            said.setdefault(name, _clause(facts[name], values[name], bound))
    if not said:
        return "The condition of the rule holds for every incident."
    clauses = list(said.values())
    listed = ", ".join(clauses[:-1]) + (" and " if len(clauses) > 1 else "") + clauses[-1]
    return f"Because {listed}."


def _reasons(node: Joined | Part, activation: Any, *, wanted: bool) -> list[tuple[Part, bool]]:
    """Return the parts that together made a node true (or false, if that is wanted), and what each was."""
    if isinstance(node, Part):
        return [(node, wanted)]
    wanted = wanted != node.negated
    if node.every == wanted:  # all parts were needed
        needed: Sequence[Joined | Part] = node.parts
    else:  # one would have been enough: those that gave the answer
        needed = [part for part in node.parts if _answer(part, activation) is wanted]
    return [reason for part in needed for reason in _reasons(part, activation, wanted=wanted)]


def _answer(node: Joined | Part, activation: Any) -> bool | None:
    if isinstance(node, Part):
        try:
            return node.condition.holds(activation)
        except Unanswerable:
            return None
    answers = [_answer(part, activation) for part in node.parts]
    decisive = not node.every
    if decisive in answers:
        return decisive != node.negated
    return None if None in answers else node.every != node.negated


def _clause(fact: Fact, value: FactValue, bound: str) -> str:
    if isinstance(value, bool):
        return fact.said if value else fact.denied
    if isinstance(value, int):
        return fact.said.format(_number(fact, value, bound))
    if isinstance(value, str):
        return fact.said.format(_text(fact, value))
    return fact.said.format(" and ".join(_text(fact, item) for item in value) or "not at all")


def _text(fact: Fact, value: str) -> str:
    if not value:
        return "not given"
    label = " ".join(fact.label(value).split())
    return label if len(label) <= _LONGEST_ANSWER else label[: _LONGEST_ANSWER - 1] + "…"


def _number(fact: Fact, value: int, bound: str) -> str:
    sign, _, limit = bound.partition(" ")
    limited = bool(limit) and limit.isdecimal()
    if fact.name == "incident.harm":
        level = _level(value)
        return f"{level} (the rule asks for {_BOUND[sign]} {_level(int(limit))})" if limited else level
    if fact.name == "incident.hour":
        return f"{value:02}"
    if fact.name == "person.age" and value < 0:
        return "not known"
    return f"{value} (the rule asks for {_BOUND[sign]} {limit})" if limited else str(value)


def _level(value: int) -> str:
    return HARM_LEVELS[value].lower() if 0 <= value < len(HARM_LEVELS) else str(value)
