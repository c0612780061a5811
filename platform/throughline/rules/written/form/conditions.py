"""Conditions joined by "and", as rows and as CEL: only shapes of which both sides mean exactly the same."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from throughline.rules.facts import INTEGER
from throughline.rules.tokens import CLOSING, OPENING, Strange, Token, tokens
from throughline.rules.written.form.shape import Condition
from throughline.sdk import FactKind

HOWS: Mapping[FactKind, Mapping[str, str]] = {
    FactKind.STRING: {"is": "is", "is_not": "is not", "one_of": "is one of", "contains": "contains"},
    FactKind.INT: {
        "is": "is",
        "is_not": "is not",
        "at_least": "is at least",
        "more_than": "is more than",
        "at_most": "is at most",
        "less_than": "is less than",
    },
    FactKind.BOOL: {"is": "is"},
    FactKind.STRING_LIST: {"has": "has", "has_not": "does not have"},
}
"""The comparisons of each kind of fact, in words."""

_SIGNS = {
    "is": "==", "is_not": "!=", "at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<",
}  # fmt: skip
_HOW_OF = {sign: how for how, sign in _SIGNS.items()}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
YES, NO = "yes", "no"


class Beyond(Exception):
    """A condition that the form has no row for; ``start`` counts characters from 0."""

    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.message, self.start = message, start


def is_number(value: str) -> bool:
    """Say whether a text is a whole number that a condition can compare."""
    return _NUMBER.fullmatch(value) is not None and int(value) in INTEGER and value != "-0"


def listed(value: str) -> list[str]:
    """Return the words of a value that holds several."""
    return [word.strip() for word in value.split(",") if word.strip()]


def cel(row: Condition, kinds: Mapping[str, FactKind]) -> str:
    """Return a row as CEL. The row has been found sound: its fact is known, and its value fits it."""
    kind, value = kinds[row.fact], row.value
    if kind is FactKind.BOOL:
        return row.fact if value == YES else f"!{row.fact}"
    if kind is FactKind.STRING_LIST:
        has = f"{_text(value)} in {row.fact}"
        return has if row.how == "has" else f"!({has})"
    if row.how == "one_of":
        return f"{row.fact} in [{', '.join(map(_text, listed(value)))}]"
    if row.how == "contains":
        return f"{row.fact}.contains({_text(value)})"
    return f"{row.fact} {_SIGNS[row.how]} {value if kind is FactKind.INT else _text(value)}"


def rows(when: str, kinds: Mapping[str, FactKind]) -> tuple[Condition, ...]:
    """Return a condition as rows that mean the same.

    Raises:
        Beyond: a part of it has no row.
    """
    try:
        found = list(tokens(when))
    except Strange as strange:
        raise Beyond("it cannot be read", strange.start) from strange
    for before, after in zip([None, *found], [*found, None], strict=True):
        between = when[before.end if before else 0 : after.start if after else len(when)]
        if between.strip():
            raise Beyond("it holds a comment", before.end if before else 0)
    return tuple(_row(part, kinds) for part in _parts(found))


def _parts(found: Sequence[Token]) -> Iterator[list[Token]]:
    """Split at every "and" that is in no bracket."""
    part: list[Token] = []
    depth = 0
    for token in found:
        if token.kind == "sign":
            depth += (token.text in OPENING) - (token.text in CLOSING)
            if token.text == "&&" and not depth:
                yield part
                part = []
                continue
        part.append(token)
    yield part


def _row(part: Sequence[Token], kinds: Mapping[str, FactKind]) -> Condition:
    at = part[0].start if part else 0
    signs = tuple(token.text if token.kind == "sign" else token.kind for token in part)
    row = _shaped(part, signs, kinds)
    if row is None or row.fact not in kinds:
        raise Beyond("the form has no row for this part of the condition", at)
    kind = kinds[row.fact]
    if row.how not in HOWS[kind] or (kind is FactKind.INT and not is_number(row.value)):
        raise Beyond("this compares what cannot be compared", at)
    return row


def _shaped(part: Sequence[Token], signs: tuple[str, ...], kinds: Mapping[str, FactKind]) -> Condition | None:
    texts = [token.text for token in part]
    short = _SHORT.get(signs)
    if short is not None:
        return short(part, kinds)
    if len(part) > 4 and signs[:3] == ("name", "name", "[") and texts[1] == "in":  # noqa: PLR2004
        return _one_of(part, signs, kinds)
    if len(part) > 2 and signs[0] == "name" and texts[1] in _HOW_OF:  # noqa: PLR2004
        return _compared(part, signs, kinds)
    return None


def _has(part: Sequence[Token], how: str, kinds: Mapping[str, FactKind]) -> Condition | None:
    text, joined, name = part
    return _of_text(name.text, how, text, kinds) if joined.text == "in" else None


def _contains(part: Sequence[Token], kinds: Mapping[str, FactKind]) -> Condition | None:
    name = part[0].text
    within = name.endswith(".contains")
    return _of_text(name.removesuffix(".contains"), "contains", part[2], kinds) if within else None


def _truth(name: str, value: str, kinds: Mapping[str, FactKind]) -> Condition | None:
    return Condition(name, "is", value) if kinds.get(name) is FactKind.BOOL else None


def _of_text(name: str, how: str, token: Token, kinds: Mapping[str, FactKind]) -> Condition | None:
    value, kind = _read(token), kinds.get(name)
    fits = kind is not None and how in HOWS[kind]
    return Condition(name, how, value) if fits and value is not None and _typeable(value) else None


def _one_of(part: Sequence[Token], signs: tuple[str, ...], kinds: Mapping[str, FactKind]) -> Condition | None:
    inner = part[3:-1]
    shaped = signs[-1] == "]" and all(
        token.kind == "text" if number % 2 == 0 else token.text == "," for number, token in enumerate(inner)
    )
    values = [_read(token) for token in inner[::2]] if shaped and len(inner) % 2 else []
    words = [
        value for value in values if value is not None and value == value.strip() != "" and "," not in value
    ]
    if not values or len(words) != len(values) or kinds.get(part[0].text) is not FactKind.STRING:
        return None
    return Condition(part[0].text, "one_of", ", ".join(words)) if all(map(_typeable, words)) else None


def _compared(
    part: Sequence[Token], signs: tuple[str, ...], kinds: Mapping[str, FactKind]
) -> Condition | None:
    name, how, value = part[0].text, _HOW_OF[part[1].text], signs[2:]
    kind = kinds.get(name)
    if value == ("text",):
        return _of_text(name, how, part[2], kinds) if kind is FactKind.STRING else None
    if kind is FactKind.INT and value in (("number",), ("-", "number")):
        return Condition(name, how, "".join(token.text for token in part[2:]))
    if kind is FactKind.BOOL and value == ("name",) and how == "is" and part[2].text in ("true", "false"):
        return Condition(name, "is", YES if part[2].text == "true" else NO)
    return None


def _typeable(value: str) -> bool:
    """Say whether a text can stand in a field of one line and come back as it was."""
    return value == value.strip() and value.isprintable() and value != ""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(token: Token) -> str | None:
    """Return the text that a literal stands for; None for one that the form does not write."""
    raw = token.text
    if raw.startswith(("'''", '"""', "b", "B")):
        return None
    if raw.startswith("'"):
        return None if "\\" in raw or '"' in raw else raw[1:-1]
    try:
        return str(json.loads(raw))
    except ValueError:
        return None


_SHORT: Mapping[tuple[str, ...], Callable[[Sequence[Token], Mapping[str, FactKind]], Condition | None]] = {
    ("name",): lambda part, kinds: _truth(part[0].text, YES, kinds),
    ("!", "name"): lambda part, kinds: _truth(part[1].text, NO, kinds),
    ("name", "(", "text", ")"): _contains,
    ("text", "name", "name"): lambda part, kinds: _has(part, "has", kinds),
    ("!", "(", "text", "name", "name", ")"): lambda part, kinds: _has(part[2:5], "has_not", kinds),
}
