"""What every command opens with."""

import sys
from typing import NoReturn

import click

from throughline import logs
from throughline.features import make_doorbell, make_scopes
from throughline.kernel.actor import Actor
from throughline.kernel.errors import Misconfigured
from throughline.settings import Settings
from throughline.tenancy.scope import Scopes

OPERATOR = Actor(id=None, name="Operator (command line)", unlimited=True)


def stop(message: str) -> NoReturn:
    """Say what went wrong and end with status 1."""
    click.echo(message, err=True)
    sys.exit(1)


def read_settings() -> Settings:
    """Return the settings of the environment, or stop and name each that is wrong."""
    try:
        settings = Settings.from_environ()
    except Misconfigured as error:
        stop(f"Throughline cannot start:\n{error}")
    logs.configure(settings.log_level)
    return settings


def open_scopes() -> Scopes:
    """Return what opens scopes, over the servers the environment names."""
    settings = read_settings()
    return make_scopes(settings, make_doorbell(settings))
