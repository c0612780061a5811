"""The page that corrects what is recorded of an incident: its kind, harm, person, and who reads it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.incidents import policy, service, taxonomy
from throughline.incidents.desk import blueprint, to_decide
from throughline.incidents.models import Incident, Person
from throughline.incidents.routes import HARM_CHOICES, LEGAL_STATUS_CHOICES, NOBODY
from throughline.incidents.schemas import GradeForm, load
from throughline.kernel.errors import Conflict, Invalid
from throughline.sdk import LEGAL_STATUSES

__all__ = ["blueprint"]

PROTECTIONS = {"": "The unit, and whoever answers for it", "confidential": "Only the governance team"}


@blueprint.get("/incidents/<uuid:incident_id>/grade")
@requires(Permission.TRIAGE)
def grade_page(incident_id: UUID) -> str:
    """Show the form that corrects what is recorded."""
    return _form(to_decide(incident_id), {}, {})


@blueprint.post("/incidents/<uuid:incident_id>/grade")
@requires(Permission.TRIAGE)
def grade(incident_id: UUID) -> str | tuple[str, int] | Response:
    """Record a correction; rules look at the incident again."""
    incident = to_decide(incident_id)
    values, errors = load(GradeForm(), request.form)
    changes = _changes(values)
    if not errors and _of_nobody(incident, changes):
        errors["person_reference"] = [NOBODY]
    if errors:
        return _form(incident, request.form, errors), 422
    scope = current_scope()
    try:
        service.grade(scope, incident.id, values["version"], changes, values["reason"])
    except Conflict:
        return _form(incident, request.form, {}, overtaken=True), 409
    except Invalid as error:
        return _form(incident, request.form, error.errors), 422
    if not policy.may_read_all_of(scope, incident):
        flash(
            "The correction is recorded. From now on only the governance team reads this report.", "success"
        )
        return redirect(url_for("incidents.queue"))
    flash("The correction is recorded.", "success")
    return redirect(url_for("line.show", reference=incident.reference))


def _changes(values: dict[str, Any]) -> dict[str, Any]:
    """Return what the form says, by field of the incident; what it does not ask stays as it is."""
    found = {name: values.get(name) for name in ("category", "physical_harm", "psychological_harm")}
    if "person_age" in request.form:
        found["person_age"] = values.get("person_age")
    if "legal_status" in request.form:
        found["legal_status"] = values.get("legal_status") or None
    if "protection" in request.form:
        found["confidential"] = values.get("protection") == "confidential"
    if values.get("nobody"):
        found |= {"person_reference": "", "person_age": None, "legal_status": None}
    elif values.get("person_reference"):
        found["person_reference"] = values["person_reference"]
    return found


def _of_nobody(incident: Incident, changes: dict[str, Any]) -> bool:
    """Say whether age or legal status would be added to a report that tells of nobody."""
    told = (incident.person_id, incident.person_age, incident.legal_status)
    adds = changes.get("person_age") is not None or changes.get("legal_status")
    return bool(adds and not changes.get("person_reference") and all(value is None for value in told))


def _form(incident: Incident, typed: Any, errors: dict[str, Any], *, overtaken: bool = False) -> str:
    scope = current_scope()
    person = scope.session.get(Person, (scope.tenant.id, incident.person_id)) if incident.person_id else None
    return render_template(
        "incidents/grade.html",
        incident=incident,
        person=person,
        typed=typed,
        errors=errors,
        version=incident.version if overtaken else typed.get("version") or incident.version,
        overtaken=overtaken,
        recorded=_recorded(incident, person, typed) if overtaken else [],
        category_choices=[(found.key, found.label) for found in taxonomy.CATEGORIES.values()],
        legal_statuses=LEGAL_STATUS_CHOICES,
        protections=list(PROTECTIONS.items()),
        **HARM_CHOICES,
    )


def _recorded(
    incident: Incident, person: Person | None, typed: Mapping[str, str]
) -> list[tuple[str, str, bool]]:
    """Return (what, how it is recorded in words, whether the form says otherwise)."""
    age, status = incident.person_age, incident.legal_status
    reads = "confidential" if incident.confidential else ""
    another = bool(typed.get("person_reference") or (person and typed.get("nobody")))

    def differs(name: str, recorded: str) -> bool:
        return typed.get(name, recorded).strip() != recorded

    return [
        (
            "Kind of incident",
            taxonomy.category_label(incident.category),
            differs("category", incident.category),
        ),
        (
            "Physical harm",
            taxonomy.PHYSICAL_HARM[incident.physical_harm].label,
            differs("physical_harm", incident.physical_harm),
        ),
        (
            "Psychological harm",
            taxonomy.PSYCHOLOGICAL_HARM[incident.psychological_harm].label,
            differs("psychological_harm", incident.psychological_harm),
        ),
        ("Person affected", person.pseudonym if person else "Nobody is named", another),
        (
            "Age then",
            "Not known" if age is None else str(age),
            differs("person_age", "" if age is None else str(age)),
        ),
        (
            "Legal status then",
            LEGAL_STATUSES.get(status, status) if status else "Not known",
            differs("legal_status", status or ""),
        ),
        ("Who reads this report", PROTECTIONS[reads], differs("protection", reads)),
    ]
