"""Who may see and write a review: whoever reads, or reviews, one of the incidents it covers."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, false, not_, or_, select, true

from throughline.accounts.permissions import Permission
from throughline.incidents import policy as incidents
from throughline.incidents.models import Incident
from throughline.reviews.models import Review, ReviewIncident
from throughline.tenancy.scope import Scope


def readable(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that confines a query to the reviews the actor may read.

    Having reported an incident does not open its review: that takes reading one it covers as its unit does.
    A review that also covers one in confidence is for those who read that one too: its text is about all.
    """
    in_confidence: ColumnElement[bool] = false()
    if scope.actor.may(Permission.READ_CONFIDENTIAL):
        in_confidence = _in_units(scope, Permission.READ_CONFIDENTIAL)
    open_to_all = and_(_in_units(scope, Permission.READ), Incident.confidential.is_(False))
    covers = (
        select(ReviewIncident.review_id)
        .join(Incident, Incident.id == ReviewIncident.incident_id)
        .where(ReviewIncident.review_id == Review.id)
    )
    kept_from_them = covers.where(Incident.confidential, not_(in_confidence))
    return and_(covers.where(or_(open_to_all, in_confidence)).exists(), ~kept_from_them.exists())


def may_cover(scope: Scope, incident: Incident) -> bool:
    """Say whether the actor may open a review of this incident."""
    allowed = scope.actor.may(Permission.REVIEW, incident.unit_id)
    return allowed and incidents.may_read_all_of(scope, incident)


def may_write(scope: Scope, covered: Iterable[Incident]) -> bool:
    """Say whether the actor may write a review of these incidents."""
    return any(may_cover(scope, incident) for incident in covered)


def _in_units(scope: Scope, permission: Permission) -> ColumnElement[bool]:
    units = scope.actor.units_for(permission)
    return true() if units is None else Incident.unit_id.in_(units)
