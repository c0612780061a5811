"""From one record to one incident, or to every reason why not."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from throughline.incidents.importing import values
from throughline.incidents.importing.identifiers import holds_nhs_number
from throughline.incidents.importing.mapping import AFFECTED, ImportMapping
from throughline.incidents.importing.result import Findings, ImportedIncident
from throughline.incidents.importing.row import Cell, Row, remembered
from throughline.incidents.importing.tables import Header, Record
from throughline.incidents.importing.values import Moment, Unreadable
from throughline.incidents.importing.words import did_you_mean, echo, listed, plain
from throughline.incidents.models import OLDEST
from throughline.incidents.taxonomy import CATEGORIES, PHYSICAL_HARM, PSYCHOLOGICAL_HARM

LONGEST_TEXT = 100_000
LONGEST_WORDS = 1_000
LONGEST_NUMBER = 100
_NARRATIVES = ("what_happened", "immediate_action")
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")
_CACHED = 16_384
_LABELS: Mapping[str, tuple[str, ...]] = {
    "category": tuple(category.label for category in CATEGORIES.values()),
    "physical_harm": tuple(PHYSICAL_HARM),
    "psychological_harm": tuple(PSYCHOLOGICAL_HARM),
}


class _When(NamedTuple):
    day: date
    at: datetime
    time_known: bool


class RowReader:
    """Reads the records of one file.

    ``units`` maps names and aliases of the tenant's units, in any spelling, to their keys. ``now`` is aware.
    ``suspect`` holds the characters no cell may hold.
    """

    def __init__(
        self,
        header: Header,
        mapping: ImportMapping,
        units: Mapping[str, str],
        timezone: ZoneInfo,
        now: datetime,
        findings: Findings,
        suspect: str = "",
    ) -> None:
        self._header, self._mapping, self._findings = header, mapping, findings
        self._zone, self._now, self._suspect = timezone, now, suspect
        self._today = now.astimezone(timezone).date()
        self._seen: dict[str, int] = {}
        self._unit_keys: dict[str, set[str]] = {}
        for name, key in units.items():
            self._unit_keys.setdefault(plain(name), set()).add(key)
        self._plain = lru_cache(maxsize=_CACHED)(plain)
        self._time = remembered(values.read_time)
        self._date = remembered(
            lambda text: values.read_date(text, day_first=mapping.day_first, serials=mapping.excel_serials)
        )

    def incident(self, record: Record) -> ImportedIncident | None:
        """Read one record; ``None`` when it is refused or left out, with every reason among the findings."""
        row = Row(record, self._header, self._findings, self._suspect)
        external_id = row.attempt(self._admit)
        if external_id is None:
            return None
        occurred = row.attempt(self._occurred)
        reported = row.attempt(lambda row: self._reported(row, occurred))
        category = row.attempt(self._category)
        unit = row.attempt(self._unit)
        physical = row.attempt(self._physical)
        psychological = row.attempt(self._psychological)
        texts = row.attempt(self._texts)
        if not (occurred and reported and category and unit and physical and psychological and texts):
            return None
        return ImportedIncident(
            external_id=external_id,
            reference_in_source=texts["reference_in_source"],
            unit_key=unit,
            occurred_at=occurred.at,
            occurred_time_known=occurred.time_known,
            reported_at=reported,
            category=category,
            subcategory=self._subcategory(row, category),
            what_happened=texts["what_happened"],
            immediate_action=texts["immediate_action"],
            physical_harm=physical,
            psychological_harm=psychological,
            location=texts["location"],
            affected=self._affected(row),
            source_state=texts["source_state"],
            closed_on=self._closed(row),
            line=row.line,
            person_age=self._age(row),
            legal_status=self._legal_status(row),
        )

    def _admit(self, row: Row) -> str:
        """Return the record's number, if the record is whole, new to this file and not left out."""
        row.must_be_whole()
        cell = row.cell("external_id")
        if not cell.text:
            raise row.refuse(cell, "every record needs the number that the other system gave it")
        if len(cell.text) > LONGEST_NUMBER:
            raise row.refuse(
                cell, f"this is longer than {LONGEST_NUMBER} characters: is it the right column?"
            )
        if _SHORTENED.fullmatch(cell.text):
            raise row.refuse(cell, "a spreadsheet has shortened this number and its digits are lost")
        first = self._seen.setdefault(cell.text, row.line)
        if first != row.line:
            raise row.refuse(cell, f"the record on line {first} has the same number")
        state = row.cell("source_state")
        if state.text and self._plain(state.text) in self._mapping.leave_out:
            raise row.leave_out(state, "records in this state are left out (see [states] in the mapping)")
        return cell.text

    def _occurred(self, row: Row) -> _When:
        cell, clock_cell = row.cell("occurred_date"), row.cell("occurred_time")
        moment = self._moment(row, cell)
        clock = self._clock(row, clock_cell, moment)
        if clock is None:
            row.note(Cell(clock_cell.column, ""), "no time is given: the time is marked as not known")
            return _When(moment.day, values.start_of_day(moment.day, self._zone), time_known=False)
        at = self._at(row, clock_cell if clock_cell.text else cell, moment, clock)
        if at > self._now:
            raise row.refuse(cell, "this is in the future")
        return _When(moment.day, at, time_known=True)

    def _reported(self, row: Row, occurred: _When | None) -> datetime:
        cell, clock_cell = row.cell("reported_date"), row.cell("reported_time")
        moment = self._moment(row, cell)
        clock = self._clock(row, clock_cell, moment)
        if clock is None:
            at = values.start_of_day(moment.day, self._zone)
            if occurred is not None and occurred.day == moment.day:
                return occurred.at
        else:
            at = self._at(row, clock_cell if clock_cell.text else cell, moment, clock)
        if at > self._now:
            raise row.refuse(cell, "this is in the future")
        if occurred is not None and at < occurred.at:
            raise row.refuse(cell, "this is before the incident happened")
        return at

    def _moment(self, row: Row, cell: Cell) -> Moment:
        if not cell.text:
            raise row.refuse(cell, "the date is missing")
        moment = row.reading(cell, self._date)
        if moment.day > self._today:
            raise row.refuse(cell, "this is in the future")
        if moment.note:
            row.note(Cell(cell.column, ""), moment.note)
        return moment

    def _clock(self, row: Row, cell: Cell, moment: Moment) -> time | None:
        if not cell.text:
            return moment.clock
        if " ".join(cell.text.casefold().split()) in self._mapping.unknown_times:
            return None
        return row.reading(cell, self._time)

    def _at(self, row: Row, cell: Cell, moment: Moment, clock: time) -> datetime:
        if moment.zone is not None and clock is moment.clock:
            return datetime.combine(moment.day, clock, tzinfo=moment.zone).astimezone(UTC)
        instant = row.reading(cell, lambda _: values.to_utc(moment.day, clock, self._zone))
        if instant.note:
            row.note(cell, instant.note)
        return instant.at

    def _unit(self, row: Row) -> str:
        cell = row.cell("unit")
        asked = self._plain(cell.text)
        name = self._plain(self._mapping.units.get(asked, asked))
        keys = self._unit_keys.get(name, set())
        if len(keys) == 1:
            return next(iter(keys))
        if keys:
            both = " or ".join(sorted(keys))
            raise row.refuse(cell, f"this could be {both}: say which under [units] in the mapping")
        reason = "there is no such unit" if cell.text else "the unit is missing"
        sent = f" (the mapping sends it to “{echo(name)}”)" if name != asked else ""
        every = sorted(set().union(*self._unit_keys.values()))
        known = did_you_mean(name, self._unit_keys) if cell.text else ""
        raise row.refuse(cell, f"{reason}{sent}.{known} There are: {listed(every)}")

    def _category(self, row: Row) -> str:
        return self._key(row, "category")

    def _physical(self, row: Row) -> str:
        return self._key(row, "physical_harm")

    def _psychological(self, row: Row) -> str:
        return self._key(row, "psychological_harm")

    def _key(self, row: Row, field: str) -> str:
        cell = row.cell(field)
        known = self._mapping.values[field]
        key = known.get(self._plain(cell.text)) if cell.text else self._mapping.blank.get(field)
        if key is not None:
            return key
        if not cell.text:
            raise row.refuse(cell, f"this is empty; the mapping can say what that means ([blank] {field})")
        close = did_you_mean(cell.text, known)
        options = listed(_LABELS[field])
        raise row.refuse(
            cell, f"this word is not known.{close} Map it ([values.{field}]) to one of: {options}"
        )

    def _subcategory(self, row: Row, category: str) -> str:
        cell = row.cell("subcategory")
        key = self._mapping.subcategories[category].get(self._plain(cell.text), "")
        if cell.text and not key:
            row.note(cell, f"not a known kind of {CATEGORIES[category].label}: the closer kind is left empty")
        return key

    def _affected(self, row: Row) -> str:
        cell = row.cell("affected")
        key = self._mapping.values["affected"].get(self._plain(cell.text), "")
        if cell.text and not key:
            row.note(cell, f"not one of {listed(AFFECTED)}: whom it affected is left empty")
        return key

    def _age(self, row: Row) -> int | None:
        cell = row.cell("person_age")
        if not cell.text or self._is_of_nobody(row):
            return None
        if cell.text.isascii() and cell.text.isdecimal() and int(cell.text[:4]) <= OLDEST:
            return int(cell.text)
        row.note(cell, f"not a whole number of years up to {OLDEST}: the age is left empty")
        return None

    def _legal_status(self, row: Row) -> str:
        cell = row.cell("legal_status")
        if not cell.text or self._is_of_nobody(row):
            return ""
        key = self._mapping.values["legal_status"].get(self._plain(cell.text), "")
        if not key:
            row.note(cell, "not a known legal status: it is left empty")
        return key

    def _is_of_nobody(self, row: Row) -> bool:
        """Say whether the incident affected somebody else than a person in the provider's care."""
        affected = self._mapping.values["affected"].get(self._plain(row.cell("affected").text), "")
        return affected not in ("", "patient")

    def _closed(self, row: Row) -> date | None:
        cell = row.cell("closed_on")
        if not cell.text:
            return None
        try:
            return self._date(cell.text).day
        except Unreadable as unreadable:
            row.note(cell, f"{unreadable}: the day it was closed is left empty")
            return None

    def _texts(self, row: Row) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for field in ("reference_in_source", "location", "source_state", *_NARRATIVES):
            column, text = row.cell(field)
            longest = LONGEST_TEXT if field in _NARRATIVES else LONGEST_WORDS
            if len(text) > longest:
                raise row.refuse(Cell(column, ""), f"this is longer than {longest:,} characters")
            found[field] = text
            if field in _NARRATIVES and holds_nhs_number(text):
                row.note(Cell(column, ""), "an NHS number seems to stand in the words")
        if not found["what_happened"]:
            row.note(row.cell("what_happened"), "no description is given")
        return found
