"""A tenant's settings for a plugin: secrets fetched from the environment, values checked by its schema."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import marshmallow

from throughline.sdk import PluginInfo

QUOTABLE = 6
"""Values of the environment this long are blotted out of messages; shorter ones would blot out words."""


class InvalidSettings(Exception):
    """The settings cannot be used; ``errors`` maps each field (``server.port``) to what is wrong with it."""

    def __init__(self, plugin: str, errors: Mapping[str, str]) -> None:
        self.plugin = plugin
        self.errors = MappingProxyType(dict(errors))
        listed = "; ".join(f"{field}: {message}" for field, message in self.errors.items())
        super().__init__(f"The settings of the plugin {plugin!r} are not usable: {listed}")


def settings_of(info: PluginInfo, raw: Mapping[str, Any], environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the table ``[plugins.<key>]`` of a tenant.

    ``{ env = "NAME" }`` stands for that variable of the environment. Returns a read-only mapping with
    the schema's defaults filled in.

    Raises:
        InvalidSettings: naming every field that is unknown, missing or wrong. No message quotes a secret.
    """
    errors: dict[str, str] = {}
    secrets: set[str] = set()
    resolved = {name: _resolved(value, name, environ, errors, secrets) for name, value in raw.items()}
    schema = (info.settings_schema or marshmallow.Schema)()
    errors.update(_written_out(schema, raw))
    # What could not be fetched is taken as given, so that it is reported once and not again as missing.
    top = {field.partition(".")[0] for field in errors}
    try:
        loaded = schema.load({name: "…" if name in top else value for name, value in resolved.items()})
    except marshmallow.ValidationError as error:
        for field, message in _flat(error.messages):
            if field.partition(".")[0] not in top:
                errors[field] = _without(secrets, message)
    except Exception as error:
        # The schema is the plugin's code. Its error may quote a secret, so only its kind is told.
        message = f"The plugin cannot check them: {type(error).__name__}."
        raise InvalidSettings(info.key, {"settings": message}) from error
    if errors:
        raise InvalidSettings(info.key, dict(sorted(errors.items())))
    return _frozen(loaded)  # type: ignore[no-any-return]


def _resolved(
    value: Any, path: str, environ: Mapping[str, str], errors: dict[str, str], secrets: set[str]
) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"env"}:
            return _from_environment(str(value["env"]), path, environ, errors, secrets)
        return {
            name: _resolved(inner, f"{path}.{name}", environ, errors, secrets)
            for name, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            _resolved(inner, f"{path}.{number}", environ, errors, secrets)
            for number, inner in enumerate(value)
        ]
    return value


def _from_environment(
    name: str, path: str, environ: Mapping[str, str], errors: dict[str, str], secrets: set[str]
) -> str:
    value = environ.get(name, "")
    if len(value) >= QUOTABLE:
        secrets.add(value)
    elif not value:
        errors[path] = f"The environment has no {name}, or it is empty."
    return value


def _written_out(schema: marshmallow.Schema, raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, field in schema.fields.items():
        if field.metadata.get("secret") and name in raw and not isinstance(raw[name], Mapping):
            yield (
                name,
                'A secret is not written in this file. Name a variable of the environment: { env = "NAME" }.',
            )


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            here = path if name == "_schema" else f"{path}.{name}".strip(".")
            yield from _flat(inner, here)
    else:
        yield path or "settings", " ".join(_plain(message) for message in messages)


def _plain(message: object) -> str:
    known = {
        "Unknown field.": "This setting is not known.",
        "Missing data for required field.": "This setting is missing.",
    }
    return known.get(str(message), str(message))


def _without(secrets: set[str], message: str) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, "…")
    return message


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({name: _frozen(inner) for name, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(inner) for inner in value)
    return value
