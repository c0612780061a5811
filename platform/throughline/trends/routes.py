"""Charts of what was reported, by place and kind, with their tables and downloads."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.actions.models import Measure
from throughline.actions.queries import judged_by
from throughline.incidents import taxonomy
from throughline.kernel.errors import NotFound
from throughline.trends.charts import Change
from throughline.trends.icons import draw_icon, meanings_of
from throughline.trends.measures import Series, drawing, series_between
from throughline.trends.models import ChartSetting
from throughline.trends.pictures import png
from throughline.trends.series import Every
from throughline.trends.steering import Which, setting_of

blueprint = Blueprint("trends", __name__, url_prefix="/t/<tenant>/trends", template_folder="templates")
YEARS: dict[Every, int] = {"month": 2, "week": 1}
FIRST = ("", "self_harm", "restrictive_practice", "violence", "medication", "fall")
BETTER_LOW = ("restrictive_practice",)
RATE_COLUMNS = ("Occupied bed days", "For every 1,000")


@blueprint.get("")
@requires(Permission.OVERSEE)
def index() -> str:
    """Show the charts of a place: all incidents and the commonest kinds, or the one kind chosen."""
    tree = current_tree()
    unit_key, category = request.args.get("unit", ""), request.args.get("category", "")
    every: Every = "week" if request.args.get("every") == "week" else "month"
    wanted = (category,) if category in taxonomy.CATEGORIES else FIRST
    found = [chart_of(unit_key, kind, every) for kind in wanted]
    return render_template(
        "trends/index.html",
        charts=[chart for chart in found if chart],
        unit_key=unit_key,
        category=category,
        every=every,
        units=[(unit.key, unit.name) for unit in tree.units.values()],
        categories=[(one.key, one.label) for one in taxonomy.CATEGORIES.values()],
        may_enter=current_scope().actor.may(Permission.ACT),
    )


@blueprint.get("/<any(month, week):every>s.csv")
@requires(Permission.OVERSEE)
def download(every: Every) -> Response:
    """Return the months or weeks of one chart as CSV."""
    series = series_of(request.args.get("unit", ""), request.args.get("category", ""), every)
    if series is None:
        raise NotFound("nothing was counted there")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([every, "incidents", "occupied bed days", series.unit])
    for period, value in zip(series.periods, series.values, strict=True):
        bed_days = "" if period.bed_days is None else period.bed_days
        writer.writerow([period.start.isoformat(), period.count, bed_days, round(value, 2)])
    return _file(text.getvalue(), "text/csv", f"{every}s.csv")


@blueprint.get("/<any(month, week):every>s.svg")
@requires(Permission.OVERSEE)
def drawn(every: Every) -> Response:
    """Return one chart as a drawing."""
    return _file(_drawing(every), "image/svg+xml", f"{every}s.svg")


@blueprint.get("/<any(month, week):every>s.png")
@requires(Permission.OVERSEE)
def pictured(every: Every) -> Response:
    """Return one chart as a picture."""
    return _file(png(_drawing(every)), "image/png", f"{every}s.png")


def _drawing(every: Every) -> str:
    unit_key, category = request.args.get("unit", ""), request.args.get("category", "")
    series = series_of(unit_key, category, every)
    if series is None:
        raise NotFound("nothing was counted there")
    unit_id = current_tree().by_key(unit_key).id if unit_key else None
    return drawing(series, "chart", changes_of(setting_shown(Which(unit_id, category, every))))


def _file(body: str | bytes, mimetype: str, name: str) -> Response:
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def series_of(unit_key: str, category: str, every: Every) -> Series | None:
    """Return the newest series of a place and kind, over the services there that this person oversees.

    Raises:
        NotFound: there is no such unit or kind, or none of it is theirs.
    """
    if category and category not in taxonomy.CATEGORIES:
        raise NotFound("there is no such kind")
    today = current_scope().today()
    unit_id = current_tree().by_key(unit_key).id if unit_key else None
    ids, place = overseen(unit_id)
    if not ids:
        raise NotFound("nothing of it is theirs")
    return series_between(
        current_scope(),
        category,
        place,
        ids,
        date(today.year - YEARS[every], today.month, 1),
        today,
        direction="decrease" if category in BETTER_LOW else "neutral",
        every=every,
        setting=setting_shown(Which(unit_id, category, every)),
    )


def setting_shown(which: Which) -> ChartSetting | None:
    """Return what was set for a chart; none where "all" is only a part of the tenant for this person."""
    scope = current_scope()
    if which.unit_id is None and scope.actor.units_for(Permission.OVERSEE) is not None:
        return None
    return setting_of(scope, which)


def overseen(unit_id: UUID | None) -> tuple[list[UUID], str]:
    """Return the services of a place that this person oversees, and what they are called together."""
    tree, within = current_tree(), current_scope().actor.units_for(Permission.OVERSEE)
    ids = [unit.id for unit in tree.services(tree.subtree(unit_id) if unit_id else None)]
    ids = [found for found in ids if within is None or found in within]
    named = unit_id or (ids[0] if len(ids) == 1 else None)
    return ids, tree.units[named].name if named else "All your services"


def chart_of(unit_key: str, category: str, every: Every = "month") -> dict[str, Any] | None:
    """Return one chart as a page shows it, or None where nothing was counted for a whole period."""
    series = series_of(unit_key, category, every)
    if series is None:
        return None
    named: dict[str, Any] = {"unit": unit_key or None, "category": category or None}
    downloads = [
        ("CSV", url_for("trends.download", every=every, **named)),
        ("SVG", url_for("trends.drawn", every=every, **named)),
        ("PNG", url_for("trends.pictured", every=every, **named)),
    ]
    unit_id = current_tree().by_key(unit_key).id if unit_key else None
    setting = setting_shown(Which(unit_id, category, every))
    found = shown(series, f"chart-{category or 'all'}", changes_of(setting), downloads)
    return found | {"href": url_for("trends.chart", every=every, **named)}


def changes_of(setting: ChartSetting | None) -> list[Change]:
    """Return the new beginnings of a chart, to draw where they are."""
    return [
        Change(date.fromisoformat(one["on"]), f"new limits: {one['reason']}")
        for one in (setting.rebases if setting else ())
    ]


@blueprint.app_template_global()
def chart_of_measure(measure: Measure) -> dict[str, Any] | None:
    """Return the chart of a declared measure: since its baseline began, with what was changed and when.

    The page of a measure stands in a layer below and calls this by its name. None where nothing was counted
    for a whole month, or none of it is this person's to oversee.
    """
    ids, place = overseen(measure.unit_id)
    series = ids and series_between(
        current_scope(),
        measure.category,
        place,
        ids,
        measure.baseline_start,
        current_scope().today(),
        direction="decrease" if measure.direction == "lower" else "increase",
        baseline_until=measure.baseline_end + timedelta(days=1),
    )
    if not series:
        return None
    judged = judged_by(current_scope(), measure.id)
    changes = [Change(action.completed_on, action.title) for action in judged if action.completed_on]
    return shown(series, f"measure-{measure.id}", changes)


def shown(
    series: Series, name: str, changes: Sequence[Change] = (), downloads: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return a series as a page shows it: drawings, what they say, icons, table and downloads."""
    label = "%b %Y" if series.every == "month" else "%-d %b %Y"
    return {
        "title": series.title,
        "place": series.place,
        "svg": Markup(drawing(series, name, changes)),  # noqa: S704 - our own drawing, escaped
        "narrow": Markup(drawing(series, name, changes, narrow=True)),  # noqa: S704 - our own drawing, escaped
        "states": [
            (Markup(draw_icon(meaning, f"{name}-{place}")), meaning.title)  # noqa: S704 - ours, escaped
            for place, meaning in enumerate(meanings_of(series.chart))
        ],
        "summary": " ".join(series.sentences),
        "columns": [series.every.capitalize(), "Incidents", *(RATE_COLUMNS if series.rated else ())],
        "rows": [
            [
                f"{period.start:{label}}",
                period.count,
                *([f"{period.bed_days:,}", f"{value:.1f}"] if series.rated else []),
            ]
            for period, value in reversed(list(zip(series.periods, series.values, strict=True)))
        ],
        "downloads": downloads,
        "target_drawn": series.chart.target is not None,
        "source": f"{series.no_rate}, so the chart counts incidents." if series.no_rate else "",
    }
