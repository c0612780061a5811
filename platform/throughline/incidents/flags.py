"""Flags: the few words that rules put on an incident, and that a person may take off again."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.audit.service import record
from throughline.incidents import policy, queries
from throughline.incidents.models import Flag
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Forbidden, Invalid, NotFound
from throughline.tenancy.scope import Scope

_LONGEST_WHY = 500


def put_on(
    scope: Scope, incident_id: UUID, key: str, title: str, rule_key: str, rule_version: int
) -> UUID | None:
    """Put a flag on an incident; None when it is there already, or was taken off."""
    statement = (
        insert(Flag)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            incident_id=incident_id,
            key=key,
            title=title,
            rule_key=rule_key,
            rule_version=rule_version,
            set_at=scope.now(),
            removed_why="",
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "incident_id", "key"])
        .returning(Flag.id)
    )
    flag_id = scope.session.scalar(statement)
    if flag_id is not None:
        record(scope, "flag.set", "incident", incident_id, after={"flag": title, "rule": rule_key})
    return flag_id


def take_off(scope: Scope, flag_id: UUID, why: str) -> Flag:
    """Take a flag off, with the reason. Twice is once.

    Raises:
        NotFound: there is no such flag, or its incident is not the actor's to see.
        Forbidden: the actor may not decide about the incident.
        Invalid: there is no reason.
    """
    flag = find(scope, flag_id, lock=True)
    incident = queries.find(scope, flag.incident_id)
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not take a flag off here")
    if not why.strip():
        raise Invalid({"why": ["Say why it no longer applies"]})
    if flag.removed_at is None:
        flag.removed_at, flag.removed_by = scope.now(), scope.actor.id
        flag.removed_why = why.strip()[:_LONGEST_WHY]
        after = {"flag": flag.title, "reason": flag.removed_why}
        record(scope, "flag.removed", "incident", incident.id, after=after)
    return flag


def find(scope: Scope, flag_id: UUID, *, lock: bool = False) -> Flag:
    """Return a flag on an incident the actor reads as its unit does.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    query = select(Flag).where(Flag.id == flag_id)
    flag = scope.session.scalar(query.with_for_update() if lock else query)
    if flag is None or not policy.may_read_all_of(scope, queries.find(scope, flag.incident_id)):
        raise NotFound("no such flag")
    return flag


def of(scope: Scope, incident_ids: Iterable[UUID]) -> dict[UUID, list[Flag]]:
    """Return the flags on some incidents, by incident, first set first."""
    found: dict[UUID, list[Flag]] = {incident_id: [] for incident_id in incident_ids}
    query = select(Flag).where(Flag.incident_id.in_(found), Flag.removed_at.is_(None))
    for flag in scope.session.scalars(query.order_by(Flag.set_at, Flag.id)):
        found[flag.incident_id].append(flag)
    return found
