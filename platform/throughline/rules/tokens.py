"""A condition split into its words and signs, so that it can be measured before anything else sees it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_STRING = (
    r'(?:"""(?:\\.|(?!""").)*"""|\'\'\'(?:\\.|(?!\'\'\').)*\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')'
)
_RAW = r'(?:"[^"\n]*"|\'[^\'\n]*\')'
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+|//[^\n]*)
  | (?P<raw>(?:[rR][bB]?|[bB][rR]){_RAW})
  | (?P<text>[bB]?{_STRING})
  | (?P<number>0[xX][0-9a-fA-F]+[uU]?|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[uU]?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<sign>&&|\|\||==|!=|<=|>=|[-<>+*/%!?:,.()\[\]{{}}])
    """,
    re.VERBOSE | re.DOTALL,
)
OPENING = "([{"
CLOSING = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    """A piece of a condition: ``kind`` is ``text``, ``raw``, ``number``, ``name`` or ``sign``.

    A name is the whole dotted path; ``start`` and ``end`` count characters from 0.
    """

    kind: str
    text: str
    start: int
    end: int


class Strange(Exception):
    """A character that means nothing in a condition, and where it stands."""

    def __init__(self, character: str, start: int) -> None:
        super().__init__(character)
        self.character = character
        self.start = start


def tokens(source: str) -> Iterator[Token]:
    """Split a condition, leaving out spaces and comments.

    Raises:
        Strange: at the first character that belongs to nothing.
    """
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise Strange(source[at], at)
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match[0], at, match.end())
        at = match.end()
