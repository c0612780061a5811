"""Enter and change the roster: nobody is on call twice for one unit at one moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import who_may
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid
from throughline.on_call.models import OnCall
from throughline.on_call.queries import find
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

LONGEST = timedelta(days=92)


@dataclass(frozen=True)
class Turn:
    """What is wished: who, for which unit and all below it, from when to when."""

    unit_id: UUID | None
    user_id: UUID | None
    starts_at: datetime
    ends_at: datetime


def add(scope: Scope, turn: Turn) -> OnCall:
    """Put somebody on call.

    Raises:
        Invalid: the unit or person is not one the actor may choose, the times make no sense, or somebody is
            on call for that unit at that time already.
    """
    _see(scope, turn, None)
    row = OnCall(
        id=uuid7(),
        unit_id=turn.unit_id,
        user_id=turn.user_id,
        starts_at=turn.starts_at,
        ends_at=turn.ends_at,
        added_at=scope.now(),
        added_by=scope.actor.id,
    )
    scope.session.add(row)
    scope.session.flush()
    record(scope, "on_call.added", "on_call", row.id, after=_said(row))
    return row


def change(scope: Scope, duty_id: UUID, version: int, turn: Turn) -> OnCall:
    """Change a turn.

    Raises:
        NotFound: it is not the actor's to change.
        Conflict: somebody changed it since the actor read ``version``.
        Invalid: as for ``add``.
    """
    row = find(scope, duty_id).row
    if row.version != version:
        raise Conflict("changed meanwhile")
    _see(scope, turn, duty_id)
    if turn.unit_id is None or turn.user_id is None:
        raise Invalid({"unit": ["Choose the unit"]})
    before = _said(row)
    row.unit_id, row.user_id = turn.unit_id, turn.user_id
    row.starts_at, row.ends_at = turn.starts_at, turn.ends_at
    scope.session.flush()
    record(scope, "on_call.changed", "on_call", row.id, before=before, after=_said(row))
    return row


def remove(scope: Scope, duty_id: UUID) -> None:
    """Take a turn off the roster.

    Raises:
        NotFound: it is not the actor's to change.
    """
    row = find(scope, duty_id).row
    record(scope, "on_call.removed", "on_call", row.id, before=_said(row))
    scope.session.delete(row)
    scope.session.flush()


def _said(row: OnCall) -> dict[str, object]:
    return {
        "unit": row.unit_id,
        "user": row.user_id,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
    }


def _see(scope: Scope, turn: Turn, own_id: UUID | None) -> None:
    errors: dict[str, list[str]] = {}
    units = tree(scope)
    unit = units.units.get(turn.unit_id) if turn.unit_id else None
    if unit is None or unit.closed_on is not None or not scope.actor.may(Permission.ACKNOWLEDGE, unit.id):
        errors["unit"] = ["Choose a unit from the list"]
    elif turn.user_id not in {user.id for user in who_may(scope, Permission.READ, units, unit.id)}:
        errors["person"] = [f"Choose somebody who may read the incidents of {unit.name}"]
    if turn.ends_at <= turn.starts_at:
        errors["ends"] = ["Choose an end that is after the beginning"]
    elif turn.ends_at - turn.starts_at > LONGEST:
        errors["ends"] = [f"Choose at most {LONGEST.days} days"]
    elif turn.ends_at <= scope.now():
        errors["ends"] = ["Choose an end that is still to come"]
    if errors or unit is None:
        raise Invalid(errors)
    # One at a time for a unit, so that two who add at one moment do not both find it free.
    scope.session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True))
    other = _other(scope, turn, own_id)
    if other is not None:
        row, name = other
        first, last = scope.local(row.starts_at), scope.local(row.ends_at)
        span = f"{first:%H:%M} on {first.day} {first:%b} to {last:%H:%M} on {last.day} {last:%b}"
        message = f"{name} is on call for {unit.name} from {span}. Change that turn, or choose other times"
        raise Invalid({"starts": [message]})


def _other(scope: Scope, turn: Turn, own_id: UUID | None) -> tuple[OnCall, str] | None:
    query = (
        select(OnCall, User.name)
        .join(User, User.id == OnCall.user_id)
        .where(
            OnCall.unit_id == turn.unit_id,
            OnCall.ends_at > turn.starts_at,
            OnCall.starts_at < turn.ends_at,
        )
        .order_by(OnCall.starts_at)
        .limit(1)
    )
    if own_id is not None:
        query = query.where(OnCall.id != own_id)
    row = scope.session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else None
