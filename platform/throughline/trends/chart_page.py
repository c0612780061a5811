"""The page of one chart: the chart, its numbers, where its limits begin and why, and how it is set."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.incidents import taxonomy
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.trends import steering
from throughline.trends.models import ChartSetting
from throughline.trends.routes import blueprint, chart_of, overseen, setting_shown
from throughline.trends.series import Every
from throughline.trends.steering import Reading, Which

__all__ = ["blueprint"]

WAYS = (("decrease", "Lower is better"), ("increase", "Higher is better"), ("neutral", "Neither"))
MEASURED = (("count", "Incidents in each period"), ("rate", "For every 1,000 occupied bed days"))
_DIGITS = 9


@blueprint.get("/<any(month, week):every>/chart")
@requires(Permission.OVERSEE)
def chart(every: Every) -> str:
    """Show one chart."""
    return _page(_which(every), {}, {})


@blueprint.post("/<any(month, week):every>/chart")
@requires(Permission.STEER)
def read_chart_so(every: Every) -> str | tuple[str, int] | Response:
    """Set the target, the better direction and the baseline."""
    which = _which(every)
    try:
        steering.read_so(current_scope(), which, _reading(), _version())
    except Invalid as error:
        return _page(which, request.form, error.errors), 422
    except Conflict:
        return _again(which)
    flash("The chart is set.", "success")
    return redirect(_address(which))


@blueprint.post("/<any(month, week):every>/chart/rebase")
@requires(Permission.STEER)
def rebase_chart(every: Every) -> str | tuple[str, int] | Response:
    """Begin new limits on a day."""
    which = _which(every)
    try:
        steering.rebase(current_scope(), which, _day(), request.form.get("reason", ""), _version())
    except Invalid as error:
        return _page(which, request.form, error.errors), 422
    except Conflict:
        return _again(which)
    flash("New limits begin there.", "success")
    return redirect(_address(which))


@blueprint.post("/<any(month, week):every>/chart/rebase/undo")
@requires(Permission.STEER)
def undo_rebase(every: Every) -> Response:
    """Take a new beginning away."""
    which = _which(every)
    try:
        steering.undo_rebase(current_scope(), which, request.form.get("on", ""), _version())
    except Conflict:
        return _again(which)
    flash("The limits run through again.", "success")
    return redirect(_address(which))


def _which(every: Every) -> Which:
    """Return the chart an address names.

    Raises:
        NotFound: there is no such place or kind, or none of it is this person's.
    """
    unit_key, category = request.args.get("unit", ""), request.args.get("category", "")
    if category and category not in taxonomy.CATEGORIES:
        raise NotFound("there is no such kind")
    unit_id = current_tree().by_key(unit_key).id if unit_key else None
    if not overseen(unit_id)[0]:
        raise NotFound("nothing of it is theirs")
    return Which(unit_id, category, every)


def _address(which: Which) -> str:
    return url_for("trends.chart", every=which.every, **_named(which))


def _named(which: Which) -> dict[str, Any]:
    unit_key = current_tree().units[which.unit_id].key if which.unit_id else None
    return {"unit": unit_key, "category": which.category or None}


def _again(which: Which) -> Response:
    flash("Somebody set this chart since you opened it. This is how it is now.")
    return redirect(_address(which))


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else -1


def _reading() -> Reading:
    errors: dict[str, list[str]] = {}
    target, baseline = request.form.get("target", "").strip(), request.form.get("baseline", "").strip()
    try:
        wanted = float(target) if target else None
    except ValueError:
        wanted = None
        errors["target"] = ["Write the target as a number, or leave it empty"]
    if not (baseline.isascii() and baseline.isdecimal() and len(baseline) <= _DIGITS):
        errors["baseline"] = ["Write how many points the limits rest on, or 0 for all of them"]
    if errors:
        raise Invalid(errors)
    form = request.form
    return Reading(wanted, form.get("target_of", ""), form.get("direction", ""), int(baseline))


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("on", "").strip())
    except ValueError:
        raise Invalid({"on": ["Choose the first day of the new level"]}) from None


def _page(which: Which, typed: Mapping[str, str], errors: dict[str, Any]) -> str:
    setting, named = setting_shown(which), _named(which)
    shown = chart_of(named["unit"] or "", which.category, which.every)
    return render_template(
        "trends/chart.html",
        chart=shown,
        place=overseen(which.unit_id)[1],
        title=taxonomy.category_label(which.category) if which.category else "All incidents",
        which=which,
        named=named,
        setting=setting,
        rebases=[
            {**one, "day": date.fromisoformat(one["on"])} for one in (setting.rebases if setting else ())
        ],
        typed={**_as_set(setting), **typed},
        errors=errors,
        may_steer=steering.may_steer(current_scope(), which.unit_id),
        ways=WAYS,
        measured=MEASURED,
    )


def _as_set(setting: ChartSetting | None) -> dict[str, str]:
    if setting is None:
        return {"target": "", "target_of": "count", "direction": "neutral", "baseline": "12", "version": "0"}
    return {
        "target": "" if setting.target is None else f"{setting.target:g}",
        "target_of": setting.target_of,
        "direction": setting.direction,
        "baseline": str(setting.baseline),
        "version": str(setting.version),
    }
