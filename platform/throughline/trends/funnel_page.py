"""The page of a funnel plot: is a unit further from the rest than its size explains? Never a league table."""

from datetime import date
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.incidents import taxonomy
from throughline.trends.between import Compared, compared
from throughline.trends.chart_page import blueprint
from throughline.trends.drawing import figure
from throughline.trends.funnel_chart import funnel_chart
from throughline.trends.routes import overseen
from throughline.trends.series import PER

__all__ = ["blueprint"]


@blueprint.get("/funnel")
@requires(Permission.OVERSEE)
def funnel() -> str:
    """Show the units this person oversees over the last twelve whole months."""
    scope, units = current_scope(), current_tree().units
    category = request.args.get("category", "")
    category = category if category in taxonomy.CATEGORIES else ""
    ids, _ = overseen(None)
    end = scope.today().replace(day=1)
    start = date(end.year - 1, end.month, 1)
    found = compared(scope, start, end, {unit: units[unit].name for unit in ids}, category)
    title = taxonomy.category_label(category) if category else "All incidents"
    return render_template(
        "trends/funnel.html",
        title=title,
        category=category,
        categories=[(one.key, one.label) for one in taxonomy.CATEGORIES.values()],
        start=start,
        end=end,
        chart=_chart(found, title) if found.placed else None,
        left_out=sorted((units[unit].name, units[unit].key, days) for unit, days in found.left_out.items()),
        month=f"{start:%Y-%m}",
        may_enter=scope.actor.may(Permission.ACT),
    )


def _chart(found: Compared, title: str) -> dict[str, Any]:
    placed = [one for _, one, _ in found.placed]
    summary = _summary(found)
    drawn = [
        Markup(funnel_chart(placed, title=title, description=summary, name=name, narrow=narrow))  # noqa: S704 - ours
        for name, narrow in (("funnel", False), ("funnel-narrow", True))
    ]
    ordered = sorted(found.placed, key=lambda row: row[1].name)
    rows = [
        [one.name, one.observed, figure(one.expected), f"{beds:,}", _rate(one.observed, beds), one.says]
        for _, one, beds in ordered
    ]
    columns = ["Unit", "Incidents", "Expected", "Bed days", "For every 1,000", "It lies"]
    return {"svg": drawn[0], "narrow": drawn[1], "summary": summary, "columns": columns, "rows": rows}


def _rate(observed: int, beds: int) -> str:
    return figure(round(PER * observed / beds, 1))


def _summary(found: Compared) -> str:
    """Say which units lie beyond a limit, without ranking them."""
    beyond = [f"{one.name} lies {one.says}" for _, one, _ in found.placed if not one.says.startswith("as")]
    told = "; ".join(beyond) if beyond else "No unit is further from the rest than its size explains"
    return (
        f"{told}. Together they had {figure(round(found.rate or 0, 1))} for every 1,000 occupied bed days. "
        "Who was there, and how readily people report, can differ: a unit beyond a limit is a question."
    )
