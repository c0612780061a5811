"""Reads of the roster."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from throughline.accounts.models import Membership, User
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import NotFound
from throughline.on_call.models import OnCall
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import Scope

MANY = 500


@dataclass(frozen=True)
class Duty:
    """One turn of the roster with who has it."""

    row: OnCall
    user: User


def on_call_for(scope: Scope, units: Tree, unit_id: UUID, at: datetime) -> Duty | None:
    """Return who is on call for a unit at a moment: of it, or of the nearest unit above with somebody.

    Somebody whose account or last role has ended is not on call any more.
    """
    places = [unit.id for unit in units.ancestors(unit_id)]
    found = {duty.row.unit_id: duty for duty in _at(scope, places, at)}
    return next((found[place] for place in places if place in found), None)


def now(scope: Scope, units: Tree, services: Iterable[Unit]) -> dict[UUID, Duty]:
    """Return who is on call at this moment for each of some units, by unit."""
    duties = {duty.row.unit_id: duty for duty in _at(scope, list(units.units), scope.now())}
    found: dict[UUID, Duty] = {}
    for unit in services:
        for above in units.ancestors(unit.id):
            if above.id in duties:
                found[unit.id] = duties[above.id]
                break
    return found


def _at(scope: Scope, unit_ids: Sequence[UUID], at: datetime) -> list[Duty]:
    still_here = exists().where(
        Membership.tenant_id == OnCall.tenant_id,
        Membership.user_id == OnCall.user_id,
        Membership.ended_at.is_(None),
    )
    query = (
        select(OnCall, User)
        .join(User, User.id == OnCall.user_id)
        .where(
            OnCall.unit_id.in_(unit_ids),
            OnCall.starts_at <= at,
            OnCall.ends_at > at,
            User.disabled_at.is_(None),
            still_here,
        )
    )
    return [Duty(*row) for row in scope.session.execute(query)]


def between(scope: Scope, start: datetime, end: datetime) -> list[Duty]:
    """Return the turns of a span, of the units whose roster the actor sees, in order of their beginning."""
    units = scope.actor.units_for(Permission.ACKNOWLEDGE)
    query = (
        select(OnCall, User)
        .join(User, User.id == OnCall.user_id)
        .where(OnCall.ends_at > start, OnCall.starts_at < end)
        .order_by(OnCall.starts_at, OnCall.id)
        .limit(MANY)
    )
    if units is not None:
        query = query.where(OnCall.unit_id.in_(units))
    return [Duty(*row) for row in scope.session.execute(query)]


def find(scope: Scope, duty_id: UUID) -> Duty:
    """Return one turn that the actor may change.

    Raises:
        NotFound: there is none, or it is of a unit the actor does not answer for.
    """
    query = select(OnCall, User).join(User, User.id == OnCall.user_id).where(OnCall.id == duty_id)
    row = scope.session.execute(query).one_or_none()
    if row is None or not scope.actor.may(Permission.ACKNOWLEDGE, row[0].unit_id):
        raise NotFound("no such turn")
    return Duty(*row)
