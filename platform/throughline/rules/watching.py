"""Watch what passes its time: escalations nobody acknowledged, and reviews, actions and measures overdue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.jobs.watching import AT_ONE_LOOK, Watch
from throughline.kernel.database import uuid7
from throughline.learning.models import LearningReview, Share
from throughline.reviews.models import Review, ReviewIncident
from throughline.rules import escalating
from throughline.rules.models import Escalation, OverdueNotice
from throughline.rules.scanning import service as scanning
from throughline.rules.service import look
from throughline.sdk import Trigger
from throughline.tenancy.scope import Scope


@dataclass(frozen=True)
class Overdue:
    """A kind of thing that is due by a day: where it is kept, and which incidents it goes back to."""

    name: str
    trigger: Trigger
    row_id: "InstrumentedAttribute[UUID]"
    due_on: "InstrumentedAttribute[date] | InstrumentedAttribute[date | None]"
    undone: ColumnElement[bool]
    incidents: Callable[[UUID], Select[Any]]


def ignored_ones(scope: Scope) -> Sequence[UUID]:
    """Return the escalations that have a next step and were not acknowledged in time."""
    query = (
        select(Escalation.id)
        .where(escalating.is_due_to_move(scope.now()))
        .order_by(Escalation.moves_at, Escalation.id)
        .limit(AT_ONE_LOOK)
    )
    return scope.session.scalars(query).all()


def overdue_ones(kind: Overdue, scope: Scope) -> Sequence[UUID]:
    """Return what passed its day and was not noticed yet."""
    noticed = (
        select(OverdueNotice.id)
        .where(
            OverdueNotice.subject_type == kind.name,
            OverdueNotice.subject_id == kind.row_id,
            OverdueNotice.due_on == kind.due_on,
        )
        .exists()
    )
    query = select(kind.row_id).where(kind.undone, kind.due_on < scope.today(), ~noticed)
    return scope.session.scalars(query.order_by(kind.due_on, kind.row_id).limit(AT_ONE_LOOK)).all()


def notice(kind: Overdue, scope: Scope, row_id: UUID) -> bool:
    """Let the rules look at the incidents behind something overdue, once for each day it was due."""
    still = select(kind.due_on).where(kind.row_id == row_id, kind.undone, kind.due_on < scope.today())
    due_on = scope.session.scalar(still)
    if due_on is None:
        return False
    first = scope.session.scalar(
        insert(OverdueNotice)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            subject_type=kind.name,
            subject_id=row_id,
            due_on=due_on,
            noticed_at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "subject_type", "subject_id", "due_on"])
        .returning(OverdueNotice.id)
    )
    if first is None:  # another ticker was here
        return False
    for incident_id in scope.session.scalars(kind.incidents(row_id)).all():
        look(scope, incident_id, kind.trigger, f"{kind.name} {row_id} {due_on.isoformat()}")
    return True


def _of_review(review_id: UUID) -> Select[Any]:
    return select(ReviewIncident.incident_id).where(ReviewIncident.review_id == review_id)


def _of_actions() -> Select[Any]:
    return (
        select(ReviewIncident.incident_id)
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(ActionLearning, ActionLearning.learning_id == LearningReview.learning_id)
        .distinct()
    )


def _of_action(action_id: UUID) -> Select[Any]:
    return _of_actions().where(ActionLearning.action_id == action_id)


def _of_measure(measure_id: UUID) -> Select[Any]:
    judged = _of_actions().join(MeasureAction, MeasureAction.action_id == ActionLearning.action_id)
    return judged.where(MeasureAction.measure_id == measure_id)


def _of_share(share_id: UUID) -> Select[Any]:
    return (
        select(ReviewIncident.incident_id)
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(Share, Share.learning_id == LearningReview.learning_id)
        .where(Share.id == share_id)
        .distinct()
    )


KINDS = (
    Overdue(
        "review", Trigger.REVIEW_OVERDUE, Review.id, Review.due_on, Review.completed_at.is_(None), _of_review
    ),
    Overdue(
        "action", Trigger.ACTION_OVERDUE, Action.id, Action.due_on, Action.completed_on.is_(None), _of_action
    ),
    Overdue(
        "measure",
        Trigger.MEASURE_OVERDUE,
        Measure.id,
        Measure.review_on,
        Measure.verdict.is_(None),
        _of_measure,
    ),
    Overdue(
        "share",
        Trigger.SHARE_OVERDUE,
        Share.id,
        Share.answer_by,
        Share.acknowledged_at.is_(None),
        _of_share,
    ),
)

WATCHES = (
    Watch("escalation", ignored_ones, escalating.move_on),
    Watch("nightly scan", scanning.due, scanning.scan),
    *(Watch(f"{kind.name} overdue", partial(overdue_ones, kind), partial(notice, kind)) for kind in KINDS),
)
