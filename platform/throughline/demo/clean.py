"""Stop a demo that runs in this clone and remove everything it keeps."""

import os
import shutil
import signal
import time
from pathlib import Path

from throughline.demo import place
from throughline.demo.lock import Held, hold
from throughline.demo.process import DemoProblem
from throughline.demo.progress import Progress

_PATIENCE = 60.0
_PAUSE = 0.1


def clean(var: Path, progress: Progress) -> None:
    """Ask a running demo to stop, wait for it, then remove its folder and what it keeps elsewhere.

    Raises:
        DemoProblem: it did not stop.
    """
    if not var.exists():
        progress.say("There is no demo data to remove.")
        return
    with progress.step("Stopping the demo, if it runs", "end the process named above, then try again"):
        _stop(var / "demo.lock", progress)
        _stop(var / "servers.lock", progress)
    with progress.step(f"Removing {var}", f"remove it by hand, as the account that owns {var}"):
        try:
            place.remove(var)
            shutil.rmtree(var)
        except PermissionError as refused:
            raise DemoProblem(f"{refused.filename} belongs to another account") from refused


def _stop(file: Path, progress: Progress) -> None:
    deadline = time.monotonic() + _PATIENCE
    asked = False
    while file.exists():
        try:
            hold(file).close()
        except Held as held:
            if held.pid and not asked:
                _ask(held.pid)
                asked = True
            if time.monotonic() > deadline:
                raise DemoProblem(f"process {held.pid} does not stop") from held
            progress.tick()
            time.sleep(_PAUSE)
        else:
            return


def _ask(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as refused:
        raise DemoProblem(f"process {pid} is another account's") from refused
