"""The export in data/: made up, but as messy as the ones that systems write."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime


def test_it_brings_in_every_record_that_became_an_incident(read, export):
    plan = read(export)
    assert (plan.records, len(plan.rows), len(plan.left_out), plan.refusals) == (120, 92, 28, ())
    assert plan.encoding == "Windows-1252"


def test_it_names_what_it_read_what_it_ignored_and_what_it_never_looked_at(read, export):
    plan = read(export)
    assert plan.columns_used["unit"] == "Location"
    assert plan.columns_ignored == ("Service", "Result")
    assert plan.columns_dropped == ("Name", "Handler", "Manager")


def test_no_cell_of_a_personal_column_reaches_the_plan(read, export):
    assert b"Smith" in export
    assert "Smith" not in repr(read(export))


def test_a_row_is_named_by_the_line_it_begins_on_although_cells_hold_line_breaks(read, export):
    lines = export.decode("cp1252").splitlines()
    plan = read(export)
    for incident in plan.rows:
        assert lines[incident.line - 1].startswith(f"{incident.reference_in_source},{incident.external_id},")
    records = list(csv.reader(io.StringIO(export.decode("cp1252"), newline="")))
    rejected = {record[0] for record in records if record[21] == "Rejected"}
    assert {lines[line - 1].split(",")[0] for line in plan.left_out} == rejected


def test_it_keeps_the_words_as_they_stand(read, export):
    rows = {row["ID"]: row for row in csv.DictReader(io.StringIO(export.decode("cp1252"), newline=""))}
    for incident in read(export).rows:
        row = rows[incident.external_id]
        assert incident.what_happened == row["Description"]
        assert incident.immediate_action == row["Action taken"]
        assert incident.location == row["Exact location"]
        assert incident.source_state == row["Approval status"]
    assert any("–" in incident.what_happened for incident in read(export).rows)
    assert any("\n" in incident.what_happened for incident in read(export).rows)


def test_it_understands_the_local_words(read, export):
    rows = {row["ID"]: row for row in csv.DictReader(io.StringIO(export.decode("cp1252"), newline=""))}
    meant = Counter(
        (rows[one.external_id]["Severity"].strip().casefold(), one.physical_harm) for one in read(export).rows
    )
    assert set(meant) == {
        ("no harm", "none"),
        ("insignificant", "none"),
        ("minor", "low"),
        ("low", "low"),
        ("moderate", "moderate"),
        ("severe", "severe"),
        ("death", "fatal"),
    }
    assert {(one.category, one.subcategory) for one in read(export).rows} == {
        ("self_harm", "ligature_unanchored"),
        ("fall", "unwitnessed"),
        ("absence", "failed_return"),
        ("medication", "omission"),
        ("violence", "assault_on_staff"),
        ("violence", "racial"),
        ("restrictive_practice", "seclusion"),
    }
    assert {one.affected for one in read(export).rows} == {"patient", "staff"}
    assert {one.unit_key for one in read(export).rows} == {"oak", "willow", "rowan"}


def test_it_reads_both_ways_of_writing_dates_and_times(read, export):
    found = {one.external_id: one for one in read(export).rows}
    no_time = found["40000"]  # 15/04/2026, no time; reported the day after; summer time
    assert (no_time.occurred_at, no_time.occurred_time_known) == (
        datetime(2026, 4, 14, 23, tzinfo=UTC),
        False,
    )
    assert no_time.reported_at == datetime(2026, 4, 15, 23, tzinfo=UTC)
    assert no_time.closed_on == date(2026, 5, 18)
    iso = found["40001"]  # 2025-12-01 00:00:00 beside 0136
    assert (iso.occurred_at, iso.occurred_time_known) == (datetime(2025, 12, 1, 1, 36, tzinfo=UTC), True)
    assert found["40119"].occurred_at == datetime(2025, 12, 29, 15, 53, tzinfo=UTC)


def test_it_says_once_what_it_decided(read, export):
    notes = read(export).notes
    assert [(note.line, note.column, note.rows) for note in notes] == [
        (2, "Time", 27),
        (4, "Approval status", 28),
        (136, "Time", 1),
    ]
    assert "not known" in notes[0].reason
    assert "“Rejected”: records in this state are left out" in str(notes[1])
    assert "came twice on 25/10/2026" in str(notes[2])


def test_it_gives_the_same_plan_twice(read, export):
    assert read(export) == read(export)


def test_a_tenant_may_want_the_rejected_records_too(read, export):
    plan = read(export, mapping="[states]\nleave_out = []\n")
    assert (len(plan.rows), plan.refusals, plan.left_out) == (120, (), ())


def test_every_row_is_refused_and_named_when_the_units_are_another_tenants(read, export):
    plan = read(export, mapping="[states]\nleave_out = []\n", units={"larch house": "larch-house"})
    assert plan.rows == ()
    assert plan.refused_rows == 120
    assert "There are: larch-house" in plan.refusals[0].reason
