"""YAML as a tree with places, of the plain kind only: no tags, no anchors, nothing twice, nothing deep.

The text is looked at as a stream of events first, which costs no more than its length; only what is plain is
then built. Nothing in it can name a class or be expanded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from throughline.rules.written.mistakes import Mistake, at
from throughline.sdk.wording import hidden_character

LARGEST = 256 * 1024
_DIGITS = re.compile(r"-?[0-9]{1,30}")  # a longer one stays a text, which no number is compared with
DEEPEST = 12
# The parser written in C: the same grammar, twenty times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_OPEN = "found unexpected end of stream"
_HINTS = (
    (
        "cannot start any token",
        "Use spaces, not a tab, and put a text that begins with a sign in quotation marks.",
    ),
    ("mapping values are not allowed", "Put a text that holds a colon in quotation marks, or below a |."),
    ("could not find expected ':'", "A key is followed by a colon and a space."),
    ("did not find expected key", "See that it lines up with what is above it."),
    ("did not find expected '-'", "See that it lines up: each item of a list begins with a hyphen."),
    (_OPEN, "A quotation mark never closes."),
    ("did not find expected ',' or", "A comma or a closing bracket is missing."),
)


class Unreadable(Exception):
    """The text is not plain YAML; holds the mistake."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(frozen=True)
class Place:
    """Where a value stands, from 1."""

    line: int
    column: int


def tree(text: str) -> yaml.Node | None:
    """Return the document of a text; None when it is empty.

    Raises:
        Unreadable: it is too large or too deep, is not YAML, holds a tag, an anchor or a key twice, or is
            more than one document.
    """
    if len(text) > LARGEST:
        raise Unreadable(
            at(text, 1, 1, f"This is larger than {LARGEST // 1024} kB. Split it into several files.")
        )
    half = next((at for at, sign in enumerate(text) if "\ud800" <= sign <= "\udfff"), None)
    if half is not None:
        shown = text.encode("utf-8", "replace").decode()
        raise Unreadable(at(shown, *_line_and_column(text, half), "This is half a character."))
    try:
        _see_events(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        open_quote = error.problem == _OPEN and error.context_mark is not None
        mark = error.context_mark if open_quote else error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = error.problem or "it cannot be read"
        raise Unreadable(at(text, line, column, f"This is not YAML: {said}.{_hint(said)}")) from error
    except yaml.reader.ReaderError as error:
        # The parser in C counts bytes here.
        found_at = next((at for at, sign in enumerate(text) if ord(sign) == _number(error)), error.position)
        line, column = _line_and_column(text, found_at)
        raise Unreadable(at(text, line, column, "This character cannot stand in a text.")) from error
    for found in _doubled(node):
        raise Unreadable(
            at(
                text,
                found.start_mark.line + 1,
                found.start_mark.column + 1,
                f"“{found.value}” is given twice.",
            )
        )
    return node


def _see_events(text: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(
                at(text, line, column, "An anchor or alias (& or *) has no use here: write it out.")
            )
        if getattr(event, "tag", None):
            raise Unreadable(
                at(text, line, column, "A tag (!) has no use here. Put the text in quotation marks.")
            )
        if isinstance(event, yaml.ScalarEvent) and (sign := hidden_character(event.value)):
            raise Unreadable(at(text, line, column, f"The character {sign} cannot stand in a text."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise Unreadable(at(text, line, column, f"This is nested more than {DEEPEST} deep."))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Unreadable(at(text, line, column, "Write one document in a file, without ---."))


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def _number(error: yaml.reader.ReaderError) -> int:
    return ord(error.character) if isinstance(error.character, str) else int(error.character)


def _hint(said: str) -> str:
    return next((f" {hint}" for part, hint in _HINTS if part in said), "")


def _doubled(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key
                seen.add(key.value)
            yield from _doubled(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubled(item)


def place_of(node: yaml.Node) -> Place:
    """Return where a value begins."""
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def inside(text: str, node: yaml.Node, index: int) -> tuple[int, int]:
    """Return the line and column in the file of the character ``index`` of a scalar's own text."""
    return _line_and_column(text, offset(text, node, index))


def offset(text: str, node: yaml.Node, index: int) -> int:
    """Return where in the file the character ``index`` of a scalar's own text stands, from 0."""
    found = offsets(text, node)
    return found[min(index, len(found) - 1)]


def offsets(text: str, node: yaml.Node) -> list[int]:
    """Return where each character of a scalar's own text stands in the file, and where it ends.

    Exact in every style: folding changes only spaces and line ends, so all other characters follow each
    other in the file as in the text, and what was escaped stands where its escape does.
    """
    style = getattr(node, "style", None) or ""
    at, end = node.start_mark.index, min(node.end_mark.index, len(text))
    if style in ("|", ">"):
        at = text.find("\n", at, end) + 1 or end
    at += style in ("'", '"')
    found = []
    for sign in str(node.value):
        if not sign.isspace():
            at = _past_spaces(text, at, end)
        found.append(min(at, end))
        if not sign.isspace() or text[at : at + 1] == sign or (style == '"' and text[at : at + 1] == "\\"):
            at = _next(text, at, style)
    return [*found, min(at, end)]


def _past_spaces(raw: str, at: int, end: int) -> int:
    while at < end and (raw[at].isspace() or raw[at : at + 2] == "\\\n"):
        at += 1 + (raw[at] == "\\")
    return at


def _next(raw: str, at: int, style: str) -> int:
    if style == "'":
        return at + (2 if raw[at : at + 2] == "''" else 1)
    if style == '"' and raw[at : at + 1] == "\\":
        return at + 2 + {"x": 2, "u": 4, "U": 8}.get(raw[at + 1 : at + 2], 0)
    return at + 1


def value_of(node: yaml.Node) -> object:
    """Return what an example gives: a word, a whole number, true or false, or a list of them."""
    if isinstance(node, yaml.SequenceNode):
        return tuple(value_of(item) for item in node.value)
    if not isinstance(node, yaml.ScalarNode):
        return None
    if node.tag == "tag:yaml.org,2002:bool" and node.value.lower() in ("true", "false"):
        return node.value.lower() == "true"  # "no" and "on" are words, as in YAML 1.2
    if node.tag == "tag:yaml.org,2002:int" and _DIGITS.fullmatch(node.value):
        return int(node.value)
    return node.value
