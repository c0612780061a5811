"""Look at an incident with the tenant's rules, and carry out what they ask for, in the same transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.people import holders
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.incidents.events import IncidentGraded, IncidentReported, IncidentTriaged
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden
from throughline.notifications.events import DeliveryFailed
from throughline.notifications.service import notify
from throughline.rules.engine import Finding, RuleFailure
from throughline.rules.looking import facts_of, look_back, rule_set
from throughline.rules.models import Escalation, Firing, Problem
from throughline.rules.queries import find_escalation
from throughline.sdk import Effect, Escalate, RequireReview, Trigger
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_NAMES: dict[type, str] = {Escalate: "escalate", RequireReview: "require_review"}
_LONGEST_NOTE = 500


def on_reported(scope: Scope, event: IncidentReported) -> None:
    """Look at a new report. History that an import brings in raises no alarm today."""
    look(scope, event.incident_id, Trigger.INCIDENT_REPORTED)


def on_graded(scope: Scope, event: IncidentGraded) -> None:
    """Look again at an incident whose kind or harm was corrected."""
    look(scope, event.incident_id, Trigger.INCIDENT_GRADED)


def on_triaged(scope: Scope, event: IncidentTriaged) -> None:
    """Look at an incident somebody has decided about."""
    look(scope, event.incident_id, Trigger.INCIDENT_TRIAGED)


def on_delivery_failed(scope: Scope, event: DeliveryFailed) -> None:
    """Show the administrator a message that did not go out."""
    note_problem(scope, event.channel, "A message was not sent", event.detail, "delivery", event.delivery_id)


def look(scope: Scope, incident_id: UUID, trigger: Trigger) -> list[Firing]:
    """Evaluate the rules of a trigger on an incident and carry out what is new; return the new firings."""
    rules = rule_set(scope.catalogue)
    incident = scope.session.get_one(Incident, (scope.tenant.id, incident_id))
    wanted = rules.lookbacks(trigger)
    outcomes = rules.evaluate(trigger, facts_of(scope, incident), look_back(scope, incident, wanted))
    fired = []
    for outcome in outcomes:
        if isinstance(outcome, RuleFailure):
            note_problem(
                scope,
                outcome.rule_key,
                "A rule could not be evaluated",
                outcome.message,
                "incident",
                incident.id,
            )
        elif (firing := _store(scope, incident, trigger, outcome)) is not None:
            _carry_out(scope, incident, firing, outcome.effects)
            fired.append(firing)
    return fired


def note_problem(
    scope: Scope, record_key: str, what: str, message: str, subject_type: str, subject_id: UUID | None
) -> None:
    """Keep something that failed where the administrator sees it."""
    scope.session.add(
        Problem(
            at=scope.now(),
            record_key=record_key,
            what=what,
            message=message[:2000],
            subject_type=subject_type,
            subject_id=subject_id,
        )
    )


def _store(scope: Scope, incident: Incident, trigger: Trigger, finding: Finding) -> Firing | None:
    """Store a firing; None when the same rule version already spoke on the same inputs."""
    firing_id = uuid7()
    values = {
        "tenant_id": scope.tenant.id,
        "id": firing_id,
        "incident_id": incident.id,
        "rule_key": finding.rule_key,
        "rule_version": finding.version,
        "trigger": trigger.value,
        "digest": finding.digest,
        "title": finding.title,
        "why": finding.why,
        "explanation": finding.explanation,
        "effects": [_as_data(effect) for effect in finding.effects],
        "at": scope.now(),
    }
    statement = (
        insert(Firing)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "incident_id", "rule_key", "rule_version", "digest"]
        )
        .returning(Firing)
    )
    return scope.session.scalars(statement).one_or_none()


def _as_data(effect: Effect) -> dict[str, Any]:
    return {"effect": _NAMES[type(effect)], **asdict(effect)}


def _carry_out(scope: Scope, incident: Incident, firing: Firing, effects: Sequence[Effect]) -> None:
    for effect in effects:
        if isinstance(effect, Escalate):
            _escalate(scope, incident, firing, effect)
        elif incident.review_kind is None and incident.triaged_at is None:
            incident.review_kind = effect.kind  # what the triage form suggests; a person decides


def _escalate(scope: Scope, incident: Incident, firing: Firing, effect: Escalate) -> None:
    # What was said in confidence goes past the unit to those who may read it.
    role = "governance_lead" if incident.confidential and effect.to == "unit_manager" else effect.to
    if _already_open(scope, incident, firing, role):
        return
    acknowledge_by = scope.now() + timedelta(hours=effect.acknowledge_within_hours)
    escalation = Escalation(
        id=uuid7(),
        firing_id=firing.id,
        incident_id=incident.id,
        unit_id=incident.unit_id,
        to_role=role,
        raised_at=scope.now(),
        acknowledge_by=acknowledge_by,
    )
    scope.session.add(escalation)
    scope.session.flush()
    after = {"rule": firing.rule_key, "to_role": role, "acknowledge_by": acknowledge_by}
    record(scope, "escalation.raised", "incident", incident.id, after=after)
    units = tree(scope)
    people = holders(scope, role, units, incident.unit_id)
    local = scope.local(acknowledge_by)
    notify(
        scope,
        [user.id for user in people],
        "escalation",
        f"{incident.reference}: {firing.title}",
        f"Please look at {incident.reference} at {units.units[incident.unit_id].name} and acknowledge it by "
        f"{local:%H:%M} on {local.day} {local:%B %Y}.\nSign in to see what happened and why you are asked.",
        f"/t/{scope.tenant.slug}/incidents/{incident.reference}/escalations",
        f"escalation:{escalation.id}",
    )


def _already_open(scope: Scope, incident: Incident, firing: Firing, role: str) -> bool:
    query = (
        select(Escalation.id)
        .join(Firing, Firing.id == Escalation.firing_id)
        .where(
            Escalation.incident_id == incident.id,
            Escalation.to_role == role,
            Escalation.acknowledged_at.is_(None),
            Firing.rule_key == firing.rule_key,
        )
    )
    return bool(scope.session.scalar(select(exists(query))))


def acknowledge(scope: Scope, escalation_id: UUID, note: str) -> Escalation:
    """Say that somebody who answers for the unit knows.

    Raises:
        NotFound: there is no such escalation for this actor.
        Forbidden: the actor does not answer for the unit.
        Conflict: it was acknowledged already.
    """
    found = find_escalation(scope, escalation_id)
    escalation = scope.session.scalars(
        select(Escalation).where(Escalation.id == found.escalation.id).with_for_update()
    ).one()
    if not scope.actor.may(Permission.ACKNOWLEDGE, escalation.unit_id):
        raise Forbidden("does not answer for this unit")
    if escalation.acknowledged_at is not None:
        raise Conflict("already acknowledged")
    escalation.acknowledged_at, escalation.acknowledged_by = scope.now(), scope.actor.id
    escalation.note = note.strip()[:_LONGEST_NOTE]
    after = {"rule": found.firing.rule_key, "note": escalation.note}
    record(scope, "escalation.acknowledged", "incident", found.incident.id, after=after)
    return escalation
