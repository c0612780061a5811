"""The demo as a whole: what it tells, what it keeps out, and one run of all of it."""

import json
import os
from pathlib import Path

import pytest

from throughline.demo import outcome
from throughline.demo.embedded import Servers
from throughline.demo.lock import hold
from throughline.demo.outcome import Document
from throughline.demo.personas import PERSONAS
from throughline.demo.process import DemoProblem
from throughline.demo.progress import Progress
from throughline.demo.run import Demo, run


def test_what_it_tells_a_program_has_exactly_the_agreed_shape(tmp_path: Path) -> None:
    document = Document("calder", "icb_quality.quarter", tmp_path / "a.pdf")
    outcome.write(tmp_path / "demo.json", "http://127.0.0.1:8000", [document])
    told = json.loads((tmp_path / "demo.json").read_text())
    assert set(told) == {"address", "personas", "evidence"}
    assert told["address"] == "http://127.0.0.1:8000"
    assert {frozenset(person) for person in told["personas"]} == {
        frozenset({"role", "email", "password", "tenant"})
    }
    assert len(told["personas"]) == len(PERSONAS) == len({person["email"] for person in told["personas"]})
    assert told["evidence"] == [
        {"tenant": "calder", "format": "icb_quality.quarter", "path": str(tmp_path / "a.pdf")}
    ]


def test_what_it_tells_a_person_names_every_persona_and_the_document(tmp_path: Path) -> None:
    text = outcome.words("http://127.0.0.1:8000", [Document("calder", "f", tmp_path / "a.pdf")], tmp_path)
    assert all(person.email in text and person.role in text for person in PERSONAS)
    assert str(tmp_path / "a.pdf") in text


def test_a_database_in_the_callers_environment_stays_out_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", "postgresql://a-real-trust")
    monkeypatch.setenv("THROUGHLINE_TRUSTED_PROXIES", "3")
    with Servers.temporary() as servers:
        env = Demo(servers.folder, None, Progress())._environment(servers)
        assert env["THROUGHLINE_DATABASE_URL"] == servers.database_url
        assert "THROUGHLINE_TRUSTED_PROXIES" not in env
        assert env["CALDER_SMTP_HOST"] == env["HOLLINS_SMTP_HOST"] == "127.0.0.1"
        again = Demo(servers.folder, None, Progress())._environment(servers)
        assert again["THROUGHLINE_SECRET_KEY"] == env["THROUGHLINE_SECRET_KEY"]


def test_a_second_demo_says_where_the_first_one_runs(tmp_path: Path) -> None:
    with hold(tmp_path / "demo.lock"), pytest.raises(DemoProblem, match=f"kill {os.getpid()}"):
        run(tmp_path, None, once=True)


def test_a_port_that_is_taken_is_said_with_one_that_is_not(tmp_path: Path) -> None:
    with Servers.temporary() as servers:
        taken = int(servers.database_url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(DemoProblem, match=rf"Port {taken} is in use.*make demo PORT=\d+"):
            run(tmp_path, taken, once=True)
