"""The queue and triage: what people do who answer for a unit."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.incidents import export, flags, policy, queries, service, taxonomy
from throughline.incidents.models import Flag, Incident
from throughline.incidents.routes import blueprint
from throughline.incidents.schemas import TriageForm, load
from throughline.kernel.addresses import with_query
from throughline.kernel.errors import Forbidden, Invalid, NotFound
from throughline.sdk import PHYSICAL_HARM
from throughline.tenancy.working_days import add_working_days

__all__ = ["blueprint"]

VIEWS = (("untriaged", "Waiting for triage"), ("late", "Late"), ("needs_review", "To review"), ("", "All"))
SIGNS = {"answered": "Read", "no_harm": "Without harm", "anonymous": "Without a name"}  # no tab of their own
HARM_LEVELS = ("1", "2", "3", "4")
REVIEW_KINDS = {
    "local": "Local review",
    "swarm": "SWARM huddle",
    "aar": "After action review",
    "mdt": "Multidisciplinary review",
    "thematic": "Thematic review of many incidents",
    "psii": "Patient safety incident investigation (PSII)",
}


@blueprint.get("/incidents")
@requires(Permission.REPORT)
def queue() -> str:
    """List the incidents this person may see, newest first, narrowed by the address."""
    scope, tree = current_scope(), current_tree()
    wanted, unit_key, active = _wanted()
    before = request.args.get("before")
    page = queries.listed(scope, wanted, before)
    total = f"{page.count:,}{'' if page.counted_all else ' or more'} incident{'' if page.count == 1 else 's'}"
    return render_template(
        "incidents/queue.html",
        wanted=wanted,
        unit_key=unit_key,
        since=request.args.get("since", ""),
        active=active,
        page=page,
        flags=flags.of(scope, [row.id for row in page.rows if policy.may_read_all_of(scope, row)]),
        paged=bool(before),
        total=total,
        download=with_query(url_for("incidents.download"), _kept()) if page.rows else "",
        views=[
            (label, url_for("incidents.queue", state=key or None), wanted.state == key)
            for key, label in VIEWS
        ],
        units=tree.units,
        unit_choices=[(unit.key, unit.name) for unit in tree.units.values()],
        categories=taxonomy.CATEGORIES,
        category_choices=[(found.key, found.label) for found in taxonomy.CATEGORIES.values()],
        harm_words=PHYSICAL_HARM,
    )


@blueprint.get("/incidents.csv")
@requires(Permission.REPORT)
def download() -> Response:
    """Return what the filters leave as a file, and record that it was taken."""
    scope = current_scope()
    wanted, _, active = _wanted()
    rows = queries.every(scope, wanted)
    after = {"incidents": len(rows), "state": wanted.state, "filters": [found["label"] for found in active]}
    record(scope, "incidents.exported", "tenant", scope.tenant.id, after=after)
    answer = Response(export.as_csv(scope, current_tree(), rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="incidents-{scope.today()}.csv"'
    return answer


def _wanted() -> tuple[queries.Filter, str, list[dict[str, str]]]:
    """Read the filters from the address; one that makes no sense is left out, as if it were not there."""
    tree, args, active = current_tree(), request.args, []
    state = args.get("state", "") if args.get("state") in queries.STATES else ""
    unit = next((unit for unit in tree.units.values() if unit.key == args.get("unit")), None)
    category = taxonomy.CATEGORIES.get(args.get("category", ""))
    harm = args.get("harm", "") if args.get("harm") in HARM_LEVELS else ""
    since = _since(args.get("since", ""))
    words = args.get("q", "").replace("\x00", "").strip()[:100]

    def narrowed(label: str, **name: None) -> None:
        active.append({"label": label, "remove": _without(*name)})

    if state in SIGNS:
        narrowed(SIGNS[state], state=None)
    if unit:
        narrowed(unit.name, unit=None)
    if category:
        narrowed(category.label, category=None)
    if harm:
        narrowed(f"{PHYSICAL_HARM[int(harm)].capitalize()} harm or more", harm=None)
    if since:
        narrowed(f"Since {since.day} {since:%b %Y}", since=None)
    if words:
        narrowed(f"“{words}”", q=None)
    wanted = queries.Filter(
        state=state,
        unit_ids=tuple(tree.subtree(unit.id)) if unit else (),
        category=category.key if category else "",
        harm=int(harm) if harm else None,
        words=words,
        since=since,
    )
    return wanted, unit.key if unit else "", active


def _without(*names: str) -> str:
    return with_query(url_for("incidents.queue"), _kept(*names))


def _kept(*without: str) -> dict[str, Any]:
    """Return the filters of the address, but for some, and from the first page."""
    return {key: value for key, value in request.args.items() if key not in (*without, "before")}


def _since(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=current_scope().tenant.timezone)
    except ValueError:
        return None


@blueprint.get("/incidents/<uuid:incident_id>/triage")
@requires(Permission.TRIAGE)
def triage_page(incident_id: UUID) -> str | Response:
    """Ask what response an incident needs."""
    incident = to_decide(incident_id)
    if incident.triaged_at is not None:
        flash("This was decided already.")
        return redirect(url_for("line.show", reference=incident.reference))
    return _triage_form(incident, {}, {})


@blueprint.post("/incidents/<uuid:incident_id>/triage")
@requires(Permission.TRIAGE)
def triage(incident_id: UUID) -> str | tuple[str, int] | Response:
    """Record the decision, and go on to the review if there is to be one."""
    incident = to_decide(incident_id)
    values, errors = load(TriageForm(), request.form)
    due = None
    if values.get("decision") == "review":
        if not values.get("review_kind"):
            errors.setdefault("review_kind", ["Choose the kind of review"])
        try:
            due = date.fromisoformat(values.get("review_due", ""))
        except ValueError:
            errors["review_due"] = ["Choose the day it is to be completed by"]
        else:
            if due < current_scope().today():
                errors["review_due"] = ["Choose a day that is still to come"]
    elif values.get("decision") == "no_review" and not values.get("reason"):
        errors["reason"] = ["Say why no review is needed. The reporter reads it"]
    if errors:
        return _triage_form(incident, request.form, errors), 422
    service.triage(
        current_scope(),
        incident.id,
        values["version"],
        values["decision"],
        values["reason"],
        values["review_kind"] or None,
        due,
    )
    flash("The decision is recorded, and the reporter can see it.", "success")
    return redirect(url_for("line.show", reference=incident.reference))


def _triage_form(incident: Incident, typed: Any, errors: dict[str, Any]) -> str:
    scope, tree = current_scope(), current_tree()
    pack = scope.tenant.pack
    due = add_working_days(pack.nation, scope.today(), pack.targets.review_working_days, pack.closures)
    return render_template(
        "incidents/triage.html",
        incident=incident,
        unit=tree.units[incident.unit_id],
        category=taxonomy.CATEGORIES[incident.category],
        typed=typed,
        errors=errors,
        review_kinds=list(REVIEW_KINDS.items()),
        suggested_kind=incident.review_kind or "",
        suggested_due=(incident.review_due or due).isoformat(),
        asked="",
    )


@blueprint.get("/flags/<uuid:flag_id>")
@requires(Permission.TRIAGE)
def flag_page(flag_id: UUID) -> str:
    """Ask why a flag no longer applies."""
    flag = flags.find(current_scope(), flag_id)
    return _flag_form(flag, to_decide(flag.incident_id), {})


@blueprint.post("/flags/<uuid:flag_id>")
@requires(Permission.TRIAGE)
def take_flag_off(flag_id: UUID) -> tuple[str, int] | Response:
    """Take a flag off."""
    flag = flags.find(current_scope(), flag_id)
    incident = to_decide(flag.incident_id)
    try:
        flags.take_off(current_scope(), flag_id, request.form.get("why", "").replace("\x00", ""))
    except Invalid as error:
        return _flag_form(flag, incident, error.errors), 422
    flash("The mark is taken off.", "success")
    return redirect(url_for("line.show", reference=incident.reference))


def _flag_form(flag: Flag, incident: Incident, errors: dict[str, Any]) -> str:
    return render_template(
        "incidents/flag.html", flag=flag, incident=incident, typed=request.form, errors=errors
    )


def to_decide(incident_id: UUID) -> Incident:
    scope = current_scope()
    incident = queries.find(scope, incident_id)
    if not policy.may_read_all_of(scope, incident):
        raise NotFound("no such incident")
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not triage here")
    return incident
