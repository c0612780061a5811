"""A tenant's settings for a plugin: checked by its schema, secrets only by reference."""

from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validates

from throughline.catalogue import Catalogue, Installed, InvalidSettings
from throughline.sdk import API_VERSION, SECRET, PluginInfo

ENVIRON = {"DEMO_PASSWORD": "correct horse battery", "DEMO_PORT": "2525", "DEMO_EMPTY": ""}


class Server(Schema):
    port = fields.Integer(load_default=25)


class DemoSettings(Schema):
    name = fields.String(required=True)
    hours = fields.List(fields.Integer(), load_default=list)
    server = fields.Nested(Server, load_default=dict)
    password = fields.String(load_default="", metadata=SECRET)

    @validates("password")
    def _is_strong(self, value: str, data_key: str) -> None:
        if value == ENVIRON["DEMO_PASSWORD"]:
            raise ValidationError(f"{value} is too well known.")


@pytest.fixture
def catalogue(make_plugin: Callable[..., Installed], collect: Callable[..., Catalogue]) -> Catalogue:
    info = PluginInfo("demo", "Demo", "Demo.", "1.0", API_VERSION, DemoSettings)
    return collect(make_plugin("demo", info), make_plugin("plain"))


def errors(catalogue: Catalogue, raw: dict[str, Any], plugin: str = "demo") -> dict[str, str]:
    with pytest.raises(InvalidSettings) as caught:
        catalogue.settings_for(plugin, raw, ENVIRON)
    assert caught.value.plugin == plugin
    return dict(caught.value.errors)


def test_it_fills_in_defaults_and_fetches_references(catalogue: Catalogue) -> None:
    raw = {"name": "x", "server": {"port": {"env": "DEMO_PORT"}}}
    settings = catalogue.settings_for("demo", raw, ENVIRON)
    assert settings == {"name": "x", "hours": (), "server": {"port": 2525}, "password": ""}


def test_what_it_returns_cannot_be_changed(catalogue: Catalogue) -> None:
    settings = catalogue.settings_for("demo", {"name": "x", "hours": [1, 2]}, ENVIRON)
    assert settings["hours"] == (1, 2)
    with pytest.raises(TypeError):
        settings["name"] = "y"  # type: ignore[index]


def test_it_names_every_field_that_is_wrong(catalogue: Catalogue) -> None:
    raw = {"colour": "blue", "hours": [1, "noon"], "server": {"port": "x", "tls": True}}
    assert errors(catalogue, raw) == {
        "colour": "This setting is not known.",
        "hours.1": "Not a valid integer.",
        "name": "This setting is missing.",
        "server.port": "Not a valid integer.",
        "server.tls": "This setting is not known.",
    }


@pytest.mark.parametrize("name", ["DEMO_MISSING", "DEMO_EMPTY"])
def test_a_reference_that_leads_nowhere_is_said_once(name: str, catalogue: Catalogue) -> None:
    raw = {"name": {"env": name}, "password": {"env": name}}
    message = f"The environment has no {name}, or it is empty."
    assert errors(catalogue, raw) == {"name": message, "password": message}


def test_a_secret_is_not_written_in_the_file(catalogue: Catalogue) -> None:
    (message,) = errors(catalogue, {"name": "x", "password": "swordfish"}).values()
    assert message.endswith('Name a variable of the environment: { env = "NAME" }.')
    assert "swordfish" not in message


def test_no_message_quotes_a_secret(catalogue: Catalogue) -> None:
    found = errors(catalogue, {"name": "x", "password": {"env": "DEMO_PASSWORD"}})
    assert found == {"password": "… is too well known."}


def test_a_plugin_without_a_schema_takes_no_settings(catalogue: Catalogue) -> None:
    assert catalogue.settings_for("plain", {}, ENVIRON) == {}
    assert errors(catalogue, {"name": "x"}, "plain") == {"name": "This setting is not known."}


def test_a_schema_that_raises_is_the_plugin_s_failing_and_not_ours(
    make_plugin: Callable[..., Installed], collect: Callable[..., Catalogue]
) -> None:
    class Broken(Schema):
        name = fields.String(validate=lambda value: 1 / 0)

    info = PluginInfo("demo", "Demo", "Demo.", "1.0", API_VERSION, Broken)
    found = errors(collect(make_plugin("demo", info)), {"name": "x"})
    assert found == {"settings": "The plugin cannot check them: ZeroDivisionError."}
