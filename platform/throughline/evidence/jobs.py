"""Prepare and render evidence in a worker."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.permissions import ROLE_WORDS, ROLES
from throughline.accounts.signin import Person
from throughline.evidence import service
from throughline.evidence.compile import compile_document
from throughline.evidence.document import fingerprint
from throughline.evidence.models import Artefact, EvidenceRun
from throughline.evidence.pdf import Rendered, make_pdf
from throughline.evidence.periods import Period, last_complete_quarter
from throughline.evidence.queries import find_run
from throughline.jobs.models import Job
from throughline.jobs.registry import job
from throughline.jobs.task import Task
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid
from throughline.rules.noting import note_problem
from throughline.sdk import ReportFormat
from throughline.tenancy.models import Agreement, Commissioner
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope
from throughline.typeset import fonts

log = structlog.get_logger()


@job("evidence.prepare", timeout=60)
def prepare(task: Task) -> None:
    """Ask for the report a schedule wants: of the last quarter that was over on the day it came due."""
    period = last_complete_quarter(date.fromisoformat(task.args["due"]))
    with task.publish() as scope:
        service.ask(scope, task.args["format"], task.args["commissioner"], period)


def say_failed(task: Task, scope: Scope) -> None:
    """Leave the reason on the run, where its people look."""
    run = find_run(scope, UUID(task.args["run"]))
    run.failure = "The document could not be made. The administrator's set-up page says why."
    reason = scope.session.scalar(select(Job.error).where(Job.id == task.job_id)) or ""
    message = f"{run.format_key}: {reason.replace(chr(0), '')}"
    note_problem(scope, run.format_key, "A report could not be made", message, "evidence_run", run.id)


@job("evidence.render", timeout=300, attempts=4, on_dead=say_failed)
def render(task: Task) -> None:
    """Compile once, render, store under the hash, and publish the final stage. Again, it changes nothing."""
    run_id, stage = UUID(task.args["run"]), task.args["stage"]
    with task.read() as scope:
        document, report_format, settings = _frozen(scope, run_id)
    if stage == "final":
        with task.read() as scope:
            document = document | {"sign_off": _sign_off(scope, find_run(scope, run_id))}
    rendered = make_pdf(document, report_format, settings, fonts())
    with task.publish() as scope:
        artefact = _keep(scope, run_id, stage, rendered)
        if stage == "final":
            run = find_run(scope, run_id)
            sign_off = document["sign_off"]
            try:
                service.publish(
                    scope,
                    run,
                    artefact,
                    sign_off["name"],
                    sign_off["role"],
                    report_format.title,
                    rendered.pdf,
                )
            except Conflict as refused:
                run.failure = f"It was made and not published: {refused}."


def _frozen(scope: Scope, run_id: UUID) -> tuple[dict[str, Any], ReportFormat, Mapping[str, Any]]:
    """Return the run's document, compiling it the first time: from then on it never changes."""
    run = scope.session.scalars(select(EvidenceRun).where(EvidenceRun.id == run_id).with_for_update()).one()
    found = scope.catalogue.formats.get(run.format_key)
    if found is None:
        raise Invalid({"format": [f"The report format {run.format_key} is not in use"]})
    plugin = run.format_key.split(".")[0]
    settings = scope.catalogue.settings_for(plugin, scope.tenant.pack.plugins.get(plugin, {}), {})
    if run.document is None:
        agreement, commissioner = scope.session.execute(
            select(Agreement, Commissioner)
            .join(Commissioner, Commissioner.id == Agreement.commissioner_id)
            .where(Agreement.commissioner_id == run.commissioner_id)
        ).one()
        units = tree(scope).covered(agreement.unit_keys)
        period = Period(run.period_start, run.period_end)
        asked_by = scope.session.get(User, run.created_by) if run.created_by else None
        run.document = compile_document(
            scope,
            run.id,
            found,
            (commissioner.slug, commissioner.name),
            units,
            period,
            asked_by.name if asked_by else "Throughline, on schedule",
        )
        run.document_digest = fingerprint(run.document)
        run.cut_at = scope.now()
    return dict(run.document), found, settings


def _sign_off(scope: Scope, run: EvidenceRun) -> dict[str, str]:
    if run.signed_off_at is None or run.signed_off_by is None:
        raise Conflict("not signed off")
    user = scope.session.get_one(User, run.signed_off_by)
    actor = actor_for(scope, Person(user.id, user.name, user.email, user.job_title), tree(scope))
    role = user.job_title or next(ROLE_WORDS[name] for name in reversed(ROLES) if name in actor.roles)
    return {
        "name": user.name,
        "role": role,
        "at": run.signed_off_at.isoformat(timespec="seconds"),
        "statement": run.statement,
    }


def _keep(scope: Scope, run_id: UUID, stage: str, rendered: Rendered) -> Artefact:
    digest = scope.store.put(service.store_prefix(scope.tenant.id), rendered.pdf)
    scope.session.execute(
        insert(Artefact)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            run_id=run_id,
            stage=stage,
            sha256=digest,
            pages=rendered.pages,
            size=len(rendered.pdf),
            made_at=scope.now(),
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "run_id", "stage"])
    )
    return scope.session.scalars(
        select(Artefact).where(Artefact.run_id == run_id, Artefact.stage == stage)
    ).one()
