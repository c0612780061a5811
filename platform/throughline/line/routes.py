"""The incident's page: its line, its story, and where every piece of evidence is."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.clocks import queries as clocks
from throughline.clocks import words as clock_words
from throughline.incidents import flags, followups, policy, taxonomy, wording
from throughline.incidents import queries as incidents
from throughline.incidents.models import Incident
from throughline.incidents.people import reference_of
from throughline.kernel.errors import NotFound
from throughline.line.queries import line_of
from throughline.line.steps import Gap, Link, Step
from throughline.line.trail import of_incident as trail_of
from throughline.obligations import queries as obligation_queries
from throughline.obligations import words as obligation_words
from throughline.rules import queries as rules
from throughline.rules.active import authorities
from throughline.sdk import LEGAL_STATUSES

blueprint = Blueprint("line", __name__, url_prefix="/t/<tenant>", template_folder="templates")
TABS = (
    ("", "Story"),
    ("escalations", "Escalations and clocks"),
    ("obligations", "Obligations"),
    ("audit", "Audit"),
)


@blueprint.get("/incidents/<reference>")
@requires(Permission.REPORT)
def show(reference: str) -> str:
    """Show an incident: the line, and its story."""
    return _page(reference, "")


@blueprint.get("/incidents/<reference>/escalations")
@requires(Permission.READ)
def escalations(reference: str) -> str:
    """Show an incident's escalations, with why each rule spoke."""
    return _page(reference, "escalations")


@blueprint.get("/incidents/<reference>/obligations")
@requires(Permission.READ)
def obligations(reference: str) -> str:
    """Show what the law asks for after an incident, on whose authority, and how far it is."""
    return _page(reference, "obligations")


@blueprint.get("/incidents/<reference>/audit")
@requires(Permission.READ)
def trail(reference: str) -> str:
    """Show everything that was done to an incident."""
    return _page(reference, "audit")


@blueprint.get("/incident/<uuid:incident_id>")
@requires(Permission.REPORT)
def by_id(incident_id: UUID) -> Response:
    """Lead from an id, as links in mails and lists hold it, to the incident's own address."""
    found = incidents.find(current_scope(), incident_id)
    return redirect(url_for("line.show", reference=found.reference))


def _page(reference: str, tab: str) -> str:
    scope, tree = current_scope(), current_tree()
    incident = incidents.by_reference(scope, reference)
    whole = policy.may_read_all_of(scope, incident)
    if tab and not whole:
        raise NotFound("not the reporter's to see")
    if whole and (incident.confidential or incident.person_id):
        record(scope, "incident.read", "incident", incident.id)
    steps = line_of(scope, incident)
    person = incidents.person(scope, incident.person_id) if whole else None
    return render_template(
        f"line/{tab or 'story'}.html",
        incident=incident,
        unit=tree.units[incident.unit_id],
        category=taxonomy.category_label(incident.category),
        subcategory=taxonomy.subcategory_label(incident.category, incident.subcategory),
        harm_key=list(taxonomy.PHYSICAL_HARM)[incident.harm],
        steps=_shown(incident, steps, whole=whole),
        whole=whole,
        tabs=_tabs(incident, tab) if whole else [],
        person=person,
        person_reference=reference_of(scope, person) if person else "",
        legal_status=LEGAL_STATUSES.get(incident.legal_status or "", incident.legal_status or ""),
        answers=followups.described(scope.catalogue.field_sets.values(), incident.extra),
        reporter=named(scope, [incident.reporter_id]).get(incident.reporter_id)
        if incident.reporter_id
        else None,
        may_triage=policy.may_triage(scope, incident),
        may_answer=policy.may_triage(scope, incident)
        and bool(followups.field_sets(scope, incident.category)),
        open_clocks=clocks.open_of(scope, incident.id) if whole else [],
        flags=flags.of(scope, [incident.id])[incident.id] if whole else [],
        **_of_tab(incident, tab),
    )


def _tabs(incident: Incident, current: str) -> list[tuple[str, str, bool]]:
    endpoints = {
        "": "line.show",
        "escalations": "line.escalations",
        "obligations": "line.obligations",
        "audit": "line.trail",
    }
    return [
        (label, url_for(endpoints[key], reference=incident.reference), key == current) for key, label in TABS
    ]


def _of_tab(incident: Incident, tab: str) -> dict[str, Any]:
    scope = current_scope()
    if tab == "escalations":
        found = rules.of_incident(scope, incident.id)
        raised = [one for _, one in found if one is not None]
        people = named(
            scope,
            [who for one in raised for who in (one.acknowledged_by, one.to_user_id, one.passed_on_by)],
        )
        steps = {
            firing: [one for its, one in found if its is firing and one is not None] for firing, _ in found
        }
        return {
            "firings": list(steps.items()),
            "authorities": authorities(scope),
            "people": people,
            "in_words": partial(wording.in_words, scope),
            "mine": rules.answerable(scope, raised),
            "clocks": [
                (clock, clocks.state_of(clock, scope.now()))
                for clock in clocks.of_incident(scope, incident.id)
            ],
            "clock_words": clock_words,
        }
    if tab == "obligations":
        found_duties = obligation_queries.of_incident(scope, incident.id)
        return {"obligations": found_duties, "obligation_words": obligation_words}
    if tab == "audit":
        return {"events": trail_of(scope, incident)}
    return {}


def _shown(incident: Incident, steps: tuple[Step, ...], *, whole: bool) -> list[dict[str, Any]]:
    """Return the steps as the page's macro takes them, with only what this person may see and do."""
    scope = current_scope()
    people = named(scope, [step.who for step in steps])
    shown = []
    for step in steps:
        who = people[step.who].name if step.who in people else step.who_words
        if step.key == "reported" and incident.confidential and step.who != scope.actor.id:
            who = "Reported in confidence"
        shown.append(
            {
                "key": step.key,
                "state": step.state,
                "who": who,
                "at": step.at,
                "due": step.due,
                "note": step.note,
                "evidence": [_link(link) for link in step.evidence],
                "gap": _gap(step.gap, incident, whole=whole) if step.gap else None,
            }
        )
    return shown


def _gap(gap: Gap, incident: Incident, *, whole: bool) -> dict[str, str]:
    shown = {"sentence": gap.sentence}
    if whole and gap.close and current_scope().actor.may(gap.permission, incident.unit_id):
        shown |= {"button": gap.close.label, "href": _link(gap.close)["href"]}
    return shown


def _link(link: Link) -> dict[str, str]:
    values: dict[str, Any] = dict(link.values)
    return {"label": link.label, "href": url_for(link.endpoint, **values)}
