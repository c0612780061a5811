"""Obligations of the last months in every state: decided, under way, done, late, not required, to be decided.

They open and move through the services, each at a moment of the past, so that what is shown is what they do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import ColumnElement, select

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
_EARLIER, _YEAR = timedelta(days=150), timedelta(days=365)
_OF_FORCE, _DEATHS = 3, 2
_SETTLED = ("done", "done", "not_required", "done")
_OF_RECORDS = ("done", "to_decide", "under_way")
_COURSES = ("to_decide", "under_way", "done", "not_required", "done", "late")
_STEPS_DONE = {"under_way": 2, "late": 1, "done": 99}
_WORDS = {
    "applies": "The team and the doctor on call looked at the record together.",
    "not_required": "The injury had healed by the next day and needed no treatment.",
    "evidence": "Done by the nurse in charge; the note is in the record.",
    "told": "the person, and their sister",
}


def write(scope: Scope) -> None:
    """Open what the rules ask for on some incidents, and take it each a different way.

    Those of the quarter before are settled, so that its evidence has duties to tell of.
    """
    harmed, force = Incident.harm >= _MODERATE, Incident.category == "restrictive_practice"
    for matching, newest, oldest, most, courses in (
        (harmed, _NEWEST, _OLDEST, _INCIDENTS, _COURSES),
        (harmed, _OLDEST, _EARLIER, _INCIDENTS, _SETTLED),
        (force, _NEWEST, _OLDEST, _OF_FORCE, _OF_RECORDS),
        (Incident.category == "death", _NEWEST, _YEAR, _DEATHS, _SETTLED),
    ):
        course = cycle(courses)
        for incident in _of(scope, matching, newest, oldest, most):
            if queries.of_incident(scope, incident.id):
                continue
            _open(_at(scope, incident.reported_at), incident)
            opened = queries.of_incident(scope, incident.id)
            if opened:
                _take(scope, incident, opened, next(course))


def _of(
    scope: Scope, matching: ColumnElement[bool], newest: timedelta, oldest: timedelta, most: int
) -> Sequence[Incident]:
    """Return the newest incidents that match and were reported so long ago."""
    now = scope.now()
    query = (
        select(Incident)
        .where(
            Incident.tenant_id == scope.tenant.id,
            Incident.reported_at > now - oldest,
            Incident.reported_at < now - newest,
            matching,
        )
        .order_by(Incident.reported_at.desc(), Incident.id)
        .limit(most)
    )
    return scope.session.scalars(query).all()


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
