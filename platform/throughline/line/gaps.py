"""The gaps of a whole organisation, by name: what is missing, where, since when, and who can close it.

Each kind is one query over what the actor may read, by how long it has been open. A gap is closed by doing
the step, never by ticking it off here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, exists, func, literal, null, or_, select

from throughline.actions import policy as actions
from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.incidents import policy as incidents
from throughline.incidents.models import Incident
from throughline.learning import policy as learnings
from throughline.learning.models import Learning, LearningReview, Share
from throughline.reviews import policy as reviews
from throughline.reviews.models import Factor, Review, ReviewIncident
from throughline.tenancy.scope import Scope
from throughline.trends.models import DailyCount

MOST = 200


@dataclass(frozen=True)
class Gap:
    """One thing the line is missing. ``leads_to`` is a page's endpoint, its parameter, and the value.

    ``person_id`` can close it; with None, whoever holds ``role`` for the unit can.
    """

    id: UUID
    title: str
    unit_id: UUID | None
    since: date
    person_id: UUID | None
    leads_to: tuple[str, str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of gap: its step on the line, its words, and the query that finds it.

    ``query`` selects (id, title, unit or None, since, person or None). ``role`` closes those of no person.
    """

    key: str
    step: str
    title: str
    closes: str
    query: Callable[[Scope], Select[Any]]
    leads_to: tuple[str, str]
    role: str = ""


@dataclass(frozen=True)
class Found:
    """The gaps of one kind: how many there are, and those open longest."""

    kind: Kind
    count: int
    gaps: tuple[Gap, ...]


def found(scope: Scope, kind: Kind, unit_ids: Sequence[UUID] | None = None, limit: int = 5) -> Found:
    """Return the gaps of one kind, those open longest first; of the units asked for, where it has one."""
    rows = kind.query(scope).subquery()
    query = select(rows)
    if unit_ids is not None:
        query = query.where(or_(rows.c.unit_id.is_(None), rows.c.unit_id.in_(list(unit_ids))))
    query = query.add_columns(func.count().over().label("every"))
    listed = scope.session.execute(query.order_by(rows.c.since, rows.c.id).limit(limit)).all()
    endpoint, parameter = kind.leads_to
    gaps = tuple(
        Gap(
            row.id,
            row.title,
            row.unit_id,
            row.since,
            row.person_id,
            (endpoint, parameter, row.title if parameter == "reference" else str(row.id)),
        )
        for row in listed
    )
    return Found(kind, listed[0].every if listed else 0, gaps)


def _row(id_: Any, title: Any, unit: Any, since: Any, person: Any) -> Select[Any]:
    return select(
        id_.label("id"),
        title.label("title"),
        unit.label("unit_id"),
        since.label("since"),
        person.label("person_id"),
    )


def _day(scope: Scope, moment: Any) -> Any:
    return func.timezone(scope.tenant.timezone.key, moment).cast(Date)


def _nobody() -> Any:
    return null().cast(Incident.unit_id.type)


def _undecided(scope: Scope) -> Select[Any]:
    since = _day(scope, Incident.triage_due)
    return _row(Incident.id, Incident.reference, Incident.unit_id, since, _nobody()).where(
        Incident.triaged_at.is_(None), Incident.triage_due < scope.now(), incidents.read_whole(scope)
    )


def _not_opened(scope: Scope) -> Select[Any]:
    return _row(Incident.id, Incident.reference, Incident.unit_id, Incident.review_due, _nobody()).where(
        Incident.triage_decision == "review",
        Incident.review_due < scope.today(),
        ~exists().where(ReviewIncident.incident_id == Incident.id),
        incidents.read_whole(scope),
    )


def _of_reviews(scope: Scope, since: Any, *conditions: Any) -> Select[Any]:
    # The unit of the first incident it covers: a review of many is shown at one place, not at each.
    unit = (
        select(Incident.unit_id)
        .join(ReviewIncident, ReviewIncident.incident_id == Incident.id)
        .where(ReviewIncident.review_id == Review.id)
        .order_by(Incident.reported_at, Incident.id)
        .limit(1)
        .scalar_subquery()
    )
    row = _row(Review.id, Review.title, unit, since, Review.lead_id)
    return row.where(*conditions, reviews.readable(scope))


def _review_late(scope: Scope) -> Select[Any]:
    return _of_reviews(scope, Review.due_on, Review.completed_at.is_(None), Review.due_on < scope.today())


def _no_factor(scope: Scope) -> Select[Any]:
    none = ~exists().where(Factor.review_id == Review.id)
    return _of_reviews(scope, _day(scope, Review.completed_at), Review.completed_at.is_not(None), none)


def _nothing_learned(scope: Scope) -> Select[Any]:
    none = ~exists().where(LearningReview.review_id == Review.id)
    return _of_reviews(scope, _day(scope, Review.completed_at), Review.completed_at.is_not(None), none)


def _not_shared(scope: Scope) -> Select[Any]:
    none = ~exists().where(Share.learning_id == Learning.id)
    since = _day(scope, Learning.created_at)
    row = _row(Learning.id, Learning.title, _nobody(), since, Learning.created_by)
    return row.where(none, learnings.visible(scope))


def _not_answered(scope: Scope) -> Select[Any]:
    row = _row(Learning.id, Learning.title, Share.unit_id, Share.answer_by, _nobody())
    return row.join(Share, Share.learning_id == Learning.id).where(
        Share.acknowledged_at.is_(None), Share.answer_by < scope.today(), learnings.visible(scope)
    )


def _no_action(scope: Scope) -> Select[Any]:
    since = _day(scope, Learning.approved_at)
    row = _row(Learning.id, Learning.title, _nobody(), since, Learning.approved_by)
    none = ~exists().where(ActionLearning.learning_id == Learning.id)
    return row.where(Learning.approved_at.is_not(None), none, learnings.visible(scope))


def _of_actions(scope: Scope, since: Any, *conditions: Any) -> Select[Any]:
    row = _row(Action.id, Action.title, Action.unit_id, since, Action.owner_id)
    return row.where(*conditions, actions.visible(scope))


def _action_late(scope: Scope) -> Select[Any]:
    return _of_actions(scope, Action.due_on, Action.completed_on.is_(None), Action.due_on < scope.today())


def _no_measure(scope: Scope) -> Select[Any]:
    none = ~exists().where(MeasureAction.action_id == Action.id)
    return _of_actions(scope, _day(scope, Action.created_at), none)


def _of_measures(scope: Scope, since: Any, *conditions: Any) -> Select[Any]:
    row = _row(Measure.id, Measure.title, Measure.unit_id, since, Measure.created_by)
    return row.where(*conditions, actions.measured(scope))


def _no_baseline(scope: Scope) -> Select[Any]:
    """Find measures in whose baseline nothing was counted anywhere of their kind: no rule can judge them."""
    counted = exists().where(
        or_(Measure.category == literal(""), DailyCount.category == Measure.category),
        DailyCount.day >= Measure.baseline_start,
        DailyCount.day <= Measure.baseline_end,
        DailyCount.n > 0,
    )
    return _of_measures(scope, _day(scope, Measure.created_at), Measure.verdict.is_(None), ~counted)


def _not_judged(scope: Scope) -> Select[Any]:
    return _of_measures(
        scope, Measure.review_on, Measure.verdict.is_(None), Measure.review_on < scope.today()
    )


def _not_improved(scope: Scope) -> Select[Any]:
    """Find actions that were judged and by no measure found to have helped."""
    judged = select(MeasureAction.id).join(Measure, Measure.id == MeasureAction.measure_id)
    judged = judged.where(MeasureAction.action_id == Action.id, Measure.verdict.is_not(None))
    waits = select(MeasureAction.id).join(Measure, Measure.id == MeasureAction.measure_id)
    waits = waits.where(MeasureAction.action_id == Action.id, Measure.verdict.is_(None))
    helped = judged.where(Measure.verdict == "improved")
    since = _day(scope, _last_verdict())
    return _of_actions(scope, since, judged.exists(), ~helped.exists(), ~waits.exists())


def _last_verdict() -> Any:
    return (
        select(func.max(Measure.verdict_at))
        .join(MeasureAction, MeasureAction.measure_id == Measure.id)
        .where(MeasureAction.action_id == Action.id)
        .scalar_subquery()
    )


_INCIDENT, _REVIEW = ("line.show", "reference"), ("reviews.show", "review_id")
_LEARNING, _ACTION = ("learning.show", "learning_id"), ("actions.show", "action_id")
_MEASURE = ("actions.show_measure", "measure_id")

KINDS = (
    Kind("undecided", "triaged", "Nobody has decided what it needs", "Read it and decide", _undecided,
         _INCIDENT, "unit_manager"),
    Kind("not-opened", "reviewed", "A review was asked for and is not open", "Open the review", _not_opened,
         _INCIDENT, "governance_lead"),
    Kind("review-late", "reviewed", "Review past its date", "Complete the review", _review_late, _REVIEW),
    Kind("no-factor", "analysed", "Review without a finding in the system", "Name what contributed",
         _no_factor, _REVIEW),
    Kind("nothing-learned", "learned", "Review without a learning", "Write down what it taught",
         _nothing_learned, _REVIEW),
    Kind("not-shared", "learned", "Learning that no unit has", "Share it with the units it is for",
         _not_shared, _LEARNING),
    Kind("not-answered", "learned", "Learning without acknowledgement", "Answer for the unit", _not_answered,
         _LEARNING, "unit_manager"),
    Kind("no-action", "acted", "Learning without an action", "Plan an action", _no_action, _LEARNING),
    Kind("action-late", "acted", "Action past its date", "Do it, or plan it anew", _action_late, _ACTION),
    Kind("no-measure", "improved", "Action without a measure", "Say how you will know", _no_measure, _ACTION),
    Kind("no-baseline", "improved", "Measure without a baseline", "Correct its dates or kind", _no_baseline,
         _MEASURE),
    Kind("not-judged", "improved", "Measure past its review date", "Judge it", _not_judged, _MEASURE),
    Kind("not-improved", "improved", "Judged, and no measure says it helped", "Decide what to try next",
         _not_improved, _ACTION),
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in KINDS}


def days_open(gap: Gap, now: datetime) -> int:
    """Return for how many days a gap has been open, 0 on its first."""
    return max((now.date() - gap.since).days, 0)
