"""Reads of actions and measures, confined to what the actor may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from throughline.actions.models import STRENGTHS, Action, ActionLearning, Measure, MeasureAction
from throughline.actions.policy import measured, visible
from throughline.kernel.errors import NotFound
from throughline.learning import policy as learning_policy
from throughline.learning.models import Learning
from throughline.tenancy.scope import Scope

PAGE = 30
STATES = ("open", "overdue", "done")
MEASURE_STATES = ("due", "waiting", "judged")


@dataclass(frozen=True)
class Filter:
    """What a list of actions is narrowed to. Empty means everything the actor may see."""

    state: str = ""
    strength: str = ""
    unit_ids: tuple[UUID, ...] = ()
    mine: bool = False


@dataclass(frozen=True)
class Page:
    """One page of actions; ``older`` is the cursor of the next."""

    rows: Sequence[Action]
    older: UUID | None


@dataclass(frozen=True)
class MeasurePage:
    """One page of measures; ``older`` is the cursor of the next."""

    rows: Sequence[Measure]
    older: UUID | None


def find(scope: Scope, action_id: UUID, *, lock: bool = False) -> Action:
    """Return an action the actor may see; with ``lock``, held until the transaction ends.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    query = select(Action).where(Action.id == action_id, visible(scope))
    if lock:
        query = query.with_for_update(of=Action).execution_options(populate_existing=True)
    found = scope.session.scalar(query)
    if found is None:
        raise NotFound("no such action")
    return found


def listed(scope: Scope, wanted: Filter, before: UUID | None = None) -> Page:
    """Return one page of actions: those to do by when they are due, the others latest first.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = select(Action).where(*_narrowed(scope, wanted))
    last = None if before is None else find(scope, before)
    if wanted.state in ("open", "overdue"):
        if last is not None:
            query = query.where(tuple_(Action.due_on, Action.id) > tuple_(last.due_on, last.id))
        query = query.order_by(Action.due_on, Action.id)
    else:
        day = func.coalesce(Action.completed_on, Action.due_on)
        if last is not None:
            at = last.completed_on or last.due_on
            query = query.where(tuple_(day, Action.id) < tuple_(at, last.id))
        query = query.order_by(day.desc(), Action.id.desc())
    rows = scope.session.scalars(query.limit(PAGE + 1)).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def _narrowed(scope: Scope, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [visible(scope), *_in_state(wanted.state, scope.today())]
    if wanted.strength:
        conditions.append(Action.strength == wanted.strength)
    if wanted.unit_ids:
        conditions.append(Action.unit_id.in_(wanted.unit_ids))
    if wanted.mine:
        conditions.append(Action.owner_id == scope.actor.id)
    return conditions


def _in_state(state: str, today: date) -> list[ColumnElement[bool]]:
    match state:
        case "open":
            return [Action.completed_on.is_(None)]
        case "overdue":
            return [Action.completed_on.is_(None), Action.due_on < today]
        case "done":
            return [Action.completed_on.is_not(None)]
    return []


def counts(scope: Scope, wanted: Filter | None = None) -> dict[str, int]:
    """Return how many actions are in each state, of those a filter leaves; its own state is not looked at."""
    kept = wanted or Filter()
    rest = Filter("", kept.strength, kept.unit_ids, kept.mine)
    each = [func.count().filter(and_(*_in_state(state, scope.today()))) for state in STATES]
    row = scope.session.execute(select(*each).select_from(Action).where(*_narrowed(scope, rest))).one()
    return dict(zip(STATES, row, strict=True))


def overdue(scope: Scope) -> int:
    """Return how many of the actions the actor sees are overdue."""
    return counts(scope)["overdue"]


def mix(scope: Scope, unit_ids: tuple[UUID, ...] = ()) -> dict[str, dict[str, int]]:
    """Return how many actions the actor sees of each strength, by state, stronger first."""
    each = [func.count().filter(and_(*_in_state(state, scope.today()))) for state in STATES]
    query = select(Action.strength, *each).where(*_narrowed(scope, Filter(unit_ids=unit_ids)))
    found = {row[0]: row[1:] for row in scope.session.execute(query.group_by(Action.strength))}
    nothing = (0,) * len(STATES)
    return {strength: dict(zip(STATES, found.get(strength, nothing), strict=True)) for strength in STRENGTHS}


def overdue_by_strength(scope: Scope) -> dict[str, int]:
    """Return how many of the actions the actor sees are overdue, for each strength, stronger first."""
    query = (
        select(Action.strength, func.count())
        .where(*_narrowed(scope, Filter(state="overdue")))
        .group_by(Action.strength)
    )
    found = {row[0]: row[1] for row in scope.session.execute(query)}
    return {strength: found.get(strength, 0) for strength in STRENGTHS}


def owned(scope: Scope, limit: int = 6) -> Sequence[Action]:
    """Return the actor's own open actions, the next due first."""
    query = select(Action).where(Action.owner_id == scope.actor.id, Action.completed_on.is_(None))
    return scope.session.scalars(query.order_by(Action.due_on, Action.id).limit(limit)).all()


def learnings_of(scope: Scope, action_id: UUID) -> Sequence[Learning]:
    """Return the learnings an action serves, of those the actor may read."""
    query = (
        select(Learning)
        .join(ActionLearning, ActionLearning.learning_id == Learning.id)
        .where(ActionLearning.action_id == action_id, learning_policy.visible(scope))
        .order_by(Learning.created_at, Learning.id)
    )
    return scope.session.scalars(query).all()


def of_learning(scope: Scope, learning_id: UUID) -> Sequence[Action]:
    """Return the actions that serve a learning, of those the actor may see, the next due first."""
    query = (
        select(Action)
        .join(ActionLearning, ActionLearning.action_id == Action.id)
        .where(ActionLearning.learning_id == learning_id, visible(scope))
        .order_by(Action.due_on, Action.id)
    )
    return scope.session.scalars(query).all()


def only_weaker(scope: Scope, learning_ids: Iterable[UUID]) -> bool:
    """Say whether one of some learnings has weaker actions and none that is stronger or intermediate."""
    better = func.count().filter(Action.strength != "weaker")
    query = (
        select(ActionLearning.learning_id)
        .join(Action, Action.id == ActionLearning.action_id)
        .where(ActionLearning.learning_id.in_(list(learning_ids)))
        .group_by(ActionLearning.learning_id)
        .having(better == 0)
        .limit(1)
    )
    return scope.session.scalar(query) is not None


def measures_of(scope: Scope, action_id: UUID) -> Sequence[Measure]:
    """Return the measures that judge an action."""
    query = (
        select(Measure)
        .join(MeasureAction, MeasureAction.measure_id == Measure.id)
        .where(MeasureAction.action_id == action_id)
        .order_by(Measure.review_on, Measure.id)
    )
    return scope.session.scalars(query).all()


def declared_afterwards(scope: Scope, measure: Measure, judged: Iterable[Action]) -> bool:
    """Say whether one of its actions was done when a measure was declared: an effect could be seen."""
    declared_on = scope.local(measure.created_at).date()
    return any(one.completed_on is not None and one.completed_on < declared_on for one in judged)


def find_measure(scope: Scope, measure_id: UUID, *, lock: bool = False) -> Measure:
    """Return a measure of an action the actor may see; with ``lock``, held until the transaction ends.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    query = select(Measure).where(Measure.id == measure_id, measured(scope))
    if lock:
        query = query.with_for_update(of=Measure).execution_options(populate_existing=True)
    found = scope.session.scalar(query)
    if found is None:
        raise NotFound("no such measure")
    return found


def judged_by(scope: Scope, measure_id: UUID) -> Sequence[Action]:
    """Return the actions a measure judges, of those the actor may see."""
    query = (
        select(Action)
        .join(MeasureAction, MeasureAction.action_id == Action.id)
        .where(MeasureAction.measure_id == measure_id, visible(scope))
        .order_by(Action.due_on, Action.id)
    )
    return scope.session.scalars(query).all()


def measures(scope: Scope, state: str = "", before: UUID | None = None) -> MeasurePage:
    """Return one page of measures: those to judge by their day, the judged latest first.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = select(Measure).where(measured(scope), *_measure_state(state, scope.today()))
    last = None if before is None else find_measure(scope, before)
    key: Any = tuple_(Measure.review_on, Measure.id)
    if state in ("due", "waiting"):
        if last is not None:
            query = query.where(key > tuple_(last.review_on, last.id))
        query = query.order_by(Measure.review_on, Measure.id)
    else:
        if last is not None:
            query = query.where(key < tuple_(last.review_on, last.id))
        query = query.order_by(Measure.review_on.desc(), Measure.id.desc())
    rows = scope.session.scalars(query.limit(PAGE + 1)).all()
    return MeasurePage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def due_for_review(scope: Scope, limit: int = 6) -> Sequence[Measure]:
    """Return the measures whose day to be judged has come, the longest waiting first."""
    query = select(Measure).where(measured(scope), *_measure_state("due", scope.today()))
    return scope.session.scalars(query.order_by(Measure.review_on, Measure.id).limit(limit)).all()


def measure_counts(scope: Scope) -> dict[str, int]:
    """Return how many measures are in each state."""
    each = [func.count().filter(and_(*_measure_state(state, scope.today()))) for state in MEASURE_STATES]
    row = scope.session.execute(select(*each).select_from(Measure).where(measured(scope))).one()
    return dict(zip(MEASURE_STATES, row, strict=True))


def _measure_state(state: str, today: date) -> list[ColumnElement[bool]]:
    match state:
        case "due":
            return [Measure.verdict.is_(None), Measure.review_on <= today]
        case "waiting":
            return [Measure.verdict.is_(None), Measure.review_on > today]
        case "judged":
            return [Measure.verdict.is_not(None)]
    return []


def verdict_counts(scope: Scope) -> dict[str, int]:
    """Return how many measures have each verdict; ``""`` are those not judged yet."""
    query = select(Measure.verdict, func.count()).where(measured(scope)).group_by(Measure.verdict)
    return {row[0] or "": row[1] for row in scope.session.execute(query)}
