"""The figures as a table: all of them, and none that a spreadsheet would run."""

import csv
import io
import runpy
from pathlib import Path

import pytest

from throughline.evidence.table import COLUMNS, as_csv

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]


def rows_of(document):
    text = as_csv(document).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_holds_every_figure_step_and_point():
    document = sample_document()
    rows = rows_of(document)
    assert [row["value"] for row in rows if row["section"] == "figure"] == [
        str(found["value"]) for found in document["figures"]
    ]
    assert sum(row["section"] == "measure" for row in rows) == sum(
        len(measure["points"]) for measure in document["measures"]
    )
    assert [row["title"] for row in rows if row["section"] == "line"] == [
        step["title"] for step in document["line"]["steps"]
    ]
    incidents = [int(row["value"]) for row in rows if row["section"] == "incidents"]
    assert sum(incidents) == 385
    assert set(rows[0]) == set(COLUMNS)


def test_what_is_not_known_is_an_empty_cell():
    improved = next(row for row in rows_of(sample_document()) if row["key"] == "improved")
    assert (improved["denominator"], improved["value"]) == ("0", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_led_by_an_apostrophe(start):
    document = sample_document()
    document["figures"][0]["title"] = f"{start}HYPERLINK(1)"
    assert rows_of(document)[0]["title"] == f"'{start}HYPERLINK(1)"


def test_the_same_document_gives_the_same_bytes():
    assert as_csv(sample_document()) == as_csv(sample_document())
