"""Log lines: JSON with a request's id and its tenant, and never what somebody wrote or who somebody is."""

import json
import logging
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import structlog
from sqlalchemy import select, text
from tests.conftest import NOW, PASSWORD, Browser
from tests.forked import in_a_copy

import throughline.worker
from throughline import logs
from throughline.accounts.guard import current_scope, for_everybody
from throughline.app import create_app
from throughline.demo.ports import free_port
from throughline.features import make_doorbell, make_scopes
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock

CANARY = "canaryfoundonthefloor"
SECRETS = (CANARY, "Amina", "Khan", "Ruth", "Ellis", "calder.test", PASSWORD)


@pytest.fixture
def service(settings, tmp_path):
    """Return a function that does some work in a process that logs, and gives its lines as they were read."""

    def do(work, port=None):
        def begin():
            logs.configure("INFO")
            doorbell = make_doorbell(settings)
            scopes = make_scopes(settings, doorbell, FrozenClock(NOW))
            app = create_app(settings, scopes)
            work(app, scopes)

        mail = {"CALDER_SMTP_HOST": "127.0.0.1", "CALDER_SMTP_PORT": str(free_port())}
        found = in_a_copy(begin, mail, tmp_path)
        assert found.status == 0, found.said
        for secret in SECRETS:
            assert secret not in found.err, next(line for line in found.err.splitlines() if secret in line)
        return [json.loads(line) for line in found.err.splitlines()], found.out

    return do


def sign_in(app, email="nurse@calder.test"):
    browser = Browser(app.test_client())
    assert browser.post("/sign-in", {"email": email, "password": PASSWORD}).status_code == 302
    return browser


def a_report(**changes):
    return {
        "key": str(uuid4()),
        "category": "violence",
        "unit": "oak",
        "occurred_at_date": "2026-11-17",
        "occurred_at_time": "21:35",
        "what_happened": f"Somebody was {CANARY}.",
        "physical_harm": "severe",
        "psychological_harm": "none",
        "person_reference": f"{CANARY}-1",
        **changes,
    }


def test_a_request_logs_its_id_its_tenant_and_its_rule_and_nothing_that_was_typed(service):
    def work(app, _scopes):
        nurse = sign_in(app)
        wrong = a_report(unit=CANARY, occurred_at_date=CANARY)
        answers = [
            nurse.post("/t/calder/report/violence", a_report()),
            nurse.post("/t/calder/report/violence", wrong),
            nurse.get(f"/t/calder/incidents?q={CANARY}"),
            nurse.get(f"/t/calder/incidents/{CANARY}"),
            nurse.get(f"/t/hollins/incidents?q={CANARY}"),
            nurse.get(f"/{CANARY}"),
            Browser(app.test_client()).post("/sign-in", {"email": f"{CANARY}@x.y", "password": CANARY}),
        ]
        print(json.dumps([(answer.status_code, answer.headers["X-Request-Id"]) for answer in answers]))

    lines, out = service(work)
    answers = json.loads(out)
    told = {line["request"]: line for line in lines if line["event"] == "request"}
    assert [(status, told[number]["status"]) for status, number in answers] == [
        (status, status) for status in (302, 422, 200, 404, 404, 404, 422)
    ]
    assert len({number for _, number in answers}) == len(answers)
    assert [(told[number]["tenant"], told[number]["rule"]) for _, number in answers] == [
        ("calder", "/t/<tenant>/report/<category>"),
        ("calder", "/t/<tenant>/report/<category>"),
        ("calder", "/t/<tenant>/incidents"),
        ("calder", "/t/<tenant>/incidents/<reference>"),
        (None, "/t/<tenant>/incidents"),
        (None, "(none)"),
        (None, "/sign-in"),
    ]
    assert all({"level", "timestamp", "method"} <= line.keys() for line in told.values())


def test_an_error_nobody_foresaw_is_told_by_kind_and_place_without_its_words(service):
    def work(app, _scopes):
        @app.get("/t/<tenant>/mistaken/<what>", endpoint="accounts.mistaken")
        @for_everybody
        def mistaken(what):
            raise ValueError(f"could not read {what}")

        @app.get("/t/<tenant>/refused/<what>", endpoint="accounts.refused")
        @for_everybody
        def refused(what):
            # PostgreSQL quotes the whole row that it refuses.
            values = {"tenant": current_scope().tenant.id, "id": uuid4(), "what": what}
            statement = "insert into incident (tenant_id, id, what_happened) values (:tenant, :id, :what)"
            current_scope().session.execute(text(statement), values)
            raise AssertionError

        nurse = sign_in(app)
        for path in ("mistaken", "refused"):
            answer = nurse.get(f"/t/calder/{path}/{CANARY}")
            assert answer.status_code == 500
            page = answer.get_data(as_text=True)
            assert answer.headers["X-Request-Id"] in page
            assert CANARY not in page
            print(answer.headers["X-Request-Id"])
        try:
            raise ValueError(CANARY)
        except ValueError:
            logging.getLogger("some.library").exception("It went wrong")

    lines, out = service(work)
    failed = {line["request"]: line for line in lines if line["event"] == "request_failed"}
    assert [failed[number]["reason"] for number in out.split()] == ["ValueError", "IntegrityError"]
    assert [failed[number]["rule"] for number in out.split()] == [
        "/t/<tenant>/mistaken/<what>",
        "/t/<tenant>/refused/<what>",
    ]
    assert all(
        "test_logs.py" in str(line["where"]) or "sqlalchemy" in str(line["where"]) for line in failed.values()
    )
    (library,) = [line for line in lines if line["event"] == "some.library"]
    assert (library["said"], library["reason"], library["level"]) == ("It went wrong", "ValueError", "error")


def test_a_request_that_fails_before_it_begins_is_not_told_under_the_one_before(service, settings):
    def work(app, scopes):
        nurse = sign_in(app)
        assert nurse.get("/t/calder/incidents").status_code == 200
        lost = replace(settings, database_url=f"postgresql://{CANARY}:{CANARY}@127.0.0.1:1/none")
        away = create_app(lost).test_client()
        name = app.session_interface.cookie_name(app)
        cookie = nurse.client.get_cookie(name)
        away.set_cookie(name, cookie.value)
        answer = away.get("/t/calder/incidents")
        assert answer.status_code == 503
        print(answer.headers["X-Request-Id"])

    lines, out = service(work)
    (line,) = [line for line in lines if line["event"] == "database_unavailable"]
    assert line["request"] == out.strip()
    (ended,) = [one for one in lines if one["event"] == "request" and one["status"] == 503]
    assert ended["request"] == line["request"]
    assert len({one["request"] for one in lines}) == len(lines) - 1, "and no other line bears it"


def test_a_job_logs_its_tenant_and_its_id_and_nobodys_address(service):
    def work(app, scopes):
        assert throughline.worker.WORK
        assert sign_in(app).post("/t/calder/report/violence", a_report()).status_code == 302
        calder = scopes.find_tenant("calder")
        with scopes.tenant(calder, SYSTEM) as scope:
            jobs = list(scope.session.scalars(select(Job.id).where(Job.name == "notifications.deliver")))
        assert jobs
        for job_id in jobs:
            assert not runner.attempt(scopes, calder, job_id), "nobody takes mail at that port"
        print(*jobs)

    lines, out = service(work)
    failed = {line["job"]: line for line in lines if line["event"] == "job_failed"}
    assert set(failed) == set(out.split())
    for number, line in failed.items():
        assert UUID(number)
        assert (line["tenant"], line["name"], line["attempt"]) == ("calder", "notifications.deliver", 1)
        assert (line["reason"], line["level"]) == ("NotSent", "error")


def test_a_value_under_a_telling_name_is_hidden(service):
    def work(_app, _scopes):
        structlog.get_logger().info("careless", email=CANARY, what_happened=CANARY, csrf_token=CANARY, n=1)

    lines, _ = service(work)
    (line,) = [line for line in lines if line["event"] == "careless"]
    assert (line["email"], line["what_happened"], line["csrf_token"], line["n"]) == (*("(hidden)",) * 3, 1)
