"""What each rule asked of whom over the last weeks, and what came of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, literal, or_, select

from throughline.actions.models import Action, ActionLearning
from throughline.audit.models import AuditEvent
from throughline.learning.models import LearningReview
from throughline.reviews.models import ReviewIncident
from throughline.rules.models import Escalation, Firing
from throughline.rules.workbench.following import of_unit
from throughline.tenancy.scope import Scope

ACTED_WITHIN = timedelta(days=7)
"""How long after it was acknowledged an alarm may still lead to something."""

ACTED = (
    *("incident.triaged", "incident.graded", "incident.corrected", "incident.answered"),
    *("obligation.decided", "obligation.exempted", "obligation.step_recorded"),
    *("review.opened", "review.completed", "flag.removed"),
    *("clock.started", "clock.paused", "clock.resumed", "clock.stopped", "clock.met"),
)
"""What a person does on an incident that is recorded and counts as something that came of an alarm."""


@dataclass(frozen=True)
class Recipient:
    """How many alarms of a rule went to holders of a role, and what came of them.

    ``idle`` were acknowledged without a note, and from when they were raised until a week after, nobody
    triaged, graded, reviewed or planned an action for the incident, or changed a clock or mark of it; of an
    alarm about a unit, nobody opened a review of its incidents or planned an action for them or for the unit,
    or anything below it. One that is younger than that week is not counted as idle yet.
    """

    role: str
    alarms: int
    acknowledged: int
    idle: int


@dataclass(frozen=True)
class RuleLoad:
    """One rule over a time. ``median_minutes`` is from being raised to being acknowledged, if any was."""

    rule_key: str
    title: str
    firings: int
    held_back: int
    recipients: Sequence[Recipient] = ()
    median_minutes: int | None = None

    @property
    def alarms(self) -> int:
        """Return how many alarms the rule made."""
        return sum(one.alarms for one in self.recipients)

    @property
    def acknowledged(self) -> int:
        """Return how many of them were acknowledged."""
        return sum(one.acknowledged for one in self.recipients)

    @property
    def idle(self) -> int:
        """Return how many were acknowledged without anything that came of it."""
        return sum(one.idle for one in self.recipients)


def loads(scope: Scope, since: datetime) -> list[RuleLoad]:
    """Return what each rule that spoke since a moment asked of whom, most alarms first."""
    recipients, medians = _recipients(scope, since), _medians(scope, since)
    query = (
        select(
            Firing.rule_key,
            func.max(Firing.title),
            func.count(),
            func.count().filter(Firing.held_back),
        )
        .where(Firing.at >= since)
        .group_by(Firing.rule_key)
    )
    found = [
        RuleLoad(row[0], row[1], row[2], row[3], recipients.get(row[0], ()), medians.get(row[0]))
        for row in scope.session.execute(query)
    ]
    return sorted(found, key=lambda one: (-one.alarms, -one.firings, one.rule_key))


def _recipients(scope: Scope, since: datetime) -> Mapping[str, Sequence[Recipient]]:
    came = or_(_something_came(), of_unit(scope, since, ACTED_WITHIN))
    idle = and_(Escalation.acknowledged_at <= scope.now() - ACTED_WITHIN, Escalation.note == "", ~came)
    query = (
        select(
            Firing.rule_key,
            Escalation.to_role,
            func.count(),
            func.count(Escalation.acknowledged_at),
            func.coalesce(func.sum(case((idle, literal(1, Integer())), else_=literal(0, Integer()))), 0),
        )
        .join(Escalation, and_(Escalation.tenant_id == Firing.tenant_id, Escalation.firing_id == Firing.id))
        .where(Firing.at >= since)
        .group_by(Firing.rule_key, Escalation.to_role)
        .order_by(func.count().desc(), Escalation.to_role)
    )
    found: dict[str, list[Recipient]] = defaultdict(list)
    for key, role, alarms, acknowledged, idle_ones in scope.session.execute(query):
        found[key].append(Recipient(role, alarms, acknowledged, int(idle_ones)))
    return found


def _medians(scope: Scope, since: datetime) -> Mapping[str, int]:
    seconds = func.extract("epoch", Escalation.acknowledged_at - Escalation.raised_at)
    query = (
        select(Firing.rule_key, func.percentile_cont(0.5).within_group(seconds))
        .join(Escalation, and_(Escalation.tenant_id == Firing.tenant_id, Escalation.firing_id == Firing.id))
        .where(Firing.at >= since, Escalation.acknowledged_at.is_not(None))
        .group_by(Firing.rule_key)
    )
    return {row[0]: round(float(row[1]) / 60) for row in scope.session.execute(query)}


def _something_came() -> ColumnElement[bool]:
    """Return the condition that something was done on the incident of an escalation in its time.

    Each looks into the index of one incident.
    """
    until = Escalation.acknowledged_at + ACTED_WITHIN
    recorded = exists().where(
        AuditEvent.tenant_id == Escalation.tenant_id,
        AuditEvent.subject_type == "incident",
        AuditEvent.subject_id == Escalation.incident_id,
        AuditEvent.at >= Escalation.raised_at,
        AuditEvent.at <= until,
        AuditEvent.action.in_(ACTED),
        AuditEvent.actor_id.is_not(None),
    )
    planned = (
        select(Action.id)
        .join(ActionLearning, ActionLearning.action_id == Action.id)
        .join(LearningReview, LearningReview.learning_id == ActionLearning.learning_id)
        .join(ReviewIncident, ReviewIncident.review_id == LearningReview.review_id)
        .where(
            ReviewIncident.tenant_id == Escalation.tenant_id,
            ReviewIncident.incident_id == Escalation.incident_id,
            Action.tenant_id == Escalation.tenant_id,
            Action.created_at >= Escalation.raised_at,
            Action.created_at <= until,
        )
        .exists()
    )
    return or_(recorded, planned)
