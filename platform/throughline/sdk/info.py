"""Who a plugin is."""

from dataclasses import dataclass

import marshmallow

API_VERSION = 1
"""The version of this plugin API. A plugin written for another is refused, by name, when it is loaded."""

SECRET = {"secret": True}
"""Metadata of a settings field that holds a secret: ``fields.String(metadata=SECRET)``. Its value may only
come from the environment, written in the tenant's file as ``{ env = "NAME" }``."""


@dataclass(frozen=True)
class PluginInfo:
    """What a plugin says about itself, exactly once.

    ``key`` is the name of its entry point and the first half of the key of everything it contributes; it is
    stored in the database, so it is permanent. ``settings_schema`` checks a tenant's ``[plugins.<key>]``
    table; without one the plugin takes no settings.
    """

    key: str
    title: str
    summary: str
    version: str
    api: int
    settings_schema: type[marshmallow.Schema] | None = None
