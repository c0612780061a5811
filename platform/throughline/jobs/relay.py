"""Ring for due jobs: after a commit, and again by the sweeper until each is done.

RQ is a doorbell, PostgreSQL is the ledger. A ring carries ids only. Losing one costs a delay, never a job;
ringing twice costs nothing, because the runner takes the row by lease. Tenants take turns, so one tenant's
five thousand reports do not stand before another's one.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import redis
import structlog
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import text

from throughline.jobs.outbox import RUNG_LATER
from throughline.kernel.database import OwnedSession
from throughline.tenancy.scope import PlatformScope

QUEUE = "throughline"
RING_AGAIN_AFTER = timedelta(seconds=15)
AT_ONCE = 200
FOR_EACH_TENANT = 20
SILENT_FOR = 3.0
_RUNNER = "throughline.jobs.runner.run"
_LONGEST_JOB = 900
_FORGET_AFTER = 60

log = structlog.get_logger()

# A tenant's first job is rung before any tenant's second: rank within the tenant, then take turns.
_DUE = text(
    """
    with due as (
        select job_id, tenant_id,
               row_number() over (partition by tenant_id order by due_at, job_id) as turn
        from outbox
        where due_at <= :now and (rung_at is null or rung_at < :stale)
    ), chosen as (
        select job_id from due where turn <= :each order by turn, job_id limit :most
    ), taken as (
        select job_id from outbox where job_id in (select job_id from chosen) for update skip locked
    )
    update outbox set rung_at = :now from taken where outbox.job_id = taken.job_id
    returning outbox.tenant_id, outbox.job_id
    """
)


class Doorbell:
    """Rings RQ. Valkey may be away: then nothing is rung, nothing is lost, and the sweeper tries again."""

    def __init__(self, connection: "redis.Redis") -> None:
        self._connection = connection
        self._silent_until = 0.0
        self._queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)

    def ring(self, bells: Iterable[tuple[UUID, UUID]]) -> int:
        """Ring for ``(tenant id, job id)`` pairs and return how many rings arrived."""
        rung = 0
        if time.monotonic() < self._silent_until:
            return rung
        try:
            for tenant_id, job_id in bells:
                self._ring_one(tenant_id, job_id)
                rung += 1
        except redis.RedisError as error:
            # Do not make every request wait for a server that is away; the sweeper rings later.
            self._silent_until = time.monotonic() + SILENT_FOR
            log.warning("doorbell_unreachable", reason=type(error).__name__)
        return rung

    def _ring_one(self, tenant_id: UUID, job_id: UUID) -> None:
        try:
            self._enqueue(tenant_id, job_id)
        except DuplicateJobError:
            if self._still_waiting(job_id):
                return
            self._enqueue(tenant_id, job_id)

    def _enqueue(self, tenant_id: UUID, job_id: UUID) -> None:
        self._queue.enqueue_call(
            _RUNNER,
            kwargs={"tenant_id": str(tenant_id), "job_id": str(job_id)},
            job_id=str(job_id),
            unique=True,
            timeout=_LONGEST_JOB,
            result_ttl=0,
            failure_ttl=_FORGET_AFTER,
        )

    def _still_waiting(self, job_id: UUID) -> bool:
        """Say whether RQ holds a ring nobody has answered; else clear what a dead worker left behind."""
        try:
            known = RqJob.fetch(str(job_id), connection=self._connection, serializer=JSONSerializer)
        except NoSuchJobError:
            return False
        if known.get_status() == JobStatus.QUEUED and known.id in self._queue.job_ids:
            return True
        known.delete(remove_from_queue=True)
        return False

    def ring_after_commit(self, session: OwnedSession) -> None:
        """Ring at once for what a transaction enqueued, now that it is committed."""
        bells = session.info.pop(RUNG_LATER, [])
        if bells:
            self.ring(bells)

    def waiting(self) -> int:
        """Return how many rings nobody has answered yet."""
        return int(self._queue.count)


def sweep(scope: PlatformScope) -> list[tuple[UUID, UUID]]:
    """Return the bells that are due and not rung lately, each tenant in turn, marked as rung now."""
    now: datetime = scope.now()
    found = scope.session.execute(
        _DUE, {"now": now, "stale": now - RING_AGAIN_AFTER, "each": FOR_EACH_TENANT, "most": AT_ONCE}
    )
    return [(row.tenant_id, row.job_id) for row in found]
