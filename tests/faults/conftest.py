"""Real workers, tickers and web processes to kill, on the machine's clock and ten times the product's pace."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from throughline.audit.models import AuditEvent
from throughline.demo.ports import free_port
from throughline.demo.process import Child, members_of_session
from throughline.jobs.models import Bell, Job
from throughline.jobs.outbox import enqueue
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import SystemClock
from throughline.tenancy.scope import Scopes, TenantContext

ROOT = Path(__file__).parents[2]
PACE = 0.1  # a lease of two seconds

Until = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a fault test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def clock() -> SystemClock:
    """The machine's clock: the processes of these tests have no other."""
    return SystemClock()


@pytest.fixture
def until() -> Until:
    """Return a function that waits for something to be true, and fails by name when it does not come."""

    def wait(found: Callable[[], Any], what: str, within: float = 30.0) -> Any:
        deadline = time.monotonic() + within
        while not (answer := found()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{within:g} s were not enough for: {what}")
            time.sleep(0.03)
        return answer

    return wait


class Crew:
    """The processes a test starts, and their logs."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.environ = environ
        self._folder = folder
        self._children: list[Child] = []

    def worker(self, **more: str) -> Child:
        """Start a worker; ``more`` adds to its environment."""
        return self._start("worker", "-m", "throughline.worker", **more)

    def ticker(self) -> Child:
        """Start a ticker."""
        return self._start("ticker", "-c", "from throughline.cli import main; main(['ticker'])")

    def web(self, workers: int = 2) -> str:
        """Start gunicorn and return its address."""
        address = f"127.0.0.1:{free_port()}"
        self.gunicorn = self._start(
            "web",
            *("-m", "gunicorn", "--bind", address, "--workers", str(workers), "--threads", "4"),
            *("--no-control-socket", "throughline.app:create_app()"),
            THROUGHLINE_PUBLIC_URL=f"http://{address}",
        )
        return f"http://{address}"

    def _start(self, name: str, *words: str, **more: str) -> Child:
        log = self._folder / f"{name}-{len(self._children)}.log"
        child = Child(name, [sys.executable, *words], log=log, env=self.environ | more, cwd=ROOT)
        child.start()
        self._children.append(child)
        return child

    def horses(self, worker: Child) -> list[int]:
        """Return what a worker has forked, and in a worker's first second what its libraries ask about."""
        return _children(worker, worker.pid)

    def renderers(self, worker: Child) -> list[int]:
        """Return what a worker's horses have forked."""
        return [pid for horse in self.horses(worker) for pid in _children(worker, horse)]

    def signal_all(self, worker: Child, what: signal.Signals) -> None:
        """Send a signal to a worker and what it has forked, the worker first."""
        for pid in sorted(members_of_session(worker.pid), key=lambda pid: pid != worker.pid):
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                continue  # ended in the meantime

    def log_of(self, child: Child) -> str:
        """Return what a process has written."""
        return child.log.read_text()

    def logs(self) -> list[Path]:
        """Return what every process writes to."""
        return [child.log for child in self._children]

    def stop(self) -> None:
        """End everything, with what it forked."""
        for child in self._children:
            child.kill()


@pytest.fixture
def crew(world: Any, tmp_path: Path) -> Iterator[Crew]:
    """Return what starts processes; all of them end with the test, and both servers run again."""
    world.servers.wipe_valkey()
    settings = world.settings
    inherited = {name: word for name, word in os.environ.items() if not name.startswith("THROUGHLINE_")}
    environ = inherited | {
        "THROUGHLINE_DATABASE_URL": settings.database_url,
        "THROUGHLINE_REDIS_URL": settings.redis_url,
        "THROUGHLINE_STORAGE_URL": settings.storage_url,
        "THROUGHLINE_SECRET_KEY": settings.secret_key,
        "THROUGHLINE_ENV": "test",
        "THROUGHLINE_JOB_PACE": str(PACE),
        "THROUGHLINE_EXTRA_JOBS": "probe",
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTHONUNBUFFERED": "1",
    }
    made = Crew(tmp_path, environ)
    yield made
    made.stop()
    if not world.servers.postgres.child.running:
        world.servers.start_postgres()
    if not world.servers.valkey.child.running:
        world.servers.start_valkey()


def _children(worker: Child, parent: int) -> list[int]:
    found = []
    for pid in members_of_session(worker.pid):
        try:
            status = Path("/proc", str(pid), "status").read_text()
        except OSError:
            continue  # ended in the meantime
        if f"\nPPid:\t{parent}\n" in status:
            found.append(pid)
    return found


class Ledger:
    """Adds probe jobs and reads what became of them."""

    def __init__(self, scopes: Scopes, tenant: TenantContext, marks: Path) -> None:
        marks.mkdir(exist_ok=True)
        self._scopes = scopes
        self._tenant = tenant
        self._marks = marks

    def add(self, key: str = "one", name: str = "probe.work", **args: str) -> UUID:
        """Commit a job."""
        with self._scopes.tenant(self._tenant, SYSTEM, "test") as scope:
            return enqueue(scope, name, key, marks=str(self._marks), **args)

    def row(self, job_id: UUID) -> Job:
        """Read a job."""
        with self._scopes.tenant(self._tenant, SYSTEM, "test") as scope:
            return scope.session.scalars(select(Job).where(Job.id == job_id)).one()

    def done(self, *job_ids: UUID) -> bool:
        """Say whether all of them are done."""
        with self._scopes.tenant(self._tenant, SYSTEM, "test") as scope:
            query = select(Job.id).where(Job.id.in_(job_ids), Job.state == "done")
            return len(scope.session.scalars(query).all()) == len(job_ids)

    def made(self, *job_ids: UUID) -> list[UUID]:
        """Return whose results exist, once for each result."""
        with self._scopes.tenant(self._tenant, SYSTEM, "test") as scope:
            mine = (AuditEvent.action == "probe.made", AuditEvent.subject_id.in_(job_ids))
            return list(scope.session.scalars(select(AuditEvent.subject_id).where(*mine)))

    def bells(self) -> int:
        """Return how many bells are left."""
        with self._scopes.platform_scope(SYSTEM) as scope:
            return len(scope.session.scalars(select(Bell.job_id)).all())

    def now(self) -> float:
        """Return the time of the ledger."""
        return self._scopes.clock.now().timestamp()

    def marked(self, job_id: UUID, what: str, attempt: int = 1) -> bool:
        """Say whether an attempt has come to a point."""
        return (self._marks / f"{job_id}.{attempt}.{what}").exists()


@pytest.fixture
def ledger(scopes: Scopes, calder: TenantContext, tmp_path: Path) -> Ledger:
    """Return what adds probe jobs to calder."""
    return Ledger(scopes, calder, tmp_path / "marks")


@pytest.fixture
def other_ledger(scopes: Scopes, hollins: TenantContext, tmp_path: Path) -> Ledger:
    """Return what adds probe jobs to hollins."""
    return Ledger(scopes, hollins, tmp_path / "marks")
