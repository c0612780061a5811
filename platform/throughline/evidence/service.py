"""Ask for evidence, sign it off, publish it, withdraw it, and note who read it."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.evidence.models import Artefact, EvidenceRun, Publication, Receipt
from throughline.evidence.periods import Period
from throughline.evidence.queries import agreements, artefacts, find_run
from throughline.jobs.outbox import enqueue
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.tenancy.events import PackApplied
from throughline.tenancy.models import Agreement, Commissioner
from throughline.tenancy.scope import CommissionerScope, Scope

SHORTEST_STATEMENT = 10
_LONGEST_STATEMENT = 1_000


def store_prefix(tenant_id: UUID) -> str:
    """Return where a tenant's own documents are stored."""
    return f"tenants/{tenant_id}/evidence"


def shared_prefix(commissioner_id: UUID) -> str:
    """Return where the documents published to a commissioner are stored."""
    return f"commissioners/{commissioner_id}/publications"


def ask(scope: Scope, format_key: str, commissioner_slug: str, period: Period) -> EvidenceRun:
    """Ask for a report. Asked for again, the same run is returned.

    Raises:
        Invalid: no agreement in force covers this format for this commissioner, or the period is not over.
    """
    agreement, commissioner = _agreed(scope, format_key, commissioner_slug)
    if period.end >= scope.today():
        raise Invalid({"period": ["Choose a quarter that is over"]})
    if period.end < agreement.valid_from:
        raise Invalid({"period": ["The agreement was not yet in force then"]})
    run_id = uuid7()
    statement = (
        insert(EvidenceRun)
        .values(
            tenant_id=scope.tenant.id,
            id=run_id,
            format_key=format_key,
            commissioner_id=commissioner.id,
            period_start=period.start,
            period_end=period.end,
            created_at=scope.now(),
            created_by=scope.actor.id,
            statement="",
            failure="",
        )
        .on_conflict_do_nothing(constraint="uq_evidence_run_period")
        .returning(EvidenceRun.id)
    )
    fresh = scope.session.scalar(statement)
    run = scope.session.scalars(
        select(EvidenceRun).where(
            EvidenceRun.format_key == format_key,
            EvidenceRun.commissioner_id == commissioner.id,
            EvidenceRun.period_start == period.start,
            EvidenceRun.period_end == period.end,
        )
    ).one()
    if fresh is not None:
        after = {"format": format_key, "commissioner": commissioner.slug, "period": period.label}
        record(scope, "evidence.asked", "evidence_run", run.id, after=after)
        enqueue(scope, "evidence.render", f"{run.id}:draft", run=str(run.id), stage="draft")
    return run


def _agreed(scope: Scope, format_key: str, slug: str) -> tuple[Agreement, Commissioner]:
    for agreement, commissioner in agreements(scope):
        if commissioner.slug == slug:
            if format_key not in agreement.formats or format_key not in scope.catalogue.formats:
                raise Invalid({"format": ["The agreement with this commissioner does not cover this format"]})
            return agreement, commissioner
    raise Invalid({"commissioner": ["There is no agreement in force with this commissioner"]})


def sign_off(scope: Scope, run_id: UUID, statement: str) -> EvidenceRun:
    """Sign a draft off under one's own name: the final document is then made and published.

    Raises:
        Forbidden: the actor may not publish.
        Conflict: there is no draft yet, or it was signed off already.
        Invalid: the statement is missing.
    """
    if not scope.actor.may(Permission.PUBLISH) or scope.actor.id is None:
        raise Forbidden("may not publish")
    run = scope.session.scalars(
        select(EvidenceRun).where(EvidenceRun.id == find_run(scope, run_id).id).with_for_update()
    ).one()
    if run.signed_off_at is not None or (run.id, "draft") not in artefacts(scope, [run.id]):
        raise Conflict("signed off already, or no draft yet")
    text = statement.strip()
    if not SHORTEST_STATEMENT <= len(text) <= _LONGEST_STATEMENT:
        raise Invalid({"statement": ["Say in a sentence what you have checked"]})
    run.signed_off_at, run.signed_off_by, run.statement = scope.now(), scope.actor.id, text
    scope.session.flush()
    after = {"statement": text, "document": run.document_digest}
    record(scope, "evidence.signed_off", "evidence_run", run.id, after=after)
    enqueue(scope, "evidence.render", f"{run.id}:final", run=str(run.id), stage="final")
    return run


def publish(
    scope: Scope, run: EvidenceRun, final: Artefact, name: str, role: str, title: str, pdf: bytes
) -> None:
    """Put a final document where its commissioner reads it. Twice is once.

    Raises:
        Conflict: the agreement is not in force any more.
    """
    if run.commissioner_id not in {commissioner.id for _, commissioner in agreements(scope)}:
        raise Conflict("no agreement is in force")
    period = Period(run.period_start, run.period_end)
    scope.session.address(run.commissioner_id)
    scope.store.put(shared_prefix(run.commissioner_id), pdf)
    scope.session.execute(
        insert(Publication)
        .values(
            commissioner_id=run.commissioner_id,
            id=uuid7(),
            provider_id=scope.tenant.id,
            provider_name=scope.tenant.name,
            run_id=run.id,
            format_title=title,
            period_start=period.start,
            period_end=period.end,
            period_label=period.label,
            document=run.document,
            sha256=final.sha256,
            pages=final.pages,
            size=final.size,
            published_at=scope.now(),
            published_by_name=name,
            published_by_role=role,
        )
        .on_conflict_do_nothing(index_elements=["commissioner_id", "provider_id", "run_id"])
    )
    run.published_at = run.published_at or scope.now()
    record(scope, "evidence.published", "evidence_run", run.id, after={"sha256": final.sha256})


def on_pack_applied(scope: Scope, event: PackApplied) -> None:
    """Hide what was published under an agreement that a pack revoked, in the same transaction."""
    if event.subject == "agreement" and event.after and event.after.get("revoked_at"):
        agreement = scope.session.get_one(Agreement, (scope.tenant.id, event.subject_id))
        withdraw_all(scope, agreement.commissioner_id)


def withdraw_all(scope: Scope, commissioner_id: UUID) -> int:
    """Hide everything published to a commissioner whose agreement was revoked; return how much."""
    scope.session.address(commissioner_id)
    query = (
        update(Publication)
        .where(Publication.provider_id == scope.tenant.id, Publication.withdrawn_at.is_(None))
        .values(withdrawn_at=scope.now())
        .returning(Publication.id)
    )
    return len(scope.session.scalars(query).all())


def note_reading(scope: CommissionerScope, publication: Publication, what: str) -> None:
    """Note that somebody at the commissioner opened or downloaded a publication."""
    if scope.actor.id is None:
        return
    scope.session.add(
        Receipt(
            commissioner_id=scope.commissioner.id,
            publication_id=publication.id,
            user_id=scope.actor.id,
            user_name=scope.actor.name,
            what=what,
            at=scope.now(),
        )
    )
