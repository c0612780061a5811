"""Commands that give people accounts and roles."""

import secrets

import click

from throughline.accounts import service
from throughline.accounts.permissions import ROLES
from throughline.commands.opening import OPERATOR, find_commissioner, find_tenant, find_unit, open_scopes


@click.group("users")
def user_commands() -> None:
    """Add people and give them roles."""


@user_commands.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--title", "job_title", default="", help="Their job, as colleagues say it.")
@click.option("--tenant", help="The provider they work in.")
@click.option("--role", type=click.Choice(list(ROLES)), help="Their role there.")
@click.option(
    "--unit", help="The key of the unit the role covers, with all below it; the whole tenant without."
)
@click.option("--commissioner", help="The commissioner they read for.")
@click.option("--password", help="Left out, a strong one is made and shown once.")
def add(
    email: str,
    name: str,
    job_title: str,
    tenant: str | None,
    role: str | None,
    unit: str | None,
    commissioner: str | None,
    password: str | None,
) -> None:
    """Add an account, or change an existing one's name and password, and give it a role."""
    if bool(tenant) != bool(role):
        raise click.UsageError("--tenant and --role go together.")
    if unit and not tenant:
        raise click.UsageError("--unit needs --tenant and --role.")
    scopes = open_scopes()
    # Everything that is named is looked up first: an account is not changed for a role that cannot be given.
    provider = find_tenant(scopes, tenant) if tenant else None
    unit_id = find_unit(scopes, provider, unit) if provider and unit else None
    reader_of = find_commissioner(scopes, commissioner) if commissioner else None
    chosen = password or secrets.token_urlsafe(15)
    with scopes.platform_scope(OPERATOR, "command") as scope:
        user_id = service.add_user(scope, email, name, chosen, job_title)
        if reader_of:
            service.let_read_for(scope, user_id, reader_of.id)
    if provider and role:
        with scopes.tenant(provider, OPERATOR, "command") as inside:
            service.give_role(inside, user_id, role, unit_id)
    click.echo(f"{email} can sign in." + ("" if password else f" Password: {chosen}"))
