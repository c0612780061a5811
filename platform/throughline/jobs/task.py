"""What a job's function is handed: its arguments, and scopes to read in and to publish in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from throughline.jobs.models import Bell, Job
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.scope import Scope, Scopes, TenantContext


class Fenced(Exception):
    """Another worker holds the job now. What this one made is not published."""


@dataclass
class Task:
    """One attempt at one job, holding its fencing token.

    Work that takes long reads in one scope, computes outside any transaction, and publishes in another.
    """

    scopes: Scopes
    tenant: TenantContext
    job_id: UUID
    token: UUID
    args: dict[str, Any]
    attempt: int
    published: bool = field(default=False, init=False)

    @contextmanager
    def read(self) -> Iterator[Scope]:
        """Open a scope to read in."""
        with self.scopes.tenant(self.tenant, SYSTEM, f"job {self.job_id}") as scope:
            yield scope

    @contextmanager
    def publish(self) -> Iterator[Scope]:
        """Open the scope whose changes and the job's end are one transaction.

        Raises:
            Fenced: the lease ran out and another worker took the job; nothing is committed.
        """
        with self.read() as scope:
            # First, so that two workers meet here and not in the middle of their changes.
            self._finish(scope)
            yield scope
        self.published = True

    def _finish(self, scope: Scope) -> None:
        now: datetime = scope.now()
        mine = (Job.id == self.job_id, Job.token == self.token, Job.state == "running")
        done = update(Job).where(*mine).values(state="done", finished_at=now, lease_until=None, error=None)
        if scope.session.scalar(done.returning(Job.id)) is None:
            raise Fenced(str(self.job_id))
        scope.session.execute(delete(Bell).where(Bell.job_id == self.job_id))
