"""The runtime's messages in plain words."""

import re
from collections.abc import Iterator, Mapping

from throughline.rules.facts import Fact
from throughline.rules.grammar import Sentence, fact_in, nearest
from throughline.rules.invalid import InvalidCondition

_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_SELECT = re.compile(r"expression of type '[^']*' cannot be the operand of a select operation")
_FOUND = re.compile(r"Syntax error: (?:mismatched|extraneous) input '(.*)' expecting")
_MISSING = re.compile(r"Syntax error: missing '(.*)' at")
_SIGNS = {"@in": "in", "_?_:_": "? :", "_[_]": "[ ]"}
_TYPES = {
    "int": "a whole number",
    "string": "a text",
    "bool": "true or false",
    "double": "a decimal number",
    "list(string)": "a list of texts",
    "list(int)": "a list of whole numbers",
    "null": "nothing",
}
_FAILURES = (
    ("divide by zero", "it divides by zero"),
    ("modulus by zero", "it divides by zero"),
    ("overflow", "a number became too large"),
    ("Index error", "it asks for an item that the list does not have"),
    ("Key not found", "it asks for something that is not there"),
    ("No value with name", "a fact has no value"),
    ("Unexpected value type", "a fact has a value of the wrong kind"),
    ("Iteration budget", "it goes through too many items"),
)
_TOO_DEEP = ("recursion limit", "max recursion depth")


def plain_failure(text: str) -> str:
    """Return why the runtime gave no answer; its own words, cut short, where they are not known."""
    return next((ours for theirs, ours in _FAILURES if theirs in text), text[:200])


def explained(text: str, sentence: Sentence, facts: Mapping[str, Fact]) -> InvalidCondition:
    """Return the first error of a compilation in plain words, at its place."""
    source = sentence.source
    if any(sign in text for sign in _TOO_DEEP):
        return InvalidCondition("it is nested too deeply: split it into several rules", source, 0)
    errors = sorted((int(line), int(column), what) for line, column, what in _ERROR.findall(text))
    if not errors:
        return InvalidCondition(text.strip().splitlines()[0][:200], source, 0)
    line, column, what = errors[0]
    at = _offset(source, line, column)
    for message, place in _plain(what, sentence, facts, at):
        return InvalidCondition(message, source, place)
    return InvalidCondition(what[:200], source, at)


def _offset(source: str, line: int, column: int) -> int:
    lines = source.split("\n")
    before = sum(len(one) + 1 for one in lines[: max(0, line - 1)])
    return min(len(source), before + max(0, column - 1))


def _plain(what: str, sentence: Sentence, facts: Mapping[str, Fact], at: int) -> Iterator[tuple[str, int]]:
    if unknown := _UNKNOWN.search(what):
        yield _unknown(unknown[1], sentence, facts, at)
    elif overload := _OVERLOAD.search(what):
        yield _mismatch(overload[1], overload[2]), at
    elif _SELECT.search(what):
        token = next((token for token in sentence.tokens if token.start <= at < token.end), None)
        name = fact_in(token, facts) if token else None
        yield (
            f"“{name}” has no parts: nothing can follow it but a function"
            if name
            else "nothing can follow this",
            (token.start if token else at),
        )
    elif missing := _MISSING.search(what):
        yield f"a “{missing[1]}” is missing here", at
    elif _FOUND.search(what):
        token = next((token for token in sentence.tokens if token.start == at), None)
        yield (f"“{token.text}” cannot stand here" if token else "something is missing at the end"), at
    elif "invalid int literal" in what:
        yield "this number is too large", at
    elif what.startswith("reserved identifier"):
        yield f"“{what.partition(': ')[2]}” is a word of the language and cannot be a name", at


def _unknown(name: str, sentence: Sentence, facts: Mapping[str, Fact], at: int) -> tuple[str, int]:
    for token in sentence.tokens:
        if token.kind == "name" and token.start <= at <= token.end:
            if fact_in(token, facts):  # the fact is known, so the runtime means what follows it
                return f"“{name}” is not used like this", token.end - len(name)
            return f"there is no fact “{token.text}”.{nearest(token.text, facts)}", token.start
    return f"there is no “{name}” that is used like this", at


def _mismatch(sign: str, types: str) -> str:
    shown = _SIGNS.get(sign, sign.strip("_"))
    kinds = [_TYPES.get(one, one) for one in re.findall(r"[a-z_]+(?:\([^()]*\))?", types)]
    hint = ""
    if sign in ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_") and "a text" in kinds:
        hint = ": a text stands in quotation marks, a number does not"
    return f"“{shown}” cannot be used with {' and '.join(kinds) or 'nothing'}{hint}"
