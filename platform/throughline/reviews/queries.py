"""Reads of reviews. A review is visible to whoever may read one of the incidents it covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from throughline.accounts.permissions import Permission
from throughline.incidents.models import Incident
from throughline.incidents.policy import visible
from throughline.kernel.errors import NotFound
from throughline.reviews.models import Factor, Review, ReviewIncident
from throughline.tenancy.scope import Scope

PAGE = 30
STATES = ("open", "late", "completed")


@dataclass(frozen=True)
class Page:
    """One page of reviews; ``older`` is the cursor of the next."""

    rows: Sequence[Review]
    older: UUID | None


def _seen(scope: Scope) -> ColumnElement[bool]:
    covered = (
        select(ReviewIncident.review_id)
        .join(Incident, Incident.id == ReviewIncident.incident_id)
        .where(visible(scope))
    )
    return Review.id.in_(covered)


def find(scope: Scope, review_id: UUID) -> Review:
    """Return a review the actor may see.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    found = None
    if scope.actor.may(Permission.READ):
        found = scope.session.scalar(select(Review).where(Review.id == review_id, _seen(scope)))
    if found is None:
        raise NotFound("no such review")
    return found


def listed(scope: Scope, state: str = "", before: UUID | None = None) -> Page:
    """Return one page of reviews in a state, newest first.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = _in_state(scope, select(Review).where(_seen(scope)), state)
    if before is not None:
        last = find(scope, before)
        query = query.where(tuple_(Review.opened_at, Review.id) < tuple_(last.opened_at, last.id))
    rows = scope.session.scalars(
        query.order_by(Review.opened_at.desc(), Review.id.desc()).limit(PAGE + 1)
    ).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def counts(scope: Scope) -> dict[str, int]:
    """Return how many reviews are in each state."""
    return {
        state: scope.session.scalar(
            _in_state(scope, select(func.count()).select_from(Review).where(_seen(scope)), state)
        )
        or 0
        for state in STATES
    }


def _in_state(scope: Scope, query: Select[Any], state: str) -> Select[Any]:
    match state:
        case "open":
            return query.where(Review.completed_at.is_(None))
        case "late":
            return query.where(Review.completed_at.is_(None), Review.due_on < scope.today())
        case "completed":
            return query.where(Review.completed_at.is_not(None))
    return query


def incidents_of(scope: Scope, review_ids: Sequence[UUID]) -> dict[UUID, list[Incident]]:
    """Return the incidents each review covers, of those the actor may see."""
    rows = scope.session.execute(
        select(ReviewIncident.review_id, Incident)
        .join(Incident, Incident.id == ReviewIncident.incident_id)
        .where(ReviewIncident.review_id.in_(review_ids), visible(scope))
        .order_by(Incident.occurred_at)
    )
    found: dict[UUID, list[Incident]] = {review_id: [] for review_id in review_ids}
    for review_id, incident in rows:
        found[review_id].append(incident)
    return found


def incident_ids(scope: Scope, review_id: UUID) -> tuple[UUID, ...]:
    """Return the ids of every incident a review covers."""
    query = select(ReviewIncident.incident_id).where(ReviewIncident.review_id == review_id)
    return tuple(scope.session.scalars(query))


def factors(scope: Scope, review_id: UUID) -> Sequence[Factor]:
    """Return a review's contributory factors in the order they were added."""
    query = select(Factor).where(Factor.review_id == review_id).order_by(Factor.added_at, Factor.id)
    return scope.session.scalars(query).all()


def themes(scope: Scope, review_ids: Sequence[UUID]) -> dict[str, int]:
    """Return how often each theme came up in some reviews, most first."""
    query = (
        select(Factor.theme, func.count())
        .where(Factor.review_id.in_(review_ids), Factor.kind == "barrier")
        .group_by(Factor.theme)
        .order_by(func.count().desc(), Factor.theme)
    )
    return {row[0]: row[1] for row in scope.session.execute(query)}
