"""What every command opens with."""

import sys
from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

import click
from sqlalchemy import select

from throughline import logs
from throughline.features import make_doorbell, make_scopes
from throughline.kernel.actor import Actor
from throughline.kernel.errors import Misconfigured, NotFound
from throughline.settings import Settings
from throughline.tenancy.models import Commissioner, Tenant
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import CommissionerContext, Scopes, TenantContext

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


def find_tenant(scopes: Scopes, slug: str) -> TenantContext:
    """Return a provider, or stop and say which there are."""
    try:
        return scopes.find_tenant(slug)
    except NotFound:
        with scopes.platform_scope(OPERATOR, "command") as scope:
            query = select(Tenant.slug).where(Tenant.suspended_at.is_(None)).order_by(Tenant.slug)
            known = scope.session.scalars(query).all()
        stop(f"There is no provider {slug!r}. {_there_are(known)}")


def find_commissioner(scopes: Scopes, slug: str) -> CommissionerContext:
    """Return a commissioner, or stop and say which there are."""
    try:
        return scopes.find_commissioner(slug)
    except NotFound:
        with scopes.platform_scope(OPERATOR, "command") as scope:
            known = scope.session.scalars(select(Commissioner.slug).order_by(Commissioner.slug)).all()
        stop(f"There is no commissioner {slug!r}. {_there_are(known)}")


def find_unit(scopes: Scopes, tenant: TenantContext, key: str) -> UUID:
    """Return the id of a provider's unit, or stop and say which there are."""
    with scopes.tenant(tenant, OPERATOR, "command") as scope:
        units = tree(scope)
    known = {unit.key: unit.id for unit in units.units.values()}
    if key not in known:
        stop(f"{tenant.slug} has no unit {key!r}. {_there_are(list(known))}")
    return known[key]


def _there_are(known: Sequence[str]) -> str:
    return f"There are: {', '.join(known)}." if known else "There is none yet: run throughline tenants apply."
