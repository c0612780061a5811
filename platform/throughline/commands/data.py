"""Commands on a tenant's data: bring a file in, check the counts."""

from pathlib import Path

import click

from throughline.commands.opening import OPERATOR, find_tenant, open_scopes, stop
from throughline.incidents.bring import bring, digest_of
from throughline.incidents.importing.mapping import ImportMapping, MappingMistakes
from throughline.incidents.importing.mapping_file import load_mapping
from throughline.incidents.importing.reading import read_file
from throughline.incidents.importing.result import ImportPlan
from throughline.tenancy.queries import Tree, tree
from throughline.trends import counts


@click.command("import")
@click.argument("tenant")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="How to read the file."
)
@click.option(
    "--apply", "for_real", is_flag=True, help="Bring the rows in. Without it, only say what would happen."
)
@click.option("--skip-refused", is_flag=True, help="Bring the good rows in although others are refused.")
def import_file(tenant: str, file: Path, mapping: Path | None, for_real: bool, skip_refused: bool) -> None:
    """Bring incidents in from another system's export.

    Without --apply it is a dry run that names every row it would refuse by line, column, value and reason.
    """
    scopes = open_scopes()
    found = find_tenant(scopes, tenant)
    data = file.read_bytes()
    chosen = _mapping(mapping)
    with scopes.tenant(found, OPERATOR, "import") as scope:
        plan = read_file(data, chosen, names_of(tree(scope)), scope.tenant.timezone, scope.now())
    _say(plan)
    if plan.refusals and not plan.rows:
        stop("Nothing in this file can be brought in.")
    if not for_real:
        add = "--apply --skip-refused to bring the others" if plan.refusals else "--apply to bring the rows"
        click.echo(f"This was a dry run. Add {add} in.")
        return
    if plan.refusals and not skip_refused:
        stop("Nothing was brought in. Put the refused rows right, or add --skip-refused to leave them out.")
    with scopes.tenant(found, OPERATOR, f"import {file.name}") as scope:
        brought = bring(scope, chosen.source, plan.rows, digest_of(data))
    click.echo(f"{brought.added:,} incidents brought in; {brought.known:,} were here already.")


def names_of(units: Tree) -> dict[str, str]:
    """Return every name and alias of the tenant's services with the key of its unit."""
    return {name: unit.key for unit in units.services() for name in (unit.key, unit.name, *unit.aliases)}


def _mapping(path: Path | None) -> ImportMapping:
    try:
        return load_mapping(path)
    except MappingMistakes as wrong:
        stop(str(wrong))


def _say(plan: ImportPlan) -> None:
    for refusal in plan.refusals:
        click.echo(f"refused: {refusal}", err=True)
    for note in plan.notes:
        click.echo(f"note: {note}")
    for what, columns in (
        ("left out (personal data)", plan.columns_dropped),
        ("not used", plan.columns_ignored),
    ):
        if columns:
            click.echo(f"columns {what}: {', '.join(columns)}")
    if plan.records:
        click.echo(
            f"{len(plan.rows):,} of {plan.records:,} rows can be brought in, {plan.refused_rows:,} refused."
        )


@click.group("counts")
def count_commands() -> None:
    """Check the daily counts against the incidents themselves."""


@count_commands.command("verify")
@click.argument("tenant")
def verify_counts(tenant: str) -> None:
    """Compare every kept count with a recount; say each that differs."""
    scopes = open_scopes()
    with scopes.tenant(find_tenant(scopes, tenant), OPERATOR, "command") as scope:
        wrong = counts.differences(scope)
    for (day, unit_id, category, harm), (kept, counted) in sorted(wrong.items(), key=str):
        click.echo(f"{day} {unit_id} {category} harm {harm}: kept {kept}, counted {counted}")
    if wrong:
        stop(f"{len(wrong)} counts differ. Run: throughline counts rebuild {tenant}")
    click.echo("Every count is right.")


@count_commands.command("rebuild")
@click.argument("tenant")
def rebuild_counts(tenant: str) -> None:
    """Replace the kept counts by a recount."""
    scopes = open_scopes()
    with scopes.tenant(find_tenant(scopes, tenant), OPERATOR, "command") as scope:
        counts.rebuild(scope)
    click.echo("The counts are rebuilt.")
