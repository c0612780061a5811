"""Charts of what was reported, by place and kind, with their tables and downloads."""

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.incidents import taxonomy
from throughline.kernel.errors import NotFound
from throughline.trends.measures import Series, drawing, monthly, sentences

blueprint = Blueprint("trends", __name__, url_prefix="/t/<tenant>/trends", template_folder="templates")
YEARS = 2
FIRST = ("", "self_harm", "restrictive_practice", "violence", "medication", "fall")
BETTER_LOW = ("restrictive_practice",)


@blueprint.get("")
@requires(Permission.OVERSEE)
def index() -> str:
    """Show the charts of a place: all incidents and the commonest kinds, or the one kind chosen."""
    tree = current_tree()
    unit_key, category = request.args.get("unit", ""), request.args.get("category", "")
    wanted = (category,) if category in taxonomy.CATEGORIES else FIRST
    found = [chart_of(unit_key, kind) for kind in wanted]
    return render_template(
        "trends/index.html",
        charts=[chart for chart in found if chart],
        unit_key=unit_key,
        category=category,
        units=[(unit.key, unit.name) for unit in tree.units.values()],
        categories=[(one.key, one.label) for one in taxonomy.CATEGORIES.values()],
    )


@blueprint.get("/months.csv")
@requires(Permission.OVERSEE)
def download() -> Response:
    """Return the months of one chart as CSV."""
    series = series_of(request.args.get("unit", ""), request.args.get("category", ""))
    if series is None:
        raise NotFound("nothing was counted there")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["month", "incidents", "occupied bed days", series.unit])
    for month in series.months:
        writer.writerow([month.start.isoformat(), month.count, month.bed_days or "", round(month.value, 2)])
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="months.csv"'
    return answer


def series_of(unit_key: str, category: str) -> Series | None:
    """Return the series of a place and kind, over the services there that this person oversees.

    Raises:
        NotFound: there is no such unit, or none of it is theirs.
    """
    scope, tree = current_scope(), current_tree()
    within = scope.actor.units_for(Permission.OVERSEE)
    place = tree.by_key(unit_key) if unit_key else None
    ids = [unit.id for unit in tree.services(tree.subtree(place.id) if place else None)]
    ids = [unit_id for unit_id in ids if within is None or unit_id in within]
    if not ids:
        raise NotFound("nothing of it is theirs")
    today = scope.today()
    return monthly(
        scope,
        taxonomy.category_label(category) if category else "All incidents",
        _place_name(place.name if place else "", ids),
        ids,
        category or None,
        date(today.year - YEARS, today.month, 1),
        today,
        direction="decrease" if category in BETTER_LOW else "neutral",
    )


def _place_name(name: str, ids: list[UUID]) -> str:
    return name or (current_tree().units[ids[0]].name if len(ids) == 1 else "All your services")


def chart_of(unit_key: str, category: str) -> dict[str, Any] | None:
    """Return one chart as a page shows it: drawing, sentence, table and download."""
    series = series_of(unit_key, category)
    if series is None:
        return None
    rated = series.unit.startswith("per")
    return {
        "title": series.title,
        "place": series.place,
        "svg": Markup(drawing(series, f"chart-{category or 'all'}")),  # noqa: S704 - our own drawing, escaped
        "summary": " ".join(sentences(series)),
        "columns": ["Month", "Incidents", *([series.unit.capitalize()] if rated else [])],
        "rows": [
            [f"{month.start:%b %Y}", month.count, *([f"{month.value:.1f}"] if rated else [])]
            for month in reversed(series.months)
        ],
        "downloads": [("CSV", url_for("trends.download", unit=unit_key or None, category=category or None))],
    }
