"""Web processes killed in mid-request, and servers that are away while people report."""

import os
import random
import re
import signal
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from http.client import HTTPException
from http.cookiejar import CookieJar
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select
from tests.conftest import PASSWORD

from throughline.audit.models import AuditEvent
from throughline.demo.ports import free_port
from throughline.incidents.models import Incident
from throughline.jobs.models import Bell, Job
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Delivery
from throughline.rules.models import Escalation, Firing
from throughline.trends.counts import differences

CLIENTS, REPORTS_OF_EACH = 4, 10


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_words):
        return None


class Visitor:
    """Somebody's browser: it keeps cookies, follows no redirect, and says the status."""

    def __init__(self, address: str, email: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPCookieProcessor(CookieJar()))
        page = self.get("/sign-in")[1]
        form = {"email": email, "password": PASSWORD, "csrf_token": self._token(page)}
        status, page = self.post("/sign-in", form)
        assert status == 302, page
        self.token = self._token(self.get("/account/sessions")[1])

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and text of a page."""
        return self._open(urllib.request.Request(self._address + path))

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Send a form."""
        data = urllib.parse.urlencode(form).encode()
        return self._open(urllib.request.Request(self._address + path, data))

    def report(self, key: str, harm: str = "none") -> int:
        """Report an incident under a key and return the status."""
        form = {
            "csrf_token": self.token,
            "key": key,
            "category": "violence",
            "unit": "oak",
            "occurred_at_date": "2026-11-17",
            "occurred_at_time": "21:35",
            "what_happened": "A chair was thrown in the dining room.",
            "physical_harm": harm,
            "psychological_harm": "none",
            "person_reference": "CV-P-1",
        }
        return self.post("/t/calder/report/violence", form)[0]

    def _open(self, asked: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(asked, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()

    @staticmethod
    def _token(page: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, page
        return found[1]


def _status(address: str, path: str) -> int:
    try:
        with urllib.request.urlopen(address + path, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code
    except OSError:
        return 0


@pytest.fixture
def address(crew, until):
    """The address of a web service that is ready."""
    found = crew.web()
    until(lambda: _status(found, "/readyz") == 200, "the web service is ready")
    return found


def _assert_whole(scopes, calder, keys):
    """Each incident once, and with everything that belongs to it."""
    with scopes.tenant(calder, SYSTEM) as scope:
        session = scope.session
        stored = {row.submission_key: row for row in session.scalars(select(Incident))}
        assert {str(key) for key in stored} == set(keys)
        ids = [row.id for row in stored.values()]
        assert len(ids) == session.scalar(select(func.count()).select_from(Incident))
        numbers = sorted(int(row.reference.rsplit("-", 1)[1]) for row in stored.values())
        assert numbers == list(range(1, len(ids) + 1))
        told = select(AuditEvent.subject_id).where(
            AuditEvent.action == "incident.reported", AuditEvent.subject_id.in_(ids)
        )
        assert Counter(session.scalars(told)) == Counter(ids)
        assert differences(scope) == {}
        severe = {row.id for row in stored.values() if row.physical_harm == "severe"}
        assert severe <= set(session.scalars(select(Firing.incident_id)))
        assert severe <= set(session.scalars(select(Escalation.incident_id)))
        deliveries = {str(row) for row in session.scalars(select(Delivery.id))}
        jobs = {
            row.id: row for row in session.scalars(select(Job).where(Job.name == "notifications.deliver"))
        }
        assert {row.args["delivery"] for row in jobs.values()} == deliveries
        assert bool(deliveries) == bool(severe)
        unfinished = {row.id for row in jobs.values() if row.state in {"queued", "running"}}
        assert set(session.scalars(select(Bell.job_id))) >= unfinished


def test_killed_web_processes_lose_no_acknowledged_report_and_halve_none(
    crew, until, scopes, calder, address
):
    chance = random.Random(7)
    acknowledged: list[str] = []
    broken_off: list[str] = []

    def client(number):
        visitor = Visitor(address, "nurse@calder.test")
        begun.wait()
        for report in range(REPORTS_OF_EACH):
            key = str(uuid4())
            until(lambda k=key, r=report: _sent(visitor, k, r), f"report {report} of client {number}")
            acknowledged.append(key)

    def _sent(visitor, key, report):
        try:
            status = visitor.report(key, "severe" if report % 3 == 0 else "low")
        except (OSError, HTTPException):
            broken_off.append(key)
            return False
        assert status in {302, 503}, status
        return status == 302

    begun = threading.Barrier(CLIENTS + 1)
    failures: list[BaseException] = []

    def guarded(number):
        try:
            client(number)
        except BaseException as error:
            failures.append(error)
            begun.abort()

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    begun.wait()
    kills, running = 0, [True]
    while running:
        enough = len(acknowledged) + chance.randint(2, 5)
        until(lambda n=enough: len(acknowledged) >= n or not _alive(threads), "some reports go through")
        os.kill(chance.choice(until(lambda: crew.horses(crew.gunicorn), "a process to kill")), signal.SIGKILL)
        kills += 1
        running = _alive(threads)
    assert failures == []
    assert len(acknowledged) == CLIENTS * REPORTS_OF_EACH
    assert kills > 3
    assert broken_off, "no request was ever broken off: the test has not tested"
    _assert_whole(scopes, calder, acknowledged)


def _alive(threads):
    return [thread for thread in threads if thread.is_alive()]


class _Sink:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def handle_DATA(self, _server, _session, envelope):
        self.messages.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def mail():
    """A real SMTP server, its messages, and its port."""
    sink = _Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield sink, controller.port
    controller.stop()


def test_with_valkey_down_people_report_and_the_letters_go_out_when_it_is_back(
    crew, until, scopes, calder, address, world, mail
):
    sink, port = mail
    visitor = Visitor(address, "nurse@calder.test")
    world.servers.kill_valkey()
    keys = [str(uuid4()), str(uuid4())]
    for key in keys:
        began = time.monotonic()
        assert visitor.report(key, "severe") == 302
        assert time.monotonic() - began < 3
    assert _status(address, "/readyz") == 503
    _assert_whole(scopes, calder, keys)

    world.servers.start_valkey()
    crew.ticker()
    crew.worker(CALDER_SMTP_HOST="127.0.0.1", CALDER_SMTP_PORT=str(port))
    with scopes.tenant(calder, SYSTEM) as scope:
        expected = scope.session.scalar(select(func.count()).select_from(Delivery))
    until(lambda: len(sink.messages) >= expected > 0, "every letter goes out")
    until(lambda: _delivered(scopes, calder) == expected, "the ledger says so")
    assert len(sink.messages) == expected
    assert "A chair was thrown" not in "".join(sink.messages)


def _delivered(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return scope.session.scalar(
            select(func.count()).select_from(Delivery).where(Delivery.state == "sent")
        )


def test_with_postgres_down_people_see_a_plain_page_and_nothing_is_half_written(
    until, scopes, calder, address, world
):
    visitor = Visitor(address, "nurse@calder.test")
    world.servers.stop_postgres()
    key = str(uuid4())
    form_status, page = visitor.get("/t/calder/report")
    assert form_status == visitor.report(key, "severe") == 503
    assert "Throughline is not available just now" in page
    assert "What was already sent is safe" in page
    assert (_status(address, "/readyz"), _status(address, "/livez")) == (503, 200)
    assert _status(address, "/sign-in") in {200, 503}

    world.servers.start_postgres()
    until(lambda: _status(address, "/readyz") == 200, "the service is ready again")
    assert visitor.report(key, "severe") == 302
    assert visitor.report(key, "severe") == 302
    _assert_whole(scopes, calder, [key])
