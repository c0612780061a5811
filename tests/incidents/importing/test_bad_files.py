"""Files that are damaged, disguised or hostile: each is named, none stops the reader or is half believed."""

import csv
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.incidents.importing import load_mapping, read_file

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEADER = "ID,Ref,Location,Incident date,Time,Reported,Category,Description,Severity"
GOOD = "40001,W1,Oak Ward,15/04/2026,2152,16/04/2026,Self harm,Found on the floor.,Minor"


def reasons(plan):
    return [str(refusal) for refusal in plan.refusals]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n", b"\xff\xfe", b",,,\n,,,\n", b"\0\0\0"]
)
def test_an_empty_file_is_said_to_be_empty(read, content):
    plan = read(content)
    assert reasons(plan) == ["line 1: the file is empty"]
    assert plan.rows == ()


@pytest.mark.parametrize("content", [HEADER, HEADER + "\n", HEADER + "\r\n\r\n,,,,,,,,\r\n"])
def test_a_file_of_a_header_alone_has_no_records(read, content):
    assert reasons(read(content)) == ["line 1: there are no records below the header"]


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_workbook_is_not_taken_for_text(read, content):
    assert "save the sheet as CSV" in reasons(read(content))[0]


def test_a_file_without_a_header_it_knows_is_refused(read):
    assert "no row among the first 30" in reasons(read("a,b,c\n1,2,3\n"))[0]


def test_every_missing_column_is_named_with_what_was_looked_for(read):
    plan = read("ID,Location,Category\n1,Oak,Fall\n")
    assert plan.rows == ()
    assert [refusal.line for refusal in plan.refusals] == [1] * 4
    assert "no column holds the severity or physical harm (physical_harm). Looked for “Severity”" in str(
        plan.refusals[-1]
    )
    assert "The file has ID, Location, Category" in str(plan.refusals[-1])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_finds_the_delimiter(read, many, delimiter):
    plan = read(many({}, {"Description": "one, two; three\tfour | five"}, delimiter=delimiter))
    assert len(plan.rows) == 2
    assert plan.rows[1].what_happened == "one, two; three\tfour | five"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_it_reads_every_line_ending(read, ending):
    plan = read(ending.join([HEADER, GOOD, GOOD.replace("40001", "40002"), ""]))
    assert [incident.line for incident in plan.rows] == [2, 3]


def test_it_reads_a_file_of_mixed_line_endings(read):
    plan = read(
        HEADER + "\r\n" + GOOD + "\r" + GOOD.replace("40001", "2") + "\n" + GOOD.replace("40001", "3")
    )
    assert [incident.line for incident in plan.rows] == [2, 3, 4]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_it_reads_the_encodings_that_systems_write(read, many, encoding):
    plan = read(many({"Description": "“No harm” – said José"}).encode(encoding))
    assert plan.rows[0].what_happened == "“No harm” – said José"


def test_a_file_joined_from_two_systems_is_read_line_by_line(read, many):
    first, second = many({"Description": "Said José"}).encode(), many({"ID": "2", "Description": "Café"})
    plan = read(first + second.encode("cp1252").partition(b"\r\n")[2])
    assert [incident.what_happened for incident in plan.rows] == ["Said José", "Café"]
    assert "some lines are UTF-8 and some Windows-1252" in str(plan.notes[0])


def test_a_byte_that_is_no_text_costs_its_row_only(read, many):
    data = many({"Description": "fine José"}, {"Description": "broken \x00"}).encode("cp1252")
    plan = read(data.replace(b"broken \x00", b"broken \x81\x8d\x81"), mapping='encoding = "cp1252"\n')
    assert [incident.external_id for incident in plan.rows] == ["40001"]
    assert "line 3, Description" in reasons(plan)[0]
    assert "a character that cannot be read" in reasons(plan)[0]


def test_one_damaged_byte_does_not_change_the_reading_of_the_rest(read, export):
    plan = read(export.replace(b"MDT review", b"MDT r\x81view", 1))
    assert plan.encoding == "Windows-1252"
    assert sum("–" in incident.what_happened for incident in plan.rows) > 30
    assert [refusal.line for refusal in plan.refusals if refusal.column == "Action taken"] == [2]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
def test_an_old_encoding_is_guessed_and_that_is_said(read, many, encoding):
    words = "Zoë Ångström über, naïve café, Ältere, façade, señor, Émile"
    plan = read(many(*[{"Description": words}] * 20).encode(encoding))
    assert plan.rows[0].what_happened == words
    assert "check accents and dashes" in str(plan.notes[0])


def test_a_nul_character_costs_its_row_only(read, many):
    plan = read(many({"Description": "a\x00b"}, {}))
    assert [incident.line for incident in plan.rows] == [3]
    assert reasons(plan) == ["line 2, Description: this holds a NUL character"]


def test_a_lone_surrogate_in_utf16_costs_its_row_only(read, many):
    data = (
        many({"Description": "halfX"}, {}).encode("utf-16-le").replace("X".encode("utf-16-le"), b"\x3d\xd8")
    )
    plan = read(b"\xff\xfe" + data)
    assert [incident.line for incident in plan.rows] == [3]
    assert "a character that cannot be read" in reasons(plan)[0]


def test_a_header_may_stand_below_a_title(read):
    plan = read(f"Incidents of the trust\nPrinted 12/10/2026,,\n\n{HEADER}\n{GOOD}\n")
    assert (plan.header_line, plan.rows[0].line) == (4, 5)
    assert "what stands above the header is passed over" in str(plan.notes[0])


def test_excels_separator_line_is_no_header(read):
    assert len(read("sep=;\n" + HEADER.replace(",", ";") + "\n" + GOOD.replace(",", ";")).rows) == 1


def test_headers_may_differ_in_case_spaces_and_signs(read):
    header = " id ,REF,location,INCIDENT   DATE,time,Reported,category,DESCRIPTION,severity\u200b"
    assert len(read(f"{header}\n{GOOD}\n").rows) == 1


def test_of_two_columns_of_one_name_the_first_is_read_and_that_is_said(read):
    plan = read(f"{HEADER},severity\n{GOOD},Death\n")
    assert plan.rows[0].physical_harm == "low"
    assert "several columns of this name" in str(plan.notes[0])


def test_columns_without_a_name_and_trailing_delimiters_do_no_harm(read):
    plan = read(f"{HEADER},,,\n{GOOD},,,\n{GOOD.replace('40001', '2')}\n{GOOD.replace('40001', '3')},,,,,\n")
    assert len(plan.rows) == 3


def test_a_ragged_row_is_refused_by_its_line(read):
    plan = read(f"{HEADER}\n{GOOD},astray\n{GOOD.replace('40001', '2')}\n4,W4,Oak Ward\n")
    assert [incident.external_id for incident in plan.rows] == ["2"]
    why = "a delimiter, a quotation mark or a line break may be astray"
    assert reasons(plan) == [
        f"line 2: 10 cells where the header has 9: {why}",
        f"line 4: 3 cells where the header has 9: {why}",
    ]


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL", "Count"])
def test_a_row_of_totals_is_passed_over(read, word):
    plan = read(f"{HEADER}\n{GOOD}\n{word},1,,,,,,,\n,{word}: ,1\n")
    assert (len(plan.rows), plan.refusals) == (1, ())
    assert "a row of totals is passed over" in str(plan.notes[-1])


def test_a_quotation_mark_that_never_closes_says_which_lines_were_lost(read):
    plan = read(f'{HEADER}\n{GOOD}\n"2,W2,Oak Ward\n{GOOD}\n{GOOD}\n')
    assert len(plan.rows) == 1
    assert reasons(plan) == [
        "line 3: a quotation mark opens here and never closes; lines 3 to 5 were not read"
    ]


def test_a_quotation_mark_inside_a_cell_costs_its_row_only(read):
    broken = GOOD.replace("40001", "2").replace("Found on the floor.", '"He said "no" to me"')
    plan = read(f"{HEADER}\n{GOOD}\n{broken}\n{GOOD.replace('40001', '3')}\n")
    assert [incident.external_id for incident in plan.rows] == ["40001", "3"]
    assert "it has to be doubled" in reasons(plan)[0]


def test_an_unbalanced_quotation_mark_on_the_first_line_is_not_believed(read):
    plan = read(f'"{HEADER}\n{GOOD}\n')
    assert plan.rows == ()
    assert plan.refusals


def test_a_cell_of_50_megabytes_is_refused_quickly(read):
    began = time.monotonic()
    plan = read(f'{HEADER}\n{GOOD}\n2,W,Oak Ward,15/04/2026,,15/04/2026,Fall,"{"x" * 50_000_000}",Minor\n')
    assert len(plan.rows) == 1
    assert "longer than 131,072 characters" in reasons(plan)[0]
    assert len(str(plan.refusals[0])) < 400
    assert time.monotonic() - began < 20


def test_a_description_of_more_than_100000_characters_is_refused(read, read_row):
    assert len(read_row({"Description": "x" * 100_000}).rows) == 1
    assert "longer than 100,000 characters" in reasons(read_row({"Description": "x" * 100_001}))[0]
    assert "longer than 1,000 characters" in reasons(read_row({"Ref": "x" * 1_001}))[0]


def test_ten_thousand_columns_are_refused(read):
    plan = read(f"{HEADER},{','.join(f'c{number}' for number in range(10_000))}\n{GOOD}\n")
    assert reasons(plan) == ["line 1: the header has 10,009 columns; at most 1,000 can be read"]


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(read, monkeypatch):
    monkeypatch.setattr("throughline.incidents.importing.reading.MOST_BYTES", 100)
    assert "split it by date" in reasons(read(f"{HEADER}\n{GOOD}\n"))[0]


def test_reading_stops_where_nothing_fits(read, monkeypatch):
    monkeypatch.setattr("throughline.incidents.importing.reading.MOST_REFUSALS", 10)
    plan = read(HEADER + "\n" + GOOD + "\n" + "x\n" * 1000)
    assert plan.rows == ()
    assert len(plan.refusals) == 11
    assert "nothing is brought in" in reasons(plan)[-1]


@given(st.binary(max_size=400), st.text(max_size=200))
def test_whatever_stands_in_a_file_the_reader_gives_a_plan(data, text):
    mapping = load_mapping()
    typed = text.encode("utf-8", "replace")
    for content in (data, typed, f"{HEADER}\n{GOOD}\n".encode() + typed, f"{HEADER}\n".encode() + data):
        plan = read_file(content, mapping, {"oak ward": "oak"}, ZoneInfo("Europe/London"), NOW)
        assert plan.rows or plan.refusals


@pytest.mark.parametrize(
    "junk", [bytes(range(256)) * 50, b"%PDF-1.7\n\x00\xff", b'"' * 10_001, b"\x1b[31m" * 99]
)
def test_anything_at_all_gives_a_plan(read, junk):
    assert read(junk).refusals
    assert read((HEADER + "\n").encode() + junk).refusals


def test_the_readers_limit_for_cells_is_left_as_it_was(read, many):
    before = csv.field_size_limit()
    read(many({}))
    assert csv.field_size_limit() == before


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_a_few_seconds(read, many):
    text = many(*[{"Description": "Found on the floor, helped up.\nFamily told."}] * 100_000)
    began = time.process_time()
    plan = read(text)
    assert len(plan.rows) == 100_000
    assert time.process_time() - began < 15
