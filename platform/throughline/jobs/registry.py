"""Jobs by stable name, so that moving a function cannot orphan what is already queued."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from throughline.jobs.task import Task

Work = Callable[["Task"], None]


@dataclass(frozen=True)
class JobKind:
    """A kind of work: what runs, how long it may take, how often it is tried."""

    name: str
    run: Work
    timeout: int
    attempts: int
    on_dead: Work | None = None


_KINDS: dict[str, JobKind] = {}


def job(
    name: str, *, timeout: int = 60, attempts: int = 4, on_dead: Work | None = None
) -> Callable[[Work], Work]:
    """Register a function as the work of a name. ``timeout`` in seconds for one attempt."""

    def register(run: Work) -> Work:
        if name in _KINDS and _KINDS[name].run.__qualname__ != run.__qualname__:
            raise ValueError(f"two functions claim the job {name!r}")
        _KINDS[name] = JobKind(name, run, timeout, attempts, on_dead)
        return run

    return register


def kind_of(name: str) -> JobKind:
    """Return a kind by name.

    Raises:
        KeyError: no job has this name in this release.
    """
    return _KINDS[name]
