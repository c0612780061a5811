"""Reads of learnings and shares. A learning holds nobody's details, so everyone in the tenant may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, tuple_

from throughline.accounts.permissions import Permission
from throughline.kernel.errors import NotFound
from throughline.learning.models import Learning, LearningReview, Share
from throughline.reviews.models import Review
from throughline.tenancy.scope import Scope

PAGE = 30


@dataclass(frozen=True)
class Reach:
    """How far a learning went: units it was shared with, and how many acknowledged."""

    units: int
    acknowledged: int


@dataclass(frozen=True)
class Page:
    """One page of learnings; ``older`` is the cursor of the next."""

    rows: Sequence[Learning]
    older: UUID | None


def find(scope: Scope, learning_id: UUID) -> Learning:
    """Return a learning: an approved one, or a draft for those who share.

    Raises:
        NotFound: there is none for this actor.
    """
    found = scope.session.scalar(select(Learning).where(Learning.id == learning_id))
    if found is None or (found.approved_at is None and not scope.actor.may(Permission.SHARE)):
        raise NotFound("no such learning")
    return found


def listed(scope: Scope, before: UUID | None = None) -> Page:
    """Return one page of learnings, newest first."""
    query = select(Learning)
    if not scope.actor.may(Permission.SHARE):
        query = query.where(Learning.approved_at.is_not(None))
    if before is not None:
        last = find(scope, before)
        query = query.where(tuple_(Learning.created_at, Learning.id) < tuple_(last.created_at, last.id))
    newest = query.order_by(Learning.created_at.desc(), Learning.id.desc()).limit(PAGE + 1)
    rows = scope.session.scalars(newest).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


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
    """Return the reviews a learning comes from."""
    query = (
        select(Review)
        .join(LearningReview, LearningReview.review_id == Review.id)
        .where(LearningReview.learning_id == learning_id)
        .order_by(Review.opened_at)
    )
    return scope.session.scalars(query).all()


def of_review(scope: Scope, review_id: UUID) -> Sequence[Learning]:
    """Return the learnings that come from a review."""
    query = (
        select(Learning)
        .join(LearningReview, LearningReview.learning_id == Learning.id)
        .where(LearningReview.review_id == review_id)
        .order_by(Learning.created_at)
    )
    return scope.session.scalars(query).all()


def to_read(scope: Scope, limit: int = 6) -> list[tuple[Share, Learning]]:
    """Return the briefings of the actor's units that nobody there has acknowledged, newest first."""
    units = scope.actor.units_for(Permission.REPORT)
    query = (
        select(Share, Learning)
        .join(Learning, Learning.id == Share.learning_id)
        .where(Share.acknowledged_at.is_(None))
        .order_by(Share.shared_at.desc(), Share.id)
        .limit(limit)
    )
    if units is not None:
        query = query.where(Share.unit_id.in_(units))
    return [(share, learning) for share, learning in scope.session.execute(query)]
