"""What the rules found, as the rules themselves say it, who had to know, and what is still open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from throughline.accounts.people import holders
from throughline.demo.loading.desk import Desk
from throughline.demo.story.records import StoryEscalation, StoryIncident
from throughline.incidents.models import Incident
from throughline.notifications.models import Notification
from throughline.rules.effects import as_data
from throughline.rules.engine import Finding
from throughline.rules.looking import facts_of, look_back, rule_set
from throughline.rules.models import Escalation, Firing
from throughline.sdk import RequireReview, Trigger


def suggested(desk: Desk) -> dict[str, str]:
    """Return the kind of review that a rule suggests for each incident nobody has triaged yet."""
    rules = desk.scope.catalogue.rules
    found: dict[str, str] = {}
    for one in desk.own(desk.story.escalations):
        for effect in rules[one.rule].then:
            if isinstance(effect, RequireReview):
                found.setdefault(one.incident, effect.kind)
    return found


def write(desk: Desk) -> None:
    """Write firings and escalations, and a line in the inbox for each that is still open.

    Raises:
        LookupError: the story says that a rule spoke and the rule does not.
    """
    told: dict[str, list[StoryEscalation]] = defaultdict(list)
    for one in desk.own(desk.story.escalations):
        told[one.incident].append(one)
    by_key: dict[str, StoryIncident] = {one.key: one for one in desk.own(desk.story.incidents)}
    firings: list[dict[str, Any]] = []
    escalations: list[dict[str, Any]] = []
    letters: list[dict[str, Any]] = []
    for key, all_told in told.items():
        incident = desk.scope.session.scalars(select(Incident).where(Incident.id == desk.ids[key])).one()
        findings = _findings(desk, incident)
        for rule in dict.fromkeys(one.rule for one in all_told):
            if rule not in findings:
                raise LookupError(f"{rule} does not speak on {key}")
            firing = _firing(desk, incident, findings[rule])
            firings.append(firing)
            for one in all_told:
                if one.rule == rule:
                    escalations.append(_escalation(desk, incident, firing, one))
                    if one.acknowledged_at is None:
                        letters += _letters(desk, incident, firing, escalations[-1])
        assert by_key[key].reported_at == incident.reported_at
    desk.write(Firing, firings)
    desk.write(Escalation, escalations)
    desk.write(Notification, letters)


def _findings(desk: Desk, incident: Incident) -> Mapping[str, Finding]:
    rules = rule_set(desk.scope.catalogue)
    trigger = Trigger.INCIDENT_REPORTED
    counted = look_back(desk.scope, incident, rules.lookbacks(trigger))
    outcomes = rules.evaluate(trigger, facts_of(desk.scope, incident), counted)
    return {one.rule_key: one for one in outcomes if isinstance(one, Finding)}


def _firing(desk: Desk, incident: Incident, finding: Finding) -> dict[str, Any]:
    return {
        "id": desk.new(f"{incident.id}/{finding.rule_key}"),
        "incident_id": incident.id,
        "rule_key": finding.rule_key,
        "rule_version": finding.version,
        "trigger": Trigger.INCIDENT_REPORTED.value,
        "digest": finding.digest,
        "title": finding.title,
        "why": finding.why,
        "explanation": finding.explanation,
        "effects": [as_data(effect) for effect in finding.effects],
        "at": incident.reported_at,
    }


def _escalation(
    desk: Desk, incident: Incident, firing: Mapping[str, Any], told: StoryEscalation
) -> dict[str, Any]:
    subject = ("incident", incident.id)
    about = {"rule": told.rule, "to_role": told.to_role, "acknowledge_by": told.acknowledge_by}
    desk.note(told.raised_at, None, "escalation.raised", subject, about)
    if told.acknowledged_at is not None:
        after = {"rule": told.rule, "note": told.note}
        desk.note(told.acknowledged_at, told.acknowledged_by, "escalation.acknowledged", subject, after)
    return {
        "id": desk.new(f"{firing['id']}/{told.to_role}"),
        "firing_id": firing["id"],
        "incident_id": incident.id,
        "unit_id": incident.unit_id,
        "to_role": told.to_role,
        "raised_at": told.raised_at,
        "acknowledge_by": told.acknowledge_by,
        "acknowledged_at": told.acknowledged_at,
        "acknowledged_by": desk.who(told.acknowledged_by),
        "note": told.note,
    }


def _letters(
    desk: Desk, incident: Incident, firing: Mapping[str, Any], escalation: Mapping[str, Any]
) -> Sequence[dict[str, Any]]:
    scope = desk.scope
    local = scope.local(escalation["acknowledge_by"])
    place = desk.units.units[incident.unit_id].name
    return [
        {
            "user_id": user.id,
            "kind": "escalation",
            "subject": f"{incident.reference}: {firing['title']}",
            "body": f"Please look at {incident.reference} at {place} and acknowledge it by "
            f"{local:%H:%M} on {local.day} {local:%B %Y}.\n"
            "Sign in to see what happened and why you are asked.",
            "link": f"/t/{scope.tenant.slug}/incidents/{incident.reference}/escalations",
            "dedupe": f"escalation:{escalation['id']}",
            "created_at": escalation["raised_at"],
            "read_at": None,
        }
        for user in holders(scope, escalation["to_role"], desk.units, incident.unit_id)
    ]
