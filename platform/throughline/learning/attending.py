"""Who was at a briefing, or read it: people with an account, and people who only have the sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.permissions import Permission
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.kernel.once import store_once
from throughline.learning.models import Attendance, Learning, Share
from throughline.learning.words import STAFF, WAYS
from throughline.tenancy.scope import Scope

OPEN_FOR = timedelta(days=90)
MOST = 500
LONGEST_NAME = 80


@dataclass(frozen=True)
class Sheet:
    """A briefing as its sheet leads to it."""

    share: Share
    learning: Learning


class Over(Conflict):
    """The sheet takes no more names: its time is over, or it is full."""


def sheet(scope: Scope, code: str) -> Sheet:
    """Return the briefing that a sheet's code leads to, for whoever holds the sheet.

    What it shows was approved for everybody and checked for details before it left its unit, so the code is
    enough to read it. Letters that look like digits are read as those, as Crockford's base 32 says.

    Raises:
        NotFound: no sheet has this code.
        Over: it was shared more than ``OPEN_FOR`` ago.
    """
    plain = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    query = (
        select(Share, Learning).join(Learning, Learning.id == Share.learning_id).where(Share.code == plain)
    )
    row = scope.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such sheet")
    if row[0].shared_at + OPEN_FOR < scope.now():
        raise Over("its time is over")
    return Sheet(row[0], row[1])


def sign(scope: Scope, code: str, name: str, role: str, way: str, key: UUID) -> Attendance:
    """Put a name on a sheet, once for each key.

    Raises:
        NotFound: no sheet has this code.
        Over: its time is over, or it is full.
        Invalid: the name, the role or the way is missing or not one of those there are.
    """
    found = sheet(scope, code)
    name = " ".join(name.split())
    errors: dict[str, list[str]] = {}
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = [f"Enter your name or initials, up to {LONGEST_NAME} characters"]
    if role not in STAFF:
        errors["role"] = ["Choose what you work as"]
    if way not in WAYS:
        errors["way"] = ["Choose how it reached you"]
    if errors:
        raise Invalid(errors)
    row = Attendance(
        id=key, share_id=found.share.id, user_id=None, name=name, role=role, way=way, at=scope.now()
    )
    scope.session.execute(select(Share.id).where(Share.id == found.share.id).with_for_update())
    if _count(scope, found.share.id) >= MOST:
        raise Over("it is full")
    if not store_once(scope.session, row):
        return scope.session.get_one(Attendance, (scope.tenant.id, key))
    return row


def sign_in_person(scope: Scope, learning_id: UUID, unit_id: UUID, way: str) -> bool:
    """Say that the actor was at a unit's briefing or read it; say whether that is new.

    Raises:
        NotFound: the learning was not shared with the unit.
        Forbidden: the actor does not work in the unit.
        Invalid: the way is not one there is.
    """
    share_id = scope.session.scalar(
        select(Share.id).where(Share.learning_id == learning_id, Share.unit_id == unit_id)
    )
    if share_id is None:
        raise NotFound("not shared with this unit")
    if not scope.actor.may(Permission.REPORT, unit_id):
        raise Forbidden("does not work in this unit")
    if way not in WAYS:
        raise Invalid({"way": ["Choose how it reached you"]})
    statement = (
        insert(Attendance)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            share_id=share_id,
            user_id=scope.actor.id,
            name=scope.actor.name,
            role="",
            way=way,
            at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "share_id", "user_id"])
        .returning(Attendance.id)
    )
    return scope.session.scalar(statement) is not None


def _count(scope: Scope, share_id: UUID) -> int:
    return scope.session.scalar(select(func.count()).where(Attendance.share_id == share_id)) or 0


def counts(scope: Scope, share_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many people each share has reached by name."""
    query = (
        select(Attendance.share_id, func.count())
        .where(Attendance.share_id.in_(share_ids))
        .group_by(Attendance.share_id)
    )
    return {row[0]: row[1] for row in scope.session.execute(query)}


def of_share(scope: Scope, share: Share) -> Sequence[Attendance]:
    """Return who a share reached, in order, for those who answer for its unit.

    Raises:
        Forbidden: the actor does not answer for the unit.
    """
    if not scope.actor.may(Permission.ACKNOWLEDGE, share.unit_id):
        raise Forbidden("does not answer for this unit")
    query = select(Attendance).where(Attendance.share_id == share.id).order_by(Attendance.at, Attendance.id)
    return scope.session.scalars(query.limit(MOST)).all()


def mine(scope: Scope, share_ids: Sequence[UUID]) -> set[UUID]:
    """Return which shares the actor has said they were reached by."""
    query = select(Attendance.share_id).where(
        Attendance.share_id.in_(share_ids), Attendance.user_id == scope.actor.id
    )
    return set(scope.session.scalars(query))
