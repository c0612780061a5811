"""The page where an alarm about a unit is read: why, what was counted, who was asked, and the way on."""

from datetime import UTC, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.incidents import queries as incidents
from throughline.incidents import taxonomy, wording
from throughline.incidents.desk import REVIEW_KINDS
from throughline.rules import queries
from throughline.rules.active import active, authorities
from throughline.rules.answering import blueprint
from throughline.rules.models import Firing
from throughline.sdk import Rule
from throughline.tenancy.models import Unit
from throughline.trends.routes import chart_of

__all__ = ["blueprint"]

SHOWN = 25
USUAL_DAYS = 28  # of incidents shown where the rule looks back by no number of days


@blueprint.get("/alarms/<uuid:firing_id>")
@requires(Permission.READ)
def alarm(firing_id: UUID) -> str:
    """Show an alarm about a unit."""
    scope = current_scope()
    firing, raised = queries.of_unit_alarm(scope, firing_id)
    assert firing.unit_id is not None
    unit = current_tree().units[firing.unit_id]
    known = active(scope)
    found = {one.rule.key: one.rule for one in known.live.rules}.get(firing.rule_key)
    rule = found or known.brought.get(firing.rule_key)
    category, days = _looked_at(rule)
    concerned = _concerned(firing, unit, category, days)
    asked = [who for one in raised for who in (one.acknowledged_by, one.to_user_id, one.passed_on_by)]
    return render_template(
        "rules/alarm.html",
        firing=firing,
        unit=unit,
        escalations=raised,
        people=named(scope, asked),
        in_words=partial(wording.in_words, scope),
        mine=queries.answerable(scope, raised),
        authority=authorities(scope).get(firing.rule_key),
        incidents=concerned.rows[:SHOWN],
        count=concerned.count,
        days=days,
        category=taxonomy.category_label(category) if category else "",
        category_label=taxonomy.category_label,
        queue=url_for(
            "incidents.queue", unit=unit.key, category=category or None, since=_since(firing, days)
        ),
        reviews=_reviews(firing, unit, [one.id for one in concerned.rows[:SHOWN]]),
        chart=_chart(unit, category),
    )


@blueprint.get("/escalations/<uuid:escalation_id>")
@requires(Permission.READ)
def alarm_of(escalation_id: UUID) -> Response:
    """Lead from an escalation to the page where it is read."""
    found = queries.find_escalation(current_scope(), escalation_id)
    return redirect(found.about.page(current_scope().tenant.slug, found.firing.id))


def _looked_at(rule: Rule | None) -> tuple[str, int]:
    """Return the category a rule's look-backs are about, if it is one, and how many days they reach back."""
    asked = rule.let if rule is not None else ()
    categories = {category for one in asked if (category := getattr(one, "category", None))}
    days = [getattr(one, "within_days", 0) for one in asked]
    return categories.pop() if len(categories) == 1 else "", max(days, default=0) or USUAL_DAYS


def _since(firing: Firing, days: int) -> str:
    since = current_scope().local(firing.at.astimezone(UTC) - timedelta(days=days))
    return since.date().isoformat()


def _concerned(firing: Firing, unit: Unit, category: str, days: int) -> incidents.Page:
    """Return the unit's incidents of the days looked back on, as far as this person may read them."""
    since = firing.at - timedelta(days=days)
    wanted = incidents.Filter(unit_ids=(unit.id,), category=category, since=since, until=firing.at)
    return incidents.listed(current_scope(), wanted)


def _reviews(firing: Firing, unit: Unit, ids: list[UUID]) -> list[dict[str, Any]]:
    """Return the reviews the rule recommends, each with a way to open it for whoever may."""
    may = current_scope().actor.may(Permission.REVIEW, unit.id)
    return [
        {
            "kind": REVIEW_KINDS.get(effect["kind"], effect["kind"]),
            "days": effect["start_within_working_days"],
            "href": url_for("reviews.new_page", incident=[str(one) for one in ids]) if may and ids else "",
        }
        for effect in firing.effects
        if effect["effect"] == "require_review"
    ]


def _chart(unit: Unit, category: str) -> dict[str, Any] | None:
    scope = current_scope()
    if not scope.actor.may(Permission.OVERSEE, unit.id):
        return None
    services = {one.id for one in current_tree().services()}
    return chart_of(unit.key, category, "month") if unit.id in services else None
