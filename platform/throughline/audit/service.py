"""Write to the trail, in the same transaction as the change it tells of."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from throughline.accounts.events import MembershipGiven
from throughline.audit.models import AuditEvent
from throughline.kernel.actor import Actor
from throughline.tenancy.events import PackApplied
from throughline.tenancy.scope import Scope


def record(
    scope: Scope,
    action: str,
    subject_type: str,
    subject_id: UUID,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> None:
    """Add one event: ``action`` is "noun.past-tense"; ``before`` and ``after`` hold the fields that differ.

    ``actor`` stands in for the scope's own where the person must not be named (an anonymous report).
    """
    who = actor or scope.actor
    scope.session.add(
        AuditEvent(
            at=scope.now(),
            actor_id=who.id,
            actor_name=who.name,
            origin="" if actor else scope.origin,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            before=_plain(before),
            after=_plain(after),
        )
    )


def on_pack_applied(scope: Scope, event: PackApplied) -> None:
    """Record what a pack changed."""
    record(scope, event.action, event.subject, event.subject_id, event.before, event.after)


def on_membership_given(scope: Scope, event: MembershipGiven) -> None:
    """Record that somebody was given a role."""
    after = {"user": event.user_id, "role": event.role, "unit": event.unit_id}
    record(scope, "membership.given", "membership", event.membership_id, after=after)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, (datetime, date, UUID)):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain_value(inner) for inner in value]
    return value
