"""The command that fills the demo's tenants."""

import click

from throughline.commands.opening import open_scopes, read_settings, stop
from throughline.demo.load import load


@click.command("demo-data")
def demo_data() -> None:
    """Fill the demo's tenants with two years of invented data. Twice changes nothing."""
    if read_settings().env == "production":
        stop("The demo's data is for a demo, and THROUGHLINE_ENV says production.")
    for loaded in load(open_scopes()):
        if loaded.incidents:
            click.echo(f"{loaded.tenant}: {loaded.incidents:,} incidents.")
        else:
            click.echo(f"{loaded.tenant}: has incidents already, nothing was changed.")
