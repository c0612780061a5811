"""The demo's letter box, spoken to by the standard library's SMTP client."""

import email
import email.policy
import os
import smtplib
import socket
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from throughline.demo.ports import free_port, is_free
from throughline.demo.process import Child


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    chosen = free_port()
    argv = [sys.executable, "-m", "throughline.demo.mailbox", str(chosen), tmp_path / "mail"]
    mailbox = Child("mailbox", argv, log=tmp_path / "log", env=dict(os.environ))
    mailbox.start()
    deadline = time.monotonic() + 10
    while is_free(chosen):
        assert mailbox.running, mailbox.tail()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield chosen
    mailbox.stop()
    assert mailbox.status == 0, mailbox.tail()


def letter(body: str) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = "a@calder.test", "b@calder.test", "Escalation – Oak"
    message.set_content(body)
    return message


def test_it_keeps_each_message_as_it_was_sent(port: int, tmp_path: Path) -> None:
    body = "Please acknowledge by 15:00.\n.a line that begins with a full stop\n"
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(letter(body), to_addrs=["b@calder.test", "c@calder.test"])
        client.send_message(letter("another"))
    first, second = sorted((tmp_path / "mail").iterdir())
    kept = email.message_from_bytes(first.read_bytes(), policy=email.policy.default)
    assert kept["Subject"] == "Escalation – Oak"
    assert kept["X-Envelope-To"] == "b@calder.test, c@calder.test"
    assert kept.get_content().splitlines() == body.splitlines()
    assert second.suffix == ".eml"


def test_it_asks_for_things_in_order_and_survives_a_client_that_leaves(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.docmd("DATA")[0] == 503
        assert client.rcpt("b@calder.test")[0] == 503
        assert client.docmd("TURN")[0] == 502
        assert client.noop()[0] == 250
    with socket.create_connection(("127.0.0.1", port)) as rude:
        rude.sendall(b"EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@b.test>\r\nDATA\r\nhalf a mess")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(letter("whole"))
    assert len(list((tmp_path / "mail").iterdir())) == 1
