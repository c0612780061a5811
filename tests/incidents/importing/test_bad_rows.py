"""Rows with one thing wrong: refused by line, column, value and reason, and all reasons at once."""

from datetime import UTC, datetime

import pytest


def only(plan):
    assert plan.rows == ()
    assert len(plan.refusals) == 1
    return str(plan.refusals[0])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"ID": ""}, "line 2, ID: every record needs the number"),
        ({"ID": "9.43476E+09"}, "line 2, ID: “9.43476E+09”: a spreadsheet has shortened this number"),
        ({"ID": "x" * 101}, "longer than 100 characters"),
        ({"Location": ""}, "line 2, Location: the unit is missing. There are: oak, rowan, willow"),
        (
            {"Location": "Ash Ward"},
            "line 2, Location: “Ash Ward”: there is no such unit. Did you mean “oak ward”?",
        ),
        (
            {"Severity": "Awful"},
            "“Awful”: this word is not known. Map it ([values.physical_harm]) to one of: none,",
        ),
        ({"Severity": "Modrate"}, "“Modrate”: this word is not known. Did you mean “moderate”?"),
        (
            {"Severity": ""},
            "line 2, Severity: this is empty; the mapping can say what that means ([blank] physical",
        ),
        (
            {"Category": "Aliens"},
            "“Aliens”: this word is not known. Map it ([values.category]) to one of: Self-harm,",
        ),
        ({"Incident date": ""}, "line 2, Incident date: the date is missing"),
        ({"Incident date": "31/04/2026"}, "“31/04/2026”: there is no 31 April 2026"),
        ({"Incident date": "29/02/2023"}, "there is no 29 February 2023"),
        ({"Incident date": "04/15/2026"}, "there is no month 15: dates are read with the day first"),
        ({"Incident date": "01/01/1900"}, "the year 1900 is before 1990"),
        ({"Incident date": "31/12/9999"}, "this is in the future"),
        ({"Incident date": "24/11/2026"}, "this is in the future"),
        ({"Incident date": "23/11/2026", "Time": "2300"}, "this is in the future"),
        ({"Incident date": "soon"}, "“soon”: this is not a date"),
        ({"Time": "24:00"}, "line 2, Time: “24:00”: 24:00 is 00:00 of the next day"),
        ({"Time": "2561"}, "there is no hour 25"),
        ({"Time": "9"}, "“9”: this is not a time of day"),
        ({"Incident date": "29/03/2026", "Time": "0130"}, "01:30 did not exist on 29/03/2026"),
        ({"Reported": "14/04/2026"}, "line 2, Reported: “14/04/2026”: this is before the incident happened"),
        ({"Reported": "24/11/2026"}, "line 2, Reported: “24/11/2026”: this is in the future"),
    ],
)
def test_it_refuses_a_row_with_the_reason(read_row, cells, said):
    assert said in only(read_row(cells))


def test_it_names_everything_that_is_wrong_with_a_row_at_once(read_row):
    plan = read_row({"Location": "Ash", "Severity": "Awful", "Category": "", "Incident date": "31/04/2026"})
    assert [refusal.column for refusal in plan.refusals] == [
        "Incident date",
        "Category",
        "Location",
        "Severity",
    ]
    assert plan.refused_rows == 1


def test_the_second_record_of_one_number_is_refused_even_with_other_contents(read, many):
    plan = read(many({"ID": "7"}, {"ID": "7", "Severity": "Death"}, {"ID": "8"}))
    assert [incident.external_id for incident in plan.rows] == ["7", "8"]
    assert str(plan.refusals[0]) == "line 3, ID: “7”: the record on line 2 has the same number"


def test_a_long_value_is_cut_to_80_characters_and_made_printable(read_row):
    refusal = read_row({"Severity": "\x1b[31m\u202e" + "x" * 200}).refusals[0]
    assert len(refusal.value) <= 80
    assert refusal.value.isprintable()
    assert refusal.value.endswith("…")


def test_a_row_without_a_time_is_taken_and_marked(read_row):
    for missing in ("", "unknown", "N/K", " - "):
        (incident,) = read_row({"Time": missing}).rows
        assert not incident.occurred_time_known
        assert incident.occurred_at == datetime(2026, 4, 14, 23, tzinfo=UTC)


def test_a_time_beside_the_date_counts_when_there_is_no_other(read_row):
    (incident,) = read_row({"Incident date": "2026-04-15T21:52:00", "Time": ""}).rows
    assert (incident.occurred_at.hour, incident.occurred_time_known) == (20, True)
    (absolute,) = read_row({"Incident date": "2026-04-15T21:52:00Z", "Time": ""}).rows
    assert absolute.occurred_at == datetime(2026, 4, 15, 21, 52, tzinfo=UTC)


def test_a_report_of_the_same_day_without_a_time_is_at_the_incidents_own_time(read_row):
    (incident,) = read_row({"Reported": "15/04/2026"}).rows
    assert incident.reported_at == incident.occurred_at


def test_the_hour_that_comes_twice_is_its_first_and_noted(read_row):
    plan = read_row({"Incident date": "25/10/2026", "Time": "01:30", "Reported": "26/10/2026"})
    assert plan.rows[0].occurred_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "came twice" in str(plan.notes[0])


def test_a_cell_that_looks_like_a_formula_stays_text(read_row):
    words = "=HYPERLINK(0)+cmd|' /C calc'!A0"
    (incident,) = read_row({"Description": words, "Ref": "@SUM(1)"}).rows
    assert (incident.what_happened, incident.reference_in_source) == (words, "@SUM(1)")


def test_names_of_units_may_be_written_in_any_way(read_row):
    for name in ("OAK WARD ", "oak  ward", "Oak-Ward", "Oak\u200b Ward", "Ｏａｋ Ward", "oak"):
        assert read_row({"Location": name}).rows[0].unit_key == "oak"


def test_an_accent_may_be_one_character_or_two(read_row):
    units = {"Caf\u00e9 Ward": "cafe"}
    assert read_row({"Location": "Cafe\u0301 ward"}, units=units).rows[0].unit_key == "cafe"


def test_a_name_that_two_units_share_is_not_guessed(read_row):
    plan = read_row({"Location": "The Ward"}, units={"the ward": "oak", "The-Ward": "rowan"})
    assert "this could be oak or rowan" in only(plan)


def test_right_to_left_and_emoji_stay_in_the_words(read_row):
    words = "שלום 😀 \u202eabc"
    assert read_row({"Description": words}).rows[0].what_happened == words


def test_what_is_not_needed_is_noted_and_the_row_is_kept(read_row):
    extra = {"Sub category": "Novel", "Type": "Ghost", "Closed": "31/04/2026", "Description": ""}
    plan = read_row(extra)
    (incident,) = plan.rows
    assert (incident.subcategory, incident.affected, incident.closed_on) == ("", "", None)
    assert [note.column for note in plan.notes] == ["Closed", "Description", "Sub category", "Type"]


def test_an_nhs_number_in_the_words_is_noted_but_not_repeated(read_row):
    plan = read_row({"Description": "Pt 943 476 5919 fell"})
    assert "an NHS number seems to stand in the words" in str(plan.notes[0])
    assert "943" not in str(plan.notes[0])
    for harmless in ("Pt 943 476 5918 fell", "0000000000", "call 01234567890"):
        assert read_row({"Description": harmless}).notes == ()


def test_two_digits_of_a_year_are_this_century_and_noted(read_row):
    plan = read_row({"Incident date": "15/04/26", "Reported": "46128"})
    assert plan.rows[0].occurred_at.year == 2026
    assert plan.rows[0].reported_at == datetime(2026, 4, 15, 23, tzinfo=UTC)
    assert len(plan.notes) == 2


def test_a_file_may_write_the_month_first(read_row):
    plan = read_row(
        {"Incident date": "04/15/2026", "Reported": "04/16/2026"}, mapping='[dates]\norder="month-first"'
    )
    assert plan.rows[0].occurred_at.day == 15


@pytest.mark.parametrize(
    ("cells", "age", "status"),
    [
        ({"Age": "17", "Legal status": "Section 2"}, 17, "detained_s2"),
        ({"Age": "0", "Legal status": "informal"}, 0, "informal"),
        ({"Age": "", "Legal status": ""}, None, ""),
        ({"Age": "130", "Legal status": "unclear"}, None, ""),
        ({"Age": "40", "Legal status": "Section 3", "Type": "Staff"}, None, ""),
    ],
)
def test_age_and_legal_status_come_along_where_they_can_be_read(read_row, cells, age, status):
    plan = read_row(cells)
    (row,) = plan.rows
    assert (row.person_age, row.legal_status) == (age, status)
    notes = [str(note) for note in plan.notes]
    assert any("the age is left empty" in note for note in notes) is (cells["Age"] == "130")
    assert any("not a known legal status" in note for note in notes) is (cells["Legal status"] == "unclear")
