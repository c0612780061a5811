"""Reads of learnings, of how far they went, and of the briefings of a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from throughline.accounts.permissions import Permission
from throughline.kernel.errors import NotFound
from throughline.learning.models import Learning, LearningReview, Share
from throughline.learning.policy import visible
from throughline.reviews.models import Review
from throughline.reviews.policy import readable
from throughline.tenancy.scope import Scope

PAGE = 30
STATES = ("draft", "shared")


@dataclass(frozen=True)
class Reach:
    """How far a learning went: units it was shared with, and how many acknowledged."""

    units: int
    acknowledged: int

    @property
    def share(self) -> float | None:
        """Acknowledged as a share of units, 0 to 1; None when it was shared with none."""
        return self.acknowledged / self.units if self.units else None


@dataclass(frozen=True)
class Page:
    """One page of learnings; ``older`` is the cursor of the next."""

    rows: Sequence[Learning]
    older: UUID | None


@dataclass(frozen=True)
class Briefings:
    """One page of what was shared with the actor's units; ``older`` is the cursor of the next."""

    rows: list[tuple[Share, Learning]]
    older: UUID | None


def find(scope: Scope, learning_id: UUID, *, lock: bool = False) -> Learning:
    """Return a learning the actor may read; with ``lock``, held until the transaction ends.

    Raises:
        NotFound: there is none for this actor.
    """
    query = select(Learning).where(Learning.id == learning_id, visible(scope))
    if lock:
        query = query.with_for_update(of=Learning).execution_options(populate_existing=True)
    found = scope.session.scalar(query)
    if found is None:
        raise NotFound("no such learning")
    return found


def listed(scope: Scope, state: str = "", before: UUID | None = None) -> Page:
    """Return one page of learnings in a state, newest first.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = _in_state(select(Learning).where(visible(scope)), state)
    if before is not None:
        last = find(scope, before)
        query = query.where(tuple_(Learning.created_at, Learning.id) < tuple_(last.created_at, last.id))
    newest = query.order_by(Learning.created_at.desc(), Learning.id.desc()).limit(PAGE + 1)
    rows = scope.session.scalars(newest).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def _in_state(query: Select[Learning], state: str) -> Select[Learning]:
    match state:
        case "draft":
            return query.where(Learning.approved_at.is_(None))
        case "shared":
            return query.where(Learning.approved_at.is_not(None))
    return query


def counts(scope: Scope) -> dict[str, int]:
    """Return how many learnings are in each state."""
    query = select(func.count(), func.count(Learning.approved_at)).where(visible(scope))
    every, shared = scope.session.execute(query).one()
    return {"draft": every - shared, "shared": shared}


def reach(scope: Scope, learning_ids: Sequence[UUID]) -> dict[UUID, Reach]:
    """Return how far each learning went."""
    query = (
        select(Share.learning_id, func.count(), func.count(Share.acknowledged_at))
        .where(Share.learning_id.in_(learning_ids))
        .group_by(Share.learning_id)
    )
    found = {row[0]: Reach(row[1], row[2]) for row in scope.session.execute(query)}
    return {learning_id: found.get(learning_id, Reach(0, 0)) for learning_id in learning_ids}


def shares(scope: Scope, learning_id: UUID) -> Sequence[Share]:
    """Return a learning's shares in the order they were made."""
    query = select(Share).where(Share.learning_id == learning_id).order_by(Share.shared_at, Share.id)
    return scope.session.scalars(query).all()


def reviews_of(scope: Scope, learning_id: UUID) -> Sequence[Review]:
    """Return the reviews a learning comes from, of those the actor may read."""
    query = (
        select(Review)
        .join(LearningReview, LearningReview.review_id == Review.id)
        .where(LearningReview.learning_id == learning_id, readable(scope))
        .order_by(Review.opened_at, Review.id)
    )
    return scope.session.scalars(query).all() if scope.actor.may(Permission.READ) else []


def of_review(scope: Scope, review_id: UUID) -> Sequence[Learning]:
    """Return the learnings that come from a review, of those the actor may read."""
    query = (
        select(Learning)
        .join(LearningReview, LearningReview.learning_id == Learning.id)
        .where(LearningReview.review_id == review_id, visible(scope))
        .order_by(Learning.created_at, Learning.id)
    )
    return scope.session.scalars(query).all()


def to_read(scope: Scope, limit: int = 6) -> list[tuple[Share, Learning]]:
    """Return the briefings of the actor's units that nobody there has acknowledged, newest first."""
    query = _briefings(scope).where(Share.acknowledged_at.is_(None))
    rows = scope.session.execute(query.order_by(Share.shared_at.desc(), Share.id.desc()).limit(limit))
    return [(share, learning) for share, learning in rows]


def briefings(scope: Scope, waiting: bool, before: UUID | None = None) -> Briefings:
    """Return one page of what was shared with the actor's units, newest first.

    ``waiting`` narrows it to those that nobody there has acknowledged.

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = _briefings(scope)
    if before is not None:
        last = scope.session.scalar(query.with_only_columns(Share).where(Share.id == before))
        if last is None:
            raise NotFound("no such page")
        query = query.where(tuple_(Share.shared_at, Share.id) < tuple_(last.shared_at, last.id))
    if waiting:
        query = query.where(Share.acknowledged_at.is_(None))
    newest = query.order_by(Share.shared_at.desc(), Share.id.desc()).limit(PAGE + 1)
    rows = [(share, learning) for share, learning in scope.session.execute(newest)]
    return Briefings(rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None)


def _briefings(scope: Scope) -> Select[Share, Learning]:
    units = scope.actor.units_for(Permission.REPORT)
    query = select(Share, Learning).join(Learning, Learning.id == Share.learning_id)
    return query if units is None else query.where(Share.unit_id.in_(units))
