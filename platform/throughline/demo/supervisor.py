"""Keeps the demo's processes running; told to stop, it ends every one of them and nothing else."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from throughline.demo.process import Child, DemoProblem

_BEAT = 0.2
_ENOUGH_TIMES = 3
_WITHIN = 60.0
_TOGETHER_WITHIN = 20.0
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class _Kept:
    child: Child
    revive: Callable[[], Child]
    started_here: bool
    deaths: list[float] = field(default_factory=list)


class Supervisor:
    """The processes of one demo. What dies is told with the end of its log, and started again."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: list[_Kept] = []

    def start(self, child: Child) -> None:
        """Start a process and keep it running."""

        def again() -> Child:
            child.start()
            return child

        child.start()
        self._kept.append(_Kept(child, again, started_here=True))

    def keep(self, child: Child, revive: Callable[[], Child]) -> None:
        """Watch a process that somebody else started and will stop; ``revive`` starts it again."""
        self._kept.append(_Kept(child, revive, started_here=False))

    def look(self) -> None:
        """Tell of every process that has died since the last look, and start it again.

        Raises:
            DemoProblem: one has died three times within a minute; more tries would not help.
        """
        for kept in self._kept:
            if kept.child.running:
                continue
            name, how = kept.child.name, _how(kept.child.status)
            now = time.monotonic()
            kept.deaths = [died for died in kept.deaths if now - died < _WITHIN] + [now]
            end_of_log = f"The end of {kept.child.log}:\n{kept.child.tail()}"
            if len(kept.deaths) >= _ENOUGH_TIMES:
                raise DemoProblem(f"{name} {how}, for the third time in a minute. {end_of_log}")
            self._say(f"{name} {how}. {end_of_log}\nStarting {name} again.")
            kept.child.kill()
            kept.child = kept.revive()

    def watch(self, until: Callable[[], bool]) -> None:
        """Look after the processes until a condition holds."""
        while not until():
            self.look()
            time.sleep(_BEAT)

    def stop(self) -> None:
        """End every process that was started here: all are asked at once, then waited for."""
        started = [kept.child for kept in self._kept if kept.started_here]
        self._kept = []
        for child in started:
            child.ask_to_stop()
        deadline = time.monotonic() + _TOGETHER_WITHIN
        for child in started:
            child.wait(max(0.0, deadline - time.monotonic()))
            child.kill()


@contextmanager
def stoppable() -> Iterator[None]:
    """Make Ctrl-C, a polite kill and a closed terminal all end the block with ``KeyboardInterrupt``."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nothing but SIGKILL interrupt the block: it is the one that ends the processes."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _how(status: int | None) -> str:
    if status is not None and status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended by itself with code {status}"
