"""The sections of an evidence document that tell of reviews, learning and actions."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from throughline.accounts.people import named
from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.actions.words import STRENGTHS, VERDICTS
from throughline.evidence.periods import Period
from throughline.incidents.desk import REVIEW_KINDS
from throughline.incidents.models import Incident
from throughline.learning.models import Learning, LearningReview
from throughline.learning.queries import reach
from throughline.reviews import queries as reviews
from throughline.reviews.models import Review, ReviewIncident
from throughline.sdk import THEMES
from throughline.tenancy.scope import Scope


def day_start(scope: Scope, day: date) -> datetime:
    """Return the moment a day begins on the tenant's wall clock."""
    return datetime.combine(day, time.min, tzinfo=scope.tenant.timezone)


def _review_ids(scope: Scope, ids: Sequence[UUID]) -> Select[UUID]:
    return (
        select(ReviewIncident.review_id)
        .join(Incident, Incident.id == ReviewIncident.incident_id)
        .where(Incident.unit_id.in_(ids))
    )


def reviews_held(scope: Scope, ids: Sequence[UUID], period: Period) -> dict[str, Any]:
    """Return how many reviews were opened and completed in the period, and the themes they found."""
    covered = Review.id.in_(_review_ids(scope, ids))
    start, end = day_start(scope, period.start), day_start(scope, period.after)
    opened = scope.session.scalars(
        select(Review).where(covered, Review.opened_at >= start, Review.opened_at < end)
    ).all()
    completed = scope.session.scalars(
        select(Review).where(covered, Review.completed_at >= start, Review.completed_at < end)
    ).all()
    on_time = [
        row for row in completed if row.completed_at and scope.local(row.completed_at).date() <= row.due_on
    ]
    themes = reviews.theme_counts(scope, start, end, ids)
    by_kind = [
        {
            "label": label,
            "opened": sum(row.kind == kind for row in opened),
            "completed": sum(row.kind == kind for row in completed),
            "completed_on_time": sum(row.kind == kind for row in on_time),
        }
        for kind, label in REVIEW_KINDS.items()
    ]
    return {
        "opened": len(opened),
        "completed": len(completed),
        "completed_on_time": len(on_time),
        "by_kind": [found for found in by_kind if found["opened"] or found["completed"]],
        "themes": [
            {"label": THEMES.get(key, key), "count": found.barriers}
            for key, found in themes.items()
            if found.barriers
        ],
    }


def learning(scope: Scope, ids: Sequence[UUID], period: Period) -> list[dict[str, Any]]:
    """Return what was approved for sharing in the period, and how far it went."""
    start, end = day_start(scope, period.start), day_start(scope, period.after)
    query = (
        select(Learning)
        .where(
            Learning.approved_at >= start,
            Learning.approved_at < end,
            Learning.id.in_(
                select(LearningReview.learning_id).where(
                    LearningReview.review_id.in_(_review_ids(scope, ids))
                )
            ),
        )
        .order_by(Learning.approved_at)
    )
    found = scope.session.scalars(query).all()
    far = reach(scope, [row.id for row in found])
    sources = Counter(
        scope.session.scalars(
            select(LearningReview.learning_id).where(
                LearningReview.learning_id.in_([row.id for row in found])
            )
        )
    )
    told: dict[str, dict[str, Any]] = {}
    for row in found:
        # The same lesson from several reviews is told once, with all the services it reached.
        entry = told.setdefault(
            row.title,
            {
                "title": row.title,
                "what_changed": row.what_changes,
                "why": row.why,
                "from_reviews": 0,
                "shared_with": 0,
                "acknowledged": 0,
            },
        )
        entry["from_reviews"] += sources[row.id]
        entry["shared_with"] += far[row.id].units
        entry["acknowledged"] += far[row.id].acknowledged
    return list(told.values())


def actions(scope: Scope, ids: Sequence[UUID], period: Period) -> list[dict[str, Any]]:
    """Return the actions that were done in the period, were open at its end, or were judged lately."""
    served = (
        select(ActionLearning.action_id)
        .join(LearningReview, LearningReview.learning_id == ActionLearning.learning_id)
        .where(LearningReview.review_id.in_(_review_ids(scope, ids)))
    )
    judged_lately = (
        select(MeasureAction.action_id)
        .join(Measure, Measure.id == MeasureAction.measure_id)
        .where(Measure.verdict_at >= day_start(scope, period.start) - timedelta(days=180))
    )
    done_in_it = and_(Action.completed_on >= period.start, Action.completed_on <= period.end)
    still_open = or_(Action.completed_on.is_(None), Action.completed_on > period.end)
    rows = scope.session.scalars(
        select(Action)
        .where(
            Action.id.in_(served),
            Action.created_at < day_start(scope, period.after),
            or_(done_in_it, still_open, Action.id.in_(judged_lately)),
        )
        .order_by(Action.due_on, Action.id)
    ).all()
    judged = {
        row[0]: row[1]
        for row in scope.session.execute(
            select(MeasureAction.action_id, Measure)
            .join(Measure, Measure.id == MeasureAction.measure_id)
            .where(MeasureAction.action_id.in_([row.id for row in rows]))
        )
    }
    people = named(scope, [row.owner_id for row in rows])
    return [
        {
            "title": row.title,
            "strength": STRENGTHS[row.strength][0],
            "owner": people[row.owner_id].job_title if row.owner_id in people else "",
            "due": row.due_on.isoformat(),
            "state": _state(row, period),
            "review_on": _review_on(judged.get(row.id)),
            "verdict": _verdict(judged.get(row.id)),
            "sentence": _sentence(judged.get(row.id)),
        }
        for row in rows
    ]


def _state(action: Action, period: Period) -> str:
    if action.completed_on is not None and action.completed_on <= period.end:
        return "Done"
    return "Overdue" if action.due_on <= period.end else "Open"


def _verdict(measure: Measure | None) -> str | None:
    return None if measure is None or measure.verdict is None else VERDICTS[measure.verdict]


def _review_on(measure: Measure | None) -> str | None:
    return None if measure is None else measure.review_on.isoformat()


def _sentence(measure: Measure | None) -> str:
    if measure is None:
        return "No measure is declared, so nobody can say whether it helped."
    if measure.verdict is None:
        return f"To be judged on {measure.review_on.day} {measure.review_on:%B %Y}."
    return measure.verdict_reason
