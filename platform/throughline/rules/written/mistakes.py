"""A mistake in a written rule: where it is, what is wrong, and the line it is in with a caret under it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_WINDOW = 100


@dataclass(frozen=True, order=True)
class Mistake:
    """Something that keeps a rule from being used.

    ``line`` and ``column`` count from 1; ``rule`` is the rule's key, empty where none can be read.
    """

    line: int
    column: int
    message: str
    caret: str = ""
    rule: str = ""

    def __str__(self) -> str:
        said = f"{self.line}:{self.column}: {self.message}"
        return f"{said}\n{self.caret}" if self.caret else said


def at(text: str, line: int, column: int, message: str, rule: str = "") -> Mistake:
    """Return a mistake at a place of a text."""
    lines = text.split("\n")
    line = max(1, min(line, len(lines)))
    shown = "".join(sign if sign.isprintable() else " " for sign in lines[line - 1])
    column = max(1, min(column, len(shown) + 1))
    start = max(0, column - 1 - _WINDOW // 2)
    caret = f"  {shown[start : start + _WINDOW]}\n  {' ' * (column - 1 - start)}^"
    return Mistake(line, column, message, caret, rule)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean …?"`` for a word close to a known one, and what is known."""
    options = list(known)
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    hint = f" Did you mean “{close[0]}”?" if close else ""
    return f"{hint} There are: {', '.join(options)}." if options else hint
