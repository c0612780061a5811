"""A text as the fields of the form, or the line of it that the form cannot show: never less than the text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import yaml

from throughline.rules.facts import FactSchema
from throughline.rules.written import phrases
from throughline.rules.written.effects import CHAIN_KEYS, EVERY_UNIT
from throughline.rules.written.form.conditions import NO, YES, Beyond, rows
from throughline.rules.written.form.examples import given_of, lines_of
from throughline.rules.written.form.printed import kinds_of, printed
from throughline.rules.written.form.shape import (
    AUTHORITY,
    MOST_ROWS,
    OUTCOMES,
    Condition,
    Counted,
    Example,
    Form,
    Outcome,
    Step,
)
from throughline.rules.written.nodes import Unreadable, inside, place_of, tree, value_of
from throughline.rules.written.reading import read_rules
from throughline.rules.written.words import Unclear
from throughline.sdk import LOCAL

_TOP = ("key", "version", "title", "why", "owner", "status", "budget")
_SHOWN = (*_TOP, "authority", "on", "let", "when", "then", "tests")
_RUNNING = ("title", "why", "statement", "reference", "quote")


@dataclass(frozen=True)
class Unshown:
    """A line of a text that the form cannot show, and why."""

    line: int
    message: str


@dataclass(frozen=True)
class Opened:
    """A text in the form; ``form`` is None where a line cannot be shown. ``comments`` are lines with one."""

    form: Form | None
    unshown: tuple[Unshown, ...]
    comments: tuple[int, ...] = ()


Row = TypeVar("Row")


class _Beyond(Exception):
    def __init__(self, node: yaml.Node, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.unshown = Unshown(line or place_of(node).line, message)


def opened(text: str, schema: FactSchema) -> Opened:
    """Open a text in the form, if the form can show all that it says."""
    try:
        node = tree(text)
    except Unreadable as unreadable:
        return Opened(None, (Unshown(unreadable.mistake.line, unreadable.mistake.message),))
    if node is None:
        return Opened(Form(), ())
    try:
        form = _form(text, node, schema)
    except _Beyond as beyond:
        return Opened(None, (beyond.unshown,))
    if not _same(text, form, schema):
        return Opened(None, (Unshown(1, "The form would not say quite the same as this text."),))
    return Opened(form, (), tuple(_comments(text, node)))


def _same(text: str, form: Form, schema: FactSchema) -> bool:
    """Say whether the form means what the text does, as far as the text can be read at all.

    The condition's own words may differ: another kind of quotation mark, other spaces.
    """
    before = read_rules(text, schema)
    if before.mistakes:
        return True
    after = printed(form, schema).written
    kept = [replace(one.rule, when="") for one in before.rules]
    return not after.mistakes and kept == [replace(one.rule, when="") for one in after.rules]


def _form(text: str, node: yaml.Node, schema: FactSchema) -> Form:
    top = _keys(node, _SHOWN, "The form holds one rule.")
    authority = _keys(top["authority"], (*AUTHORITY, "provider_kinds")) if "authority" in top else {}
    values: dict[str, Any] = {name: _scalar(top[name], name) for name in _TOP if name in top}
    values |= {name: _scalar(authority[name], name) for name in AUTHORITY if name in authority}
    values["key"] = values.get("key", "").removeprefix(f"{LOCAL}.")
    form = Form(
        **values,
        provider_kinds=tuple(_words(authority.get("provider_kinds"))),
        on=tuple(_words(top.get("on"))),
        counts=tuple(_counts(top.get("let"))),
        outcomes=tuple(_outcome(item) for item in _items(top.get("then"))),
        examples=tuple(_example(item) for item in _items(top.get("tests"))),
    )
    when = top.get("when")
    return replace(form, conditions=_conditions(text, when, form, schema) if when is not None else ())


def _conditions(text: str, node: yaml.Node, form: Form, schema: FactSchema) -> tuple[Condition, ...]:
    if not isinstance(node, yaml.ScalarNode):
        raise _Beyond(node, "The condition is a text.")
    if not node.value.strip():
        return ()
    try:
        found = rows(node.value, kinds_of(form, schema))
    except Beyond as beyond:
        line = inside(text, node, beyond.start)[0]
        raise _Beyond(node, beyond.message[:1].upper() + beyond.message[1:] + ".", line) from beyond
    return _few(node, found)


def _counts(node: yaml.Node | None) -> Iterator[Counted]:
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise _Beyond(node, "“let” is a set of keys.")
    for key, value in _few(node, node.value):
        said = _scalar(value, "a look-back", lines=True)
        try:
            parts = phrases.parts_of(said)
        except Unclear as unclear:
            raise _Beyond(value, unclear.message) from unclear
        if not parts.where.isprintable():
            raise _Beyond(value, "The look-back's own condition is on several lines.")
        yield Counted(
            key.value, parts.counted, parts.category, parts.harm, parts.same, parts.days, parts.where
        )


def _outcome(node: yaml.Node) -> Outcome:
    if not (isinstance(node, yaml.MappingNode) and len(node.value) == 1):
        raise _Beyond(node, "Each line under “then” names one effect.")
    key, value = node.value[0]
    if key.value not in OUTCOMES:
        raise _Beyond(key, f"The form has no “{key.value}”.")
    found = _keys(value, OUTCOMES[key.value])
    values = tuple(
        (name, _audience(found[name]) if name == "with" else _scalar(found[name], name))
        for name in OUTCOMES[key.value]
        if name in found and name != "chain"
    )
    return Outcome(key.value, values, tuple(_step(item) for item in _items(found.get("chain"))))


def _audience(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return EVERY_UNIT if node.value.strip() == EVERY_UNIT else _scalar(node, "with")
    return ", ".join(_words(node))


def _step(node: yaml.Node) -> Step:
    found = _keys(node, CHAIN_KEYS)
    return Step(*(_scalar(found[name], name) if name in found else "" for name in CHAIN_KEYS))


def _example(node: yaml.Node) -> Example:
    found = _keys(node, ("given", "fires"))
    given = found.get("given")
    if given is not None and not isinstance(given, yaml.MappingNode):
        raise _Beyond(given, "“given” is a set of keys.")
    values = {key.value: value_of(value) for key, value in (given.value if given is not None else ())}
    lines = lines_of(values)
    if {name: _comparable(value) for name, value in given_of(lines)[0].items()} != {
        name: _comparable(value) for name, value in values.items()
    }:
        raise _Beyond(node, "The form cannot show what this example gives.")
    fires = _scalar(found["fires"], "fires").lower() if "fires" in found else ""
    return Example(lines, {"true": YES, "yes": YES, "false": NO, "no": NO}.get(fires, ""))


def _comparable(value: object) -> object:
    return (
        type(value).__name__.replace("tuple", "list"),
        list(value) if isinstance(value, (list, tuple)) else value,
    )


def _keys(node: yaml.Node, known: Iterable[str], otherwise: str = "") -> Mapping[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _Beyond(node, otherwise or "This should be a set of keys.")
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value not in known:
            said = f"The form has no field for “{getattr(key, 'value', '?')}”."
            raise _Beyond(key, f"{otherwise} {said}".strip())
    return {key.value: value for key, value in node.value}


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise _Beyond(node, "This should be a list.")
    return list(_few(node, node.value))


def _words(node: yaml.Node | None) -> list[str]:
    return [_scalar(item, "an item") for item in _items(node)]


def _few(node: yaml.Node, found: Sequence[Row]) -> tuple[Row, ...]:
    if len(found) > MOST_ROWS:
        raise _Beyond(node, f"The form shows at most {MOST_ROWS} of these.")
    return tuple(found)


def _scalar(node: yaml.Node, name: str, *, lines: bool = False) -> str:
    if not isinstance(node, yaml.ScalarNode):
        person = name == "to" and isinstance(node, yaml.MappingNode)
        raise _Beyond(node, "The form names no person." if person else f"“{name}” should be a text.")
    value = node.value.strip()
    value = " ".join(value.split()) if name in _RUNNING or name == "words" else value
    if not (lines or value.isprintable()):
        raise _Beyond(node, f"“{name}” holds a sign or a line break that a field cannot hold.")
    return str(value)


def _comments(text: str, node: yaml.Node) -> Iterator[int]:
    """Yield the lines with a comment: a # after a space or at a line's beginning that is in no value."""
    inside_values = [
        (one.start_mark.index, one.end_mark.index)
        for one in _scalars(node)
        if one.end_mark.index > one.start_mark.index
    ]
    for found in re.finditer(r"(?:^|(?<=\s))#", text, re.MULTILINE):
        at = found.start()
        if not any(start <= at < end for start, end in inside_values):
            yield text.count("\n", 0, at) + 1


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    for child in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for one in child if isinstance(child, tuple) else (child,):
            yield from _scalars(one)
