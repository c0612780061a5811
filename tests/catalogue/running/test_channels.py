"""A channel that raises, hangs or answers rubbish: the inbox and the other channels are not touched."""

import time
from dataclasses import replace

from sqlalchemy import select
from tests.catalogue.running.test_rules import send

from throughline.jobs import registry, runner
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Delivery, Notification

CHANNEL = """
import time

def send(message, address, settings):
    {body}

@hookimpl
def notification_channels():
    return [Channel("{key}.radio", "Radio", "email", send)]
"""
LONG = 600
GOOD = 'return Receipt(True, "1", "")'
ANSWERS = {
    "raises": "raise RuntimeError(message.text)",
    "ends the process": "raise SystemExit(1)",
    "returns nothing": "return None",
    "returns text": 'return "sent"',
    "returns another shape": "return (True, 1, 2)",
    "returns a receipt of other types": 'return Receipt("yes", 5, None)',
    "returns words that cannot be stored": 'return Receipt(False, "", "No\\x00 \\ud800")',
    "returns words without end": 'return Receipt(False, "", "no " * 5_000_000)',
}


def outcome(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(Notification)).all(), "the inbox has it"
        return {row.channel: row for row in scope.session.scalars(select(Delivery))}


def test_channels_that_fail_stop_only_themselves(plug, client_for, work_off, scopes, calder, problems, shown):
    faulty = {
        f"faulty_{number}": CHANNEL.format(key=f"faulty_{number}", body=body)
        for number, body in enumerate(ANSWERS.values())
    }
    plug(**faulty, sound=CHANNEL.format(key="sound", body=GOOD))
    send(client_for)
    work_off("notifications.deliver")
    found, told, page = outcome(scopes, calder), problems(), shown()
    assert found["sound.radio"].state == "sent"
    assert "Sign in to see" not in page, "nothing of a message itself"
    for key, (case, body) in zip(faulty, ANSWERS.items(), strict=True):
        refused = "Receipt(False" in body
        assert found[f"{key}.radio"].state == ("refused" if refused else "given_up"), case
        ((what, message),) = [(what, message) for named, what, message in told if named == f"{key}.radio"]
        assert what == "A message was not sent", case
        assert len(message) < LONG, case
        assert message.lower().startswith(
            "no" if refused else f"{key}.radio of the plugin {key} 1.0 failed"
        ), case
        assert f"{key}.radio" in page, case


def test_a_channel_that_hangs_is_interrupted_and_named(
    plug, client_for, work_off, scopes, calder, problems, monkeypatch
):
    hangs = CHANNEL.format(key="faulty", body="time.sleep(60)")
    plug(faulty=hangs, sound=CHANNEL.format(key="sound", body=GOOD))
    kind = registry._KINDS["notifications.deliver"]
    monkeypatch.setitem(registry._KINDS, kind.name, replace(kind, timeout=1, attempts=1))
    send(client_for)
    began = time.monotonic()
    work_off("notifications.deliver", limit=runner._alarm)
    assert time.monotonic() - began < 20
    found = outcome(scopes, calder)
    assert (found["sound.radio"].state, found["faulty.radio"].state) == ("sent", "given_up")
    (message,) = [message for key, _, message in problems() if key == "faulty.radio"]
    assert "faulty.radio of the plugin faulty 1.0 failed: TookTooLong" in message
