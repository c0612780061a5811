"""A file of denominators is read whole, or every wrong line of it is named."""

from datetime import date
from uuid import UUID

import pytest

from throughline.trends.occupied.reading import MOST_MISTAKES, read

OAK, BEECH = UUID(int=1), UUID(int=2)
UNITS = {"oak": OAK, "oak ward": OAK, "beech": BEECH}
TODAY = date(2026, 11, 18)


def reading(text):
    return read(text if isinstance(text, bytes) else text.encode(), UNITS, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "unit,day,occupied\noak,2026-11-17,16\nbeech,2026-11-17,0\n",
        "\ufeffunit;day;occupied\r\nOak Ward;17/11/2026;16\r\n;;\r\nBEECH;2026-11-17;0",
        'note,occupied,day,unit\n"a, b",16,2026-11-17, oak \n,0,2026-11-17,beech',
    ],
    ids=["plain", "as a spreadsheet saves it", "more columns, another order"],
)
def test_it_reads_units_days_and_figures(text):
    found = reading(text)
    assert found.mistakes == ()
    assert found.figures == {(OAK, date(2026, 11, 17)): 16, (BEECH, date(2026, 11, 17)): 0}


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("larch-house,2026-11-17,16", "“larch-house” is none of your units"),
        (",2026-11-17,16", "“” is none of your units"),
        ("oak,17.11.2026,16", "“17.11.2026” is not a day such as 2026-11-23 or 23/11/2026"),
        ("oak,31/02/2026,16", "“31/02/2026” is not a day"),
        ("oak,20261117,16", "“20261117” is not a day"),
        ("oak,2026-11-19,16", "2026-11-19 is still to come"),
        ("oak,1999-12-31,16", "1999-12-31 is before 2000"),
        ("oak,2026-11-17,", "“” is not a whole number from 0 to 10,000"),
        ("oak,2026-11-17,16.5", "“16.5” is not a whole number"),
        ("oak,2026-11-17,-1", "“-1” is not a whole number"),
        ("oak,2026-11-17,10001", "“10001” is not a whole number"),
        ("oak,2026-11-17,٣", "is not a whole number"),
        ("oak", "“” is not a day"),
        ("oak,2026-11-16,16", "this unit and day stand in the file twice"),
    ],
)
def test_a_wrong_line_is_named(line, mistake):
    (said,) = reading(f"unit,day,occupied\noak,2026-11-16,16\n{line}\n").mistakes
    assert said.startswith("Line 3: ") and mistake in said


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "“unit” is missing"),
        ("unit,day\noak,2026-11-17", "“occupied” is missing"),
        ("unit,day,occupied\n", "no figures below the first line"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        ("unit,day,occupied\noak,2026-11-17,1\x00", "characters without a meaning"),
    ],
)
def test_what_is_no_such_file_is_said(text, mistake):
    found = reading(text)
    assert mistake in found.mistakes[0] and found.figures == {}


def test_it_stops_naming_after_many():
    text = "unit,day,occupied\n" + "nowhere,2026-11-17,1\n" * 500
    found = reading(text)
    assert len(found.mistakes) == MOST_MISTAKES + 1
    assert "reading stopped here" in found.mistakes[-1]
