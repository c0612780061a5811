"""YAML as a tree with places, of the plain kind only: no tags, no anchors, nothing twice, nothing deep.

The text is looked at as a stream of events first, which costs no more than its length; only what is plain is
then built. Nothing in it can name a class or be expanded.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from throughline.rules.written.mistakes import Mistake, at

LARGEST = 256 * 1024
DEEPEST = 12


class Unreadable(Exception):
    """The text is not plain YAML; holds the mistake."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(frozen=True)
class Place:
    """Where a value stands, from 1. ``block``: its text begins on the next line (``|`` or ``>``)."""

    line: int
    column: int
    block: bool = False
    quoted: bool = False


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
    try:
        _see_events(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = error.problem or "it cannot be read"
        raise Unreadable(at(text, line, column, f"This is not YAML: {said}.{_hint(said)}")) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
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
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
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


def _hint(said: str) -> str:
    if "'\\t'" in said:
        return " Use spaces, not a tab."
    if "mapping values are not allowed" in said:
        return " Put a text that holds a colon in quotation marks, or below a |."
    return ""


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
    style = getattr(node, "style", None)
    return Place(
        node.start_mark.line + 1, node.start_mark.column + 1, style in ("|", ">"), style in ("'", '"')
    )


def inside(text: str, node: yaml.Node, line: int, column: int) -> tuple[int, int]:
    """Return where in the file the place (line, column) of a scalar's own text stands, as near as YAML says.

    Exact for a text on one line and for a block after ``|``; for a folded text it is the line it begins on.
    """
    place = place_of(node)
    if place.block:
        lines = text.split("\n")
        number = place.line + line
        shown = lines[number - 1] if number <= len(lines) else ""
        return number, len(shown) - len(shown.lstrip(" ")) + column
    if line > 1:
        return place.line + line - 1, column
    return place.line, place.column + place.quoted + column - 1
