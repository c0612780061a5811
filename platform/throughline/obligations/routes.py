"""The pages of one obligation: decide, claim an exemption, open it again, record steps, write letters."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.incidents import policy, wording
from throughline.incidents.models import Incident
from throughline.incidents.schemas import moment
from throughline.kernel.errors import Forbidden, Invalid, NotFound
from throughline.obligations import queries, service, words

blueprint = Blueprint("obligations", __name__, url_prefix="/t/<tenant>", template_folder="templates")


@blueprint.get("/obligations/<uuid:obligation_id>")
@requires(Permission.READ)
def show(obligation_id: UUID) -> str:
    """Show how an obligation stands, and ask what is still to be decided."""
    return _page(obligation_id, {}, {})


@blueprint.post("/obligations/<uuid:obligation_id>/decide")
@requires(Permission.TRIAGE)
def decide(obligation_id: UUID) -> str | tuple[str, int] | Response:
    """Record what was judged, and why."""
    answers = {
        name.removeprefix("ask_"): value for name, value in request.form.items() if name.startswith("ask_")
    }
    try:
        found = service.decide(current_scope(), obligation_id, _version(), answers, _typed("reason"))
    except Invalid as error:
        return _page(obligation_id, request.form, error.errors), 422
    flash(
        "Decided: the duty applies. Its steps are below."
        if found.outcome == "applies"
        else "Decided: the duty does not apply. The reason is kept.",
        "success",
    )
    return redirect(url_for("obligations.show", obligation_id=obligation_id))


@blueprint.post("/obligations/<uuid:obligation_id>/exempt")
@requires(Permission.TRIAGE)
def exempt(obligation_id: UUID) -> str | tuple[str, int] | Response:
    """Record an exemption."""
    key, reason = _typed("exemption"), _typed("exempt_reason")
    try:
        service.exempt(current_scope(), obligation_id, _version(), key, reason)
    except Invalid as error:
        return _page(obligation_id, request.form, error.errors), 422
    flash("The exemption is recorded. Its clocks are stopped.", "success")
    return redirect(url_for("obligations.show", obligation_id=obligation_id))


@blueprint.post("/obligations/<uuid:obligation_id>/reopen")
@requires(Permission.TRIAGE)
def reopen(obligation_id: UUID) -> str | tuple[str, int] | Response:
    """Open an obligation again."""
    row, _ = queries.find(current_scope(), obligation_id)
    (standing,) = queries.standing(current_scope(), [row])
    done = [one.row.key for one in standing.steps if one.state == "done"]
    again = [key for key in request.form.getlist("again") if key in done]
    try:
        service.reopen(current_scope(), obligation_id, _version(), _typed("reopen_reason"), again)
    except Invalid as error:
        return _page(obligation_id, request.form, error.errors), 422
    flash("It is open again.", "success")
    return redirect(url_for("obligations.show", obligation_id=obligation_id))


@blueprint.get("/obligation-steps/<uuid:step_id>")
@requires(Permission.TRIAGE)
def step_page(step_id: UUID) -> str | Response:
    """Ask when a step was done and where that can be seen."""
    standing, _ = _to_change(step_id)
    if _step(standing, step_id).row.done_at is not None or standing.row.outcome != "applies":
        return redirect(url_for("obligations.show", obligation_id=standing.row.id))
    return _step_form(step_id, {}, {})


@blueprint.post("/obligation-steps/<uuid:step_id>")
@requires(Permission.TRIAGE)
def record_step(step_id: UUID) -> str | tuple[str, int] | Response:
    """Record that a step was done."""
    _, incident = _to_change(step_id)
    scope = current_scope()
    try:
        told = service.Done(
            _done_at(incident), _typed("evidence"), _typed("who_was_told"), _typed("reference")
        )
        found = service.record_step(scope, step_id, _version(), told)
    except Invalid as error:
        return _step_form(step_id, request.form, error.errors), 422
    flash("Recorded. Everything is done." if found.closed_at else "Recorded.", "success")
    return redirect(url_for("obligations.show", obligation_id=found.id))


@blueprint.get("/obligation-steps/<uuid:step_id>/letter")
@requires(Permission.READ)
def letter(step_id: UUID) -> str:
    """Show a letter as it prints."""
    scope = current_scope()
    standing, incident = _read(step_id)
    step = _step(standing, step_id)
    if not step.row.letter:
        raise NotFound("no letter yet")
    return render_template(
        "obligations/letter.html",
        standing=standing,
        step=step,
        incident=incident,
        provider=scope.tenant.pack.name,
        people=named(scope, [step.row.letter_by]),
        may_change=policy.may_triage(scope, incident) and _may_write(standing, step),
    )


@blueprint.get("/obligation-steps/<uuid:step_id>/letter/write")
@requires(Permission.TRIAGE)
def letter_page(step_id: UUID) -> str | Response:
    """Show the letter of a step to be written: begun from its text, or as it was left."""
    standing, _ = _to_change(step_id)
    step = _step(standing, step_id)
    if not step.step.letter:
        raise NotFound("this step has no letter")
    if not _may_write(standing, step):
        return redirect(url_for("obligations.show", obligation_id=standing.row.id))
    return _letter_form(step_id, {}, {})


@blueprint.post("/obligation-steps/<uuid:step_id>/letter/write")
@requires(Permission.TRIAGE)
def write_letter(step_id: UUID) -> str | tuple[str, int] | Response:
    """Keep a letter."""
    _to_change(step_id)
    try:
        service.write_letter(current_scope(), step_id, _version(), _typed("letter"))
    except Invalid as error:
        return _letter_form(step_id, request.form, error.errors), 422
    flash("The letter is kept. Print it, and record the step when it is sent.", "success")
    return redirect(url_for("obligations.letter", step_id=step_id))


def _done_at(incident: Incident) -> datetime:
    """Return the moment of the form; a day without a time is its first minute that could be right.

    Raises:
        Invalid: it is no moment, or is still to come.
    """
    scope = current_scope()
    try:
        found = moment(request.form, "done_at", scope.tenant.timezone, scope.now() + timedelta(minutes=1))
    except ValueError as wrong:
        said = str(wrong).replace("it happened", "it was done")
        raise Invalid({"done_at": [said]}) from wrong
    if not request.form.get("done_at_time", "").strip():
        same_day = scope.local(found).date() == scope.local(incident.occurred_at).date()
        found = incident.occurred_at if same_day else found
    return min(found, scope.now())


def _version() -> int:
    """Return the version the page showed; one that is no number fits none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "")


def _read(step_id: UUID) -> tuple[queries.Standing, Incident]:
    scope = current_scope()
    row, incident = queries.find(scope, queries.of_step(scope, step_id))
    return queries.standing(scope, [row])[0], incident


def _to_change(step_id: UUID) -> tuple[queries.Standing, Incident]:
    standing, incident = _read(step_id)
    if not policy.may_triage(current_scope(), incident):
        raise Forbidden("may not decide about an obligation here")
    return standing, incident


def _step(standing: queries.Standing, step_id: UUID) -> queries.Progress:
    return next(step for step in standing.steps if step.row.id == step_id)


def _may_write(standing: queries.Standing, step: queries.Progress) -> bool:
    return standing.row.outcome == "applies" and bool(step.step.letter) and step.row.done_at is None


def _page(obligation_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    row, incident = queries.find(scope, obligation_id)
    (standing,) = queries.standing(scope, [row])
    decisions = queries.decisions(scope, row.id)
    who = [step.row.done_by for step in standing.steps] + [one.by_id for one in decisions]
    return render_template(
        "obligations/show.html",
        standing=standing,
        incident=incident,
        unit=current_tree().units[incident.unit_id],
        decisions=decisions,
        people=named(scope, who),
        words=words,
        may_change=policy.may_triage(scope, incident),
        inputs=wording.in_words(scope, row.inputs),
        typed=typed,
        again=request.form.getlist("again"),
        errors=errors,
    )


def _step_form(step_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    standing, incident = _read(step_id)
    local = scope.local(scope.now())
    return render_template(
        "obligations/step.html",
        standing=standing,
        step=_step(standing, step_id),
        incident=incident,
        words=words,
        typed=typed,
        errors=errors,
        today=local.date().isoformat(),
        time_now=f"{local:%H:%M}",
    )


def _letter_form(step_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    standing, incident = _read(step_id)
    step = _step(standing, step_id)
    return render_template(
        "obligations/write_letter.html",
        standing=standing,
        step=step,
        incident=incident,
        begun=step.row.letter or service.letter_begun(scope, incident, step.step),
        typed=typed,
        errors=errors,
    )
