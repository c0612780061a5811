"""``throughline import``: a file of another system becomes incidents everywhere they belong, or says why not."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from tests.commands.conftest import EXPORT, Run
from tests.conftest import ROOT

import throughline.worker
from throughline.audit.models import AuditEvent
from throughline.evidence.models import EvidenceRun
from throughline.incidents.models import Incident
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Notification
from throughline.trends import counts
from throughline.trends.models import DailyCount

NOTHING = "Nothing in this file can be brought in."
HEADER = "ID,Ref,Location,Incident date,Time,Reported,Category,Description,Severity"
GOOD = "1,W1,Oak Ward,15/04/2026,2152,16/04/2026,Self harm,Found with a ligature.,Minor"


@pytest.fixture
def file_of(tmp_path: Path):
    """Return a function that writes lines as a file."""

    def write(*lines: str, name: str = "export.csv", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
        return str(path)

    return write


@pytest.fixture
def stored(scopes, calder):
    """Return a function that counts what an import may leave behind."""

    def read() -> dict[str, int]:
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            mine = AuditEvent.action == "incidents.imported"
            return {
                "incidents": scope.session.scalar(select(func.count()).select_from(Incident)) or 0,
                "counted": scope.session.scalar(select(func.sum(DailyCount.n))) or 0,
                "trail": scope.session.scalar(select(func.count()).select_from(AuditEvent).where(mine)) or 0,
                "alarms": scope.session.scalar(select(func.count()).select_from(Notification)) or 0,
                "jobs": scope.session.scalar(select(func.count()).select_from(Job)) or 0,
            }

    return read


def test_a_dry_run_says_what_would_happen_and_stores_nothing(run: Run, stored) -> None:
    before = stored()
    found = run("import", "calder", str(EXPORT))
    assert (found.status, found.err) == (0, "")
    assert found.out.splitlines()[-4:] == [
        "columns left out (personal data): Name, Handler, Manager",
        "columns not used: Service, Result",
        "92 of 120 rows can be brought in, 0 refused.",
        "This was a dry run. Add --apply to bring the rows in.",
    ]
    assert "note: line 4, Approval status: “Rejected”: records in this state are left out" in found.out
    assert stored() == before


def test_a_file_is_brought_in_once_and_everywhere(
    run: Run, stored, client_for, scopes, calder, world
) -> None:
    before = stored()
    first = run("import", "calder", str(EXPORT), "--apply")
    assert (first.status, first.err) == (0, "")
    assert first.out.splitlines()[-1] == "92 incidents brought in; 0 were here already."
    assert stored() == before | {
        "incidents": 92,
        "counted": 92,
        "trail": before["trail"] + 1,
    }
    second = run("import", "calder", str(EXPORT), "--apply")
    assert second.out.splitlines()[-1] == "0 incidents brought in; 92 were here already."
    assert stored() == before | {"incidents": 92, "counted": 92, "trail": before["trail"] + 1}

    with world.admin.begin() as connection:
        numbers = connection.scalars(text("select last from sequence where name = 'incident'")).all()
    assert numbers == [92], "and takes no reference that nothing bears"

    _is_counted(run, world)
    _is_in_the_queue(client_for)
    _is_in_the_charts(client_for, scopes, calder)
    _is_in_the_evidence(client_for, scopes, calder)


def _is_counted(run, world):
    right = run("counts", "verify", "calder")
    assert (right.status, right.said) == (0, "Every count is right.\n")
    with world.admin.begin() as connection:
        cell = connection.execute(
            text("update daily_count set n = n + 3 where id = (select min(id::text)::uuid from daily_count) "
                 "returning day, category")
        ).one()  # fmt: skip
    wrong = run("counts", "verify", "calder")
    assert wrong.status == 1
    assert re.fullmatch(rf"{cell.day} \S+ {cell.category} harm \d: kept \d+, counted \d+\n", wrong.out)
    assert wrong.err == "1 counts differ. Run: throughline counts rebuild calder\n"
    assert run("counts", "rebuild", "calder").said == "The counts are rebuilt.\n"
    assert run("counts", "verify", "calder").status == 0


def _is_in_the_queue(client_for):
    lead = client_for("lead@calder.test")
    page = lead.get("/t/calder/incidents").get_data(as_text=True)
    assert "92 incidents" in page
    waiting = lead.get("/t/calder/incidents?state=untriaged").get_data(as_text=True)
    assert "42 incidents" in waiting, "those the source had not closed"
    on_oak = sum(row["Location"] == "Oak Ward" and row["Approval status"] != "Rejected" for row in _rows())
    assert f"{on_oak} incidents" in lead.get("/t/calder/incidents?unit=oak").get_data(as_text=True)
    words = next(
        row["Description"].split("\n")[0].split(";")[0] for row in _rows() if "struck" in row["Description"]
    )
    assert words in page
    assert not any(name in page for name in ("Smith", "Jones")), "no cell of a personal column is kept"
    assert "Nothing here" in client_for("lead@hollins.test").get("/t/hollins/incidents").get_data(
        as_text=True
    )


def _rows():
    return list(csv.DictReader(io.StringIO(EXPORT.read_bytes().decode("cp1252"), newline="")))


def _happened(scopes, calder, start: date, end: date) -> int:
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        return sum(n for cell, n in counts.recount(scope).items() if start <= cell[0] < end)


def _is_in_the_charts(client_for, scopes, calder):
    lead = client_for("lead@calder.test")
    page = lead.get("/t/calder/trends")
    assert page.status_code == 200 and "<svg" in page.get_data(as_text=True)
    months = list(csv.DictReader(io.StringIO(lead.get("/t/calder/trends/months.csv").get_data(as_text=True))))
    drawn = _happened(scopes, calder, date.fromisoformat(months[0]["month"]), date(2026, 11, 1))
    assert sum(int(month["incidents"]) for month in months) == drawn > 80, "every month that was whole"


def _is_in_the_evidence(client_for, scopes, calder):
    lead = client_for("lead@calder.test")
    asked = {"format": "icb_quality.quarterly", "commissioner": "west-moors", "period": "2026-07-01"}
    answer = lead.post("/t/calder/evidence", asked)
    assert answer.status_code == 302
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        (job_id,) = scope.session.scalars(select(Job.id).where(Job.name == "evidence.render")).all()
    assert throughline.worker.WORK, "it knows the kinds of work"
    assert runner.attempt(scopes, calder, job_id)
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        document = scope.session.scalars(select(EvidenceRun.document)).one()
    expected = _happened(scopes, calder, date(2026, 7, 1), date(2026, 10, 1))
    assert expected == 22
    figures = {figure["key"]: figure for figure in document["figures"]}
    assert figures["incidents"]["value"] == expected
    assert sum(row["total"] for row in document["incidents"]["by_category"]) == expected
    assert "Smith" not in json.dumps(document) and "struck HCA" not in json.dumps(document)
    pdf = lead.get(f"{answer.location}/draft.pdf")
    assert pdf.status_code == 200 and pdf.data.startswith(b"%PDF"), pdf.status


def test_every_refused_row_is_named_and_only_the_good_ones_come_in_when_asked(
    run: Run, stored, file_of
) -> None:
    path = file_of(
        HEADER,
        GOOD,
        '2,W2,Moon Ward,15/04/2026,2152,16/04/2026,Self harm,"Two\nlines.",Minor',
        "3,W3,Oak Ward,35/04/2026,2152,16/04/2026,Self harm,Text.,Minor",
        "4,W4,Oak Ward,15/04/2026,2575,16/04/2026,Self harm,Text.,Terrible",
        "1,W5,Oak Ward,15/04/2026,2152,16/04/2026,Self harm,Text.,Minor",
    )
    before = stored()
    dry = run("import", "calder", path)
    assert dry.status == 0
    refused = dry.err.splitlines()
    assert [line.split("”: ")[0] for line in refused[:-1]] == [
        "refused: line 3, Location: “Moon Ward",
        "refused: line 5, Incident date: “35/04/2026",
        "refused: line 6, Time: “2575",
        "refused: line 6, Severity: “Terrible",
    ]
    assert refused[-1].startswith("refused: line 7, ID: “1”: ")
    assert all(len(line.split("”: ")[1]) > 10 for line in refused), "each says why"
    assert dry.out.splitlines()[-2:] == [
        "1 of 5 rows can be brought in, 4 refused.",
        "This was a dry run. Add --apply --skip-refused to bring the others in.",
    ]
    stopped = run("import", "calder", path, "--apply")
    assert stopped.status == 1
    assert stopped.err.splitlines() == [
        *refused,
        "Nothing was brought in. Put the refused rows right, or add --skip-refused to leave them out.",
    ]
    assert stored() == before
    brought = run("import", "calder", path, "--apply", "--skip-refused")
    assert brought.out.splitlines()[-1] == "1 incidents brought in; 0 were here already."
    assert stored()["incidents"] == 1


def test_many_refused_rows_are_each_named(run: Run, file_of) -> None:
    rows = [f"{number},W,Moon Ward,15/04/2026,2152,16/04/2026,Self harm,Text.,Minor" for number in range(300)]
    found = run("import", "calder", file_of(HEADER, *rows))
    named = re.findall(r"^refused: line (\d+), Location: “Moon Ward”", found.err, re.MULTILINE)
    assert [int(line) for line in named] == list(range(2, 302))
    assert (found.status, found.err.splitlines()[-1]) == (1, NOTHING)


def test_another_tenants_units_are_no_units_here(run: Run) -> None:
    found = run("import", "hollins", str(EXPORT), "--apply")
    assert found.status == 1
    assert "line 2, Location: “Oak Ward”" in found.err and "larch-house" in found.err
    assert found.err.splitlines()[-1] == NOTHING


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\r\n , ,\r\n", "the file is empty"),
        (b"a,b\r\n1,2\r\n", "no row among the first 30 names columns that the mapping knows"),
        (b"ID,Location,Description\r\n1,2,3\r\n", "no column holds the day it happened (occurred_date). Looked for"),
        (HEADER.encode(), "there are no records below the header"),
        (b"PK\x03\x04" + bytes(200), "this is a workbook, not a CSV file: save the sheet as CSV UTF-8"),
        (bytes(range(256)) * 40, "no row among the first 30 names columns that the mapping knows"),
    ],
    ids=["empty", "blank", "other columns", "missing columns", "header only", "workbook", "not text"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(
    run: Run, stored, tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    found = run("import", "calder", str(path), "--apply")
    assert found.status == 1
    assert f"refused: line 1: {told}" in found.err
    assert found.err.splitlines()[-1] == NOTHING
    assert "Traceback" not in found.err and "0 of 0" not in found.out
    assert stored()["incidents"] == 0


def test_a_wrong_encoding_is_told_by_row_and_not_stored_as_rubbish(run: Run, stored, file_of) -> None:
    told = file_of('encoding = "utf-8"', name="mapping.toml")
    dash = GOOD.replace("Found with", "Found – with")
    path = file_of(HEADER, GOOD.replace("1,W1", "2,W2"), dash, encoding="cp1252")
    found = run("import", "calder", path, "--mapping", told, "--apply")
    assert found.status == 1
    assert "refused: line 3, Description: " in found.err and "Nothing was brought in." in found.err
    assert stored()["incidents"] == 0
    assert run("import", "calder", path).out.splitlines()[-2].startswith("2 of 2 rows")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'[columns\nunit = ["Ward"]\n', ":1: This is not valid TOML"),
        (b'source = "other"\n[columns]\nwrad = ["Ward"]\n', ":3: columns.wrad: This is not known here. There are: "),
        (b'encoding = "utf-9"\n', ":1: encoding: "),
        (b"\xff\xfe\x00", ":1: The file is not UTF-8 text."),
    ],
    ids=["toml", "field", "encoding", "bytes"],
)  # fmt: skip
def test_a_bad_mapping_is_told_by_file_and_line(run: Run, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(content)
    found = run("import", "calder", str(EXPORT), "--mapping", str(path), "--apply")
    assert (found.status, found.out) == (1, "")
    assert found.err.startswith(f"{path}{told}"), found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["nobody", str(EXPORT)], 1, "There is no provider 'nobody'. There are: calder, hollins.\n"),
        (["", str(EXPORT)], 1, "There is no provider ''."),
        (["calder", "/nowhere/export.csv"], 2, "File '/nowhere/export.csv' does not exist."),
        (["calder", "/"], 2, "File '/' is a directory."),
        (["calder", str(EXPORT), "--mapping", "/nowhere/m.toml"], 2, "'--mapping': File '/nowhere/m.toml' does"),
        (["calder"], 2, "Missing argument 'FILE'."),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(run: Run, words: list[str], status: int, told: str) -> None:
    found = run("import", *words)
    assert (found.status, found.out) == (status, "")
    assert told in found.err and "Traceback" not in found.err


def test_the_program_itself_does_what_the_readme_says(environment: dict[str, str], tmp_path: Path) -> None:
    inherited = {name: word for name, word in os.environ.items() if not name.startswith("THROUGHLINE_")}
    found = subprocess.run(
        [str(Path(sys.executable).parent / "throughline"), "import", "calder", str(EXPORT)],
        env=inherited | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.endswith("This was a dry run. Add --apply to bring the rows in.\n")
    readme = (ROOT / "README.md").read_text()
    assert "throughline import calder export.csv " in readme
    assert "throughline import calder export.csv --apply" in readme
