"""Run work that is not trusted to end, or to stay small, in a child process with limits of its own.

The child has a ceiling on processor time, memory and what it writes; the parent keeps the clock. It may open
no connection and start no program. What comes back is read from files, never unpickled: a child that was
taken over hands back bytes and nothing else.
"""

import gc
import multiprocessing
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MB = 1024 * 1024
_PROBLEM = "problem"
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.fork",
    "pty.",
)


@dataclass(frozen=True)
class Limits:
    """What one piece of work may cost. Memory counts from what the worker holds already."""

    cpu_seconds: int = 60
    wall_seconds: float = 120
    memory_bytes: int = 1024 * _MB
    result_bytes: int = 20 * _MB
    pages: int = 400


class Stopped(Exception):
    """The work was stopped, or it failed; the text says in plain words why."""


def confined(work: Callable[[], Mapping[str, bytes]], limits: Limits) -> dict[str, bytes]:
    """Do the work in a child process; return the results it names.

    Raises:
        Stopped: it went past a limit, was killed, or raised; the text is the exception's own where it raised
            ``Stopped``, else its type and text.
    """
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="throughline-") as name:
        folder = Path(name)
        results = folder / "results"
        results.mkdir()
        child = context.Process(target=_in_child, args=(work, folder, results, limits))
        child.start()
        try:
            child.join(limits.wall_seconds)
            if child.is_alive():
                raise Stopped(f"it took longer than {limits.wall_seconds:g} seconds")
        finally:
            child.kill()
            child.join()
        if child.exitcode:
            raise Stopped(_why(child.exitcode, limits))
        found = {path.name: path.read_bytes() for path in results.iterdir()}
    if _PROBLEM in found:
        raise Stopped(found[_PROBLEM].decode(errors="replace"))
    return found


def _why(exitcode: int, limits: Limits) -> str:
    if exitcode == -signal.SIGXCPU:
        return f"it used more than {limits.cpu_seconds} s of processor time"
    name = signal.Signals(-exitcode).name if exitcode < 0 else f"code {exitcode}"
    return f"its process ended with {name}, most likely for want of memory or space"


def _in_child(work: Callable[[], Mapping[str, bytes]], folder: Path, results: Path, limits: Limits) -> None:
    gc.freeze()  # what the parent holds, connections among it, is not the child's to finish
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    tempfile.tempdir = str(folder)
    _limit(limits)
    sys.addaudithook(_refuse_the_world)
    try:
        found = dict(work())
    except Stopped as problem:
        found = {_PROBLEM: str(problem).encode(errors="replace")}
    except MemoryError:
        found = {_PROBLEM: f"it needed more than {limits.memory_bytes // _MB} MB of memory".encode()}
    except Exception as problem:  # whatever it raises is this piece of work's outcome
        found = {_PROBLEM: f"{type(problem).__name__}: {problem}"[:500].encode(errors="replace")}
    for content in found.values():
        if len(content) > limits.result_bytes:
            found = {_PROBLEM: f"its result is larger than {limits.result_bytes // _MB} MB".encode()}
            break
    for name, content in found.items():
        (results / name).write_bytes(content)


def _limit(limits: Limits) -> None:
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = mapped + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * limits.result_bytes, 2 * limits.result_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _refuse_the_world(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not for this process")
