"""How complete the line is: of the incidents due to have reached a step, the share that have.

An incident counts as due at a step once the step's own date has passed, or once it has reached it. The steps
after triage are due only for incidents that somebody decided to review; those that need no review are whole.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Subquery, and_, case, func, literal, or_, select

from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.incidents.models import Incident
from throughline.learning.models import Learning, LearningReview, Share
from throughline.line.steps import STEPS
from throughline.reviews.models import Factor, Review, ReviewIncident
from throughline.tenancy.scope import Scope

DAYS = 86400
SLOW_ENOUGH = 3
EARLY, LATE = STEPS[:2], STEPS[2:]


@dataclass(frozen=True)
class StepMeasure:
    """One step over many incidents. ``median_days`` is from report to the step, None when none reached it."""

    key: str
    due: int
    reached: int
    median_days: float | None

    @property
    def share(self) -> float | None:
        """Reached as a share of due, 0 to 1; None when nothing was due."""
        return self.reached / self.due if self.due else None


def completeness(
    scope: Scope, since: datetime, until: datetime, unit_ids: Iterable[UUID] | None = None
) -> tuple[StepMeasure, ...]:
    """Return each step's measure, in order, for incidents reported from ``since`` until ``until``."""
    found: list[StepMeasure] = []
    for keys in (EARLY, LATE):
        rows = _rows(scope, keys, since, until, unit_ids)
        row = scope.session.execute(select(*_columns(scope, rows, keys)).select_from(rows)).one()
        found += _measures(keys, row)
    return tuple(found)


def by_month(
    scope: Scope, step: str, since: datetime, until: datetime, unit_ids: Iterable[UUID] | None = None
) -> list[tuple[date, StepMeasure]]:
    """Return a step's measure for each month in which it was due for an incident reported then, in order.

    Months are the tenant's own, by their first day. A month is told as it stands today: its line may still
    close.
    """
    keys = EARLY if step in EARLY else LATE
    rows = _rows(scope, keys, since, until, unit_ids)
    local = func.timezone(scope.tenant.timezone.key, rows.c.reported_at)
    month = func.date_trunc("month", local).cast(Date).label("month")
    query = select(month, *_columns(scope, rows, (step,))).select_from(rows).group_by(month).order_by(month)
    found = [(row[0], *_measures((step,), row[1:])) for row in scope.session.execute(query)]
    return [(first, one) for first, one in found if one.due]


def _measures(keys: Sequence[str], row: Sequence[Any]) -> list[StepMeasure]:
    return [
        StepMeasure(key, row[3 * index], row[3 * index + 1], _days(row[3 * index + 2]))
        for index, key in enumerate(keys)
    ]


def _columns(scope: Scope, rows: Subquery, keys: Sequence[str]) -> list[ColumnElement[Any]]:
    """Return, for each step, how many were due, how many of those reached it, and the median days."""
    columns: list[ColumnElement[Any]] = []
    for key in keys:
        at = rows.c[f"{key}_at"]
        is_due = _is_due(scope, rows, key)
        took = func.extract("epoch", at - rows.c.reported_at) / DAYS
        columns += [
            func.count().filter(is_due),
            func.count().filter(and_(is_due, at.is_not(None))),
            func.percentile_cont(0.5).within_group(took.asc()).filter(and_(is_due, at.is_not(None))),
        ]
    return columns


def _is_due(scope: Scope, rows: Subquery, key: str) -> ColumnElement[bool]:
    """Return whether a step is due for an incident: the steps of ``LATE`` are asked of those to review."""
    today, now = scope.today(), scope.now()
    learn_by = timedelta(days=scope.tenant.pack.targets.learning_days)
    past: dict[str, Callable[[], ColumnElement[bool]]] = {
        "reported": lambda: literal(True),
        "triaged": lambda: rows.c.triage_due < now,
        "reviewed": lambda: rows.c.review_due < today,
        "analysed": lambda: rows.c.reviewed_at.is_not(None),
        "learned": lambda: rows.c.reviewed_at + learn_by < now,
        "acted": lambda: rows.c.act_by < today,
        "improved": lambda: rows.c.judge_by < today,
    }
    return or_(rows.c[f"{key}_at"].is_not(None), past[key]())


def _rows(
    scope: Scope,
    keys: Sequence[str],
    since: datetime,
    until: datetime,
    unit_ids: Iterable[UUID] | None,
) -> Subquery:
    """Return a row for each incident, or, for the late steps, for each that somebody decided to review."""
    query = _reached_by_incident(scope).where(Incident.triage_decision == "review")
    if keys == EARLY:
        query = cast("Select[Any]", select(Incident.reported_at, Incident.triaged_at, Incident.triage_due))
    query = query.where(Incident.reported_at >= since, Incident.reported_at < until)
    if unit_ids is not None:
        query = query.where(Incident.unit_id.in_(list(unit_ids)))
    return query.subquery()


def slowest(measures: Iterable[StepMeasure]) -> str | None:
    """Return the step with the lowest share of those with enough due to tell, if any is incomplete."""
    candidates = [found for found in measures if found.due >= SLOW_ENOUGH and (found.share or 0) < 1]
    return min(candidates, key=lambda found: found.share or 0).key if candidates else None


def _days(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)


def _reached_by_incident(scope: Scope) -> Select[Any]:
    """Return, for each incident, when it reached each late step and when the open ones are due."""
    reviews = (
        select(
            ReviewIncident.incident_id.label("incident_id"),
            func.min(Review.completed_at).label("reviewed_at"),
            func.min(Review.completed_at)
            .filter(select(Factor.id).where(Factor.review_id == Review.id).exists())
            .label("analysed_at"),
        )
        .join(Review, Review.id == ReviewIncident.review_id)
        .group_by(ReviewIncident.incident_id)
        .subquery()
    )
    learned = (
        select(ReviewIncident.incident_id.label("incident_id"), func.min(Share.shared_at).label("learned_at"))
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(Learning, Learning.id == LearningReview.learning_id)
        .join(Share, Share.learning_id == Learning.id)
        .where(Learning.approved_at.is_not(None))
        .group_by(ReviewIncident.incident_id)
        .subquery()
    )
    acted = (
        select(
            ReviewIncident.incident_id.label("incident_id"),
            case((func.count() == func.count(Action.completed_on), func.max(Action.completed_on))).label(
                "acted_on"
            ),
            func.max(Action.due_on).label("act_by"),
        )
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(ActionLearning, ActionLearning.learning_id == LearningReview.learning_id)
        .join(Action, Action.id == ActionLearning.action_id)
        .group_by(ReviewIncident.incident_id)
        .subquery()
    )
    improved = (
        select(
            ReviewIncident.incident_id.label("incident_id"),
            func.min(Measure.verdict_at).filter(Measure.verdict == "improved").label("improved_at"),
            func.min(Measure.review_on).label("judge_by"),
        )
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(ActionLearning, ActionLearning.learning_id == LearningReview.learning_id)
        .join(MeasureAction, MeasureAction.action_id == ActionLearning.action_id)
        .join(Measure, Measure.id == MeasureAction.measure_id)
        .group_by(ReviewIncident.incident_id)
        .subquery()
    )
    return (
        select(
            Incident.reported_at,
            Incident.review_due,
            reviews.c.reviewed_at,
            reviews.c.analysed_at,
            learned.c.learned_at,
            func.timezone(scope.tenant.timezone.key, acted.c.acted_on + timedelta(hours=12)).label(
                "acted_at"
            ),
            acted.c.act_by,
            improved.c.improved_at,
            improved.c.judge_by,
        )
        .outerjoin(reviews, reviews.c.incident_id == Incident.id)
        .outerjoin(learned, learned.c.incident_id == Incident.id)
        .outerjoin(acted, acted.c.incident_id == Incident.id)
        .outerjoin(improved, improved.c.incident_id == Incident.id)
    )
