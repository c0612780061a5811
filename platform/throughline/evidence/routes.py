"""The provider's side: what is due, drafts, sign-off, and what was published."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.evidence import queries, service
from throughline.evidence.models import STAGES, EvidenceRun
from throughline.evidence.periods import Period, last_complete_quarter, quarter_of
from throughline.kernel.errors import Conflict, Invalid, NotFound

blueprint = Blueprint("evidence", __name__, url_prefix="/t/<tenant>/evidence", template_folder="templates")
QUARTERS = 6


@blueprint.get("")
@requires(Permission.OVERSEE)
def index() -> str:
    """List the runs, and what can be asked for."""
    return _index({}, {})


def _index(typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    runs = queries.runs(scope)
    made = queries.artefacts(scope, [run.id for run, _ in runs])
    period, periods = last_complete_quarter(scope.today()), []
    for _ in range(QUARTERS):
        periods.append((period.start.isoformat(), period.label))
        period = period.before()
    agreements = queries.agreements(scope)
    formats = {
        key for agreement, _ in agreements for key in agreement.formats if key in scope.catalogue.formats
    }
    return render_template(
        "evidence/list.html",
        runs=[
            (run, commissioner, state(run, made), Period(run.period_start, run.period_end).label)
            for run, commissioner in runs
        ],
        titles={key: found.title for key, found in scope.catalogue.formats.items()},
        periods=periods,
        formats=[(key, scope.catalogue.formats[key].title) for key in sorted(formats)],
        commissioners=[(found.slug, found.name) for _, found in agreements],
        schedules=scope.tenant.pack.schedules,
        typed=typed,
        errors=errors,
    )


def state(run: EvidenceRun, made: dict[Any, Any]) -> str:
    """Return the word for how far a run is."""
    if run.failure:
        return "failed"
    if run.published_at is not None:
        return "published"
    if run.signed_off_at is not None:
        return "running"
    return "ready" if (run.id, "draft") in made else "queued"


@blueprint.post("")
@requires(Permission.PUBLISH)
def ask() -> str | tuple[str, int] | AnyResponse:
    """Ask for a report."""
    form = request.form
    try:
        period = quarter_of(date.fromisoformat(form.get("period", "")))
    except (ValueError, OverflowError):
        return _index(form, {"period": ["Choose a quarter"]}), 422
    try:
        run = service.ask(current_scope(), form.get("format", ""), form.get("commissioner", ""), period)
    except Invalid as error:
        return _index(form, error.errors), 422
    return redirect(url_for("evidence.show", run_id=run.id))


@blueprint.get("/<uuid:run_id>")
@requires(Permission.OVERSEE)
def show(run_id: UUID) -> str:
    """Show a run: its progress, its draft, and who signed it off."""
    return _page(run_id, {}, {})


def _page(run_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    run = queries.find_run(scope, run_id)
    made = queries.artefacts(scope, [run.id])
    commissioner = next((found for row, found in queries.runs(scope) if row.id == run.id), None)
    return render_template(
        "evidence/show.html",
        run=run,
        state=state(run, made),
        draft=made.get((run.id, "draft")),
        final=made.get((run.id, "final")),
        period=Period(run.period_start, run.period_end),
        title=scope.catalogue.formats[run.format_key].title
        if run.format_key in scope.catalogue.formats
        else run.format_key,
        commissioner=commissioner,
        people=named(scope, [run.created_by, run.signed_off_by]),
        document=run.document or {},
        track=_track(run, made),
        typed=typed,
        errors=errors,
    )


def _track(run: EvidenceRun, made: dict[Any, Any]) -> list[tuple[str, str]]:
    drafted = (run.id, "draft") in made
    return [
        ("Asked for", "done"),
        ("Drafted", "done" if drafted else ("failed" if run.failure else "current")),
        ("Signed off", "done" if run.signed_off_at else ("current" if drafted else "waiting")),
        ("Published", "done" if run.published_at else ("current" if run.signed_off_at else "waiting")),
    ]


@blueprint.post("/<uuid:run_id>/sign-off")
@requires(Permission.PUBLISH)
def sign_off(run_id: UUID) -> str | tuple[str, int] | AnyResponse:
    """Sign the draft off and publish it."""
    statement = request.form.get("statement", "").replace("\x00", "")
    try:
        service.sign_off(current_scope(), run_id, statement)
    except Invalid as error:
        return _page(run_id, request.form, error.errors), 422
    except Conflict:
        flash("It was signed off already, or its draft is not ready yet.")
    else:
        flash("Signed off. It is published as soon as the final document is made.", "success")
    return redirect(url_for("evidence.show", run_id=run_id))


@blueprint.get("/<uuid:run_id>/<stage>.pdf")
@requires(Permission.OVERSEE)
def document(run_id: UUID, stage: str) -> Response:
    """Return a run's document."""
    scope = current_scope()
    run = queries.find_run(scope, run_id)
    found = queries.artefacts(scope, [run.id]).get((run.id, stage)) if stage in STAGES else None
    if found is None:
        raise NotFound("no such document")
    record(scope, "evidence.read", "evidence_run", run.id, after={"stage": stage})
    data = scope.store.get(service.store_prefix(scope.tenant.id), found.sha256)
    return pdf(data, f"{scope.tenant.slug}-{run.period_start}-{stage}.pdf")


def pdf(data: bytes, name: str) -> Response:
    """Return a PDF to be shown in the browser, never kept by a cache between."""
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
