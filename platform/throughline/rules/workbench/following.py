"""What came of an alarm about a unit as a whole: a review of its incidents, or an action planned there."""

from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    column,
    false,
    select,
    union_all,
    values,
)

from throughline.actions.models import Action, ActionLearning
from throughline.incidents.models import Incident
from throughline.learning.models import LearningReview
from throughline.reviews.models import Review, ReviewIncident
from throughline.rules.models import Escalation
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope


def of_unit(scope: Scope, since: datetime, within: timedelta) -> ColumnElement[bool]:
    """Return the condition that something came of an escalation about a unit, raised since a moment.

    It is what was opened or planned from its raising until some time after it was acknowledged, for the unit
    or any below it. What was opened and planned is read once, not once an alarm.
    """
    about_units = (Escalation.incident_id.is_(None), Escalation.raised_at >= since)
    alarmed = set(scope.session.scalars(select(Escalation.unit_id).where(*about_units).distinct()))
    units = tree(scope)
    pairs = [(unit, below) for unit in alarmed if unit in units.units for below in units.subtree(unit)]
    if not pairs:
        return false()
    within_of = values(column("unit_id", Uuid()), column("below", Uuid()), name="within_of").data(pairs)
    done = union_all(_reviewed(scope, since), _planned(scope, since), _planned_there(scope, since))
    deeds = done.cte("deeds")
    came = (
        select(deeds.c.at)
        .join(within_of, within_of.c.below == deeds.c.unit_id)
        .where(
            within_of.c.unit_id == Escalation.unit_id,
            deeds.c.at >= Escalation.raised_at,
            deeds.c.at <= Escalation.acknowledged_at + within,
        )
        .exists()
    )
    return and_(Escalation.incident_id.is_(None), came)


def _reviewed(scope: Scope, since: datetime) -> Select[*tuple[object, ...]]:
    return (
        select(Incident.unit_id.label("unit_id"), Review.opened_at.label("at"))
        .join(ReviewIncident, ReviewIncident.incident_id == Incident.id)
        .join(Review, Review.id == ReviewIncident.review_id)
        .where(
            Review.tenant_id == scope.tenant.id,
            ReviewIncident.tenant_id == scope.tenant.id,
            Incident.tenant_id == scope.tenant.id,
            Review.opened_at >= since,
        )
    )


def _planned(scope: Scope, since: datetime) -> Select[*tuple[object, ...]]:
    """Return when actions were planned that follow from reviews of a unit's incidents."""
    return (
        select(Incident.unit_id.label("unit_id"), Action.created_at.label("at"))
        .join(ReviewIncident, ReviewIncident.incident_id == Incident.id)
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .join(ActionLearning, ActionLearning.learning_id == LearningReview.learning_id)
        .join(Action, Action.id == ActionLearning.action_id)
        .where(
            Action.tenant_id == scope.tenant.id,
            ReviewIncident.tenant_id == scope.tenant.id,
            Incident.tenant_id == scope.tenant.id,
            Action.created_at >= since,
        )
    )


def _planned_there(scope: Scope, since: datetime) -> Select[*tuple[object, ...]]:
    return select(Action.unit_id.label("unit_id"), Action.created_at.label("at")).where(
        Action.tenant_id == scope.tenant.id, Action.created_at >= since, Action.unit_id.is_not(None)
    )
