"""What a version would have done with the tenant's past: at once, or by a worker whose progress is seen."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import ROLE_WORDS, Permission
from throughline.incidents import taxonomy
from throughline.kernel.errors import Conflict, Invalid
from throughline.rules.workbench import proof, runs, service, weeks
from throughline.rules.workbench.blueprint import blueprint
from throughline.rules.workbench.models import RuleVersion
from throughline.rules.workbench.proof import Tested
from throughline.rules.workbench.results import from_json
from throughline.rules.workbench.typed import typed

STATES = {
    "waiting": ("Waits for a worker", "neutral"),
    "running": ("Under way", "soon"),
    "done": ("Done", "good"),
    "cancelled": ("Stopped", "neutral"),
    "failed": ("Ended early", "late"),
}


@blueprint.get("/versions/<uuid:version_id>/history")
@requires(Permission.CONFIGURE)
def history(version_id: UUID) -> str | tuple[str, int]:
    """Show what a version would have done with the tenant's past, against the version that is live."""
    scope = current_scope()
    found = service.find(scope, version_id)
    years = request.args.get("years", "1")
    years = years if years in proof.YEARS else proof.YEARS[0]
    try:
        return _page(found, years, proof.history(scope, found, years), {})
    except Invalid as wrong:
        return _page(found, years, None, wrong.errors), 422
    except proof.Longer:
        return _page(found, years, None, {}, longer=True)


@blueprint.post("/versions/<uuid:version_id>/backtests")
@requires(Permission.CONFIGURE)
def ask_backtest(version_id: UUID) -> Response | tuple[str, int]:
    """Ask for a back-test by a worker."""
    scope = current_scope()
    found = service.find(scope, version_id)
    try:
        run = runs.ask(scope, version_id, typed("years"))
    except Invalid as wrong:
        return _page(found, proof.YEARS[0], None, wrong.errors), 422
    return redirect(url_for("workbench.backtest", backtest_id=run.id))


@blueprint.get("/backtests/<uuid:backtest_id>")
@requires(Permission.CONFIGURE)
def backtest(backtest_id: UUID) -> str:
    """Show a back-test by a worker: how far it is, or what it found; ``part`` asks for the progress only."""
    scope = current_scope()
    run = runs.find(scope, backtest_id)
    version = service.find(scope, run.version_id)
    tested = None
    if "mine" in run.result:
        live = from_json(run.result["live"]) if "live" in run.result else None
        tested = Tested(from_json(run.result["mine"]), live, run.years)
    under_way = run.state in runs.UNDER_WAY
    part = request.args.get("part") == "yes"
    return render_template(
        "workbench/progress.html" if part else "workbench/run.html",
        run=run,
        version=version,
        under_way=under_way,
        changed=version.text != run.text,
        people=named(scope, [run.asked_by]),
        states=STATES,
        **_found(tested),
    )


@blueprint.post("/backtests/<uuid:backtest_id>/stop")
@requires(Permission.CONFIGURE)
def stop_backtest(backtest_id: UUID) -> Response:
    """Stop a back-test."""
    try:
        runs.cancel(current_scope(), backtest_id)
        flash("It is stopped.", "success")
    except Conflict:
        flash("It had ended already.")
    return redirect(url_for("workbench.backtest", backtest_id=backtest_id))


def _page(
    found: RuleVersion,
    years: str,
    tested: Tested | None,
    errors: dict[str, list[str]],
    *,
    longer: bool = False,
) -> str:
    scope = current_scope()
    known = runs.of_version(scope, found.id)
    return render_template(
        "workbench/history.html",
        version=found,
        chosen=years,
        errors=errors,
        longer=longer,
        years=proof.YEARS,
        runs=known,
        people=named(scope, [run.asked_by for run in known]),
        states=STATES,
        **_found(tested),
    )


def _found(tested: Tested | None) -> dict[str, Any]:
    """Return what the part of a page that shows a back-test reads."""
    if tested is None:
        return {"tested": None}
    live = dict(tested.live.weeks) if tested.live else {}
    mine = tested.mine
    svg = weeks.drawing(mine.weeks, tested.live.weeks if tested.live else None, "Firings each week")
    return {
        "tested": tested,
        "drawing": Markup(svg),  # noqa: S704 - our own drawing, escaped
        "summary": f"{mine.fired} in {len(mine.weeks)} weeks; this version in colour"
        + (", the live one in grey." if tested.live else "."),
        "rows": [
            [f"{week.day} {week:%b %Y}", count, *([live.get(week, 0)] if tested.live else [])]
            for week, count in reversed(mine.weeks)
        ],
        "by_unit": _most([(_unit_name(unit_id), n) for unit_id, n in mine.by_unit.items()]),
        "by_category": _most([(taxonomy.category_label(key), n) for key, n in mine.by_category.items()]),
        "nameable": proof.nameable(current_scope(), mine),
        "units": current_tree().units,
        "category_label": taxonomy.category_label,
        "role_words": ROLE_WORDS,
    }


def _most(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _unit_name(unit_id: UUID) -> str:
    unit = current_tree().units.get(unit_id)
    return unit.name if unit else "a closed unit"
