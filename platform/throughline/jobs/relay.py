"""Ring for due jobs: after a commit, and again by the sweeper until each is done.

RQ is a doorbell, PostgreSQL is the ledger. A ring carries ids only. Losing one costs a delay, never a job;
ringing twice costs nothing, because the runner takes the row by lease.

Only a few rings wait at a time; the rest of the work waits in the ledger, where tenants take turns. So one
tenant's five thousand reports do not stand before another's one. Every worker sweeps when it has answered a
ring, so the few that wait are enough to keep all of them busy.
"""

import contextlib
import time
from collections.abc import Sequence
from uuid import UUID

import redis
import structlog
from rq import Queue
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.utils import now as rq_now
from sqlalchemy import text, update

from throughline.jobs.models import Bell
from throughline.jobs.outbox import RUNG_LATER
from throughline.jobs.registry import LONGEST
from throughline.jobs.timing import Timing
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import OwnedSession
from throughline.tenancy.scope import PlatformScope, Scopes

QUEUE = "throughline"
MOST_WAITING = 2
SILENT_FOR = 3.0
_RUNNER = "throughline.jobs.runner.run"
_FORGET_AFTER = 60

Ring = tuple[UUID, UUID]  # tenant id, job id

log = structlog.get_logger()

# A bell is under way from its ring on, and while a worker that claimed it holds the lease (its due_at is then
# the lease's end). A tenant's turn counts what it has under way, so whoever has least there comes first.
_SWEEP = text(
    """
    with due as (
        select bell.job_id, bell.tenant_id, bell.due_at,
               row_number() over (partition by bell.tenant_id order by bell.due_at, bell.job_id) as place
        from outbox bell join tenant on tenant.id = bell.tenant_id and tenant.suspended_at is null
        where bell.due_at <= :now and (bell.rung_at is null or bell.rung_at < :stale)
    ), under_way as (
        select tenant_id, count(*) as number from outbox
        where rung_at is not null and (due_at > :now or rung_at >= :stale) group by tenant_id
    ), chosen as (
        select due.job_id, due.place + coalesce(under_way.number, 0) as turn
        from due left join under_way using (tenant_id) order by turn, due.due_at, due.job_id limit :room
    ), taken as (
        select bell.job_id, chosen.turn from outbox bell join chosen using (job_id)
        where bell.rung_at is null or bell.rung_at < :stale for update of bell skip locked
    )
    update outbox set rung_at = :now from taken where outbox.job_id = taken.job_id
    returning outbox.tenant_id, outbox.job_id, outbox.due_at, taken.turn
    """
)


class Doorbell:
    """Rings RQ. Valkey may be away: then nothing is rung, nothing is lost, and the sweeper tries again."""

    def __init__(self, connection: "redis.Redis", timing: Timing | None = None) -> None:
        self.timing = timing or Timing()
        self._connection = connection
        self._silent_until = 0.0
        self._queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)

    def room(self) -> int:
        """Return how many rings may be added now: none while Valkey is away."""
        if time.monotonic() < self._silent_until:
            return 0
        try:
            return max(0, MOST_WAITING - self.waiting())
        except redis.RedisError as error:
            self._fall_silent(error)
            return 0

    def ring(self, rings: Sequence[Ring]) -> int:
        """Ring for jobs in this order and return how many of the rings arrived."""
        rung = 0
        if time.monotonic() < self._silent_until:
            return rung
        try:
            for tenant_id, job_id in rings:
                self._ring_one(tenant_id, job_id)
                rung += 1
        except redis.RedisError as error:
            self._fall_silent(error)
        return rung

    def ring_after_commit(self, session: OwnedSession) -> None:
        """Ring at once for what a transaction enqueued, now that it is committed, as far as there is room."""
        rings = session.info.pop(RUNG_LATER, [])
        if rings:
            self.ring(rings[: self.room()])

    def away(self) -> bool:
        """Say whether Valkey cannot be reached now, so that work which waits begins later than usual."""
        if time.monotonic() >= self._silent_until:
            self.room()
        return time.monotonic() < self._silent_until

    def waiting(self) -> int:
        """Return how many rings nobody has answered yet.

        Raises:
            redis.RedisError: Valkey is away.
        """
        return int(self._queue.count)

    def _fall_silent(self, error: Exception) -> None:
        # Do not make every request wait for a server that is away.
        self._silent_until = time.monotonic() + SILENT_FOR
        log.warning("doorbell_unreachable", reason=type(error).__name__)

    def _ring_one(self, tenant_id: UUID, job_id: UUID) -> None:
        try:
            self._enqueue(tenant_id, job_id)
        except DuplicateJobError:
            if self._will_be_answered(str(job_id)):
                return
            self._connection.delete(RqJob.key_for(str(job_id)))
            with contextlib.suppress(DuplicateJobError):  # somebody else has just made it anew
                self._enqueue(tenant_id, job_id)

    def _enqueue(self, tenant_id: UUID, job_id: UUID) -> None:
        self._queue.enqueue_call(
            _RUNNER,
            kwargs={"tenant_id": str(tenant_id), "job_id": str(job_id)},
            job_id=str(job_id),
            unique=True,
            timeout=LONGEST,
            result_ttl=0,
            failure_ttl=_FORGET_AFTER,
        )

    def _will_be_answered(self, job_id: str) -> bool:
        """Say whether a ring that RQ knows of waits, or was taken a moment ago by a worker about to claim.

        Else its worker died; what it left in RQ's books is cleared, and the key may go too.
        """
        try:
            known = RqJob.fetch(job_id, connection=self._connection, serializer=JSONSerializer)
            if self._queue.get_job_position(job_id) is not None:
                return True
            if known.enqueued_at is not None and rq_now() - known.enqueued_at < self.timing.ring_again:
                return True
            known.delete(remove_from_queue=False)
        except (NoSuchJobError, InvalidJobOperation):  # half of it is gone, or all of it by now
            return False
        return False


def sweep(scope: PlatformScope, room: int, timing: Timing) -> list[Ring]:
    """Mark up to ``room`` due bells as rung now and return them, in the order to ring: tenants in turn."""
    now = scope.now()
    values = {"now": now, "stale": now - timing.ring_again, "room": room}
    found = sorted(scope.session.execute(_SWEEP, values), key=lambda row: (row.turn, row.due_at, row.job_id))
    return [(row.tenant_id, row.job_id) for row in found]


def ring_due(scopes: Scopes, doorbell: Doorbell) -> int:
    """Ring for due jobs, as many as there is room for, and return how many rings arrived."""
    room = doorbell.room()
    if not room:
        return 0
    with scopes.platform_scope(SYSTEM, "relay") as scope:
        rings = sweep(scope, room, doorbell.timing)
    rung = doorbell.ring(rings)
    if rung < len(rings):
        missed = [job_id for _tenant_id, job_id in rings[rung:]]
        with scopes.platform_scope(SYSTEM, "relay") as scope:
            scope.session.execute(update(Bell).where(Bell.job_id.in_(missed)).values(rung_at=None))
    return rung
