"""The line through one thing: from a theme, a review, a learning, an action or a measure, back and forth.

Incidents, the reviews that cover them, what those taught, the actions that serve it and the measures that
judge them, each with its date and who stands for it. Of what the reader may not open, only that it is there.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from throughline.actions import policy as actions
from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.incidents import policy as incidents
from throughline.incidents.models import Incident
from throughline.kernel.errors import NotFound
from throughline.learning import policy as learnings
from throughline.learning.models import Learning, LearningReview
from throughline.reviews import policy as reviews
from throughline.reviews.models import Factor, Review, ReviewIncident
from throughline.tenancy.scope import Scope

MOST = 100
KINDS = ("incident", "review", "learning", "action", "measure")
LINKS = {
    "review": "covers",
    "learning": "comes from",
    "action": "serves",
    "measure": "judges",
}
"""How a record is linked to the kind before it."""


@dataclass(frozen=True)
class Knot:
    """One record on the thread. ``at`` is when it came about, ``done_at`` when its part was done.

    ``after`` holds the records before it that it is linked to. One that does not open has no title.
    """

    kind: str
    id: UUID
    title: str
    at: datetime | date
    done_at: datetime | date | None
    person_id: UUID | None
    state: str
    after: tuple[UUID, ...] = ()
    opens: bool = True
    unit_id: UUID | None = None


@dataclass(frozen=True)
class Thread:
    """The knots of each kind, in order of time, and how many there are beyond those shown."""

    knots: dict[str, tuple[Knot, ...]]
    more: dict[str, int]

    def of(self, kind: str) -> tuple[Knot, ...]:
        """Return the knots of a kind."""
        return self.knots[kind]


def through(scope: Scope, kind: str, record_id: UUID) -> Thread:
    """Return the thread through a review, a learning, an action or a measure that the actor may open.

    Raises:
        NotFound: there is none for this actor.
    """
    model, may = _OWN[kind]
    if scope.session.scalar(select(model.id).where(model.id == record_id, may(scope))) is None:
        raise NotFound("no such record")
    ids: dict[str, set[UUID]] = {one: set() for one in KINDS}
    ids[kind] = {record_id}
    _back(scope, ids, kind)
    _forth(scope, ids, kind)
    return _thread(scope, ids)


def through_theme(scope: Scope, theme: str) -> Thread:
    """Return the thread through every review, of those the actor may open, that found a theme."""
    query = select(Factor.review_id).join(Review, Review.id == Factor.review_id)
    found = scope.session.scalars(query.where(Factor.theme == theme, reviews.readable(scope)).distinct())
    ids: dict[str, set[UUID]] = {one: set() for one in KINDS}
    ids["review"] = set(found)
    _back(scope, ids, "review")
    _forth(scope, ids, "review")
    return _thread(scope, ids)


_OWN: dict[str, tuple[Any, Callable[[Scope], ColumnElement[bool]]]] = {
    "review": (Review, reviews.readable),
    "learning": (Learning, learnings.visible),
    "action": (Action, actions.visible),
    "measure": (Measure, actions.measured),
}
_BACK = {
    "measure": ("action", MeasureAction.measure_id, MeasureAction.action_id),
    "action": ("learning", ActionLearning.action_id, ActionLearning.learning_id),
    "learning": ("review", LearningReview.learning_id, LearningReview.review_id),
    "review": ("incident", ReviewIncident.review_id, ReviewIncident.incident_id),
}
_FORTH = {
    "review": ("learning", LearningReview.review_id, LearningReview.learning_id),
    "learning": ("action", ActionLearning.learning_id, ActionLearning.action_id),
    "action": ("measure", MeasureAction.action_id, MeasureAction.measure_id),
}


def _back(scope: Scope, ids: dict[str, set[UUID]], kind: str) -> None:
    while kind in _BACK:
        before, mine, theirs = _BACK[kind]
        ids[before] |= set(scope.session.scalars(select(theirs).where(mine.in_(ids[kind]))))
        kind = before


def _forth(scope: Scope, ids: dict[str, set[UUID]], kind: str) -> None:
    while kind in _FORTH:
        after, mine, theirs = _FORTH[kind]
        ids[after] |= set(scope.session.scalars(select(theirs).where(mine.in_(ids[kind]))))
        kind = after


def _thread(scope: Scope, ids: dict[str, set[UUID]]) -> Thread:
    after = {kind: _links(scope, kind, ids) for kind in LINKS}
    knots = {
        "incident": _incidents(scope, ids["incident"]),
        "review": _reviews(scope, ids["review"], after["review"]),
        "learning": _learnings(scope, ids["learning"], after["learning"]),
        "action": _actions(scope, ids["action"], after["action"]),
        "measure": _measures(scope, ids["measure"], after["measure"]),
    }
    return Thread(knots, {kind: max(len(ids[kind]) - MOST, 0) for kind in KINDS})


def _links(scope: Scope, kind: str, ids: dict[str, set[UUID]]) -> dict[UUID, tuple[UUID, ...]]:
    before, mine, theirs = _BACK[kind]
    query = select(mine, theirs).where(mine.in_(ids[kind]), theirs.in_(ids[before])).order_by(mine, theirs)
    found: dict[UUID, tuple[UUID, ...]] = {}
    for one, other in scope.session.execute(query):
        found[one] = (*found.get(one, ()), other)
    return found


def _rows(
    scope: Scope, model: Any, ids: Collection[UUID], order: Any, may: ColumnElement[bool]
) -> Sequence[tuple[Any, bool]]:
    query = select(model, may.label("opens")).where(model.id.in_(ids)).order_by(order, model.id).limit(MOST)
    return [(row[0], bool(row[1])) for row in scope.session.execute(query)] if ids else []


def _incidents(scope: Scope, ids: Collection[UUID]) -> tuple[Knot, ...]:
    rows = _rows(scope, Incident, ids, Incident.reported_at, incidents.visible(scope))
    return tuple(
        Knot(
            "incident",
            one.id,
            one.reference if opens else "",
            one.reported_at,
            one.triaged_at if opens else None,
            None,
            "",
            opens=opens,
            unit_id=one.unit_id if opens else None,
        )
        for one, opens in rows
    )


def _reviews(scope: Scope, ids: Collection[UUID], after: dict[UUID, tuple[UUID, ...]]) -> tuple[Knot, ...]:
    rows = _rows(scope, Review, ids, Review.opened_at, reviews.readable(scope))
    return tuple(
        _knot("review", one, one.opened_at, one.completed_at, one.lead_id, _due(scope, one), after, opens)
        for one, opens in rows
    )


def _learnings(scope: Scope, ids: Collection[UUID], after: dict[UUID, tuple[UUID, ...]]) -> tuple[Knot, ...]:
    rows = _rows(scope, Learning, ids, Learning.created_at, learnings.visible(scope))
    return tuple(
        _knot("learning", one, one.created_at, one.approved_at, one.created_by,
              "shared" if one.approved_at else "draft", after, opens)
        for one, opens in rows
    )  # fmt: skip


def _actions(scope: Scope, ids: Collection[UUID], after: dict[UUID, tuple[UUID, ...]]) -> tuple[Knot, ...]:
    rows = _rows(scope, Action, ids, Action.created_at, actions.visible(scope))
    return tuple(
        _knot("action", one, one.created_at, one.completed_on, one.owner_id,
              "done" if one.completed_on else "overdue" if one.due_on < scope.today() else "in_progress",
              after, opens)
        for one, opens in rows
    )  # fmt: skip


def _measures(scope: Scope, ids: Collection[UUID], after: dict[UUID, tuple[UUID, ...]]) -> tuple[Knot, ...]:
    rows = _rows(scope, Measure, ids, Measure.created_at, actions.measured(scope))
    return tuple(
        _knot("measure", one, one.created_at, one.verdict_at, one.verdict_by or one.created_by,
              one.verdict or ("overdue" if one.review_on < scope.today() else "in_progress"), after, opens)
        for one, opens in rows
    )  # fmt: skip


def _due(scope: Scope, review: Review) -> str:
    if review.completed_at is not None:
        return "completed"
    return "overdue" if review.due_on < scope.today() else "in_progress"


def _knot(
    kind: str,
    one: Any,
    at: datetime,
    done_at: datetime | date | None,
    person: UUID | None,
    state: str,
    after: dict[UUID, tuple[UUID, ...]],
    opens: bool,
) -> Knot:
    links = after.get(one.id, ())
    if not opens:
        return Knot(kind, one.id, "", at, None, None, "", links, False)
    return Knot(kind, one.id, one.title, at, done_at, person, state, links)
