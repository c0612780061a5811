"""Who may see and change actions and measures."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from throughline.accounts.permissions import ROLES, Permission
from throughline.actions.models import Action, Measure, MeasureAction
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import Tree, tree
from throughline.tenancy.scope import Scope

OWNING = tuple(role for role, held in ROLES.items() if Permission.REPORT in held)
"""The roles whose holders may own an action: those who can open its page."""


def visible(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that confines a query to the actions the actor may read.

    Those of their units and of what lies above them, those of the whole tenant, and always their own.
    """
    conditions = [Action.owner_id == scope.actor.id]
    if scope.actor.may(Permission.READ):
        conditions.append(_in_reach(scope, scope.actor.units_for(Permission.READ)))
    return or_(*conditions)


def _in_reach(scope: Scope, units: Iterable[UUID] | None) -> ColumnElement[bool]:
    if units is None:
        return true()
    every = tree(scope)
    concerned = {above.id for unit_id in units for above in every.ancestors(unit_id)}
    return or_(Action.unit_id.in_(concerned), Action.unit_id.is_(None))


def measured(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that confines a query to the measures of actions the actor may read."""
    judged = (
        select(MeasureAction.measure_id)
        .join(Action, Action.id == MeasureAction.action_id)
        .where(visible(scope))
    )
    return Measure.id.in_(judged)


def may_act(scope: Scope, unit_id: UUID | None) -> bool:
    """Say whether the actor may plan and judge for a unit; None is the whole tenant and takes all of it."""
    if unit_id is None:
        return scope.actor.may(Permission.ACT) and scope.actor.units_for(Permission.ACT) is None
    return scope.actor.may(Permission.ACT, unit_id)


def may_complete(scope: Scope, action: Action) -> bool:
    """Say whether the actor may say that an action is done: its owner, and whoever acts for its unit."""
    own = scope.actor.id is not None and action.owner_id == scope.actor.id
    return own or may_act(scope, action.unit_id)


def places(scope: Scope, units: Tree) -> list[Unit]:
    """Return the open units the actor may plan actions and measures for."""
    return [unit for unit in units.units.values() if unit.closed_on is None and may_act(scope, unit.id)]


def place_ids(scope: Scope, units: Tree) -> set[UUID | None]:
    """Return the ids of those units, with None where the actor may mean the whole tenant."""
    found: set[UUID | None] = {unit.id for unit in places(scope, units)}
    return found | {None} if may_act(scope, None) else found
