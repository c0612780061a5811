"""One record seen through the header: its cells by field, and where its refusals and notes go."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from throughline.incidents.importing.result import Findings
from throughline.incidents.importing.tables import Header, Record
from throughline.incidents.importing.values import Unreadable
from throughline.incidents.importing.words import echo

R = TypeVar("R")
_CACHED = 16_384


class Cell(NamedTuple):
    """What stands in a row under a header of the file, trimmed; both are empty where there is nothing."""

    column: str
    text: str


class Refused(Exception):
    """The row does not become an incident; the reason has been named already."""


class Row:
    """One record. ``suspect`` holds the characters that no cell may hold, because they are no text."""

    def __init__(self, record: Record, header: Header, findings: Findings, suspect: str) -> None:
        self._record, self._header, self._findings, self._suspect = record, header, findings, suspect
        self.line = record.line

    def cell(self, field: str) -> Cell:
        """Return the first cell of a field that is not empty, with the line breaks of one kind."""
        positions = self._header.fields.get(field, ())
        for position in positions:
            text = self._record.cells[position].strip()
            if text:
                clean = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
                return Cell(self._header.names[position], clean)
        return Cell(self._header.names[positions[0]] if positions else "", "")

    def refuse(self, cell: Cell, reason: str) -> Refused:
        """Name a reason, and return what to raise."""
        self._findings.refuse(self.line, cell.column, echo(cell.text), reason)
        return Refused()

    def leave_out(self, cell: Cell, reason: str) -> Refused:
        """Note that nothing is wrong with the row but it is not wanted, and return what to raise."""
        self._findings.left_out.append(self.line)
        self.note(cell, reason)
        return Refused()

    def note(self, cell: Cell, reason: str) -> None:
        """Name something that was decided about a cell."""
        self._findings.note(self.line, cell.column, echo(cell.text), reason)

    def attempt(self, read: Callable[["Row"], R]) -> R | None:
        """Read one thing; ``None`` when it is refused, so that the rest of the row is still looked at."""
        try:
            return read(self)
        except Refused:
            return None

    def reading(self, cell: Cell, read: Callable[[str], R]) -> R:
        """Read the text of a cell.

        Raises:
            Refused: it cannot be read; the reason has been named.
        """
        try:
            return read(cell.text)
        except Unreadable as unreadable:
            raise self.refuse(cell, str(unreadable)) from unreadable

    def must_be_whole(self) -> None:
        """See that the record neither lost nor gained cells and holds nothing but text.

        Raises:
            Refused: the reason has been named.
        """
        cells, width, whole = self._record.cells, self._header.width, Cell("", "")
        if self._record.damage:
            raise self.refuse(whole, self._record.damage)
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            hint = "a delimiter, a quotation mark or a line break may be astray"
            raise self.refuse(whole, f"{len(cells)} cells where the header has {width}: {hint}")
        for sign in self._suspect:
            for position, cell in enumerate(cells[:width]):
                if sign in cell:
                    what = "a NUL character" if sign == "\0" else "a character that cannot be read"
                    raise self.refuse(Cell(self._header.names[position], ""), f"this holds {what}")


def remembered(read: Callable[[str], R]) -> Callable[[str], R]:
    """Return a reader that reads the same text once: a file of 100,000 rows has a few hundred dates."""
    known: dict[str, R | Unreadable] = {}

    def again(text: str) -> R:
        found = known.get(text)
        if found is None:
            try:
                found = read(text)
            except Unreadable as unreadable:
                found = unreadable
            if len(known) < _CACHED:
                known[text] = found
        if isinstance(found, Unreadable):
            raise Unreadable(str(found))
        return found

    return again
