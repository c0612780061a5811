"""From one record to one incident, or to every reason why not."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from throughline.incidents.importing import values
from throughline.incidents.importing.identifiers import holds_nhs_number
from throughline.incidents.importing.mapping import AFFECTED, ImportMapping
from throughline.incidents.importing.result import Findings, ImportedIncident
from throughline.incidents.importing.tables import Header, Record
from throughline.incidents.importing.values import Unreadable
from throughline.incidents.importing.words import did_you_mean, echo, listed, plain
from throughline.incidents.taxonomy import CATEGORIES, PHYSICAL_HARM, PSYCHOLOGICAL_HARM

LONGEST_TEXT = 100_000
LONGEST_WORD = 1_000
_LONG = ("what_happened", "immediate_action")
_CACHED = 16_384
_LABELS: Mapping[str, tuple[str, ...]] = {
    "category": tuple(category.label for category in CATEGORIES.values()),
    "physical_harm": tuple(PHYSICAL_HARM),
    "psychological_harm": tuple(PSYCHOLOGICAL_HARM),
    "affected": tuple(AFFECTED),
}


class _Cell(NamedTuple):
    column: str
    text: str


class _Refused(Exception):
    """The row cannot become an incident; the reason has been named."""


class _Occurred(NamedTuple):
    day: date
    at: datetime
    time_known: bool


class RowReader:
    """Reads the records of one file.

    ``units`` maps names and aliases of the tenant's units, in any spelling, to their keys. ``now`` is aware.
    """

    def __init__(
        self,
        header: Header,
        mapping: ImportMapping,
        units: Mapping[str, str],
        timezone: ZoneInfo,
        now: datetime,
        findings: Findings,
    ) -> None:
        self._header, self._mapping, self._findings = header, mapping, findings
        self._zone, self._now = timezone, now
        self._today = now.astimezone(timezone).date()
        self._seen: dict[str, int] = {}
        self._unit_names: dict[str, set[str]] = {}
        for name, key in units.items():
            self._unit_names.setdefault(plain(name), set()).add(key)
        self._unit_keys = sorted(set(units.values()))
        self._date = _remembered(
            lambda text: values.read_date(text, day_first=mapping.day_first, serials=mapping.excel_serials)
        )
        self._time = _remembered(self._read_time)
        self._plain = lru_cache(maxsize=_CACHED)(plain)

    def incident(self, record: Record) -> ImportedIncident | None:
        """Read one record; ``None`` when it is refused, with every reason among the findings."""
        before = len(self._findings.refusals)
        found = self._read(record)
        return found if len(self._findings.refusals) == before else None

    def _read(self, record: Record) -> ImportedIncident | None:
        row = _Row(record, self._header, self._findings)
        try:
            row.must_be_whole()
            external_id = self._external_id(row)
            state = row.cell("source_state")
            if plain(state.text) in self._mapping.leave_out:
                row.refuse(state, "records in this state are left out ([states] in the mapping)")
                return None
        except _Refused:
            return None
        occurred = row.attempt(self._occurred)
        reported = row.attempt(lambda row: self._reported(row, occurred))
        category = row.attempt(lambda row: self._key(row, "category"))
        unit = row.attempt(self._unit)
        physical = row.attempt(lambda row: self._key(row, "physical_harm"))
        psychological = row.attempt(lambda row: self._key(row, "psychological_harm"))
        texts = {name: row.attempt(lambda row, name=name: self._text(row, name)) for name in _TEXTS}  # type: ignore[misc]
        if not (occurred and reported and category and unit and physical and psychological):
            return None
        return ImportedIncident(
            external_id=external_id,
            unit_key=unit,
            occurred_at=occurred.at,
            occurred_time_known=occurred.time_known,
            reported_at=reported,
            category=category,
            subcategory=self._subcategory(row, category),
            physical_harm=physical,
            psychological_harm=psychological,
            affected=self._affected(row),
            source_state=state.text,
            closed_on=self._closed(row),
            line=record.line,
            **{name: text or "" for name, text in texts.items()},
        )

    def _external_id(self, row: "_Row") -> str:
        cell = row.cell("external_id")
        first = self._seen.setdefault(cell.text, row.line) if cell.text else row.line
        if not cell.text:
            row.refuse(cell, "every record needs the number the other system gave it")
        elif len(cell.text) > 100:  # noqa: PLR2004 - no system's record number is longer
            row.refuse(cell, "this is longer than 100 characters: is it the right column?")
        elif _shortened(cell.text):
            row.refuse(cell, "a spreadsheet has shortened this number, so the digits are lost: export it as text")
        elif first != row.line:
            row.refuse(cell, f"the record on line {first} has the same number")
        else:
            return cell.text
        raise _Refused

    def _occurred(self, row: "_Row") -> _Occurred:
        cell = row.cell("occurred_date")
        moment = self._moment(row, cell)
        clock_cell = row.cell("occurred_time")
        clock = self._clock(row, clock_cell, moment)
        if clock is None:
            row.note(clock_cell, "no time is given: the time is marked as not known")
            return _Occurred(moment.day, values.start_of_day(moment.day, self._zone), time_known=False)
        at = self._at(row, clock_cell if clock_cell.text else cell, moment, clock)
        if at > self._now:
            row.refuse(cell, "this is in the future")
            raise _Refused
        return _Occurred(moment.day, at, time_known=True)

    def _reported(self, row: "_Row", occurred: _Occurred | None) -> datetime:
        cell = row.cell("reported_date")
        moment = self._moment(row, cell)
        clock_cell = row.cell("reported_time")
        clock = self._clock(row, clock_cell, moment)
        at = (
            values.start_of_day(moment.day, self._zone)
            if clock is None
            else self._at(row, clock_cell if clock_cell.text else cell, moment, clock)
        )
        if occurred is not None and at < occurred.at:
            if clock is None and moment.day == occurred.day:
                return occurred.at
            row.refuse(cell, "this is before the incident happened")
            raise _Refused
        if at > self._now:
            row.refuse(cell, "this is in the future")
            raise _Refused
        return at

    def _moment(self, row: "_Row", cell: _Cell) -> values.Moment:
        if not cell.text:
            row.refuse(cell, "the date is missing")
            raise _Refused
        moment = row.reading(cell, self._date)
        if moment.day > self._today:
            row.refuse(cell, "this is in the future")
            raise _Refused
        if moment.note:
            self._findings.note(row.line, cell.column, "", moment.note)
        return moment

    def _clock(self, row: "_Row", cell: _Cell, moment: values.Moment) -> time | None:
        return row.reading(cell, self._time) if cell.text else moment.clock

    def _read_time(self, text: str) -> time | None:
        unknown = " ".join(text.casefold().split()) in self._mapping.unknown_times
        return None if unknown else values.read_time(text)

    def _at(self, row: "_Row", cell: _Cell, moment: values.Moment, clock: time) -> datetime:
        if moment.zone is not None and clock is moment.clock:
            return datetime.combine(moment.day, clock, tzinfo=moment.zone).astimezone(UTC)
        instant = row.reading(cell, lambda _: values.to_utc(moment.day, clock, self._zone))
        if instant.note:
            row.note(cell, instant.note)
        return instant.at

    def _unit(self, row: "_Row") -> str:
        cell = row.cell("unit")
        name = self._plain(cell.text)
        name = plain(self._mapping.units.get(name, name))
        keys = self._unit_names.get(name, set())
        if len(keys) == 1:
            return next(iter(keys))
        if keys:
            row.refuse(cell, f"this could be {' or '.join(sorted(keys))}: say which in [units] of the mapping")
        else:
            reason = "there is no such unit" if cell.text else "the unit is missing"
            sent = f"; the mapping sends it to “{echo(name)}”" if name != self._plain(cell.text) else ""
            known = did_you_mean(name, self._unit_names)
            row.refuse(cell, f"{reason}{sent}.{known} There are: {listed(self._unit_keys)}")
        raise _Refused

    def _key(self, row: "_Row", field: str) -> str:
        cell = row.cell(field)
        key = self._mapping.values[field].get(self._plain(cell.text)) if cell.text else None
        if not cell.text:
            key = self._mapping.blank.get(field)
        if key is None:
            known = did_you_mean(cell.text, self._mapping.values[field]) if cell.text else ""
            reason = "this word is not known" if cell.text else f"this is empty (see [blank] {field} in the mapping)"
            row.refuse(cell, f"{reason}.{known} Map it to one of: {listed(_LABELS[field])}")
            raise _Refused
        return key

    def _subcategory(self, row: "_Row", category: str) -> str:
        cell = row.cell("subcategory")
        key = self._mapping.subcategories[category].get(self._plain(cell.text), "")
        if cell.text and not key:
            row.note(cell, f"not a known kind of {CATEGORIES[category].label}: the closer kind is left empty")
        return key

    def _affected(self, row: "_Row") -> str:
        cell = row.cell("affected")
        key = self._mapping.values["affected"].get(self._plain(cell.text), "")
        if cell.text and not key:
            row.note(cell, f"not one of {listed(AFFECTED)}: whom it affected is left empty")
        return key

    def _closed(self, row: "_Row") -> date | None:
        cell = row.cell("closed_on")
        if not cell.text:
            return None
        try:
            return self._date(cell.text).day
        except Unreadable as unreadable:
            row.note(cell, f"{unreadable}: the day it was closed is left empty")
            return None

    def _text(self, row: "_Row", field: str) -> str:
        cell = row.cell(field)
        if len(cell.text) > LONGEST_TEXT:
            row.refuse(_Cell(cell.column, ""), f"this is longer than {LONGEST_TEXT:,} characters")
            raise _Refused
        if field == "what_happened" and not cell.text:
            row.note(cell, "no description is given")
        if field in _LONG and holds_nhs_number(cell.text):
            self._findings.note(row.line, cell.column, "", "an NHS number seems to stand in the words")
        return cell.text


_TEXTS = ("reference_in_source", "location", "what_happened", "immediate_action")


class _Row:
    """One record seen through the header, and where its refusals and notes go."""

    def __init__(self, record: Record, header: Header, findings: Findings) -> None:
        self._record, self._header, self._findings = record, header, findings
        self.line = record.line

    def cell(self, field: str) -> _Cell:
        """Return the first cell of a field that is not empty, trimmed, with its header."""
        positions = self._header.fields.get(field, ())
        for position in positions:
            text = self._record.cells[position].strip()
            if text:
                clean = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
                return _Cell(self._header.names[position], clean)
        return _Cell(self._header.names[positions[0]] if positions else "", "")

    def must_be_whole(self) -> None:
        """Refuse a record that lost or gained cells, or holds what no text holds."""
        cells, width = self._record.cells, self._header.width
        extra = any(cell.strip() for cell in cells[width:])
        if self._record.damage:
            self.refuse(_Cell("", ""), self._record.damage)
        elif len(cells) < width or extra:
            reason = f"{len(cells)} cells where the header has {width}"
            hint = "a delimiter, a quotation mark or a line break may be astray"
            self.refuse(_Cell("", ""), f"{reason}: {hint}")
        elif any(position for position in self._odd()):
            position = next(position for position in self._odd() if position) - 1
            what = "a NUL character" if "\0" in cells[position] else "a character that cannot be read"
            self.refuse(_Cell(self._header.names[position], cells[position]), f"this holds {what}")
        else:
            return
        raise _Refused
