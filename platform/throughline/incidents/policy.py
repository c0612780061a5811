"""Who may see and do what with an incident."""

from sqlalchemy import ColumnElement, and_, or_, true

from throughline.accounts.permissions import Permission
from throughline.incidents.models import Incident
from throughline.tenancy.scope import Scope


def visible(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that confines a query to the incidents the actor may read.

    Those of their units, in confidence only with that permission there, and always their own reports.
    """
    whole = read_whole(scope)
    return whole if scope.actor.id is None else or_(whole, Incident.reporter_id == scope.actor.id)


def read_whole(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for incidents the actor reads as their unit does (see ``may_read_all_of``)."""
    conditions = [and_(_in_units(scope, Permission.READ), Incident.confidential.is_(False))]
    if scope.actor.may(Permission.READ_CONFIDENTIAL):
        conditions.append(_in_units(scope, Permission.READ_CONFIDENTIAL))
    return or_(*conditions)


def may_read_all_of(scope: Scope, incident: Incident) -> bool:
    """Say whether the actor reads this incident as its unit does, not only as its reporter."""
    wanted = Permission.READ_CONFIDENTIAL if incident.confidential else Permission.READ
    return scope.actor.may(wanted, incident.unit_id)


def may_triage(scope: Scope, incident: Incident) -> bool:
    """Say whether the actor may triage and grade this incident."""
    return may_read_all_of(scope, incident) and scope.actor.may(Permission.TRIAGE, incident.unit_id)


def _in_units(scope: Scope, permission: Permission) -> ColumnElement[bool]:
    units = scope.actor.units_for(permission)
    return true() if units is None else Incident.unit_id.in_(units)
