"""What reading a file gives: incidents that can be brought in, and every row that cannot with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class ImportedIncident:
    """One row of the file in our own words. Times are aware and in UTC.

    ``external_id`` is unique in the file; with the mapping's ``source`` it finds the incident again. When
    ``occurred_time_known`` is false, ``occurred_at`` is local midnight of the day. When the file gives only
    the day of the report, ``reported_at`` is local midnight of it, or ``occurred_at`` if that is the same
    day. ``subcategory`` is a key within ``category`` or empty; ``affected`` is one of ``AFFECTED`` or empty;
    ``source_state`` is the other system's own word. ``legal_status`` is a key of ``LEGAL_STATUSES`` or empty.
    """

    external_id: str
    reference_in_source: str
    unit_key: str
    occurred_at: datetime
    occurred_time_known: bool
    reported_at: datetime
    category: str
    subcategory: str
    what_happened: str
    immediate_action: str
    physical_harm: str
    psychological_harm: str
    location: str
    affected: str
    source_state: str
    closed_on: date | None
    line: int
    person_age: int | None = None
    legal_status: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why a row, or the whole file, cannot be brought in.

    ``line`` is the line of the file on which the row begins, from 1. ``column`` is the file's own header,
    empty when the row or the file as a whole is meant. ``value`` is what stood there, cut to 80 characters.
    """

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: “{self.value}”: {self.reason}" if self.value else f"{where}: {self.reason}"


@dataclass(frozen=True)
class Note:
    """Something decided on the reader's behalf, said once however often it came up.

    ``line`` is where it came up first and ``rows`` how many rows it concerns.
    """

    line: int
    column: str
    value: str
    reason: str
    rows: int = 1

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column else "")
        more = f" ({self.rows:,} rows)" if self.rows > 1 else ""
        return (
            f"{where}: “{self.value}”: {self.reason}{more}" if self.value else f"{where}: {self.reason}{more}"
        )


@dataclass(frozen=True)
class ImportPlan:
    """A dry run. ``rows`` can be brought in as they are; ``refusals`` are in the order of the file.

    ``columns_used`` maps our fields to the headers they were read from. ``columns_dropped`` hold personal
    data and were not read; ``columns_ignored`` have no place in an incident. ``records`` counts the rows
    below the header, without blank lines and totals. ``left_out`` holds the lines of sound records that the
    mapping does not want, such as those the other system rejected; a note says so.
    """

    rows: tuple[ImportedIncident, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[Note, ...]
    columns_ignored: tuple[str, ...] = ()
    columns_dropped: tuple[str, ...] = ()
    columns_used: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    header_line: int = 0
    records: int = 0
    left_out: tuple[int, ...] = ()

    @property
    def refused_rows(self) -> int:
        """How many rows are refused; one row may have several refusals."""
        return len({refusal.line for refusal in self.refusals if refusal.line > self.header_line})


class Findings:
    """The refusals and notes of a reading, as they come up."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.left_out: list[int] = []
        self._notes: dict[tuple[str, str, str], list[int]] = {}

    def refuse(self, line: int, column: str, value: str, reason: str) -> None:
        """Name one reason why a row, or the file, is not brought in."""
        self.refusals.append(Refusal(line, column, value, reason))

    def note(self, line: int, column: str, value: str, reason: str) -> None:
        """Name one thing that was decided; the same thing again is counted."""
        seen = self._notes.setdefault((column, value, reason), [line, 0])
        seen[1] += 1

    def notes(self) -> tuple[Note, ...]:
        """Return the notes by the line on which each came up first."""
        found = (
            Note(line, column, value, reason, rows)
            for (column, value, reason), (line, rows) in self._notes.items()
        )
        return tuple(sorted(found, key=lambda note: (note.line, note.column)))
