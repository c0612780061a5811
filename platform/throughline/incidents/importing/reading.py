"""Reading a whole file: a dry run that says what would come in and names everything that would not."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from throughline.incidents.importing.decoding import UNREADABLE, Decoded, decode
from throughline.incidents.importing.mapping import FIELDS, REQUIRED, ImportMapping
from throughline.incidents.importing.result import Findings, ImportedIncident, ImportPlan
from throughline.incidents.importing.rows import RowReader
from throughline.incidents.importing.tables import (
    HEADER_WITHIN,
    MOST_COLUMNS,
    Header,
    find_header,
    records,
)
from throughline.incidents.importing.words import listed

MOST_BYTES = 256 * 1024 * 1024
MOST_REFUSALS = 100_000
"""After so many refusals reading stops: the mapping is wrong, not the rows."""


def read_file(
    data: bytes, mapping: ImportMapping, units: Mapping[str, str], timezone: ZoneInfo, now: datetime
) -> ImportPlan:
    """Read an export against a mapping, writing nothing.

    ``units`` maps the names, keys and aliases of the tenant's units, in any spelling, to their keys.
    ``timezone`` is the tenant's: local times are read in it. ``now`` is aware; later is the future.

    Never raises for what stands in the file: a file that cannot be read at all is a plan without rows whose
    refusals say why. The same data, mapping, units and now give the same plan.
    """
    findings = Findings()
    decoded = _decoded(data, mapping, findings)
    header = _header(decoded, mapping, findings) if decoded else None
    if decoded is None or header is None:
        return ImportPlan((), tuple(findings.refusals), findings.notes())
    suspect = ("\0" if "\0" in decoded.text else "") + (UNREADABLE if decoded.damaged else "")
    reader = RowReader(header, mapping, units, timezone, now, findings, suspect)
    rows, count = _rows(decoded.text, header, reader, findings)
    if count == 0:
        findings.refuse(header.line, "", "", "there are no records below the header")
    return ImportPlan(
        rows=tuple(rows),
        refusals=tuple(findings.refusals),
        notes=findings.notes(),
        columns_ignored=header.ignored,
        columns_dropped=header.personal,
        columns_used={field: header.names[positions[0]] for field, positions in header.fields.items()},
        encoding=decoded.encoding,
        header_line=header.line,
        records=count,
        left_out=tuple(findings.left_out),
    )


def _decoded(data: bytes, mapping: ImportMapping, findings: Findings) -> Decoded | None:
    if len(data) > MOST_BYTES:
        size = f"{len(data) / 1024 / 1024:,.0f} MB"
        findings.refuse(
            1, "", "", f"the file has {size}; at most 256 MB can be read at once: split it by date"
        )
        return None
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        findings.refuse(1, "", "", "this is a workbook, not a CSV file: save the sheet as CSV UTF-8")
        return None
    decoded = decode(data, mapping.encoding)
    if not decoded.text.strip("\ufeff \t\r\n\0,;"):
        findings.refuse(1, "", "", "the file is empty")
        return None
    if decoded.guessed:
        reason = f"read as {decoded.encoding} by its letters: check accents and dashes, or name the encoding"
        findings.note(1, "", "", f"{reason} in the mapping")
    if decoded.mixed:
        findings.note(1, "", "", "some lines are UTF-8 and some Windows-1252: each is read as what it is")
    return decoded


def _header(decoded: Decoded, mapping: ImportMapping, findings: Findings) -> Header | None:
    header = find_header(decoded.text, mapping)
    if header is None:
        reason = f"no row among the first {HEADER_WITHIN} names columns that the mapping knows"
        findings.refuse(1, "", "", f"{reason}: list this file's headers under [columns] in a mapping file")
        return None
    if len(header.names) > MOST_COLUMNS:
        reason = f"the header has {len(header.names):,} columns; at most {MOST_COLUMNS:,} can be read"
        findings.refuse(header.line, "", "", reason)
        return None
    missing = [field for field in REQUIRED if field not in header.fields]
    for field in missing:
        tried = listed(f"“{name}”" for name in mapping.columns[field])
        reason = f"no column holds {FIELDS[field]} ({field}). Looked for {tried or 'no name'}"
        findings.refuse(header.line, "", "", f"{reason}. The file has {listed(header.names)}")
    for name in header.doubled:
        findings.note(header.line, name, "", "the file has several columns of this name: the first is read")
    if header.line > 1:
        findings.note(header.line, "", "", "what stands above the header is passed over")
    return None if missing else header


def _rows(
    text: str, header: Header, reader: RowReader, findings: Findings
) -> tuple[list[ImportedIncident], int]:
    rows: list[ImportedIncident] = []
    count = 0
    for record in records(text, header.delimiter):
        if record.line <= header.line or record.blank:
            continue
        if record.totals:
            findings.note(record.line, "", "", "a row of totals is passed over")
            continue
        count += 1
        incident = reader.incident(record)
        if incident is not None:
            rows.append(incident)
        elif len(findings.refusals) >= MOST_REFUSALS:
            reason = f"more than {MOST_REFUSALS:,} refusals: reading stopped here, and nothing is brought in"
            findings.refuse(record.line, "", "", reason)
            return [], count
    return rows, count
