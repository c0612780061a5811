"""The list of obligations: what is open, late, to be decided and closed, by unit; and as a file."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.incidents.models import Incident
from throughline.kernel.addresses import with_query
from throughline.kernel.spreadsheet import csv_of
from throughline.obligations import queries, words
from throughline.obligations.routes import blueprint

__all__ = ["blueprint"]

COLUMNS = (
    "Reference",
    "Unit",
    "Duty",
    "State",
    "Opened",
    "Next due",
    "Closed",
    "Steps done",
    "Authority",
    "Confidence",
)


@blueprint.get("/obligations")
@requires(Permission.OVERSEE)
def listed() -> str:
    """List the obligations of the incidents this person reads, newest first."""
    scope, tree = current_scope(), current_tree()
    wanted, unit_key, active = _wanted()
    before = request.args.get("before")
    page = queries.listed(scope, wanted, before)
    noun = "obligation" if page.count == 1 else "obligations"
    return render_template(
        "obligations/list.html",
        view=wanted.view or "all",
        unit_key=unit_key,
        active=active,
        page=page,
        paged=bool(before),
        total=f"{page.count:,}{'' if page.counted_all else ' or more'} {noun}",
        download=with_query(url_for("obligations.download"), _kept()) if page.rows else "",
        views=[
            (label, url_for("obligations.listed", view=key), (wanted.view or "all") == key)
            for key, label in words.VIEWS
        ],
        units=tree.units,
        unit_choices=[(unit.key, unit.name) for unit in tree.units.values()],
        words=words,
    )


@blueprint.get("/obligations.csv")
@requires(Permission.OVERSEE)
def download() -> Response:
    """Return what the filters leave as a file, and record that it was taken."""
    scope = current_scope()
    wanted, _, active = _wanted()
    rows = queries.every(scope, wanted)
    after = {
        "obligations": len(rows),
        "view": wanted.view or "all",
        "filters": [one["label"] for one in active],
    }
    record(scope, "obligations.exported", "tenant", scope.tenant.id, after=after)
    answer = Response(_as_csv(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="obligations-{scope.today()}.csv"'
    return answer


def _as_csv(rows: Iterable[tuple[queries.Standing, Incident]]) -> str:
    return csv_of(COLUMNS, [_cells(standing, incident) for standing, incident in rows])


def _cells(standing: queries.Standing, incident: Incident) -> tuple[str, ...]:
    return (
        incident.reference,
        current_tree().units[incident.unit_id].name,
        standing.duty.title,
        words.STATES[standing.state][0],
        _written(standing.row.opened_at),
        _written(standing.due_at),
        _written(standing.row.closed_at),
        words.progress(standing),
        standing.duty.authority.reference,
        standing.duty.authority.confidence,
    )


def _written(at: datetime | None) -> str:
    return f"{current_scope().local(at):%Y-%m-%d %H:%M}" if at else ""


def _wanted() -> tuple[queries.Filter, str, list[dict[str, str]]]:
    """Read the filters from the address; one that makes no sense is left out, as if it were not there."""
    tree, args, active = current_tree(), request.args, []
    known = {key: key for key, _ in words.VIEWS} | {"all": ""}
    view = known.get(args.get("view", "open"), "open")
    unit = next((unit for unit in tree.units.values() if unit.key == args.get("unit")), None)
    if unit:
        without = with_query(url_for("obligations.listed"), _kept("unit"))
        active.append({"label": unit.name, "remove": without})
    units = tuple(tree.subtree(unit.id)) if unit else ()
    return queries.Filter(view, units), unit.key if unit else "", active


def _kept(*without: str) -> dict[str, Any]:
    """Return the filters of the address, but for some, and from the first page."""
    return {key: value for key, value in request.args.items() if key not in (*without, "before")}
