"""Commands for rules in packs: check and test them without a database, back-test and compare them with one.

They end with 0 when all is well, 1 when something is wrong with the rules, 2 when they could not run.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from throughline.commands.opening import OPERATOR, find_tenant, open_scopes
from throughline.commands.people_named import unknown_people
from throughline.commands.rule_changes import unnumbered
from throughline.kernel.errors import ThroughlineError
from throughline.rules.active import active
from throughline.rules.backtest import BackTest, backtest
from throughline.rules.engine import UnsoundRule
from throughline.rules.invalid import InvalidCondition
from throughline.rules.workbench.reading import names_in
from throughline.rules.workbench.words import Names, recipient_words
from throughline.rules.written.mistakes import Mistake
from throughline.rules.written.packs import Difference, RuleFile, differences, read_files
from throughline.rules.written.schema import rules_schema
from throughline.sdk import Rule
from throughline.tenancy import check as packs
from throughline.tenancy.scope import Scope

_DAYS = 365
_PATIENCE = 600  # seconds for a statement, and for all nights
_as_json = click.option("--json", "as_json", is_flag=True, help="Say it as JSON, for a machine.")


@click.group("rules")
def rule_commands() -> None:
    """Check, test, back-test and compare the rules of packs."""


@rule_commands.command("check")
@click.argument("places", metavar="[FOLDER…]", nargs=-1)
@click.option("--tenant", default="", help="Also look up, in the database, whom this provider's rules name.")
@_as_json
def check(places: tuple[str, ...], tenant: str, as_json: bool) -> None:
    """Name every mistake in the packs' rules by file, line and column.

    A FOLDER holds a pack or several; the name of a provider stands for its own. Without one, all packs.
    """
    files = _files(places or ((tenant,) if tenant else ()))
    wrong = [(file, mistake) for file in files for mistake in file.written.mistakes]
    wrong += _strangers(files, tenant) if tenant else []
    if as_json:
        _say([_mistake_data(file, mistake) for file, mistake in wrong])
    else:
        for file, mistake in wrong:
            click.echo(f"{file.name}:{mistake}", err=True)
        whole = sum(len(file.written.rules) for file in files)
        click.echo(f"{whole} rules can be used; {len(wrong)} mistakes.")
    sys.exit(1 if wrong else 0)


@rule_commands.command("test")
@click.argument("places", metavar="[FOLDER…]", nargs=-1)
@_as_json
def test(places: tuple[str, ...], as_json: bool) -> None:
    """Run the examples that each rule must satisfy."""
    files = _files(places)
    data = []
    for file in files:
        data += [
            {
                "file": file.name,
                "rule": one.rule.key,
                "status": one.rule.status,
                "examples": len(one.rule.tests),
                "holds": True,
            }
            for one in file.written.rules
        ]
        data += [{**_mistake_data(file, mistake), "holds": False} for mistake in file.written.mistakes]
    if as_json:
        _say(data)
    else:
        for one in data:
            said = (
                f"{one['examples']} examples hold"
                if one["holds"]
                else f"line {one['line']}: {one['message']}"
            )
            click.echo(f"{one['rule'] or one['file']}: {said}")
    sys.exit(0 if all(one["holds"] for one in data) else 1)


@rule_commands.command("backtest")
@click.argument("tenant")
@click.argument("key")
@click.option("--years", default=1, show_default=True, type=click.IntRange(1, 5), help="How far back.")
@_as_json
def back_test(tenant: str, key: str, years: int, as_json: bool) -> None:
    """Show what a rule of the pack's files, or one in use, would have done with the tenant's past."""
    with _or_two():
        scopes = open_scopes()
        found_tenant = find_tenant(scopes, tenant)
    with scopes.tenant(found_tenant, OPERATOR, "command") as scope:
        rule = _rule(scope, tenant, key)
        end = scope.now()
        try:
            found = backtest(scope, rule, end - timedelta(days=_DAYS * years), end, seconds=_PATIENCE)
        except (InvalidCondition, UnsoundRule, ThroughlineError) as problem:
            click.echo(f"{key}: {problem}", err=True)
            sys.exit(1)
        names = names_in(scope, [rule])
    _say(_backtest_data(found)) if as_json else _print(found, years, names)


@rule_commands.command("diff")
@click.argument("tenant")
@_as_json
def diff(tenant: str, as_json: bool) -> None:
    """Show how the rules in the pack's files differ from those that were applied.

    Ends with 1 when a live rule would come to mean something else under the number it has.
    """
    written = _read(tenant).packs[0]
    with _or_two():
        applied = find_tenant(open_scopes(), tenant).pack.raw
    found = differences(applied, written.raw)
    wrong = unnumbered([(tenant, one) for one in found])
    if as_json:
        _say([_difference_data(one) for one in found])
    else:
        for one in found:
            click.echo(f"{one.rule_key}: {one.kind}")
            for line in one.lines:
                click.echo(f"  {line}")
        click.echo(f"{len(found)} rules differ.")
        for said in wrong:
            click.echo(said, err=True)
    sys.exit(1 if wrong else 0)


@rule_commands.command("schema")
def schema() -> None:
    """Print the JSON Schema of a file of rules, for editors to complete and check it."""
    _say(rules_schema())


def _strangers(files: list[RuleFile], slug: str) -> list[tuple[RuleFile, Mistake]]:
    """Name the people of a provider's rules whom nobody with a role there is."""
    with _or_two():
        scopes = open_scopes()
        find_tenant(scopes, slug)
    return unknown_people(scopes, (one for one in files if one.slug == slug))


def _files(places: tuple[str, ...]) -> list[RuleFile]:
    found = [_read(place) for place in places or ("",)]
    return [file for folder in found for pack in folder.packs for file in read_files(pack)]


def _read(place: str) -> packs.PackFolder:
    """Read a folder of packs, the folder of one, or one by its name; without a place, all."""
    home = Path(os.environ.get("THROUGHLINE_TENANTS_DIR", "tenants"))
    named = Path(place)
    only = place or None
    by_name = named.name == place and (home / place / "tenant.toml").exists()
    if place and not by_name and named.is_dir():
        alone = (named / "tenant.toml").exists()
        home, only = (named.resolve().parent, named.resolve().name) if alone else (named, None)
    found = packs.read_folder(home, _Anything(os.environ), only)
    for mistake in found.all_mistakes:
        click.echo(str(mistake), err=True)
    if found.all_mistakes:
        sys.exit(2)
    return found


class _Anything(dict[str, str]):
    """An environment in which every secret is set: rules can be checked where none is."""

    def __init__(self, environ: os._Environ[str]) -> None:
        super().__init__(environ)

    def __contains__(self, _key: object) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value; a secret that is not set here passes as one."""
        return super().get(key) or "1"

    def __missing__(self, _key: str) -> str:
        return "1"


def _rule(scope: Scope, slug: str, key: str) -> Rule:
    written = [one.rule for file in read_files(_read(slug).packs[0]) for one in file.written.rules]
    known = {rule.key: rule for rule in (*active(scope).brought.values(), *written)}
    for name in (key, f"local.{key}"):
        if name in known:
            return known[name]
    click.echo(f"There is no rule {key!r}. There are: {', '.join(sorted(known))}.", err=True)
    sys.exit(2)


@contextmanager
def _or_two() -> Iterator[None]:
    """End with 2 where a command cannot open what it needs, and say why."""
    try:
        yield
    except SystemExit as ended:
        sys.exit(2 if ended.code else 0)
    except DBAPIError as error:
        click.echo(f"The database cannot be used: {type(error.orig).__name__}.", err=True)
        sys.exit(2)


def _difference_data(one: Difference) -> dict[str, Any]:
    fields = [{"name": field.name, "before": field.before, "after": field.after} for field in one.fields]
    return {
        "rule": one.rule_key,
        "kind": one.kind,
        "lines": one.lines,
        "fields": fields,
        "same_version": one.same_version or None,
    }


def _mistake_data(file: RuleFile, mistake: Any) -> dict[str, Any]:
    return {
        "file": file.name,
        "line": mistake.line,
        "column": mistake.column,
        "message": mistake.message,
        "rule": mistake.rule,
    }


def _backtest_data(found: BackTest) -> dict[str, Any]:
    return {
        "rule": found.rule_key,
        "version": found.version,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "looked_at": found.looked_at,
        "fired": found.fired,
        "unanswered": found.unanswered,
        "weeks": [[week.isoformat(), count] for week, count in found.weeks],
        "by_category": dict(found.by_category),
        "loads": [
            {
                "role": load.role,
                "alarms": load.alarms,
                "notices": load.notices,
                "busiest_week": load.busiest_week,
            }
            for load in found.loads
        ],
    }


def _print(found: BackTest, years: int, names: Names) -> None:
    span = "year" if years == 1 else f"{years} years"
    click.echo(
        f"{found.rule_key}, version {found.version}: "
        f"{found.fired} of {found.looked_at} incidents in the last {span}."
    )
    for load in found.loads:
        click.echo(
            f"  {recipient_words(load.role, names)}: {load.alarms} alarms, {load.notices} notices; "
            f"busiest week {load.busiest_week}"
        )
    if found.unanswered:
        click.echo(f"  {found.unanswered} incidents had no answer.")


def _say(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
