"""An empty Valkey, jobs to enqueue, and a few kinds of work that only these tests know."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import delete, select

from throughline.jobs.models import Bell, Job, Timetable
from throughline.jobs.outbox import enqueue
from throughline.jobs.registry import job
from throughline.jobs.relay import QUEUE, Doorbell
from throughline.jobs.task import Task
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.scope import Scopes, TenantContext

Added = Callable[..., UUID]


@pytest.fixture(autouse=True)
def empty_valkey(world: Any) -> None:
    """Forget the rings of other tests."""
    world.servers.wipe_valkey()


@pytest.fixture(autouse=True)
def no_schedules(scopes: Scopes) -> Iterator[None]:
    """Put the demo packs' schedules away, and forget those of a test when it ends."""
    names = [column.name for column in Timetable.__table__.columns]
    with scopes.platform_scope(SYSTEM) as scope:
        rows = scope.session.scalars(select(Timetable))
        kept = [{name: getattr(row, name) for name in names} for row in rows]
        scope.session.execute(delete(Timetable))
    yield
    with scopes.platform_scope(SYSTEM) as scope:
        scope.session.execute(delete(Timetable))
        scope.session.add_all([Timetable(**values) for values in kept])


@pytest.fixture
def add(scopes: Scopes, calder: TenantContext) -> Added:
    """Return a function that commits a job and gives its id."""

    def commit(
        name: str = "test.quiet", key: str = "one", tenant: TenantContext | None = None, **args: Any
    ) -> UUID:
        with scopes.tenant(tenant or calder, SYSTEM, "test") as scope:
            return enqueue(scope, name, key, **args)

    return commit


@pytest.fixture
def row_of(scopes: Scopes, calder: TenantContext) -> Callable[[UUID], Job]:
    """Return a function that reads a job of calder from the ledger."""

    def read(job_id: UUID) -> Job:
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            return scope.session.scalars(select(Job).where(Job.id == job_id)).one()

    return read


@pytest.fixture
def bell_of(scopes: Scopes) -> Callable[[UUID], Bell | None]:
    """Return a function that reads a job's bell."""

    def read(job_id: UUID) -> Bell | None:
        with scopes.platform_scope(SYSTEM) as scope:
            return scope.session.get(Bell, job_id)

    return read


@pytest.fixture
def queue(doorbell: Doorbell) -> Queue:
    """RQ's own view of the rings."""
    return Queue(QUEUE, connection=doorbell._connection, serializer=JSONSerializer)


@pytest.fixture
def work() -> Iterator[dict[str, Any]]:
    """What the next ``test.*`` job does: ``run`` and ``on_dead`` are called if set."""
    _WORK.clear()
    yield _WORK
    _WORK.clear()


_WORK: dict[str, Any] = {}


def _buried(task: Task, scope: Any) -> None:
    if "on_dead" in _WORK:
        _WORK["on_dead"](task, scope)


@job("test.quiet")
def quiet(_task: Task) -> None:
    """Do nothing, well."""


@job("test.set", timeout=30, attempts=3, on_dead=_buried)
def do_as_set(task: Task) -> None:
    """Do what the test has set."""
    _WORK["run"](task)


@job("test.slow", timeout=1, attempts=2)
def slow(task: Task) -> None:
    """Do what the test has set, in a second at most."""
    _WORK["run"](task)
