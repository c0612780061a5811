"""Files for spreadsheets: what people typed stays text, and Excel reads the letters right."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"  # without it, Excel reads UTF-8 as the machine's own character set
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under their heading as CSV; what a spreadsheet would take for a formula is kept as text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_plain(str(value)) for value in row])
    return BOM + text.getvalue()


def _plain(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULAS) else value
