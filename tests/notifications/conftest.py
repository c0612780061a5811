"""A real mail server for calder, and the jobs that send, done as a worker does them."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

import throughline.worker
from throughline.demo.ports import free_port
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.actor import SYSTEM


class PostOffice:
    """A mail server that keeps each conversation; it can close, open again, and refuse whom it is told to."""

    def __init__(self) -> None:
        self.port = free_port()
        self.envelopes: list[tuple[str, list[str], EmailMessage]] = []
        self.raw: list[bytes] = []
        self.refuses: dict[str, str] = {}
        self._controller: Controller | None = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        """Take a recipient, or say why not."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        """Take a letter."""
        self.raw.append(envelope.content)
        letter = email.message_from_bytes(
            envelope.content.replace(b"\r\n", b"\n"), policy=email.policy.default
        )
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, letter))
        return "250 OK"

    def open(self) -> None:
        """Take mail from now on."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        """Take no more mail: nothing listens any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """The mail server that calder's pack names, open."""
    office = PostOffice()
    monkeypatch.setenv("CALDER_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("CALDER_SMTP_PORT", str(office.port))
    office.open()
    yield office
    office.close()


@pytest.fixture
def letters(scopes, calder):
    """Return a function that names the jobs that send."""

    def find():
        with scopes.tenant(calder, SYSTEM) as scope:
            wanted = select(Job.id).where(Job.name == "notifications.deliver")
            return list(scope.session.scalars(wanted.order_by(Job.created_at, Job.id)))

    return find


@pytest.fixture
def send(scopes, calder, letters):
    """Return a function that does the jobs that send and says of each whether it was done."""
    assert throughline.worker.WORK

    def do():
        return [runner.attempt(scopes, calder, job_id) for job_id in letters()]

    return do
