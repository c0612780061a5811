"""Reads of actions and measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true, tuple_

from throughline.accounts.permissions import Permission
from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.kernel.errors import NotFound
from throughline.learning.models import Learning
from throughline.tenancy.scope import Scope

PAGE = 30
STATES = ("open", "overdue", "done")


@dataclass(frozen=True)
class Page:
    """One page of actions; ``older`` is the cursor of the next."""

    rows: Sequence[Action]
    older: UUID | None


def _seen(scope: Scope) -> ColumnElement[bool]:
    """Confine to the actions of the actor's units, of the whole tenant, and their own."""
    conditions = [Action.owner_id == scope.actor.id]
    if scope.actor.may(Permission.READ):
        units = scope.actor.units_for(Permission.READ)
        own = true() if units is None else or_(Action.unit_id.in_(units), Action.unit_id.is_(None))
        conditions.append(own)
    return or_(*conditions)


def find(scope: Scope, action_id: UUID) -> Action:
    """Return an action the actor may see.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    found = scope.session.scalar(select(Action).where(Action.id == action_id, _seen(scope)))
    if found is None:
        raise NotFound("no such action")
    return found


def listed(scope: Scope, state: str = "", before: UUID | None = None) -> Page:
    """Return one page of actions in a state, by due date, latest first."""
    query = _in_state(scope, select(Action).where(_seen(scope)), state)
    if before is not None:
        last = find(scope, before)
        query = query.where(tuple_(Action.due_on, Action.id) < tuple_(last.due_on, last.id))
    rows = scope.session.scalars(query.order_by(Action.due_on.desc(), Action.id.desc()).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def overdue(scope: Scope) -> int:
    """Return how many of the actions the actor sees are overdue."""
    query = _in_state(scope, select(func.count()).select_from(Action).where(_seen(scope)), "overdue")
    return scope.session.scalar(query) or 0


def owned(scope: Scope, limit: int = 6) -> Sequence[Action]:
    """Return the actor's own open actions, the next due first."""
    query = select(Action).where(Action.owner_id == scope.actor.id, Action.completed_on.is_(None))
    return scope.session.scalars(query.order_by(Action.due_on, Action.id).limit(limit)).all()


def _in_state(scope: Scope, query: Select[Any], state: str) -> Select[Any]:
    match state:
        case "open":
            return query.where(Action.completed_on.is_(None))
        case "overdue":
            return query.where(Action.completed_on.is_(None), Action.due_on < scope.today())
        case "done":
            return query.where(Action.completed_on.is_not(None))
    return query


def learnings_of(scope: Scope, action_id: UUID) -> Sequence[Learning]:
    """Return the learnings an action serves."""
    query = (
        select(Learning)
        .join(ActionLearning, ActionLearning.learning_id == Learning.id)
        .where(ActionLearning.action_id == action_id)
        .order_by(Learning.created_at)
    )
    return scope.session.scalars(query).all()


def measures_of(scope: Scope, action_id: UUID) -> Sequence[Measure]:
    """Return the measures that judge an action."""
    query = (
        select(Measure)
        .join(MeasureAction, MeasureAction.measure_id == Measure.id)
        .where(MeasureAction.action_id == action_id)
        .order_by(Measure.review_on, Measure.id)
    )
    return scope.session.scalars(query).all()


def find_measure(scope: Scope, measure_id: UUID) -> Measure:
    """Return a measure of an action the actor may see.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    query = (
        select(Measure)
        .join(MeasureAction, MeasureAction.measure_id == Measure.id)
        .join(Action, Action.id == MeasureAction.action_id)
        .where(Measure.id == measure_id, _seen(scope))
        .limit(1)
    )
    found = scope.session.scalar(query)
    if found is None:
        raise NotFound("no such measure")
    return found


def judged_by(scope: Scope, measure_id: UUID) -> Sequence[Action]:
    """Return the actions a measure judges."""
    query = (
        select(Action)
        .join(MeasureAction, MeasureAction.action_id == Action.id)
        .where(MeasureAction.measure_id == measure_id)
        .order_by(Action.due_on)
    )
    return scope.session.scalars(query).all()


def verdict_counts(scope: Scope) -> dict[str, int]:
    """Return how many measures have each verdict; ``""`` are those not judged yet."""
    query = select(func.coalesce(Measure.verdict, ""), func.count()).group_by(Measure.verdict)
    return {row[0]: row[1] for row in scope.session.execute(query)}
