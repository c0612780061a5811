"""Commands that give people accounts and roles."""

import secrets

import click

from throughline.accounts import service
from throughline.accounts.permissions import ROLES
from throughline.commands.opening import OPERATOR, open_scopes
from throughline.tenancy.queries import tree


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
    scopes = open_scopes()
    chosen = password or secrets.token_urlsafe(15)
    with scopes.platform_scope(OPERATOR, "command") as scope:
        user_id = service.add_user(scope, email, name, chosen, job_title)
        if commissioner:
            service.let_read_for(scope, user_id, scopes.find_commissioner(commissioner).id)
    if tenant and role:
        with scopes.tenant(scopes.find_tenant(tenant), OPERATOR, "command") as inside:
            unit_id = tree(inside).by_key(unit).id if unit else None
            service.give_role(inside, user_id, role, unit_id)
    click.echo(f"{email} can sign in." + ("" if password else f" Password: {chosen}"))
