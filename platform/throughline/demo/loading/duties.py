"""Obligations of the last weeks in every state: decided, under way, done, late, not required, to be decided.

They open and move through the services, each at a moment of the past, so that what is shown is what they do.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from throughline.incidents.models import Incident
from throughline.kernel.clock import FrozenClock
from throughline.kernel.database import uuid7
from throughline.obligations import opening, queries, service
from throughline.obligations.queries import Standing
from throughline.rules.effects import as_data
from throughline.rules.engine import Finding
from throughline.rules.looking import facts_of, rule_set
from throughline.rules.models import Firing
from throughline.sdk import OpenObligation, Trigger
from throughline.tenancy.scope import Scope

_NEWEST, _OLDEST = timedelta(days=2), timedelta(days=60)
_MODERATE = 2
_INCIDENTS = 10
_COURSES = ("to_decide", "under_way", "done", "not_required", "done", "late")
_STEPS_DONE = {"under_way": 2, "late": 1, "done": 99}
_WORDS = {
    "applies": "The team and the doctor on call looked at the record together.",
    "not_required": "The injury had healed by the next day and needed no treatment.",
    "evidence": "Done by the nurse in charge; the note is in the record.",
    "told": "the person, and their sister",
}


def write(scope: Scope) -> None:
    """Open what the rules ask for on some incidents of the last weeks, and take it each a different way."""
    now = scope.now()
    query = (
        select(Incident)
        .where(
            Incident.tenant_id == scope.tenant.id,
            Incident.reported_at > now - _OLDEST,
            Incident.reported_at < now - _NEWEST,
            Incident.harm >= _MODERATE,
        )
        .order_by(Incident.reported_at.desc(), Incident.id)
        .limit(_INCIDENTS)
    )
    courses = iter(_COURSES * _INCIDENTS)
    for incident in scope.session.scalars(query).all():
        _open(_at(scope, incident.reported_at), incident)
        opened = queries.of_incident(scope, incident.id)
        if opened:
            _take(scope, incident, opened, next(courses))


def _at(scope: Scope, moment: datetime) -> Scope:
    return replace(scope, clock=FrozenClock(min(moment, scope.now())))


def _open(scope: Scope, incident: Incident) -> None:
    trigger = Trigger.INCIDENT_REPORTED
    facts = facts_of(scope, incident)
    for finding in rule_set(scope.catalogue).evaluate(trigger, facts, {}):
        if not isinstance(finding, Finding):
            continue
        for effect in finding.effects:
            if isinstance(effect, OpenObligation):
                firing = _firing(scope, incident, finding)
                because = opening.Because(
                    finding.rule_key, finding.version, firing.id, finding.inputs, finding.explanation
                )
                opening.open_by_rule(scope, incident, effect.duty, because, telling=False)


def _firing(scope: Scope, incident: Incident, finding: Finding) -> Firing:
    firing = Firing(
        id=uuid7(),
        incident_id=incident.id,
        rule_key=finding.rule_key,
        rule_version=finding.version,
        trigger=Trigger.INCIDENT_REPORTED.value,
        digest=finding.digest,
        title=finding.title,
        why=finding.why,
        explanation=finding.explanation,
        effects=[as_data(effect) for effect in finding.effects],
        at=scope.now(),
    )
    scope.session.add(firing)
    scope.session.flush()
    return firing


def _take(scope: Scope, incident: Incident, opened: Iterable[Standing], course: str) -> None:
    for one in opened:
        if course == "to_decide" and one.row.outcome is None:
            continue
        if one.row.outcome is None:
            _decide(_at(scope, incident.reported_at + timedelta(hours=5)), one, course)
        if one.row.outcome == "applies":
            _record(scope, incident, one, _STEPS_DONE.get(course, 99))


def _decide(scope: Scope, one: Standing, course: str) -> None:
    applies = course != "not_required"
    answers = {
        ask.key: next(answer.key for answer in ask.answers if answer.applies is applies)
        for ask in one.duty.asks
    }
    reason = _WORDS["applies" if applies else "not_required"]
    service.decide(scope, one.row.id, one.row.version, answers, reason)


def _record(scope: Scope, incident: Incident, one: Standing, many: int) -> None:
    for number, step in enumerate([step for step in one.steps if not step.step.optional][:many]):
        past = _at(scope, incident.reported_at + timedelta(hours=8 + 20 * number))
        if step.step.letter:
            text = service.letter_begun(past, incident, step.step)
            service.write_letter(past, step.row.id, one.row.version, text)
        reference = f"{incident.reference[-5:]}/{number + 1}" if step.step.asks_reference else ""
        who = _WORDS["told"] if step.step.asks_who_was_told else ""
        told = service.Done(past.now(), _WORDS["evidence"], who, reference)
        service.record_step(past, step.row.id, one.row.version, told)
