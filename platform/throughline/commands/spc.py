"""Check a series by hand: a file with a series, or several, and the numbers of its chart on the way out."""

import json
from typing import Any

import click

from throughline.commands.opening import stop
from throughline.trends.exchange import NotASeries, charted


@click.command("spc")
@click.argument("file", type=click.File("rb"), metavar="FILE.json")
def spc_command(file: Any) -> None:
    """Print the numbers of a chart: limits, signals, runs.

    FILE.json holds a series as an object, or a list of them; “-” reads from the standard input. Keys: "y",
    "chart" (xmr, c, u, up, p, pp, g or t), "n" (denominators), "date", "options". Nothing is stored.
    """
    try:
        given = json.loads(file.read(), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        stop(f"{file.name} is not JSON: {error}")
    many = isinstance(given, list)
    told = [_told(one, number if many else 0) for number, one in enumerate(given if many else [given], 1)]
    click.echo(json.dumps(told if many else told[0], indent=1, ensure_ascii=False))


def _told(one: Any, number: int) -> dict[str, Any]:
    try:
        return charted(one)
    except NotASeries as error:
        name = one.get("name") if isinstance(one, dict) else None
        which = f"Series {number}" if number else "The series"
        stop(f"{which}{f' ({name})' if isinstance(name, str) else ''}: {error}.")


def _refused(word: str) -> None:
    raise ValueError(f"{word} is not a number of JSON")
