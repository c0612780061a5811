"""From the text of a file to its records, each with the line on which it begins, and to its header."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from throughline.incidents.importing.mapping import DELIMITERS, FIELDS, ImportMapping
from throughline.incidents.importing.words import plain

HEADER_WITHIN = 30
"""A header is looked for in so many records: exports put a title, a date and filters above it."""
MOST_COLUMNS = 1_000
_LONGEST_HEADER = 500
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_TOTALS = ("total", "totals", "grand total", "subtotal", "sub total", "count", "record count")
_REASONS = {
    "unexpected end of data": "a quotation mark opens here and never closes",
    "field larger": "a cell is longer than 131,072 characters, perhaps because a quotation mark never closes",
    "expected after": "a quotation mark stands inside a cell; inside quoted cells it has to be doubled",
}


@dataclass(frozen=True)
class Record:
    """One record: its cells, and the lines of the file it spans. ``damage`` says why it has no cells."""

    line: int
    last_line: int
    cells: Sequence[str]
    damage: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.damage and not any(cell.strip() for cell in self.cells)

    @property
    def totals(self) -> bool:
        """Whether it sums up the ones above: the first words say so."""
        first = [cell for cell in self.cells[:4] if cell.strip()][:1]
        return any(plain(cell[:40]) in _TOTALS for cell in first)


def records(text: str, delimiter: str) -> Iterator[Record]:
    """Split a text into records. A damaged one is given as such, and the next line begins afresh."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, reader.line_num, (), _damage(str(error), line, reader.line_num))
        else:
            yield Record(line, reader.line_num, cells)


def _lines(text: str) -> Iterator[str]:
    """Go through the lines with their ends. ``io.StringIO`` would hold four bytes for every character."""
    return (match[0] for match in _LINE.finditer(text))


def _damage(error: str, line: int, last: int) -> str:
    reason = next((ours for theirs, ours in _REASONS.items() if theirs in error), error)
    return f"{reason}; lines {line} to {last} were not read" if last > line else reason


@dataclass(frozen=True)
class Header:
    """The row that names the columns.

    ``fields`` maps our field to the positions it is read from, preferred first; ``names`` has every
    column's header as it stands. ``width`` is the number of columns up to the last with a name.
    """

    line: int
    delimiter: str
    names: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    width: int = 0


def find_header(text: str, mapping: ImportMapping) -> Header | None:
    """Find the header: the row, under the delimiter, that names the most columns the mapping knows.

    Returns ``None`` when no row among the first thirty names two of them.
    """
    wanted = {plain(name) for names in mapping.columns.values() for name in names}
    best: tuple[int, Record | None, str] = (1, None, "")
    for delimiter in (mapping.delimiter,) if mapping.delimiter else DELIMITERS:
        for record in islice(records(text, delimiter), HEADER_WITHIN):
            names = {plain(cell) for cell in record.cells if len(cell) <= _LONGEST_HEADER}
            score = len(names & wanted)
            if score > best[0]:
                best = (score, record, delimiter)
    _, found, delimiter = best
    return None if found is None else _header(found, delimiter, mapping)


def _header(record: Record, delimiter: str, mapping: ImportMapping) -> Header:
    names = tuple(" ".join(cell.split()) for cell in record.cells)
    plain_names = [plain(name) for name in names]
    where: dict[str, int] = {}
    doubled: list[str] = []
    personal: list[str] = []
    for position, name in enumerate(plain_names):
        if name in mapping.personal:
            personal.append(names[position])
        elif name and name in where:
            doubled.append(names[position])
        elif name:
            where[name] = position
    fields = {
        key: tuple(dict.fromkeys(where[plain(name)] for name in mapping.columns[key] if plain(name) in where))
        for key in FIELDS
    }
    used = {position for positions in fields.values() for position in positions}
    ignored = tuple(names[position] for position in sorted(set(where.values()) - used))
    width = max((position + 1 for position, name in enumerate(plain_names) if name), default=0)
    found = {key: positions for key, positions in fields.items() if positions}
    return Header(record.line, delimiter, names, found, tuple(personal), ignored, tuple(doubled), width)
