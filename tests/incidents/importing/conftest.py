"""A small file and the means to read it: what most tests here vary by one cell."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

from throughline.incidents.importing import ImportPlan, load_mapping, read_file, read_mapping

# A deadline per example measures how busy the machine is, not the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
UNITS = {
    "oak": "oak",
    "oak ward": "oak",
    "willow": "willow",
    "willow ward (picu)": "willow",
    "rowan": "rowan",
    "rowan rehab": "rowan",
}
ROW = {
    "ID": "40001",
    "Ref": "W1",
    "Location": "Oak Ward",
    "Incident date": "15/04/2026",
    "Time": "2152",
    "Reported": "16/04/2026",
    "Category": "Self harm",
    "Description": "Found with a ligature; staff stayed with her.",
    "Severity": "Minor",
}


@pytest.fixture
def export() -> bytes:
    return (Path(__file__).parent / "data" / "synthetic_datix_export.csv").read_bytes()


@pytest.fixture
def read() -> Callable[..., ImportPlan]:
    """Return a function that reads text or bytes as a file, over a mapping file's text if given."""

    def reading(content: str | bytes, mapping: str = "", units: dict[str, str] | None = None) -> ImportPlan:
        data = content.encode() if isinstance(content, str) else content
        told = read_mapping(mapping, "mapping.toml") if mapping else load_mapping()
        return read_file(data, told, UNITS if units is None else units, LONDON, NOW)

    return reading


@pytest.fixture
def read_row(read: Callable[..., ImportPlan]) -> Callable[..., ImportPlan]:
    """Return a function that reads one good row with some cells changed."""

    def reading(cells: dict[str, str] | None = None, mapping: str = "", **kwargs: object) -> ImportPlan:
        return read(file_of([ROW | (cells or {})]), mapping=mapping, **kwargs)

    return reading


def file_of(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    """Write rows as a quoted file with a header."""
    names = list(rows[0])
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n" for line in lines
    )


@pytest.fixture
def many() -> Callable[..., str]:
    """Return a function that writes several rows, each given by its changed cells, as a file."""

    def writing(*changes: dict[str, str], delimiter: str = ",") -> str:
        rows = [ROW | {"ID": str(40001 + number)} | change for number, change in enumerate(changes)]
        return file_of(rows, delimiter)

    return writing
