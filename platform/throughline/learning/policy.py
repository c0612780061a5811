"""Who may see a learning: everybody once it is approved, before that those who write it."""

from sqlalchemy import ColumnElement, or_, select

from throughline.accounts.permissions import Permission
from throughline.learning.models import Learning, LearningReview
from throughline.reviews.models import Review
from throughline.reviews.policy import readable
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import Scope


def visible(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that confines a query to the learnings the actor may read.

    An approved one holds nobody's details, so everybody in the tenant reads it. A draft is for whoever shares
    learning and may read a review it comes from, and for whoever wrote it.
    """
    approved = Learning.approved_at.is_not(None)
    if not scope.actor.may(Permission.SHARE):
        return approved
    sources = (
        select(LearningReview.learning_id)
        .join(Review, Review.id == LearningReview.review_id)
        .where(readable(scope))
    )
    drafts: list[ColumnElement[bool]] = [Learning.id.in_(sources)]
    if scope.actor.id is not None:
        drafts.append(Learning.created_by == scope.actor.id)
    return or_(approved, *drafts)


def shareable(scope: Scope, units: Tree) -> list[Unit]:
    """Return the open services the actor may share learning with."""
    return [
        unit
        for unit in units.services()
        if unit.closed_on is None and scope.actor.may(Permission.SHARE, unit.id)
    ]
