"""Why a condition cannot be used, or could not be answered."""

_WINDOW = 100


class InvalidCondition(Exception):
    """A condition that cannot be used: what is wrong with it, and where.

    ``line`` and ``column`` count characters from 1. As text it is the message with its place, and below it
    the line of the condition with a caret under the place.
    """

    def __init__(self, message: str, source: str, at: int) -> None:
        before = source[:at]
        self.message = message
        self.line = before.count("\n") + 1
        self.column = at - (before.rfind("\n") + 1) + 1
        shown = _shown(source, self.line, self.column)
        super().__init__(f"line {self.line}, column {self.column}: {message}\n{shown}")


def _shown(source: str, line: int, column: int) -> str:
    lines = source.split("\n")
    text = "".join(sign if sign.isprintable() else " " for sign in lines[min(line, len(lines)) - 1])
    start = max(0, column - 1 - _WINDOW // 2)
    return f"  {text[start : start + _WINDOW]}\n  {' ' * (column - 1 - start)}^"


class Unanswerable(Exception):
    """A sound condition that has no answer on the facts at hand, such as a division by zero."""
