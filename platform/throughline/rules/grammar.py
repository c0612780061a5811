"""What may stand in a condition: the part of CEL this product promises, measured before it is compiled.

The part is: facts and texts, whole numbers, lists in square brackets; ``&& || ! == != < <= > >= in ? :`` and
arithmetic; ``size contains startsWith endsWith matches``; ``exists`` and ``all`` over a list, with neither of
them nor ``matches`` inside. Nothing in it can loop for long or grow a text, which the runtime would allow.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from throughline.rules.facts import Fact
from throughline.rules.invalid import InvalidCondition
from throughline.rules.tokens import CLOSING, OPENING, Strange, Token, tokens
from throughline.sdk import FactKind
from throughline.sdk.bounds import CONDITION_LIMIT

DEEPEST = 12
MOST_TOKENS = 400
LONGEST_PATTERN = 200
FUNCTIONS = ("size", "contains", "startsWith", "endsWith", "matches", "exists", "all")
OVER_LISTS = ("exists", "all")
_LOGIC = {"and": "&&", "or": "||", "not": "!"}
_STRANGE = {
    "=": "to compare, write two equals signs: ==",
    "&": "for “and”, write &&",
    "|": "for “or”, write ||",
    '"': "this quotation mark never closes",
    "'": "this quotation mark never closes",
}
_CURLY = "“”‘’"
_LONG_QUOTES = ('"""', "'''")


@dataclass(frozen=True)
class Sentence:
    """A condition inside the language: its tokens, the facts it reads, and the patterns it matches with."""

    source: str
    tokens: tuple[Token, ...]
    reads: frozenset[str]
    patterns: tuple[Token, ...]


def check(source: str, facts: Mapping[str, Fact]) -> Sentence:
    """Split a condition and see that it stays inside the language.

    Raises:
        InvalidCondition: it does not, with the place and what would be right.
    """
    if not source.strip():
        raise InvalidCondition("the condition is empty", source, 0)
    if len(source) > CONDITION_LIMIT:
        reason = f"the condition is longer than {CONDITION_LIMIT:,} characters: split it into several rules"
        raise InvalidCondition(reason, source, 0)
    at = next((at for at, sign in enumerate(source) if "\ud800" <= sign <= "\udfff"), None)
    if at is not None:
        raise InvalidCondition("this is half a character", source.encode("utf-8", "replace").decode(), at)
    found = _split(source)
    for look in (_measure, _shape, _calls, _words):
        for at, reason in look(found, facts):
            raise InvalidCondition(reason, source, at)
    reads = frozenset(filter(None, (fact_in(token, facts) for token in found)))
    return Sentence(source, found, reads, tuple(_patterns(found)))


def fact_in(token: Token, facts: Mapping[str, Fact]) -> str | None:
    """Return the name of the fact that a token reads; a method may follow it in the same token."""
    if token.kind != "name":
        return None
    name = token.text
    while name and name not in facts:
        name = name.rpartition(".")[0]
    return name or None


def nearest(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return ``" Did you mean …?"`` for a misspelt or half-remembered word, otherwise nothing."""
    half = [one for one in known if one.endswith(f".{word}") or one.startswith(f"{word}.")]
    close = half[:1] or get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean “{close[0]}”?" if close else ""


def _split(source: str) -> tuple[Token, ...]:
    try:
        return tuple(tokens(source))
    except Strange as strange:
        sign = strange.character
        reason = _STRANGE.get(sign)
        if sign in _CURLY:
            reason = "use straight quotation marks: \" or '"
        shown = sign if sign.isprintable() else repr(sign)[1:-1]
        raise InvalidCondition(reason or f"“{shown}” means nothing here", source, strange.start) from strange


_Problems = Iterator[tuple[int, str]]
_Look = Callable[[tuple[Token, ...], Mapping[str, Fact]], _Problems]


def _measure(found: tuple[Token, ...], facts: Mapping[str, Fact]) -> _Problems:
    if len(found) > MOST_TOKENS:
        yield found[MOST_TOKENS].start, f"the condition has more than {MOST_TOKENS} words and signs"
    depth = choices = 0
    for token in found:
        if token.kind != "sign":
            continue
        depth += (token.text in OPENING) - (token.text in CLOSING)
        choices += token.text == "?"
        if max(depth, choices) > DEEPEST:
            yield token.start, f"it is nested more than {DEEPEST} deep: split it into several rules"


def _shape(found: tuple[Token, ...], facts: Mapping[str, Fact]) -> _Problems:
    for before, token in zip((None, *found), found, strict=False):
        if token.kind == "name" and token.text in _LOGIC and token.text not in facts:
            yield token.start, f"for “{token.text}”, write {_LOGIC[token.text]}"
        if token.text == "." and (before is None or (before.text not in ")]" and before.kind != "text")):
            yield token.start, "write a name in one piece, without spaces around its full stop"
        if token.text in "{}" and token.kind == "sign":
            yield token.start, "curly brackets have no use here"


def _calls(found: tuple[Token, ...], facts: Mapping[str, Fact]) -> _Problems:
    inside: list[bool] = []  # for each open bracket, whether it is the body of exists or all
    for before, token in zip((None, *found), found, strict=False):
        if token.kind != "sign":
            continue
        name = _called(before) if token.text == "(" else ""
        if name and before is not None:
            yield from ((before.end - len(name), reason) for reason in _call_problems(name, any(inside)))
        if token.text in OPENING:
            inside.append(name in OVER_LISTS)
        elif token.text in CLOSING and inside:
            inside.pop()
        elif token.text == "+" and any(inside):
            yield token.start, "inside exists and all, nothing can be added up"


def _called(before: Token | None) -> str:
    if before is None or before.kind != "name" or before.text == "in":
        return ""
    return before.text.rpartition(".")[2]


def _call_problems(name: str, in_loop: bool) -> Iterator[str]:
    if name == "has":
        yield 'every fact has a value, so “has” is not needed: compare with "", 0 or false'
    elif name not in FUNCTIONS:
        close = nearest(name, FUNCTIONS)
        yield f"there is no function “{name}” here.{close} There are: {', '.join(FUNCTIONS)}"
    elif name in (*OVER_LISTS, "matches") and in_loop:
        yield f"“{name}” cannot stand inside exists or all"


def _patterns(found: tuple[Token, ...]) -> Iterator[Token]:
    for name, opening, pattern in zip(found, found[1:], found[2:], strict=False):
        if opening.text == "(" and _called(name) == "matches":
            yield pattern


def _words(found: tuple[Token, ...], facts: Mapping[str, Fact]) -> _Problems:
    """Name texts that are compared with a fact but can never be its value, and patterns that are none."""
    for pattern in _patterns(found):
        if pattern.kind not in ("text", "raw"):
            yield pattern.start, "after matches, write the pattern itself in quotation marks"
        elif len(pattern.text) > LONGEST_PATTERN:
            yield pattern.start, f"the pattern is longer than {LONGEST_PATTERN} characters"
    for fact, token in _compared(found, facts):
        word = token.text[1:-1]
        plain = token.kind == "text" and "\\" not in word and token.text[:3] not in _LONG_QUOTES
        if plain and word and word not in fact.choices:
            options = ", ".join(fact.choices)
            yield (
                token.start,
                f"{fact.name} is never “{word}”.{nearest(word, fact.choices)} There are: {options}",
            )


def _compared(found: tuple[Token, ...], facts: Mapping[str, Fact]) -> Iterator[tuple[Fact, Token]]:
    for number, (left, sign, right) in enumerate(zip(found, found[1:], found[2:], strict=False)):
        if sign.text in ("==", "!="):
            yield from _pair(left, right, facts)
            yield from _pair(right, left, facts)
        elif sign.text == "in" and right.text == "[":
            for token in found[number + 3 :]:
                if token.text == "]":
                    break
                yield from _pair(left, token, facts)
        elif sign.text == "in":
            yield from _pair(right, left, facts)


def _pair(name: Token, token: Token, facts: Mapping[str, Fact]) -> Iterator[tuple[Fact, Token]]:
    fact = facts.get(name.text) if name.kind == "name" else None
    if fact is not None and fact.closed and token.kind == "text" and fact.kind in _TEXTUAL:
        yield fact, token


_TEXTUAL = (FactKind.STRING, FactKind.STRING_LIST)
