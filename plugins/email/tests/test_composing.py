"""Headers that no text can break out of, and addresses that are one address."""

from dataclasses import replace

import pytest
from throughline_email.composing import UnusableAddress, compose, message_id
from throughline_email.sending import send

from throughline.sdk import Message

SENDER = "incidents@calder.example"
INJECTIONS = [
    "Hello\r\nBcc: everyone@elsewhere.example",
    "Hello\nBcc: everyone@elsewhere.example",
    "Hello\r\n\r\nA body of my own",
    "Hello\x00\x0b\x0c\x85\u2028Bcc: everyone@elsewhere.example",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_subject_cannot_add_a_header(text: str, sample_message: Message) -> None:
    mail = compose(replace(sample_message, subject=text), "ruth@calder.example", "Calder", SENDER)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    head, _, body = mail.as_bytes().partition(b"\r\n\r\n")
    assert b"\nBcc:" not in head
    assert body.startswith(sample_message.text[:40].encode())


@pytest.mark.parametrize("text", INJECTIONS)
def test_neither_can_a_sender_s_name_or_a_message_s_id(text: str, sample_message: Message) -> None:
    mail = compose(replace(sample_message, id=text), "ruth@calder.example", text, SENDER)
    assert b"\nBcc:" not in mail.as_bytes()
    assert mail["Message-ID"].count("@") == 1
    assert "Bcc" not in mail["Message-ID"]


def test_a_very_long_subject_keeps_its_lines_short(sample_message: Message) -> None:
    mail = compose(replace(sample_message, subject="word " * 500), "ruth@calder.example", "Calder", SENDER)
    assert max(map(len, mail.as_bytes().split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ruth",
        "@calder.example",
        "ruth@",
        "ruth@calder..example",
        "ruth@calder.example, everyone@elsewhere.example",
        "Ruth <ruth@calder.example>",
        "ruth@calder.example\r\nBcc: everyone@elsewhere.example",
        "ruth@calder.example\n",
        " ruth@calder.example",
        "rüth@calder.example",
        "ruth@" + "a" * 70 + ".example",
    ],
)
def test_what_is_not_one_address_is_refused_for_good(address: str, sample_message: Message) -> None:
    with pytest.raises(UnusableAddress) as caught:
        compose(sample_message, address, "Calder", SENDER)
    assert "ruth" not in str(caught.value)
    receipt = send(
        sample_message, address, {"from_name": "Calder", "from_address": SENDER, "host": "", "port": 0}
    )
    assert not receipt.accepted
    assert receipt.detail == str(caught.value)


def test_a_domain_goes_out_in_the_form_every_server_knows(sample_message: Message) -> None:
    mail = compose(sample_message, "ruth@bücher.example", "Calder", SENDER)
    assert mail["To"] == "ruth@xn--bcher-kva.example"


def test_the_message_id_depends_on_the_message_and_the_sender_only(sample_message: Message) -> None:
    again = replace(sample_message, subject="Another", text="Another")
    assert message_id(sample_message, SENDER) == message_id(again, SENDER)
    assert message_id(sample_message, SENDER) != message_id(replace(again, id="other"), SENDER)
