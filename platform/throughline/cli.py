"""The ``throughline`` command: each part of the service, run by itself."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from alembic import command as alembic_command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError

from throughline import health
from throughline.catalogue import InvalidSettings, catalogue_for, installed, scaffold
from throughline.commands.data import count_commands, import_file
from throughline.commands.demo_data import demo_data
from throughline.commands.opening import OPERATOR, open_scopes, read_settings, stop
from throughline.commands.people import user_commands
from throughline.commands.people_named import unknown_people
from throughline.commands.rule_changes import rule_changes, rule_differences, unnumbered
from throughline.commands.rules import rule_commands
from throughline.commands.spc import spc_command
from throughline.features import WATCHES, make_doorbell, make_scopes
from throughline.jobs import ticker as clockwork
from throughline.kernel.errors import ThroughlineError
from throughline.rules.written.packs import Difference, read_files
from throughline.settings import is_one, is_postgres
from throughline.tenancy import check as packs
from throughline.tenancy import service as tenancy

_NO_SUCH_TABLE = "42P01"


class _Commands(click.Group):
    """Says what went wrong in a line, without a traceback, for errors a person can put right."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ThroughlineError, InvalidSettings) as error:
            stop(str(error))
        except OperationalError as error:
            stop(f"The database did not answer: {error.orig}")
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == _NO_SUCH_TABLE:
                stop("The database's tables are not those of this release. Run: throughline migrate")
            # Its own words may quote a row.
            stop(f"The database refused: {type(error.orig).__name__} ({state}).")


@click.group(cls=_Commands)
def main() -> None:
    """Throughline: from an incident to measured improvement."""


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=4, show_default=True, help="Threads in each.")
def web(bind: str, workers: int, threads: int) -> None:
    """Serve the pages with gunicorn."""
    read_settings()
    options = ["--bind", bind, "--workers", str(workers), "--threads", str(threads), "--timeout", "60"]
    options += ["--graceful-timeout", "20", "--max-requests", "20000", "--max-requests-jitter", "2000"]
    program = [sys.executable, "-m", "gunicorn", *options, "throughline.app:create_app()"]
    os.execv(sys.executable, program)  # noqa: S606 - our own interpreter, no shell


@main.command()
@click.option("--burst", is_flag=True, help="Stop when nothing waits.")
def worker(burst: bool) -> None:
    """Do queued work: send notifications, make evidence."""
    read_settings()
    # Its own program: what renders documents takes a second to import, which no other command should pay.
    program = [sys.executable, "-m", "throughline.worker", *(["--burst"] if burst else [])]
    os.execv(sys.executable, program)  # noqa: S606 - our own interpreter, no shell


@main.command()
def ticker() -> None:
    """Run schedules when they are due, watch clocks and escalations, and ring for work that waits."""
    settings = read_settings()
    doorbell = make_doorbell(settings)
    clockwork.run(make_scopes(settings, doorbell), doorbell, WATCHES)


@main.command()
@click.option("--to", "revision", default="head", show_default=True, help="Revision to go to.")
@click.option("--down", is_flag=True, help="Go down to the revision instead of up.")
def migrate(revision: str, down: bool) -> None:
    """Bring the database's tables to this release."""
    owner = os.environ.get("THROUGHLINE_OWNER_DATABASE_URL", "")
    if not owner:
        stop("THROUGHLINE_OWNER_DATABASE_URL is not set: migrations run as the role that owns the tables.")
    if not is_one(is_postgres, owner):
        stop("THROUGHLINE_OWNER_DATABASE_URL cannot be used: write postgresql://user:password@host/database")
    try:
        run_migrations(owner, revision, down=down)
    except CommandError as error:
        stop(f"{error}. The newest revision is {health.head_revision()}.")
    click.echo(f"The tables are at revision {health.revision_at(owner) or 'none'}.")


def run_migrations(owner_url: str, revision: str = "head", *, down: bool = False) -> None:
    """Migrate the database at an address, as its owner role."""
    config = Config()
    config.set_main_option("script_location", str(health.MIGRATIONS))
    config.set_main_option("prepend_sys_path", str(health.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = owner_url
    step: Callable[[Config, str], None] = alembic_command.downgrade if down else alembic_command.upgrade
    step(config, revision)


@main.group()
def tenants() -> None:
    """Check, compare and apply the packs in the tenants folder."""


def _folder(only: str | None) -> packs.PackFolder:
    folder = Path(os.environ.get("THROUGHLINE_TENANTS_DIR", "tenants"))
    found = packs.read_folder(folder, os.environ, only)
    files = [file for pack in found.packs for file in read_files(pack)]
    wrong = [str(mistake) for mistake in found.all_mistakes]
    wrong += [f"{folder}/{file.name}:{mistake}" for file in files for mistake in file.written.mistakes]
    for mistake in wrong:
        click.echo(mistake, err=True)
    if wrong:
        count = len(wrong)
        stop(f"{count} mistake{'s' if count != 1 else ''}; nothing was applied.")
    return found


@tenants.command("check")
@click.argument("slug", required=False)
def check_packs(slug: str | None) -> None:
    """Name every mistake in the packs by file and line.

    Where the environment names a database, so are the people whom rules name and who have no role there.
    """
    found = _folder(slug)
    if os.environ.get("THROUGHLINE_DATABASE_URL"):
        _look_up_people(found)
    click.echo(f"{len(found.packs)} pack{'s' if len(found.packs) != 1 else ''}: no mistakes.")


def _look_up_people(found: packs.PackFolder) -> None:
    files = [file for pack in found.packs for file in read_files(pack)]
    try:
        wrong = unknown_people(open_scopes(), files)
    except DBAPIError as error:
        click.echo(f"Whom rules name was not looked up: {type(error.orig).__name__}.", err=True)
        return
    for file, mistake in wrong:
        click.echo(f"{file.name}:{mistake}", err=True)
    if wrong:
        stop(f"{len(wrong)} {'person is' if len(wrong) == 1 else 'people are'} named who cannot be asked.")


@tenants.command("plan")
@click.argument("slug", required=False)
def plan_packs(slug: str | None) -> None:
    """Show what apply would change."""
    scopes, folder = open_scopes(), _folder(slug)
    differ = rule_differences(scopes, folder)
    _print_changes([*tenancy.plan(scopes, folder, OPERATOR), *rule_changes(differ)], "would change")
    _must_be_numbered(differ)


@tenants.command("apply")
@click.argument("slug", required=False)
def apply_packs(slug: str | None) -> None:
    """Make the database agree with the packs. Twice changes nothing."""
    scopes, folder = open_scopes(), _folder(slug)
    differ = rule_differences(scopes, folder)
    _must_be_numbered(differ)
    _print_changes([*tenancy.apply(scopes, folder, OPERATOR), *rule_changes(differ)], "changed")


def _must_be_numbered(differ: list[tuple[str, Difference]]) -> None:
    wrong = unnumbered(differ)
    if wrong:
        stop("\n".join(wrong))


def _print_changes(changes: list[tenancy.Change], verb: str) -> None:
    for change in changes:
        click.echo(f"{change.tenant or 'platform'}: {change.sentence}")
    click.echo(f"{len(changes)} thing{'s' if len(changes) != 1 else ''} {verb}.")


@main.group()
def plugins() -> None:
    """See the installed plugins, or start a new one."""


@plugins.command("list")
def list_plugins() -> None:
    """Say what is installed, and what could not be loaded and why."""
    broken = 0
    for key in sorted(installed()):
        catalogue = catalogue_for(frozenset({key}))
        for problem in catalogue.problems:
            broken += 1
            click.echo(f"{key}: cannot be used: {problem.message}", err=True)
        if key in catalogue.plugins:
            info = catalogue.plugins[key]
            click.echo(f"{key} {info.version}: {info.title}")
    sys.exit(1 if broken else 0)


@plugins.command("new")
@click.argument("name")
@click.option("--in", "folder", type=click.Path(path_type=Path), default=Path("plugins"), show_default=True)
def new_plugin(name: str, folder: Path) -> None:
    """Start a plugin: an installable distribution with a passing test."""
    click.echo(f"Made {scaffold.create(name, folder)}. Its README says what to do next.")


main.add_command(import_file)
main.add_command(count_commands)
main.add_command(demo_data)
main.add_command(user_commands)
main.add_command(rule_commands)
main.add_command(spc_command)
main.add_command(plugins, "plugin")
