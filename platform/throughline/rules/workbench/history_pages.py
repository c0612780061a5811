"""What a version would have done with the tenant's past: at once, or by a worker whose progress is seen."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Conflict, Invalid
from throughline.rules.backtest import about_units
from throughline.rules.workbench import proof, reading, runs, service, shown
from throughline.rules.workbench.blueprint import blueprint
from throughline.rules.workbench.models import BacktestRun, RuleVersion
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
        return _longer(found, years)


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
    under_way = run.state in runs.UNDER_WAY
    part = request.args.get("part") == "yes"
    return render_template(
        "workbench/progress.html" if part else "workbench/run.html",
        run=run,
        version=version,
        under_way=under_way,
        changed=version.text != run.text,
        nightly=bool(run.result.get("about_units")),
        people=named(scope, [run.asked_by]),
        states=STATES,
        **shown.found(_kept(run)),
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


def _longer(found: RuleVersion, years: str) -> str:
    """Show what a worker found of late, or how far it is; where nobody has asked one yet, the page asks."""
    run = runs.newest_like(current_scope(), found, years)
    done = run is not None and run.state == "done"
    return _page(found, years, _kept(run) if run is not None and done else None, {}, longer=True, run=run)


def _kept(run: BacktestRun) -> Tested | None:
    return from_json(run.result) if "mine" in run.result else None


def _page(
    found: RuleVersion,
    years: str,
    tested: Tested | None,
    errors: dict[str, list[str]],
    *,
    longer: bool = False,
    run: BacktestRun | None = None,
) -> str:
    scope = current_scope()
    known = runs.of_version(scope, found.id)
    rule = reading.read(scope, found.text).rule
    return render_template(
        "workbench/history.html",
        version=found,
        chosen=years,
        errors=errors,
        longer=longer,
        run=run,
        nightly=rule is not None and about_units(rule),
        under_way=run is not None and run.state in runs.UNDER_WAY,
        years=proof.YEARS,
        runs=known,
        people=named(scope, [run.asked_by for run in known]),
        states=STATES,
        **shown.found(tested),
    )
