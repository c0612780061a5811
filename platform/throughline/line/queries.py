"""Load what the line is derived from: of one incident, of many, and of a whole organisation."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from throughline.actions import policy as actions_policy
from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.incidents.models import Incident
from throughline.learning import asking
from throughline.learning import policy as learning_policy
from throughline.learning.models import Learning, LearningReview, Share
from throughline.line import steps
from throughline.reviews import policy as reviews_policy
from throughline.reviews.models import Factor, Review, ReviewIncident
from throughline.tenancy.scope import Scope

Found = TypeVar("Found", bound=Hashable)
Record = TypeVar("Record", steps.ReviewFacts, steps.LearningFacts, steps.ActionFacts, steps.MeasureFacts)


def lines_of(
    scope: Scope, incidents: Sequence[Incident], reader: Scope | None = None
) -> dict[UUID, tuple[steps.Step, ...]]:
    """Return the line of each incident, by its id, in a number of queries that does not grow with them.

    For a ``reader``, it holds titles, words, names and ways only of what they may open.
    """
    reviews = _reviews(scope, [incident.id for incident in incidents])
    review_ids = {review.id for found in reviews.values() for review in found}
    learnings = _learnings(scope, review_ids)
    actions = _actions(scope, {learning.id for found in learnings.values() for learning in found})
    measures = _measures(scope, {action.id for found in actions.values() for action in found})
    if reader is not None:
        reviews = _as_read(reader, reviews, Review.id, reviews_policy.readable)
        learnings = _as_read(reader, learnings, Learning.id, learning_policy.visible)
        actions = _as_read(reader, actions, Action.id, actions_policy.visible)
        measures = _as_read(reader, measures, Measure.id, actions_policy.measured)
    asked = _asked(scope, [incident.id for incident in incidents])
    lines = {}
    for incident in incidents:
        own_reviews = reviews.get(incident.id, [])
        own_learnings = _of(learnings, [review.id for review in own_reviews])
        own_actions = _of(actions, [learning.id for learning in own_learnings])
        facts = _facts(
            incident,
            own_reviews,
            own_learnings,
            own_actions,
            _of(measures, [found.id for found in own_actions]),
            asked.get(incident.id, []),
        )
        pack = scope.tenant.pack
        lines[incident.id] = steps.derive(facts, scope.now(), pack.timezone, pack.targets.learning_days)
    return lines


def line_of(scope: Scope, incident: Incident) -> tuple[steps.Step, ...]:
    """Return the line of one incident as the actor may read it."""
    return lines_of(scope, [incident], reader=scope)[incident.id]


def _as_read(
    scope: Scope,
    found: dict[UUID, list[Record]],
    column: InstrumentedAttribute[UUID],
    readable: Callable[[Scope], ColumnElement[bool]],
) -> dict[UUID, list[Record]]:
    """Return the records with those closed that the actor may not open."""
    ids = {record.id for records in found.values() for record in records}
    opens = set(scope.session.scalars(select(column).where(column.in_(ids), readable(scope)))) if ids else ids
    return {key: [replace(one, opens=one.id in opens) for one in records] for key, records in found.items()}


def _of(found: Mapping[UUID, list[Found]], keys: Iterable[UUID]) -> list[Found]:
    return list(dict.fromkeys(item for key in keys for item in found.get(key, ())))


def _facts(
    incident: Incident,
    reviews: list[steps.ReviewFacts],
    learnings: list[steps.LearningFacts],
    actions: list[steps.ActionFacts],
    measures: list[steps.MeasureFacts],
    asked: list[steps.AskedFacts],
) -> steps.LineFacts:
    words = "Brought in from " + incident.source if incident.source else "Reported anonymously"
    return steps.LineFacts(
        incident.id,
        incident.reported_at,
        incident.reporter_id,
        words,
        incident.triage_due,
        incident.triaged_at,
        incident.triaged_by,
        incident.triage_decision,
        incident.triage_reason or "",
        incident.review_due,
        tuple(reviews),
        tuple(learnings),
        tuple(actions),
        tuple(measures),
        tuple(asked),
    )


def _asked(scope: Scope, incident_ids: Iterable[UUID]) -> dict[UUID, list[steps.AskedFacts]]:
    found: dict[UUID, list[steps.AskedFacts]] = defaultdict(list)
    for one in asking.of_incidents(scope, incident_ids):
        found[one.incident_id].append(
            steps.AskedFacts(asking.audience_words(one.audience), one.due_on, one.words)
        )
    return found


def _reviews(scope: Scope, incident_ids: Iterable[UUID]) -> dict[UUID, list[steps.ReviewFacts]]:
    rows = scope.session.execute(
        select(ReviewIncident.incident_id, Review)
        .join(Review, Review.id == ReviewIncident.review_id)
        .where(ReviewIncident.incident_id.in_(list(incident_ids)))
        .order_by(Review.opened_at, Review.id)
    ).all()
    themes: dict[UUID, list[str]] = defaultdict(list)
    wanted = {review.id for _, review in rows}
    for review_id, theme in scope.session.execute(
        select(Factor.review_id, Factor.theme)
        .where(Factor.review_id.in_(wanted))
        .order_by(Factor.added_at, Factor.id)
    ):
        themes[review_id].append(theme)
    found: dict[UUID, list[steps.ReviewFacts]] = defaultdict(list)
    for incident_id, review in rows:
        found[incident_id].append(
            steps.ReviewFacts(
                review.id,
                review.title,
                review.lead_id,
                review.due_on,
                review.completed_at,
                review.completed_by,
                tuple(themes[review.id]),
            )
        )
    return found


def _learnings(scope: Scope, review_ids: Iterable[UUID]) -> dict[UUID, list[steps.LearningFacts]]:
    rows = scope.session.execute(
        select(LearningReview.review_id, Learning)
        .join(Learning, Learning.id == LearningReview.learning_id)
        .where(LearningReview.review_id.in_(list(review_ids)))
        .order_by(Learning.created_at, Learning.id)
    ).all()
    wanted = {learning.id for _, learning in rows}
    shares = {
        row[0]: row
        for row in scope.session.execute(
            select(
                Share.learning_id, func.min(Share.shared_at), func.count(), func.count(Share.acknowledged_at)
            )
            .where(Share.learning_id.in_(wanted))
            .group_by(Share.learning_id)
        )
    }
    found: dict[UUID, list[steps.LearningFacts]] = defaultdict(list)
    for review_id, learning in rows:
        _, shared_at, units, answered = shares.get(learning.id, (None, None, 0, 0))
        found[review_id].append(
            steps.LearningFacts(
                learning.id,
                learning.title,
                learning.created_at,
                learning.approved_at,
                learning.approved_by,
                shared_at,
                units,
                answered,
            )
        )
    return found


def _actions(scope: Scope, learning_ids: Iterable[UUID]) -> dict[UUID, list[steps.ActionFacts]]:
    found: dict[UUID, list[steps.ActionFacts]] = defaultdict(list)
    for learning_id, action in scope.session.execute(
        select(ActionLearning.learning_id, Action)
        .join(Action, Action.id == ActionLearning.action_id)
        .where(ActionLearning.learning_id.in_(list(learning_ids)))
        .order_by(Action.due_on, Action.id)
    ):
        found[learning_id].append(
            steps.ActionFacts(action.id, action.title, action.owner_id, action.due_on, action.completed_on)
        )
    return found


def _measures(scope: Scope, action_ids: Iterable[UUID]) -> dict[UUID, list[steps.MeasureFacts]]:
    found: dict[UUID, list[steps.MeasureFacts]] = defaultdict(list)
    for action_id, measure in scope.session.execute(
        select(MeasureAction.action_id, Measure)
        .join(Measure, Measure.id == MeasureAction.measure_id)
        .where(MeasureAction.action_id.in_(list(action_ids)))
        .order_by(Measure.review_on, Measure.id)
    ):
        found[action_id].append(
            steps.MeasureFacts(
                measure.id,
                measure.title,
                measure.review_on,
                measure.verdict,
                measure.verdict_reason,
                measure.verdict_at,
                measure.verdict_by,
            )
        )
    return found
