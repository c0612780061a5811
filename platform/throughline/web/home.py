"""Home: what each person needs first. One page, put together from what their roles let them see."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_login import current_user

from throughline.accounts.guard import current_scope, current_tree, for_everybody
from throughline.accounts.permissions import Permission
from throughline.actions import queries as actions
from throughline.incidents import queries as incidents
from throughline.incidents import taxonomy
from throughline.incidents.models import Incident
from throughline.learning import queries as learning
from throughline.line import breaches
from throughline.line.breaches_page import shown as ending_shown
from throughline.line.completeness import completeness, slowest
from throughline.line.places import stuck
from throughline.line.queries import lines_of
from throughline.line.steps import Step
from throughline.reviews import queries as reviews
from throughline.rules import queries as rules
from throughline.trends.routes import chart_of
from throughline.web.dates import day_text

blueprint = Blueprint("home", __name__, url_prefix="/t/<tenant>", template_folder="templates")
LOOKED_AT = timedelta(days=90)
OWN_REPORTS = 5
ALARMS = 6
ENDINGS = 6
HEADLINES = ("", "self_harm")
STATES = {"triaged": "late", "reviewed": "needs_review"}


@blueprint.get("/")
@for_everybody
def show() -> str:
    """Show home."""
    scope = current_scope()
    oversees = scope.actor.may(Permission.OVERSEE)
    return render_template(
        "home/show.html",
        greeting=_greeting(scope.local(scope.now())),
        first_name=current_user.person.name.split(" ")[0],
        oversees=oversees,
        reports=_own_reports() if scope.actor.may(Permission.REPORT) else None,
        briefings=_briefings() if scope.actor.may(Permission.REPORT) else None,
        own_actions=_own_actions(),
        tiles=_tiles() if oversees else [],
        alarms=_alarms() if scope.actor.may(Permission.ACKNOWLEDGE) or _is_asked() else None,
        **(_overview() if oversees else {}),
    )


def _greeting(now: datetime) -> str:
    midday, evening, night = 12, 18, 5
    if now.hour < night or now.hour >= evening:
        return "Good evening"
    return "Good morning" if now.hour < midday else "Good afternoon"


def _own_reports() -> list[dict[str, Any]]:
    """Return the person's latest reports with what happened since, in a sentence each."""
    scope = current_scope()
    rows = incidents.listed(scope, incidents.Filter(mine=True)).rows[:OWN_REPORTS]
    lines = lines_of(scope, rows)
    return [
        {
            "title": f"{taxonomy.category_label(row.category)}, {row.reference}",
            "href": url_for("line.show", reference=row.reference),
            "text": _since(row, lines[row.id]),
            "at": row.reported_at,
            "steps": [{"state": step.state} for step in lines[row.id]],
            "state": _state(row, lines[row.id]),
        }
        for row in rows
    ]


def _since(incident: Incident, steps: tuple[Step, ...]) -> str:
    """Say the latest thing that happened to a report, for the person who sent it."""
    words = {
        "improved": "What changed has been measured, and it helped.",
        "acted": "What we said we would change has been done.",
        "learned": "What was learned has been shared with the units it is for.",
        "analysed": "The review found what made it likely.",
        "reviewed": "The review is complete.",
    }
    for step in reversed(steps):
        if step.state == "done" and step.key in words:
            return step.note if step.key == "improved" and step.note else words[step.key]
    if incident.triage_decision == "no_review":
        return f"Read and closed: {incident.triage_reason}"
    if incident.triaged_at is not None:
        return "It was read. A review will look at what made it likely."
    return "Waiting for the person in charge to read it."


def _state(incident: Incident, steps: tuple[Step, ...]) -> str:
    if steps[-1].state == "done":
        return "improved"
    if steps[2].state == "done":
        return "reviewed"
    if incident.triage_decision == "no_review":
        return "closed"
    return "in_review" if incident.triaged_at is not None else "reported"


def _alarms() -> list[dict[str, Any]]:
    scope = current_scope()
    return [
        {
            "title": alarm.firing.title,
            "href": alarm.about.page(scope.tenant.slug, alarm.firing.id),
            "text": alarm.about.place,
            "due": alarm.escalation.acknowledge_by,
        }
        for alarm in rules.open_alarms(scope, ALARMS)
    ]


def _is_asked() -> bool:
    """Say whether escalations come to this person though they answer for no unit: an executive."""
    return "executive" in current_scope().actor.roles


def _endings() -> list[dict[str, Any]]:
    """Return what breaches next. What is late already is in the tiles, and in where the line is stuck."""
    return [{**ending_shown(row), "due": row.at} for row in breaches.coming(current_scope(), ENDINGS)]


def _briefings() -> list[dict[str, Any]]:
    scope, tree = current_scope(), current_tree()
    return [
        {
            "title": found.title,
            "href": url_for("learning.show", learning_id=found.id),
            "text": f"Shared with {tree.units[share.unit_id].name}, {day_text(scope.local(share.shared_at))}",
        }
        for share, found in learning.to_read(scope)
    ]


def _own_actions() -> list[dict[str, Any]]:
    scope = current_scope()
    return [
        {
            "title": action.title,
            "href": url_for("actions.show", action_id=action.id),
            "text": "",
            "due": datetime.combine(action.due_on, time(23, 59), tzinfo=scope.tenant.timezone),
        }
        for action in actions.owned(scope)
    ]


def _tiles() -> list[dict[str, Any]]:
    scope = current_scope()
    waiting = len(rules.open_alarms(scope))
    late = reviews.counts(scope)
    overdue = actions.overdue(scope)
    verdicts = actions.verdict_counts(scope)
    judged = sum(count for verdict, count in verdicts.items() if verdict)
    return [
        {
            "label": "Escalations to acknowledge",
            "value": waiting,
            "href": url_for("notifications.inbox"),
            "tone": "soon" if waiting else "good",
        },
        {
            "label": "Reviews late",
            "value": late["late"],
            "note": f"Of {late['open']} open",
            "href": url_for("reviews.index", state="late"),
            "tone": "late" if late["late"] else "good",
        },
        {
            "label": "Actions overdue",
            "value": overdue,
            "href": url_for("actions.index", state="overdue"),
            "tone": "late" if overdue else "good",
        },
        {
            "label": "Improved",
            "value": verdicts.get("improved", 0),
            "note": f"Of {judged} judged",
            "href": url_for("actions.index", state="done"),
            "tone": "good",
        },
    ]


def _overview() -> dict[str, Any]:
    scope, tree = current_scope(), current_tree()
    units = scope.actor.units_for(Permission.OVERSEE)
    since = scope.now() - LOOKED_AT
    measures = completeness(scope, since, scope.now(), units)
    slow = slowest(measures)
    return {
        "endings": _endings(),
        "charts": [chart for chart in (chart_of("", kind) for kind in HEADLINES) if chart],
        "since": since,
        "strip": [
            {
                "key": found.key,
                "count": found.reached,
                "due": found.due,
                "slowest": found.key == slow,
                "typical": f"{found.median_days:g} days"
                if found.median_days and found.key != "reported"
                else "",
                "href": url_for("incidents.queue", state=STATES.get(found.key)),
            }
            for found in measures
        ],
        "stuck": [
            (tree.units[row.unit_id], row.step, row.waiting, row.oldest) for row in stuck(scope, units)
        ],
    }
