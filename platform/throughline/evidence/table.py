"""The numbers of an evidence document as one table, for people who work in a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

STATES = ("in_time", "late", "without_target", "open", "overdue", "exempt", "not_required")
"""How an obligation of a duty stands when the data is taken; each is in exactly one."""

COLUMNS = ("section", "key", "title", "place", "period", "numerator", "denominator", "value", "unit")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = tuple[str | float | int | None, ...]


def as_csv(document: Mapping[str, Any]) -> bytes:
    """Return the figures, the line, the points of each measure, the counts by kind and harm, and the duties.

    Where a number of a duty is hidden its cells are empty and its unit is "not shown".
    UTF-8 with a byte order mark, lines ended by CRLF, an empty cell for None. Text that a spreadsheet would
    take for a formula is led by an apostrophe.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for row in _rows(document):
        writer.writerow([_tame(cell) for cell in row])
    return written.getvalue().encode("utf-8-sig")


def _rows(document: Mapping[str, Any]) -> Iterator[Row]:
    period = document["period"]["label"]
    for found in document["figures"]:
        parts = (found["numerator"], found["denominator"], found["value"], found["unit"])
        yield ("figure", found["key"], found["title"], "", period, *parts)
    for step in document["line"]["steps"]:
        parts = (step["reached"], step["due"], step["share"], "share")
        yield ("line", step["key"], step["title"], "", period, *parts)
    for measure in document["measures"]:
        for point in measure["points"]:
            parts = (point["numerator"], point["denominator"], point["value"], measure["unit"])
            yield ("measure", measure["key"], measure["title"], measure["place"], point["label"], *parts)
    incidents = document["incidents"]
    for row in incidents["by_category"]:
        for harm, count in zip(incidents["harms"], row["counts"], strict=True):
            yield ("incidents", harm, row["label"], "", period, count, row["total"], count, "count")
    for duty in document.get("duties", {}).get("by_duty", ()):
        for name in ("opened", *STATES):
            count = duty[name]
            unit = "not shown" if count is None else "count"
            yield ("duties", name, duty["title"], "", period, count, duty["opened"], count, unit)
    for found in document.get("duties", {}).get("exemptions", ()):
        count = found["count"]
        unit = "not shown" if count is None else "count"
        yield ("exemptions", found["exemption"], found["duty"], "", period, count, None, count, unit)


def _tame(cell: str | float | None) -> str | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
