"""Put work in the ledger, in the same transaction as the change that needs it.

A job that was enqueued in Valkey before the commit could run without the change; after it, a process that
dies in between would lose the job. So the ledger row and its bell are written with the change, and ringing
comes after: at once by the process that committed, and again by the sweeper until the job is done.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.jobs.models import Bell, Job
from throughline.kernel.database import uuid7
from throughline.tenancy.scope import Scope

RUNG_LATER = "bells"


def enqueue(scope: Scope, name: str, key: str, *, due_at: datetime | None = None, **args: str) -> UUID:
    """Add a job once for its key and return its id; the same key again returns the first one's id.

    That holds for a job that is done or was put aside too. ``args`` are ids and short plain words only: they
    are read by operators.
    """
    now = scope.now()
    due_at = due_at or now
    statement = (
        insert(Job)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            name=name,
            key=key,
            args=args,
            state="queued",
            attempts=0,
            due_at=due_at,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "name", "key"])
        .returning(Job.id)
    )
    job_id = scope.session.scalar(statement)
    if job_id is None:
        return scope.session.scalars(select(Job.id).where(Job.name == name, Job.key == key)).one()
    scope.session.execute(
        insert(Bell).values(job_id=job_id, tenant_id=scope.tenant.id, due_at=due_at, rung_at=None)
    )
    if due_at <= now:
        scope.session.info.setdefault(RUNG_LATER, []).append((scope.tenant.id, job_id))
    return job_id
