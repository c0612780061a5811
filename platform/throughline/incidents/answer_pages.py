"""The page on which follow-up questions are answered later, or their answers corrected."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.incidents import answering, followups
from throughline.incidents.desk import to_decide
from throughline.incidents.grade_pages import blueprint
from throughline.incidents.models import Incident
from throughline.kernel.errors import Conflict, NotFound

__all__ = ["blueprint"]


@blueprint.get("/incidents/<uuid:incident_id>/answers")
@requires(Permission.TRIAGE)
def answers_page(incident_id: UUID) -> str:
    """Show the questions with what was answered."""
    incident = _asked(incident_id)
    return _form(incident, followups.as_typed(_sets(incident), incident.extra), {})


@blueprint.post("/incidents/<uuid:incident_id>/answers")
@requires(Permission.TRIAGE)
def answer(incident_id: UUID) -> str | tuple[str, int] | Response:
    """Record the answers; the rules look at the incident again."""
    incident = _asked(incident_id)
    found, errors = followups.read(_sets(incident), request.form)
    if errors:
        return _form(incident, request.form, errors, version=_version()), 422
    try:
        answering.answer(current_scope(), incident.id, _version(), found)
    except Conflict:
        return _form(incident, request.form, {}, overtaken=True), 409
    flash("The answers are recorded.", "success")
    return redirect(url_for("line.show", reference=incident.reference))


def _asked(incident_id: UUID) -> Incident:
    incident = to_decide(incident_id)
    if not _sets(incident):
        raise NotFound("nothing more is asked about this kind")
    return incident


def _sets(incident: Incident) -> list[Any]:
    return followups.field_sets(current_scope(), incident.category)


def _version() -> int:
    """Return the version the page showed; one that is no number fits none."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _form(
    incident: Incident,
    typed: "MultiDict[str, str]",
    errors: dict[str, Any],
    *,
    version: int | None = None,
    overtaken: bool = False,
) -> str:
    sets = _sets(incident)
    return render_template(
        "incidents/answers.html",
        incident=incident,
        field_sets=sets,
        name_of=followups.name_of,
        typed=typed,
        errors=errors,
        version=version or incident.version,
        overtaken=overtaken,
        recorded=followups.described(sets, incident.extra),
    )
