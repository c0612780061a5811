"""A file that one process holds; the kernel gives it back when the process ends, however it ends."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path


class Held(Exception):
    """Another process holds the file. ``pid`` is its id."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"held by process {pid}")
        self.pid = pid


def hold(file: Path, *, wait: bool = False) -> TextIOWrapper:
    """Take the file for this process until the returned handle is closed.

    Raises:
        Held: another process has it, and we were not to wait.
    """
    held = file.open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        held.seek(0)
        note = held.read().strip()
        held.close()
        raise Held(int(note) if note.isdecimal() else 0) from None
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held
