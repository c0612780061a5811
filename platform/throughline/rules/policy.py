"""Who may answer an escalation: those it was addressed to, and whoever answers for the unit."""

from sqlalchemy import ColumnElement, and_, or_, true

from throughline.accounts.permissions import Permission
from throughline.rules.models import Escalation
from throughline.tenancy.scope import Scope

# An executive answers for no unit, and is asked about those they read.
_ASKED_WHERE = {"executive": Permission.READ}


def is_open() -> ColumnElement[bool]:
    """Return the condition for escalations that still wait for an answer where they are."""
    return and_(Escalation.acknowledged_at.is_(None), Escalation.passed_on_at.is_(None))


def stands_open(escalation: Escalation) -> bool:
    """Say whether an escalation still waits for an answer where it is."""
    return escalation.acknowledged_at is None and escalation.passed_on_at is None


def may_answer(scope: Scope, escalation: Escalation) -> bool:
    """Say whether the actor may answer: it is addressed to them, or they answer for the unit."""
    return is_addressed(scope, escalation) or scope.actor.may(Permission.ACKNOWLEDGE, escalation.unit_id)


def is_addressed(scope: Scope, escalation: Escalation) -> bool:
    """Say whether the actor was asked: by name, or by a role they hold for the unit."""
    if escalation.to_user_id is not None:
        return escalation.to_user_id == scope.actor.id
    role = escalation.to_role
    return role in _roles(scope) and scope.actor.may(_where(role), escalation.unit_id)


def addressed(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for escalations that ask the actor: by name, or by a role in the unit.

    A governance lead answers for the role below too.
    """
    asked: list[ColumnElement[bool]] = []
    for role in sorted(_roles(scope)):
        units = scope.actor.units_for(_where(role))
        there = true() if units is None else Escalation.unit_id.in_(units)
        asked.append(and_(Escalation.to_user_id.is_(None), Escalation.to_role == role, there))
    return or_(Escalation.to_user_id == scope.actor.id, *asked)


def _roles(scope: Scope) -> set[str]:
    roles = set(scope.actor.roles)
    return roles | ({"unit_manager"} if "governance_lead" in roles else set())


def _where(role: str) -> Permission:
    return _ASKED_WHERE.get(role, Permission.ACKNOWLEDGE)
