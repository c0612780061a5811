"""The page where an alarm about a unit is read: why, what was counted, who was asked, and the way on."""

from collections.abc import Mapping, Sequence
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
from throughline.rules.models import Escalation, Firing
from throughline.sdk import Rule, Signal
from throughline.tenancy.models import Unit
from throughline.trends.routes import chart_of
from throughline.trends.series import Every

__all__ = ["blueprint"]

SHOWN = 25
USUAL_DAYS = 28  # of incidents shown where the rule looks back by no number of days
SIGNAL_DAYS: Mapping[Every, int] = {"week": 28, "month": 62}  # of incidents behind the newest points


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
    category, days, every = _looked_at(rule)
    concerned = _concerned(firing, unit, category, days)
    waiting = _waiting(firing, raised)
    asked = [who for one in raised for who in (one.acknowledged_by, one.to_user_id, one.passed_on_by)]
    return render_template(
        "rules/alarm.html",
        firing=firing,
        unit=unit,
        escalations=raised,
        people=named(scope, asked),
        in_words=partial(wording.in_words, scope),
        mine={one.id for _, some in waiting for one in some},
        waiting=waiting,
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
        chart=_chart(unit, category, every),
    )


@blueprint.get("/escalations/<uuid:escalation_id>")
@requires(Permission.READ)
def alarm_of(escalation_id: UUID) -> Response:
    """Lead from an escalation to the page where it is read."""
    found = queries.find_escalation(current_scope(), escalation_id)
    return redirect(found.about.page(current_scope().tenant.slug, found.firing.id))


def _waiting(firing: Firing, raised: Sequence[Escalation]) -> list[tuple[Firing, list[Escalation]]]:
    """Return what waits for this person: of this alarm, and of others about the same unit."""
    scope = current_scope()
    mine = queries.answerable(scope, raised)
    here = [one for one in raised if one.id in mine]
    found = {firing.id: (firing, here)} if here else {}
    for one in queries.open_about_unit(scope, firing.unit_id):
        if one.escalation.id not in mine:
            found.setdefault(one.firing.id, (one.firing, []))[1].append(one.escalation)
    return list(found.values())


def _looked_at(rule: Rule | None) -> tuple[str, int, Every]:
    """Return the one category a rule looks at, if it is one, how many days back, and what it charts."""
    asked = rule.let if rule is not None else ()
    categories = {category for one in asked if (category := getattr(one, "category", None))}
    charted: list[Every] = [one.every for one in asked if isinstance(one, Signal)]
    days_back = [
        *(getattr(one, "within_days", 0) for one in asked),
        *(SIGNAL_DAYS[every] for every in charted),
    ]
    category = categories.pop() if len(categories) == 1 else ""
    return category, max(days_back, default=0) or USUAL_DAYS, charted[0] if charted else "month"


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
    may, listed = current_scope().actor.may(Permission.REVIEW, unit.id), [str(one) for one in ids]
    return [
        {
            "kind": REVIEW_KINDS.get(effect["kind"], effect["kind"]),
            "days": effect["start_within_working_days"],
            "href": url_for("reviews.new_page", incident=listed, kind=effect["kind"]) if may and ids else "",
        }
        for effect in firing.effects
        if effect["effect"] == "require_review"
    ]


def _chart(unit: Unit, category: str, every: Every) -> dict[str, Any] | None:
    """Return the chart of the unit and everything below it, in the weeks or months the rule looks at."""
    tree = current_tree()
    if not current_scope().actor.may(Permission.OVERSEE, unit.id) or not tree.services(tree.subtree(unit.id)):
        return None
    return chart_of(unit.key, category, every)
