"""Jobs by stable name, so that moving a function cannot orphan what is already queued."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from throughline.jobs.task import Task
    from throughline.tenancy.scope import Scope

Work = Callable[["Task"], None]
LastWords = Callable[["Task", "Scope"], None]

LONGEST = 900  # seconds; past it and a minute more, RQ ends the process whatever it is doing

# While a release is rolled out, an old worker may meet work that only the new one knows: with the back-off
# these tries last some hours.
_TRIES_FOR_A_STRANGER = 10


class UnknownJob(Exception):
    """No job has this name in this release."""


@dataclass(frozen=True)
class JobKind:
    """A kind of work: what runs, how many seconds one attempt may take, how often it is tried.

    ``on_dead`` runs in the transaction that puts the job aside.
    """

    name: str
    run: Work
    timeout: int
    attempts: int
    on_dead: LastWords | None = None


_KINDS: dict[str, JobKind] = {}


def job(
    name: str, *, timeout: int = 60, attempts: int = 4, on_dead: LastWords | None = None
) -> Callable[[Work], Work]:
    """Register a function as the work of a name. ``timeout`` in seconds for one attempt.

    Raises:
        ValueError: another function has this name, or the timeout is longer than ``LONGEST``.
    """
    if timeout > LONGEST:
        raise ValueError(f"{name}: no attempt may take longer than {LONGEST} seconds")

    def register(run: Work) -> Work:
        if name in _KINDS and _where(_KINDS[name].run) != _where(run):
            raise ValueError(f"two functions claim the job {name!r}")
        _KINDS[name] = JobKind(name, run, timeout, attempts, on_dead)
        return run

    return register


def kind_of(name: str) -> JobKind:
    """Return a kind by name; for a name nobody claims, one that fails with ``UnknownJob``."""
    return _KINDS.get(name) or JobKind(name, _not_known, timeout=10, attempts=_TRIES_FOR_A_STRANGER)


def _not_known(_task: "Task") -> None:
    raise UnknownJob("this release has no such job")


def _where(run: Work) -> tuple[str, str]:
    return run.__module__, run.__qualname__
