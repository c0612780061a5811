"""Reads of reviews. A review is visible to whoever may read one of the incidents it covers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_

from throughline.accounts.permissions import Permission
from throughline.incidents.models import Incident
from throughline.incidents.policy import visible
from throughline.kernel.errors import NotFound
from throughline.reviews.models import Factor, Review, ReviewIncident
from throughline.reviews.policy import readable
from throughline.tenancy.scope import Scope

PAGE = 30
STATES = ("open", "late", "completed")


@dataclass(frozen=True)
class Page:
    """One page of reviews; ``older`` is the cursor of the next."""

    rows: Sequence[Review]
    older: UUID | None


@dataclass(frozen=True)
class ThemeCount:
    """How often a theme came up in signed-off reviews: as what made things harder, and as what helped."""

    barriers: int
    facilitators: int


def find(scope: Scope, review_id: UUID, *, lock: bool = False) -> Review:
    """Return a review the actor may see; with ``lock``, as it is now and held until the transaction ends.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    found = None
    if scope.actor.may(Permission.READ):
        query = select(Review).where(Review.id == review_id, readable(scope))
        if lock:
            query = query.with_for_update(of=Review).execution_options(populate_existing=True)
        found = scope.session.scalar(query)
    if found is None:
        raise NotFound("no such review")
    return found


def listed(scope: Scope, state: str = "", before: UUID | None = None) -> Page:
    """Return one page of reviews: those still open by when they are due, the others newest first.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = select(Review).where(readable(scope), *_in_state(scope, state))
    query = _by_due(scope, query, before) if state in ("open", "late") else _newest(scope, query, before)
    rows = scope.session.scalars(query.limit(PAGE + 1)).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def _by_due(scope: Scope, query: Select[Review], before: UUID | None) -> Select[Review]:
    if before is not None:
        last = find(scope, before)
        query = query.where(tuple_(Review.due_on, Review.id) > tuple_(last.due_on, last.id))
    return query.order_by(Review.due_on, Review.id)


def _newest(scope: Scope, query: Select[Review], before: UUID | None) -> Select[Review]:
    if before is not None:
        last = find(scope, before)
        query = query.where(tuple_(Review.opened_at, Review.id) < tuple_(last.opened_at, last.id))
    return query.order_by(Review.opened_at.desc(), Review.id.desc())


def counts(scope: Scope) -> dict[str, int]:
    """Return how many reviews are in each state."""
    each = [func.count().filter(and_(*_in_state(scope, state))) for state in STATES]
    row = scope.session.execute(select(*each).select_from(Review).where(readable(scope))).one()
    return dict(zip(STATES, row, strict=True))


def _in_state(scope: Scope, state: str) -> list[ColumnElement[bool]]:
    match state:
        case "open":
            return [Review.completed_at.is_(None)]
        case "late":
            return [Review.completed_at.is_(None), Review.due_on < scope.today()]
        case "completed":
            return [Review.completed_at.is_not(None)]
    return []


def of_incident(scope: Scope, incident_id: UUID) -> Sequence[Review]:
    """Return the reviews of one incident that the actor may read, first opened first."""
    query = (
        select(Review)
        .join(ReviewIncident, ReviewIncident.review_id == Review.id)
        .where(ReviewIncident.incident_id == incident_id, readable(scope))
        .order_by(Review.opened_at, Review.id)
    )
    return scope.session.scalars(query).all() if scope.actor.may(Permission.READ) else []


def incidents_of(scope: Scope, review_ids: Sequence[UUID]) -> dict[UUID, list[Incident]]:
    """Return the incidents each review covers, of those the actor may see."""
    rows = scope.session.execute(
        select(ReviewIncident.review_id, Incident)
        .join(Incident, Incident.id == ReviewIncident.incident_id)
        .where(ReviewIncident.review_id.in_(review_ids), visible(scope))
        .order_by(Incident.occurred_at, Incident.id)
    )
    found: dict[UUID, list[Incident]] = {review_id: [] for review_id in review_ids}
    for review_id, incident in rows:
        found[review_id].append(incident)
    return found


def covered(scope: Scope, review_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many incidents each review covers, whether or not the actor may see each of them."""
    query = (
        select(ReviewIncident.review_id, func.count())
        .where(ReviewIncident.review_id.in_(review_ids))
        .group_by(ReviewIncident.review_id)
    )
    return {row[0]: row[1] for row in scope.session.execute(query)}


def incident_ids(scope: Scope, review_id: UUID) -> tuple[UUID, ...]:
    """Return the ids of every incident a review covers."""
    query = (
        select(ReviewIncident.incident_id)
        .where(ReviewIncident.review_id == review_id)
        .order_by(ReviewIncident.id)
    )
    return tuple(scope.session.scalars(query))


def factors(scope: Scope, review_id: UUID) -> Sequence[Factor]:
    """Return a review's contributory factors in the order they were added."""
    query = select(Factor).where(Factor.review_id == review_id).order_by(Factor.added_at, Factor.id)
    return scope.session.scalars(query).all()


def theme_counts(
    scope: Scope, since: datetime, until: datetime, unit_ids: Iterable[UUID] | None = None
) -> dict[str, ThemeCount]:
    """Return how often each theme came up in reviews signed off from ``since`` until ``until``, most first.

    ``unit_ids`` narrows to reviews that cover an incident of those units. Counts only reviews the actor may
    read.
    """
    conditions = [Review.completed_at >= since, Review.completed_at < until, readable(scope)]
    if unit_ids is not None:
        there = select(ReviewIncident.review_id).join(Incident, Incident.id == ReviewIncident.incident_id)
        conditions.append(Review.id.in_(there.where(Incident.unit_id.in_(list(unit_ids)))))
    barriers = func.count().filter(Factor.kind == "barrier")
    query = (
        select(Factor.theme, barriers, func.count().filter(Factor.kind == "facilitator"))
        .join(Review, Review.id == Factor.review_id)
        .where(*conditions)
        .group_by(Factor.theme)
        .order_by(barriers.desc(), func.count().desc(), Factor.theme)
    )
    return {row[0]: ThemeCount(row[1], row[2]) for row in scope.session.execute(query)}
