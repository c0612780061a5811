"""Conversations with real mail servers: accepted, refused, silent, dying."""

import email
import email.policy
import ssl
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from throughline_email.sending import send

from throughline.sdk import ChannelUnavailable, Message

ADDRESS = "ruth.ellis@calder.example"
Serve = Callable[..., dict[str, Any]]
Reach = Callable[..., dict[str, Any]]


def read(envelope: Any) -> EmailMessage:
    # On the wire a line ends with CR LF; a mail program shows it as one.
    parsed = email.message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_mail_holds_what_the_message_carries_and_nothing_else(
    serve: Serve, mailbox: Any, sample_message: Message
) -> None:
    receipt = send(sample_message, ADDRESS, serve())
    assert receipt.accepted
    assert receipt.reference == f"<{sample_message.id}@calder.example>"
    (envelope,) = mailbox.taken
    assert envelope.mail_from == "incidents@calder.example"
    assert envelope.rcpt_tos == [ADDRESS]
    mail = read(envelope)
    assert mail["Subject"] == sample_message.subject
    assert mail["From"] == "Calder Vale <incidents@calder.example>"
    assert mail["To"] == ADDRESS
    assert mail["Message-ID"] == receipt.reference
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == f"{sample_message.text}\n\n{sample_message.link}\n"


def test_a_second_try_is_the_same_mail(serve: Serve, mailbox: Any, sample_message: Message) -> None:
    settings = serve()
    first, second = (send(sample_message, ADDRESS, settings) for _ in range(2))
    assert first.reference == second.reference
    assert {read(envelope)["Message-ID"] for envelope in mailbox.taken} == {first.reference}


def test_letters_beyond_ascii_arrive(serve: Serve, mailbox: Any, sample_message: Message) -> None:
    message = replace(sample_message, subject="Ynys Môn – £5 café", text="Mae’n aros.\n.\nA line with a dot.")
    assert send(message, ADDRESS, serve(decode_data=False)).accepted
    mail = read(mailbox.taken[0])
    assert mail["Subject"] == message.subject
    assert mail.get_content().startswith(message.text)


@pytest.mark.parametrize(
    ("command", "answer", "part"),
    [
        ("RCPT", "550 5.1.1 no such user <ruth.ellis@calder.example>", "refuses the address (code 550)"),
        ("DATA", "554 5.7.1 not wanted", "refuses the message (code 554)"),
    ],
)
def test_a_refusal_for_good_is_a_receipt_that_quotes_no_address(
    command: str, answer: str, part: str, serve: Serve, mailbox: Any, sample_message: Message
) -> None:
    mailbox.answers[command] = answer
    receipt = send(sample_message, ADDRESS, serve())
    assert not receipt.accepted
    assert part in receipt.detail
    assert ADDRESS not in receipt.detail


@pytest.mark.parametrize(
    ("command", "answer", "part"),
    [
        ("RCPT", "451 4.7.1 greylisted", "refuses the address for now (code 451)"),
        ("DATA", "452 4.2.2 mailbox full", "refuses the message for now (code 452)"),
        ("MAIL", "550 5.7.1 <incidents@calder.example> may not send", "from address send (code 550)"),
        ("MAIL", "421 4.3.2 shutting down", "(code 421)"),
    ],
)
def test_what_may_pass_is_tried_again(
    command: str, answer: str, part: str, serve: Serve, mailbox: Any, sample_message: Message
) -> None:
    mailbox.answers[command] = answer
    with pytest.raises(ChannelUnavailable) as caught:
        send(sample_message, ADDRESS, serve())
    assert part in str(caught.value)
    assert "@" not in str(caught.value)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_dies_in_mid_conversation_is_tried_again(
    command: str, serve: Serve, mailbox: Any, sample_message: Message
) -> None:
    mailbox.dies_at = command
    settings = serve()
    with pytest.raises(ChannelUnavailable, match="broke off: it closed the connection"):
        send(sample_message, ADDRESS, settings)
    mailbox.dies_at = ""
    assert send(sample_message, ADDRESS, settings).accepted
    assert len(mailbox.taken) == 1


def test_a_server_that_dies_at_the_farewell_has_the_mail(
    serve: Serve, mailbox: Any, sample_message: Message
) -> None:
    mailbox.dies_at = "QUIT"
    assert send(sample_message, ADDRESS, serve()).accepted
    assert len(mailbox.taken) == 1


def test_a_server_that_never_speaks_is_given_up_in_time(
    silent_port: int, reach: Reach, sample_message: Message
) -> None:
    with pytest.raises(ChannelUnavailable, match="did not answer in time"):
        send(sample_message, ADDRESS, reach(silent_port))


def test_a_server_that_stops_answering_is_given_up_in_time(
    stalling_port: int, reach: Reach, sample_message: Message
) -> None:
    with pytest.raises(ChannelUnavailable, match="did not answer in time"):
        send(sample_message, ADDRESS, reach(stalling_port))


def test_where_nothing_listens_the_server_is_named(reach: Reach, sample_message: Message) -> None:
    with pytest.raises(ChannelUnavailable, match="localhost:1 is not usable: nothing answers there"):
        send(sample_message, ADDRESS, reach(1))


def test_a_host_that_does_not_exist_is_tried_again(reach: Reach, sample_message: Message) -> None:
    with pytest.raises(ChannelUnavailable, match=r"mail\.invalid:25 is not usable"):
        send(sample_message, ADDRESS, reach(25, host="mail.invalid"))


def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.login == b"calder" and data.password == b"correct horse"
    return AuthResult(success=good, handled=False)


def test_it_encrypts_and_signs_in(
    serve: Serve,
    mailbox: Any,
    sample_message: Message,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusted, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    settings = serve(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
    secure = settings | {"starttls": True, "username": "calder"}
    assert send(sample_message, ADDRESS, secure | {"password": "correct horse"}).accepted
    assert mailbox.secure == [True]
    with pytest.raises(ChannelUnavailable, match=r"does not accept the username and password \(code 535\)"):
        send(sample_message, ADDRESS, secure | {"password": "wrong"})


def test_a_certificate_nobody_vouches_for_is_not_accepted(
    serve: Serve, sample_message: Message, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    settings = serve(tls_context=certificate[1]) | {"starttls": True}
    with pytest.raises(ChannelUnavailable, match="certificate is not trusted"):
        send(sample_message, ADDRESS, settings)


def test_it_does_not_go_on_in_the_clear_when_encryption_is_asked_for(
    serve: Serve, mailbox: Any, sample_message: Message
) -> None:
    with pytest.raises(ChannelUnavailable, match="does not offer what the settings ask for"):
        send(sample_message, ADDRESS, serve() | {"starttls": True})
    assert mailbox.taken == []
