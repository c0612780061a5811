"""Read a file of denominators: a line for each unit and day, all of it or nothing."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from _csv import Reader

COLUMNS = ("unit", "day", "occupied")
MOST_LINES = 50_000
MOST_MISTAKES = 50
MOST = 10_000
FIRST_DAY = date(2000, 1, 1)

Figures = dict[tuple[UUID, date], int]


@dataclass(frozen=True)
class Read:
    """What a file says: the figures, and every mistake as a sentence that names its line."""

    figures: Figures
    mistakes: tuple[str, ...]


def read(data: bytes, units: Mapping[str, UUID], today: date) -> Read:
    """Read a file of ``unit, day, occupied``, written in UTF-8 with commas or semicolons.

    ``units`` maps the keys and names of the units somebody may enter for, in small letters, to their ids. A
    day is written 2026-11-23 or 23/11/2026, is not before 2000 and not after ``today``. Never raises for
    what stands in the file.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Read({}, ("The file is not text in UTF-8. Save it as “CSV UTF-8” and try again.",))
    if "\0" in text:
        return Read({}, ("The file is not a table of text: it holds characters without a meaning.",))
    heading = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if heading.count(";") > heading.count(",") else ",")
    try:
        return _rows(rows, units, today)
    except csv.Error as error:
        return Read({}, (f"Line {rows.line_num} cannot be read: {error}.",))


def _rows(rows: "Reader", units: Mapping[str, UUID], today: date) -> Read:
    names = [name.strip().lower() for name in next(rows, [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        wanted = ", ".join(COLUMNS)
        return Read({}, (f"Line 1 names the columns {wanted}; “{missing[0]}” is missing.",))
    places = {name: names.index(name) for name in COLUMNS}
    figures: Figures = {}
    mistakes: list[str] = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(figures) >= MOST_LINES:
            mistakes.append(f"There are more than {MOST_LINES:,} lines: split the file.")
            break
        try:
            key, value = _figure({name: _cell(row, place) for name, place in places.items()}, units, today)
            if key in figures:
                raise ValueError("this unit and day stand in the file twice")
            figures[key] = value
        except ValueError as wrong:
            mistakes.append(f"Line {rows.line_num}: {wrong}.")
        if len(mistakes) >= MOST_MISTAKES:
            mistakes.append("There may be more; reading stopped here.")
            break
    if not figures and not mistakes:
        mistakes.append("There are no figures below the first line.")
    return Read(figures, tuple(mistakes))


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _figure(
    cells: Mapping[str, str], units: Mapping[str, UUID], today: date
) -> tuple[tuple[UUID, date], int]:
    unit_id = units.get(cells["unit"].lower())
    if unit_id is None:
        raise ValueError(f"“{cells['unit'][:60]}” is none of your units")
    return (unit_id, a_day(cells["day"], today)), a_count(cells["occupied"])


def a_day(text: str, today: date) -> date:
    """Read a day.

    Raises:
        ValueError: it is none, is still to come, or lies before 2000.
    """
    parts = text.split("/")
    written = "-".join(reversed(parts)) if len(parts) == len("dmy") else text
    try:
        day = date.fromisoformat(written) if len(written) == len("2026-11-23") else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"“{text[:30]}” is not a day such as 2026-11-23 or 23/11/2026")
    if day > today:
        raise ValueError(f"{day.isoformat()} is still to come")
    if day < FIRST_DAY:
        raise ValueError(f"{day.isoformat()} is before {FIRST_DAY.year}")
    return day


def a_count(text: str) -> int:
    """Read how many were there.

    Raises:
        ValueError: it is not a whole number from 0 to 10,000.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) and int(text) <= MOST):
        raise ValueError(f"“{text[:30]}” is not a whole number from 0 to {MOST:,}")
    return int(text)
