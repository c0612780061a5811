"""The pages of a clock: start one, see how it stands, pause it, and say that it is met."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.clocks import queries, schemas, service, words
from throughline.clocks.models import Clock
from throughline.incidents import policy
from throughline.incidents import queries as incidents
from throughline.incidents.models import Incident
from throughline.incidents.schemas import load, moment
from throughline.kernel.errors import Forbidden, Invalid, NotFound

blueprint = Blueprint("clocks", __name__, url_prefix="/t/<tenant>", template_folder="templates")
COUNTS = (("hours", "Hours"), ("working_days", "Working days"))


@blueprint.get("/incidents/<uuid:incident_id>/clocks/new")
@requires(Permission.TRIAGE)
def new_page(incident_id: UUID) -> str:
    """Ask what is to be done and by when."""
    return _new_form(_to_decide(incident_id), {}, {})


@blueprint.post("/incidents/<uuid:incident_id>/clocks/new")
@requires(Permission.TRIAGE)
def new(incident_id: UUID) -> str | tuple[str, int] | Response:
    """Start a clock."""
    incident = _to_decide(incident_id)
    values, errors = load(schemas.StartForm(), request.form)
    most = schemas.MOST.get(values.get("counts", ""), 0)
    if most and values.get("length", 0) > most:
        errors["length"] = [f"Write a number from 1 to {most}"]
    if errors:
        return _new_form(incident, request.form, errors), 422
    wanted = service.Counting(service.BY_HAND, values["title"], **{values["counts"]: values["length"]})
    clock = service.start(current_scope(), incident, wanted)
    flash("The clock runs.", "success")
    return redirect(url_for("clocks.show", clock_id=clock.id))


def _to_decide(incident_id: UUID) -> Incident:
    scope = current_scope()
    incident = incidents.find(scope, incident_id)
    if not policy.may_read_all_of(scope, incident):
        raise NotFound("no such incident")
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not start a clock here")
    return incident


def _new_form(incident: Incident, typed: Any, errors: dict[str, Any]) -> str:
    return render_template(
        "clocks/new.html", incident=incident, typed=typed, errors=errors, count_choices=COUNTS
    )


@blueprint.get("/clocks/<uuid:clock_id>")
@requires(Permission.READ)
def show(clock_id: UUID) -> str:
    """Show how a clock stands."""
    return _page(clock_id, {}, {})


@blueprint.post("/clocks/<uuid:clock_id>/pause")
@requires(Permission.TRIAGE)
def pause(clock_id: UUID) -> str | tuple[str, int] | Response:
    """Let a clock stand still."""
    try:
        service.pause(current_scope(), clock_id, _version(), _typed("pause_reason"))
    except Invalid as error:
        return _again(clock_id, error, reason="pause_reason")
    flash("The clock stands still. It goes on when somebody lets it.", "success")
    return redirect(url_for("clocks.show", clock_id=clock_id))


@blueprint.post("/clocks/<uuid:clock_id>/resume")
@requires(Permission.TRIAGE)
def resume(clock_id: UUID) -> Response:
    """Let a clock go on."""
    service.resume(current_scope(), clock_id, _version())
    flash("The clock goes on. What it stood still does not count.", "success")
    return redirect(url_for("clocks.show", clock_id=clock_id))


@blueprint.post("/clocks/<uuid:clock_id>/stop")
@requires(Permission.TRIAGE)
def stop(clock_id: UUID) -> str | tuple[str, int] | Response:
    """Stop a clock for good."""
    elsewhere = _elsewhere(clock_id)
    if elsewhere is not None:
        return elsewhere
    try:
        service.stop(current_scope(), clock_id, _version(), _typed("stop_reason"))
    except Invalid as error:
        return _again(clock_id, error, reason="stop_reason")
    flash("The clock is stopped. Nobody is told of it any more.", "success")
    return redirect(url_for("clocks.show", clock_id=clock_id))


@blueprint.post("/clocks/<uuid:clock_id>/meet")
@requires(Permission.TRIAGE)
def meet(clock_id: UUID) -> str | tuple[str, int] | Response:
    """Record that what a clock asks for was done."""
    scope = current_scope()
    elsewhere = _elsewhere(clock_id)
    if elsewhere is not None:
        return elsewhere
    try:
        try:
            met_at = moment(request.form, "met_at", scope.tenant.timezone, scope.now() + timedelta(minutes=1))
        except ValueError as wrong:
            queries.find(scope, clock_id)
            raise Invalid({"met_at": [str(wrong)]}) from wrong
        service.meet(scope, clock_id, _version(), min(met_at, scope.now()), _typed("evidence"))
    except Invalid as error:
        return _again(clock_id, error)
    flash("Recorded: it was done.", "success")
    return redirect(url_for("clocks.show", clock_id=clock_id))


def _elsewhere(clock_id: UUID) -> Response | None:
    """Lead to the page a clock is met on, when that is not its own."""
    clock, _ = queries.find(current_scope(), clock_id)
    if not clock.met_on:
        return None
    flash("Nothing is recorded yet. This clock is met by what is recorded here.")
    return redirect(_met_on(clock))


def _met_on(clock: Clock) -> str:
    return f"/t/{current_scope().tenant.slug}/{clock.met_on}" if clock.met_on else ""


def _version() -> int:
    """Return the version the page showed; one that is no number fits none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "")


def _again(clock_id: UUID, error: Invalid, **renamed: str) -> tuple[str, int]:
    errors = {renamed.get(name, name): found for name, found in error.errors.items()}
    return _page(clock_id, request.form, errors), 422


def _page(clock_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    clock, incident = queries.find(scope, clock_id)
    stood = queries.pauses(scope, [clock.id])[clock.id]
    who = [clock.started_by, clock.met_by, clock.stopped_by]
    who += [person for pause in stood for person in (pause.paused_by, pause.resumed_by)]
    local = scope.local(scope.now())
    return render_template(
        "clocks/show.html",
        clock=clock,
        incident=incident,
        unit=current_tree().units[incident.unit_id],
        state=queries.state_of(clock, scope.now()),
        words=words,
        met_on=_met_on(clock),
        pauses=stood,
        people=named(scope, who),
        may_change=policy.may_triage(scope, incident),
        typed=typed,
        errors=errors,
        today=local.date().isoformat(),
        time_now=f"{local:%H:%M}",
    )
