"""The plugin is sound, and its settings say what is wrong with them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import throughline_email
from marshmallow import ValidationError

from throughline.sdk import PluginInfo
from throughline.sdk.testing import check_plugin

Load = Callable[[PluginInfo, Mapping[str, Any]], Mapping[str, Any]]
LEAST = {"host": "smtp.calder.example", "from_address": "incidents@calder.example"}


def test_it_is_a_sound_plugin() -> None:
    (channel,) = check_plugin(throughline_email).channels
    assert (channel.key, channel.address_kind) == ("email.smtp", "email")


def test_a_host_and_a_sender_are_enough(load_settings: Load) -> None:
    assert load_settings(throughline_email.plugin_info(), LEAST) == {
        **LEAST,
        "port": 587,
        "from_name": "Throughline",
        "starttls": True,
        "username": "",
        "password": "",
        "timeout_seconds": 10,
    }


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"host": "smtp calder"}, "host", "Write the name of the mail server, without spaces."),
        ({"port": 0}, "port", "Write a port from 1 to 65535; 587 is usual."),
        ({"from_address": "incidents"}, "from_address", "Write an address such as incidents@example.org."),
        ({"from_name": "A\nBcc: b@c.d"}, "from_name", "Write a name on one line, at most 100 characters."),
        ({"timeout_seconds": 600}, "timeout_seconds", "Write 1 to 60 seconds."),
        ({"username": "calder"}, "username", "Give a username and a password, or neither."),
        (
            {"username": "calder", "password": "x", "starttls": False},
            "starttls",
            "Without STARTTLS the password would travel in the clear.",
        ),
        ({"ssl": True}, "ssl", "Unknown field."),
    ],
)
def test_it_says_what_is_wrong_with_a_setting(
    change: dict[str, Any], field: str, message: str, load_settings: Load
) -> None:
    with pytest.raises(ValidationError) as caught:
        load_settings(throughline_email.plugin_info(), LEAST | change)
    assert caught.value.normalized_messages()[field] == [message]
