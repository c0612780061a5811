"""What RQ calls: take the row by lease and token, do the work, publish once.

A worker that dies leaves a lease that runs out; one that freezes past its lease and thaws finds its token
replaced and publishes nothing. A job that keeps raising is put aside as dead, with the reason, and never
stands before others.
"""

import random
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from uuid import UUID, uuid4

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from throughline.jobs.models import Bell, Job
from throughline.jobs.registry import JobKind, kind_of
from throughline.jobs.relay import Doorbell, ring_due
from throughline.jobs.task import Fenced, Task
from throughline.jobs.timing import Timing
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scope, Scopes, TenantContext

_LONGEST_REASON = 2000
_FRAMES = 5

log = structlog.get_logger()
_here: list[tuple[Scopes, Doorbell]] = []

TimeLimit = Callable[[int], AbstractContextManager[None]]


class TookTooLong(Exception):
    """An attempt went past its kind's timeout."""


def use(scopes: Scopes, doorbell: Doorbell) -> None:
    """Tell this process's runner how to open scopes and ring; the worker's composition root calls it once."""
    _here[:] = [(scopes, doorbell)]


def run(tenant_id: str, job_id: str) -> None:
    """Answer one ring, then ring for what waits. Never raises: the ledger says how it went.

    A ring is no more than a hint: one that names nothing, or another tenant's job, finds nothing to do.
    """
    scopes, doorbell = _here[0]
    try:
        attempt(scopes, scopes.find_tenant(UUID(tenant_id)), UUID(job_id), doorbell.timing, _alarm)
    except (NotFound, ValueError):
        log.warning("ring_for_nothing", job=job_id[:36])
    except SQLAlchemyError as error:  # its lease runs out, and the sweeper rings again
        log.warning("job_left", job=job_id, reason=_reason(error))
    try:
        ring_due(scopes, doorbell)
    except SQLAlchemyError as error:
        log.warning("sweep_failed", reason=_reason(error))


def attempt(
    scopes: Scopes,
    tenant: TenantContext,
    job_id: UUID,
    timing: Timing | None = None,
    limit: TimeLimit | None = None,
) -> bool:
    """Try a job if it is free to take; say whether it was done by this call.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database went away; the lease is left to run out.
    """
    pace = timing or Timing()
    claimed = _claim(scopes, tenant, job_id, pace)
    if claimed is None:
        return False
    task, kind = claimed
    bound = log.bind(tenant=tenant.slug, job=str(job_id), name=kind.name, attempt=task.attempt)
    if task.attempt > kind.attempts:  # its workers died without a word, each time
        _put_aside(task, kind, "The worker died at every attempt.")
        bound.error("job_dead")
        return False
    try:
        with limit(kind.timeout) if limit else nullcontext(), _Heartbeat(task, kind, pace):
            kind.run(task)
            if not task.published:
                with task.publish():
                    pass
    except Fenced:
        bound.warning("job_fenced")
        return False
    except Exception as error:  # whatever the work raises is the job's outcome, not the worker's end
        bound.error("job_failed", reason=type(error).__name__, where=_where(error))
        _give_back(task, kind, pace, _reason(error))
        return False
    bound.info("job_done")
    return True


def _claim(
    scopes: Scopes, tenant: TenantContext, job_id: UUID, timing: Timing
) -> tuple[Task, JobKind] | None:
    token = uuid4()
    with scopes.tenant(tenant, SYSTEM, f"job {job_id}") as scope:
        now = scope.now()
        free = or_(Job.state == "queued", (Job.state == "running") & (Job.lease_until < now))
        lease_until = now + timing.lease
        # Whoever holds the row is claiming or publishing: there is nothing to wait for.
        open_to_us = (
            select(Job.id).where(Job.id == job_id, free, Job.due_at <= now).with_for_update(skip_locked=True)
        )
        taken = scope.session.execute(
            update(Job)
            .where(Job.id == open_to_us.scalar_subquery())
            .values(
                state="running",
                token=token,
                lease_until=lease_until,
                attempts=Job.attempts + 1,
                started_at=now,
            )
            .returning(Job.name, Job.args, Job.attempts)
        ).one_or_none()
        if taken is None:
            return None
        _move_bell(scope, job_id, due_at=lease_until, rung_at=now)
        task = Task(scopes, tenant, job_id, token, dict(taken.args), taken.attempts)
        return task, kind_of(taken.name)


def _give_back(task: Task, kind: JobKind, timing: Timing, reason: str) -> None:
    """Let the job be tried again after a while, or put it aside."""
    if task.attempt >= kind.attempts:
        _put_aside(task, kind, reason)
        return
    with task.read() as scope:
        due = scope.now() + timing.wait_after(task.attempt, random.random())  # noqa: S311 - to come apart
        if _release(scope, task, state="queued", error=reason, due_at=due):
            _move_bell(scope, task.job_id, due_at=due, rung_at=None)


def _put_aside(task: Task, kind: JobKind, reason: str) -> None:
    with task.read() as scope:
        if not _release(scope, task, state="dead", error=reason, finished_at=scope.now()):
            return
        scope.session.execute(delete(Bell).where(Bell.job_id == task.job_id))
        if kind.on_dead is None:
            return
        try:
            with scope.session.begin_nested():
                kind.on_dead(task, scope)
        except Exception as error:  # else the job would come back for ever
            where = _where(error)
            log.error(
                "on_dead_failed",
                job=str(task.job_id),
                name=kind.name,
                reason=type(error).__name__,
                where=where,
            )


def _release(scope: Scope, task: Task, **values: object) -> bool:
    """End this attempt; False when another worker holds the job, or when it was published after all.

    The latter: the connection broke after a commit and before its answer.
    """
    mine = (Job.id == task.job_id, Job.token == task.token, Job.state == "running")
    released = update(Job).where(*mine).values(lease_until=None, **values).returning(Job.id)
    return scope.session.scalar(released) is not None


def _move_bell(scope: Scope, job_id: UUID, **values: object) -> None:
    scope.session.execute(update(Bell).where(Bell.job_id == job_id).values(**values))


class _Heartbeat:
    """Keeps the lease alive from a thread, which stops beating when the process freezes or dies.

    It also stops when the job's time is over: what cannot be interrupted loses its lease.
    """

    def __init__(self, task: Task, kind: JobKind, timing: Timing) -> None:
        self._task = task
        self._timing = timing
        self._until = time.monotonic() + kind.timeout
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=self._timing.beat.total_seconds())

    def _beat(self) -> None:
        while not self._stop.wait(self._timing.beat.total_seconds()) and time.monotonic() < self._until:
            try:
                self._renew()
            except SQLAlchemyError as error:  # a missed beat costs at most the lease; the work itself goes on
                log.warning("heartbeat_missed", job=str(self._task.job_id), reason=_reason(error))

    def _renew(self) -> None:
        with self._task.read() as scope:
            lease_until = scope.now() + self._timing.lease
            mine = (Job.id == self._task.job_id, Job.token == self._task.token, Job.state == "running")
            renewed = update(Job).where(*mine).values(lease_until=lease_until).returning(Job.id)
            if scope.session.scalar(renewed) is not None:
                _move_bell(scope, self._task.job_id, due_at=lease_until)


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Interrupt the block when its time is over; the alarm RQ had set rings as it would have."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLong(f"it took longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    left = signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        signal.alarm(left)


def _reason(error: Exception) -> str:
    """Say what failed. A database's message may quote a row, so of that only the kind is kept."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__} ({getattr(error.orig, 'sqlstate', None) or 'no answer'})"
    return f"{type(error).__name__}: {error}"[:_LONGEST_REASON]


def _where(error: Exception) -> list[str]:
    """Return the innermost frames; unlike a traceback, they hold no message that may quote a narrative."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
