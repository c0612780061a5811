"""What whoever runs the service asks it, and what a person sees, while a server is away for real."""

import os
import re
import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select, text
from tests.conftest import Browser

from throughline.health import head_revision
from throughline.incidents.models import Incident
from throughline.jobs.models import Bell, Job
from throughline.jobs.relay import SILENT_FOR
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.models import Tenant, Unit
from throughline.web.security import HEADERS

CANARY = "canaryfoundonthefloor"
NURSE = "nurse@calder.test"
WAITS = "Messages about it go out later"


@pytest.fixture
def without_postgres(world):
    """PostgreSQL is stopped while the test runs."""
    world.servers.stop_postgres()
    yield
    world.servers.start_postgres()


@pytest.fixture
def without_valkey(world):
    """Valkey is killed while the test runs."""
    world.servers.kill_valkey()
    yield
    world.servers.start_valkey()


def ready(app):
    answer = app.test_client().get("/readyz")
    assert answer.status_code == (200 if answer.json["ready"] else 503)
    return answer.json


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
        "person_reference": CANARY,
        **changes,
    }


def figures(app):
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = list(text_string_to_metric_families(answer.get_data(as_text=True)))
    assert all(family.documentation for family in families)
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_it_lives_and_is_ready_when_both_servers_answer(app):
    assert app.test_client().get("/livez").json == {"alive": True}
    assert ready(app) == {"ready": True, "database": "ok", "valkey": "ok"}


@pytest.mark.parametrize("current", ["20200101_older", None])
def test_it_is_not_ready_while_the_tables_are_another_releases(app, world, current):
    head = head_revision()
    assert head
    with world.admin.begin() as connection:
        connection.execute(text("delete from alembic_version"))
        if current:
            connection.execute(text("insert into alembic_version values (:it)"), {"it": current})
    try:
        found = ready(app)
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("delete from alembic_version"))
            connection.execute(text("insert into alembic_version values (:it)"), {"it": head})
    told = f"at revision {current or 'none'}, this release needs {head}"
    assert found == {"ready": False, "database": told, "valkey": "ok"}
    assert ready(app)["ready"]


@pytest.mark.faults
def test_it_is_not_ready_without_valkey_but_lives(app, without_valkey):
    assert ready(app) == {"ready": False, "database": "ok", "valkey": "unreachable"}
    assert app.test_client().get("/livez").status_code == 200
    assert figures(app)["throughline_rings_unanswered"] == -1


@pytest.mark.faults
def test_a_valkey_that_hangs_is_given_up_in_time(app, world):
    pid = world.servers.valkey.child.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert ready(app)["valkey"] == "unreachable"
        assert figures(app)["throughline_rings_unanswered"] == -1
        assert time.monotonic() - began < 5
    finally:
        os.kill(pid, signal.SIGCONT)
    assert ready(app)["ready"]


def test_the_figures_are_right_and_say_nothing_of_anybody(app, client_for, scopes, calder, clock, world):
    world.servers.wipe_valkey()
    assert (
        figures(app)
        == {
            "throughline_jobs_waiting": 0,
            "throughline_jobs_oldest_seconds": 0,
            "throughline_rings_unanswered": 0,
        }
        or figures(app)["throughline_rings_unanswered"] >= 0
    )  # rings of earlier tests may lie there yet
    assert client_for(NURSE).post("/t/calder/report/violence", a_report()).status_code == 302
    with scopes.platform_scope(SYSTEM) as scope:
        waiting = scope.session.scalar(select(func.count()).select_from(Bell))
    clock.move(timedelta(hours=-1))
    assert figures(app)["throughline_jobs_waiting"] == 0, "what is due later does not wait yet"
    clock.move(timedelta(hours=1, minutes=7))
    found = figures(app)
    assert found["throughline_jobs_waiting"] == waiting > 0
    assert found["throughline_jobs_oldest_seconds"] == 420
    assert 0 < found["throughline_rings_unanswered"] <= waiting

    told = app.test_client().get("/metrics").get_data(as_text=True)
    with scopes.tenant(calder, SYSTEM) as scope:
        private = {
            CANARY, "@",
            *scope.session.scalars(select(Incident.reference)),
            *(str(found) for found in scope.session.scalars(select(Job.id))),
            *scope.session.scalars(select(Unit.key)), *scope.session.scalars(select(Unit.name)),
        }  # fmt: skip
    with scopes.platform_scope(SYSTEM) as scope:
        private |= {*scope.session.scalars(select(Tenant.slug)), *scope.session.scalars(select(Tenant.name))}
    words = set(re.findall(r"\S+", told))
    assert not [one for one in private if one in words or (len(one) > 6 and one in told)]


@pytest.mark.faults
def test_without_postgres_everybody_gets_a_plain_page_with_every_header(app, client_for, world, request):
    nurse = client_for(NURSE)
    token = nurse.token()
    request.getfixturevalue("without_postgres")
    assert ready(app) == {"ready": False, "database": "unreachable", "valkey": "ok"}
    assert app.test_client().get("/metrics").status_code == 503
    # A browser that is signed in asks the same: its session cannot even be read.
    assert nurse.get("/livez").status_code == 200
    assert nurse.get("/readyz").json["database"] == "unreachable"

    form = a_report() | {"csrf_token": token}
    for answer in (
        nurse.get("/t/calder/incidents"),
        nurse.client.post("/t/calder/report/violence", data=form),
        Browser(app.test_client()).post("/sign-in", {"email": NURSE, "password": CANARY}),
    ):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 503
        assert "Throughline is not available just now" in page and "What was already sent is safe" in page
        assert answer.headers["X-Request-Id"] in page
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, name
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"Traceback|psycopg|sqlalchemy|connection|127\.0\.0\.1", page)
        assert CANARY not in page
        addresses = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)
        assert addresses
        for address in addresses:
            with nurse.get(address) as found:
                assert found.status_code == 200, "the page is not left without its looks"
    program = nurse.get("/t/calder/incidents", headers={"Accept": "application/json"})
    assert (program.status_code, program.content_type) == (503, "application/problem+json")
    assert program.json["request_id"] == program.headers["X-Request-Id"]


@pytest.mark.faults
def test_reporting_works_without_valkey_and_says_what_is_delayed(app, client_for, world, scopes, calder):
    nurse = client_for(NURSE)

    def sent():
        began = time.monotonic()
        answer = nurse.post("/t/calder/report/violence", a_report())
        assert answer.status_code == 302
        page = nurse.get(answer.location).get_data(as_text=True)
        assert time.monotonic() - began < 3
        assert "Thank you. Your report has been sent" in page
        return page

    assert WAITS not in sent()
    world.servers.kill_valkey()
    try:
        page = sent()
        assert WAITS in page and "Nothing is lost" in page
        nameless = nurse.post("/t/calder/report/violence", a_report(protection="anonymous"))
        assert nameless.status_code == 200 and WAITS in nameless.get_data(as_text=True)
        with scopes.tenant(calder, SYSTEM) as scope:
            assert scope.session.scalar(select(func.count()).select_from(Incident)) == 3
            waiting = select(func.count()).where(Job.name == "notifications.deliver", Job.state == "queued")
            assert scope.session.scalar(waiting) >= 2
    finally:
        world.servers.start_valkey()
    time.sleep(SILENT_FOR)
    assert WAITS not in sent()
