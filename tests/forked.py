"""Work done in a copy of the test process, with an environment, streams and a status of its own.

A new process reads the product's modules for two seconds; a copy has them. It shares no connection with the
tests as long as it makes its own, and what it changes in memory is gone with it.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

PATIENCE = 60.0


@dataclass(frozen=True)
class Outcome:
    """What a process left: its status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return self.out + self.err


def in_a_copy(work: Callable[[], object], environ: Mapping[str, str], folder: Path) -> Outcome:
    """Do some work in a copy of this process, whose environment names no other servers than ``environ``."""
    out, err = folder / "out", folder / "err"
    child = os.fork()
    if child == 0:
        _do(work, environ, out, err)
    return Outcome(_wait_for(child), out.read_text(), err.read_text())


def _do(work: Callable[[], object], environ: Mapping[str, str], out: Path, err: Path) -> NoReturn:
    status: Any = 1
    try:
        for name in [name for name in os.environ if name.startswith("THROUGHLINE_")]:
            del os.environ[name]
        os.environ.update(environ)
        with out.open("w") as sys.stdout, err.open("w") as sys.stderr:
            os.dup2(sys.stdout.fileno(), 1)
            os.dup2(sys.stderr.fileno(), 2)
            try:
                work()
                status = 0
            except SystemExit as ended:
                status = ended.code or 0
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(status if isinstance(status, int) else 1)


def _wait_for(child: int) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError(f"{PATIENCE:g} s were not enough")
