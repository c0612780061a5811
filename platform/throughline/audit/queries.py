"""Read the trail."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select

from throughline.audit.models import AuditEvent
from throughline.tenancy.scope import Scope


def of_subject(scope: Scope, subject_type: str, subject_id: UUID) -> Sequence[AuditEvent]:
    """Return everything that happened to one thing, oldest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    return scope.session.scalars(query).all()


def of_subjects(scope: Scope, subject_type: str, subject_ids: Iterable[UUID]) -> Sequence[AuditEvent]:
    """Return everything that happened to several things of one kind, newest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id.in_(list(subject_ids)))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
    return scope.session.scalars(query).all()
