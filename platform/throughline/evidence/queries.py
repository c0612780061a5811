"""Reads of runs (inside a tenant) and of publications (inside a commissioner)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from throughline.evidence.models import Artefact, EvidenceRun, Publication, Receipt
from throughline.kernel.errors import NotFound
from throughline.tenancy.models import Agreement, Commissioner
from throughline.tenancy.scope import CommissionerScope, Scope

MANY = 60


def runs(scope: Scope) -> list[tuple[EvidenceRun, Commissioner]]:
    """Return the tenant's runs with their commissioners, newest period first."""
    query = (
        select(EvidenceRun, Commissioner)
        .join(Commissioner, Commissioner.id == EvidenceRun.commissioner_id)
        .order_by(EvidenceRun.period_start.desc(), EvidenceRun.created_at.desc())
        .limit(MANY)
    )
    return [(run, commissioner) for run, commissioner in scope.session.execute(query)]


def find_run(scope: Scope, run_id: UUID) -> EvidenceRun:
    """Return one of the tenant's runs.

    Raises:
        NotFound: there is no such run here.
    """
    found = scope.session.scalar(select(EvidenceRun).where(EvidenceRun.id == run_id))
    if found is None:
        raise NotFound("no such run")
    return found


def artefacts(scope: Scope, run_ids: Sequence[UUID]) -> dict[tuple[UUID, str], Artefact]:
    """Return the documents made from some runs, by run and stage."""
    query = select(Artefact).where(Artefact.run_id.in_(run_ids))
    return {(found.run_id, found.stage): found for found in scope.session.scalars(query)}


def agreements(scope: Scope) -> list[tuple[Agreement, Commissioner]]:
    """Return the agreements in force today, by commissioner."""
    query = (
        select(Agreement, Commissioner)
        .join(Commissioner, Commissioner.id == Agreement.commissioner_id)
        .where(
            Agreement.revoked_at.is_(None),
            Agreement.valid_from <= scope.today(),
            func.coalesce(Agreement.valid_to, scope.today()) >= scope.today(),
        )
        .order_by(Commissioner.name)
    )
    return [(agreement, commissioner) for agreement, commissioner in scope.session.execute(query)]


def publications(scope: CommissionerScope) -> Sequence[Publication]:
    """Return what was published to this commissioner and not withdrawn, newest first."""
    query = (
        select(Publication)
        .where(Publication.withdrawn_at.is_(None))
        .order_by(Publication.published_at.desc(), Publication.id.desc())
        .limit(MANY)
    )
    return scope.session.scalars(query).all()


def find_publication(scope: CommissionerScope, publication_id: UUID) -> Publication:
    """Return one publication to this commissioner.

    Raises:
        NotFound: there is none, or it was withdrawn.
    """
    found = scope.session.scalar(
        select(Publication).where(Publication.id == publication_id, Publication.withdrawn_at.is_(None))
    )
    if found is None:
        raise NotFound("no such publication")
    return found


def receipts(scope: CommissionerScope, publication_id: UUID) -> Sequence[Receipt]:
    """Return who opened a publication and when, newest first."""
    query = (
        select(Receipt)
        .where(Receipt.publication_id == publication_id)
        .order_by(Receipt.at.desc(), Receipt.id.desc())
        .limit(MANY)
    )
    return scope.session.scalars(query).all()
