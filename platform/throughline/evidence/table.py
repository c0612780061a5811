"""The numbers of an evidence document as one table, for people who work in a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = ("section", "key", "title", "place", "period", "numerator", "denominator", "value", "unit")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = tuple[str | float | int | None, ...]


def as_csv(document: Mapping[str, Any]) -> bytes:
    """Return the figures, the steps of the line, the points of each measure and the counts by kind and harm.

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


def _tame(cell: str | float | None) -> str | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
