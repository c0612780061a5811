"""How a place stands: its charts in one grid, how people report, how strong its actions are.

Read from daily counts and narrow indexes, never from the incidents themselves, so that it opens as quickly
after ten years as after one. Every figure leads to the rows behind it.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from markupsafe import Markup

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.actions import queries as actions
from throughline.actions.words import STRENGTHS
from throughline.incidents import queries as incidents
from throughline.trends import denominators
from throughline.trends.drawing import figure
from throughline.trends.icons import draw_icon, meanings_of
from throughline.trends.measures import Series
from throughline.trends.routes import FIRST, overseen, series_of
from throughline.trends.series import PER
from throughline.web.home import blueprint

__all__ = ["blueprint"]

DAYS = 90


@blueprint.get("/trends/overview")
@requires(Permission.OVERSEE)
def overview() -> str:
    """Show how a place stands: all this person oversees, or a unit and all below it."""
    scope, tree = current_scope(), current_tree()
    unit = next((unit for unit in tree.units.values() if unit.key == request.args.get("unit")), None)
    ids, place = overseen(unit.id if unit else None)
    unit_key = unit.key if unit else ""
    below = tuple(tree.subtree(unit.id)) if unit else ()
    since = scope.today() - timedelta(days=DAYS)
    return render_template(
        "home/overview.html",
        place=place,
        unit_key=unit_key,
        units=[(one.key, one.name) for one in tree.units.values() if overseen(one.id)[0]],
        since=since,
        grid=[row for row in (_grid_row(unit_key, category) for category in FIRST) if row] if ids else [],
        culture=_culture(ids, below, unit_key, since),
        mix=_mix(below, unit_key),
    )


def _grid_row(unit_key: str, category: str) -> dict[str, Any] | None:
    """Return one kind of incident in the grid, or None where nothing was counted for a whole month."""
    series = series_of(unit_key, category, "month")
    if series is None:
        return None
    last = series.chart.points[-1]
    named: dict[str, Any] = {"unit": unit_key or None, "category": category or None}
    return {
        "title": series.title,
        "href": url_for("trends.chart", every="month", **named),
        "latest": figure(round(last.value, 1)),
        "mean": figure(round(last.mean, 1)),
        "unit": "a month" if series.no_rate else "per 1,000 bed days",
        "month": f"{series.starts[-1]:%b %Y}",
        "states": _states(series, category),
        "trial": last.trial,
    }


def _states(series: Series, category: str) -> list[tuple[Markup, str]]:
    name = category or "all"
    return [
        (Markup(draw_icon(meaning, f"grid-{name}-{place}")), meaning.title)  # noqa: S704 - ours, escaped
        for place, meaning in enumerate(meanings_of(series.chart))
    ]


def _culture(ids: list[UUID], below: tuple[UUID, ...], unit_key: str, since: date) -> list[dict[str, Any]]:
    """Return the signs of a just culture over the last days, each with the rows it counts."""
    scope = current_scope()
    began = datetime.combine(since, time(), tzinfo=scope.tenant.timezone)
    found = incidents.voice(scope, incidents.Filter(unit_ids=below, since=began))
    shares = (
        ("no_harm", "Reports without harm", found.no_harm, "A higher share is a sign that people speak up."),
        (
            "anonymous",
            "Without a name",
            found.anonymous,
            "A high share may mean that people feel unsafe.",
        ),
        ("answered", "Read and answered", found.answered, "Whoever reported can see what was decided."),
    )
    return [
        _reporting_rate(ids, below, unit_key, since),
        *(
            {
                "label": label,
                "value": f"{100 * n / found.reports:.0f}%" if found.reports else "–",
                "note": f"{n:,} of {found.reports:,}. {meaning}",
                "href": _queue(unit_key, since, state),
            }
            for state, label, n, meaning in shares
        ),
    ]


def _reporting_rate(ids: list[UUID], below: tuple[UUID, ...], unit_key: str, since: date) -> dict[str, Any]:
    """Return how much was reported for every 1,000 occupied bed days, or why that cannot be said.

    Today is left out: its bed days are not known before it ends.
    """
    scope = current_scope()
    began, today = (datetime.combine(day, time(), scope.tenant.timezone) for day in (since, scope.today()))
    reports = incidents.voice(scope, incidents.Filter(unit_ids=below, since=began, until=today)).reports
    occupied = denominators.per_day(scope, since, scope.today(), ids)
    days, missing = sum(occupied.values()), DAYS - len(occupied)
    tile = {"label": "Reported", "href": _queue(unit_key, since, "")}
    if missing or not days:
        told = f"{missing} of {DAYS} days have no figure of bed days" if missing else "nobody was there"
        return tile | {"value": f"{reports:,}", "note": f"Up to yesterday. No rate: {told}."}
    note = f"For every 1,000 bed days, up to yesterday: {reports:,} over {days:,}."
    return tile | {"value": f"{PER * reports / days:.1f}", "note": note}


def _queue(unit_key: str, since: date, state: str) -> str:
    named: dict[str, Any] = {"unit": unit_key or None, "since": since.isoformat(), "state": state or None}
    return url_for("incidents.queue", **named)


def _mix(unit_ids: tuple[UUID, ...], unit_key: str) -> list[dict[str, Any]]:
    """Return each strength with its actions by state, its share of all, and where they are listed."""
    found = actions.mix(current_scope(), unit_ids)
    every = sum(states["open"] + states["done"] for states in found.values())
    return [
        {
            "title": STRENGTHS[strength][0],
            "share": f"{100 * (states['open'] + states['done']) / every:.0f}%" if every else "–",
            "states": [
                (state, n, url_for("actions.index", strength=strength, state=state, unit=unit_key or None))
                for state, n in states.items()
            ],
        }
        for strength, states in found.items()
    ]
