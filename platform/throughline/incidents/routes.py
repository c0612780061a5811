"""Report an incident, and follow what became of it."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.incidents import followups, queries, service, taxonomy
from throughline.incidents.models import Incident
from throughline.incidents.schemas import ReportForm, load, moment
from throughline.kernel.errors import NotFound
from throughline.sdk import LEGAL_STATUSES

NOBODY = "Write the person’s local reference too, or leave their age and legal status empty"
LEGAL_STATUS_CHOICES = list(LEGAL_STATUSES.items())
HARM_CHOICES = {
    "physical_choices": [
        {"key": grade.key, "label": grade.label, "hint": grade.definition}
        for grade in taxonomy.PHYSICAL_HARM.values()
    ],
    "psychological_choices": [
        {"key": grade.key, "label": grade.label, "hint": grade.definition}
        for grade in taxonomy.PSYCHOLOGICAL_HARM.values()
    ],
}

blueprint = Blueprint("incidents", __name__, url_prefix="/t/<tenant>", template_folder="templates")


@blueprint.get("/report")
@requires(Permission.REPORT)
def report_start() -> str:
    """Ask what kind of thing happened; offer what was begun and not sent."""
    drafts = queries.drafts(current_scope())
    return render_template(
        "incidents/report_start.html", categories=taxonomy.CATEGORIES.values(), drafts=drafts
    )


@blueprint.get("/report/<category>")
@requires(Permission.REPORT)
def report_page(category: str) -> str | Response:
    """Show the form of a category, empty or as it was left.

    The address carries the key the report will be stored under, so the browser's back button leads to the
    same report and not to a second one.
    """
    found = _category(category)
    key = _key(request.args.get("draft", ""))
    if key is None:
        return redirect(url_for("incidents.report_page", category=found.key, draft=uuid4()))
    sent_before = queries.sent_under(current_scope(), key)
    if sent_before is not None:
        return _already_sent(sent_before)
    draft = queries.draft(current_scope(), key)
    typed: MultiDict[str, str] = MultiDict(draft.answers) if draft else MultiDict()
    return _form(found, key, typed, {})


def _already_sent(incident: Incident) -> str | Response:
    if incident.anonymous:
        return render_template("incidents/sent.html", incident=incident, code=None, again=True)
    flash("This report had already been sent. It is stored once.")
    return redirect(url_for("incidents.sent", reference=incident.reference))


@blueprint.post("/report/<category>")
@requires(Permission.REPORT)
def report(category: str) -> str | tuple[str, int] | Response:
    """Send a report. Sent twice, it is stored once."""
    scope = current_scope()
    found = _category(request.form.get("category", category))
    values, errors = load(ReportForm(), {**request.form.to_dict(), "category": found.key})
    sets = followups.field_sets(scope, found.key)
    extra, wrong = followups.read(sets, request.form)
    errors |= wrong
    unit = next((unit for unit in current_tree().services() if unit.key == values.get("unit")), None)
    if unit is None or unit.closed_on is not None:
        errors.setdefault("unit", ["Choose where it happened"])
    if (values.get("person_age") is not None or values.get("legal_status")) and not values.get(
        "person_reference"
    ):
        errors.setdefault("person_reference", [NOBODY])
    try:
        occurred_at = moment(request.form, "occurred_at", scope.tenant.timezone, scope.now())
    except ValueError as problem:
        errors["occurred_at"] = [str(problem)]
    if errors or unit is None:
        key = values.get("key") or uuid4()
        service.save_draft(scope, key, _typed(request.form))
        return _form(found, key, request.form, errors), 422
    protection = values["protection"]
    sent = service.report(
        scope,
        service.Report(
            submission_key=values["key"],
            unit_id=unit.id,
            occurred_at=occurred_at,
            occurred_time_known=bool(request.form.get("occurred_at_time", "").strip()),
            category=found.key,
            subcategory=values["subcategory"],
            what_happened=values["what_happened"],
            immediate_action=values["immediate_action"],
            location=values["location"],
            physical_harm=values["physical_harm"],
            psychological_harm=values["psychological_harm"],
            person_reference=values["person_reference"],
            person_age=values["person_age"],
            legal_status=values["legal_status"],
            anonymous=protection == "anonymous",
            confidential=protection == "confidential",
            extra=extra,
        ),
    )
    if sent.incident.anonymous:
        # Shown here and nowhere else: nothing ties the page, or a stored session, to who sent it.
        return render_template(
            "incidents/sent.html", incident=sent.incident, code=sent.code, again=sent.again
        )
    if sent.again:
        return _already_sent(sent.incident)
    return redirect(url_for("incidents.sent", reference=sent.incident.reference))


@blueprint.get("/sent/<reference>")
@requires(Permission.REPORT)
def sent(reference: str) -> str:
    """Show the reference and what will happen next."""
    scope = current_scope()
    incident = queries.by_reference(scope, reference)
    if incident.reporter_id != scope.actor.id:
        raise NotFound("not one's own report")
    return render_template("incidents/sent.html", incident=incident, code=None, again=False)


@blueprint.post("/drafts/<uuid:key>")
@requires(Permission.REPORT)
def save_draft(key: UUID) -> tuple[str, int]:
    """Keep what is being typed."""
    service.save_draft(current_scope(), key, _typed(request.form))
    return "", 204


@blueprint.post("/drafts/<uuid:key>/discard")
@requires(Permission.REPORT)
def discard_draft(key: UUID) -> Response:
    """Throw a draft away."""
    service.discard_draft(current_scope(), key)
    flash("The draft is gone.")
    return redirect(url_for("incidents.report_start"))


@blueprint.route("/follow", methods=["GET", "POST"])
@requires(Permission.REPORT)
def follow() -> str | tuple[str, int]:
    """Let an anonymous reporter see what became of a report, by its reference and code."""
    typed = {name: value.replace("\x00", "").strip() for name, value in request.form.items()}
    reference, code = typed.get("reference", ""), typed.get("code", "")
    if request.method == "GET":
        return render_template("incidents/follow.html", errors={}, reference="", incident=None)
    scope = current_scope()
    try:
        incident = queries.by_code(scope, reference, service.code_digest(scope, code))
    except NotFound:
        errors = {"code": ["This reference and code do not belong together. Check both."]}
        return render_template(
            "incidents/follow.html", errors=errors, reference=reference, incident=None
        ), 422
    return render_template("incidents/follow.html", errors={}, reference=reference, incident=incident)


def _form(
    category: taxonomy.Category, key: UUID, typed: "MultiDict[str, str]", errors: dict[str, Any]
) -> str:
    scope, units = current_scope(), current_tree()
    own = scope.actor.units_for(Permission.REPORT)
    services = [unit for unit in units.services() if unit.closed_on is None]
    first = [unit for unit in services if own is None or unit.id in own]
    others = [unit for unit in services if unit not in first]
    now = scope.local(scope.now())
    return render_template(
        "incidents/report.html",
        category=category,
        key=key,
        typed=typed,
        errors=errors,
        own_units=first,
        other_units=others,
        field_sets=followups.field_sets(scope, category.key),
        name_of=followups.name_of,
        today=now.date().isoformat(),
        legal_statuses=LEGAL_STATUS_CHOICES,
        **HARM_CHOICES,
    )


def _typed(form: "MultiDict[str, str]") -> dict[str, Any]:
    """Return what a form held, lists whole, without what belongs to the session."""
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in form.to_dict(flat=False).items()
        if name != "csrf_token" and not any("\x00" in value for value in values)
    }


def _category(key: str) -> taxonomy.Category:
    found = taxonomy.CATEGORIES.get(key)
    if found is None:
        abort(404)
    return found


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such draft") from wrong
