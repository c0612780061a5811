"""What RQ calls: take the row by lease and token, do the work, publish once.

A worker that dies leaves a lease that runs out; one that freezes past its lease and thaws finds its token
replaced and publishes nothing. A job that keeps raising is put aside as dead, with the reason, and never
stands before others.
"""

import random
import threading
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import delete, or_, update

from throughline.jobs.models import Bell, Job
from throughline.jobs.registry import JobKind, kind_of
from throughline.jobs.task import Fenced, Task
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scope, Scopes, TenantContext

LEASE = timedelta(seconds=20)
BEAT = 5.0
_LONGEST_REASON = 2000

log = structlog.get_logger()
_scopes: list[Scopes] = []


def use(scopes: Scopes) -> None:
    """Tell this process's runner how to open scopes; the worker's composition root calls it once."""
    _scopes[:] = [scopes]


def run(tenant_id: str, job_id: str) -> None:
    """Answer one ring. Never raises for the job's own sake: the ledger says how it went."""
    scopes = _scopes[0]
    try:
        tenant = scopes.find_tenant(UUID(tenant_id))
    except NotFound:
        log.warning("job_without_tenant", job=job_id)
        return
    attempt(scopes, tenant, UUID(job_id))


def attempt(scopes: Scopes, tenant: TenantContext, job_id: UUID) -> bool:
    """Try a job if it is free to take; say whether it was done by this call."""
    claimed = _claim(scopes, tenant, job_id)
    if claimed is None:
        return False
    task, kind = claimed
    bound = log.bind(tenant=tenant.slug, job=str(job_id), name=kind.name, attempt=task.attempt)
    if task.attempt > kind.attempts:  # its workers died without a word, each time
        _put_aside(task, kind, "The worker died at every attempt.")
        bound.error("job_dead")
        return False
    try:
        with _Heartbeat(task):
            kind.run(task)
            if not task.published:
                with task.publish():
                    pass
    except Fenced:
        bound.warning("job_fenced")
        return False
    except Exception as error:  # whatever the work raises is the job's outcome, not the worker's end
        bound.exception("job_failed")
        _give_back(task, kind, f"{type(error).__name__}: {error}"[:_LONGEST_REASON])
        return False
    bound.info("job_done")
    return True


def _claim(scopes: Scopes, tenant: TenantContext, job_id: UUID) -> tuple[Task, JobKind] | None:
    token = uuid4()
    with scopes.tenant(tenant, SYSTEM, f"job {job_id}") as scope:
        now = scope.now()
        free = or_(Job.state == "queued", (Job.state == "running") & (Job.lease_until < now))
        taken = scope.session.execute(
            update(Job)
            .where(Job.id == job_id, free, Job.due_at <= now)
            .values(
                state="running",
                token=token,
                lease_until=now + LEASE,
                attempts=Job.attempts + 1,
                started_at=now,
            )
            .returning(Job.name, Job.args, Job.attempts)
        ).one_or_none()
        if taken is None:
            return None
        kind = kind_of(taken.name)
        return Task(scopes, tenant, job_id, token, dict(taken.args), taken.attempts), kind


def _give_back(task: Task, kind: JobKind, reason: str) -> None:
    """Let the job be tried again after 1, 2, 4 ... minutes and some seconds, or put it aside."""
    if task.attempt >= kind.attempts:
        _put_aside(task, kind, reason)
        return
    wait = timedelta(seconds=60 * 2 ** (task.attempt - 1) + random.uniform(0, 10))  # noqa: S311
    with task.read() as scope:
        due = scope.now() + wait
        if _release(scope, task, state="queued", error=reason, due_at=due):
            scope.session.execute(
                update(Bell).where(Bell.job_id == task.job_id).values(due_at=due, rung_at=None)
            )


def _put_aside(task: Task, kind: JobKind, reason: str) -> None:
    with task.read() as scope:
        if not _release(scope, task, state="dead", error=reason, finished_at=scope.now()):
            return
        scope.session.execute(delete(Bell).where(Bell.job_id == task.job_id))
    if kind.on_dead is not None:
        kind.on_dead(task)


def _release(scope: Scope, task: Task, **values: object) -> bool:
    mine = (Job.id == task.job_id, Job.token == task.token)
    released = update(Job).where(*mine).values(lease_until=None, **values).returning(Job.id)
    return scope.session.scalar(released) is not None


class _Heartbeat:
    """Keeps the lease alive from a thread, which stops beating when the process freezes or dies."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=BEAT)

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                with self._task.read() as scope:
                    mine = (Job.id == self._task.job_id, Job.token == self._task.token)
                    scope.session.execute(
                        update(Job)
                        .where(*mine, Job.state == "running")
                        .values(lease_until=scope.now() + LEASE)
                    )
            except Exception:  # a missed beat costs at most the lease; the work itself goes on
                log.warning("heartbeat_missed", job=str(self._task.job_id))
