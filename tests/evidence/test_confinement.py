"""Work in a child ends within its limits, leaves nothing behind, and reaches nobody."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from throughline.evidence.confinement import Limits, Stopped, confined

QUICK = Limits(cpu_seconds=1, wall_seconds=5, memory_bytes=200 * 1024 * 1024, result_bytes=1024 * 1024)


def why(work, limits=QUICK):
    with pytest.raises(Stopped) as stopped:
        confined(work, limits)
    return str(stopped.value)


def for_ever():
    while True:
        pass


def asleep():
    time.sleep(60)
    return {}


def test_it_returns_what_the_work_names():
    assert confined(lambda: {"a": b"1", "b": b""}, QUICK) == {"a": b"1", "b": b""}


def test_the_work_cannot_change_the_parent():
    held = []
    confined(lambda: {"a": str(held.append(1)).encode()}, QUICK)
    assert held == []


def test_work_that_computes_for_ever_is_stopped_by_its_processor_limit():
    began = time.monotonic()
    assert why(for_ever) == "it used more than 1 s of processor time"
    assert time.monotonic() - began < 10


def test_work_that_waits_for_ever_is_stopped_by_the_clock():
    began = time.monotonic()
    assert why(asleep, Limits(wall_seconds=0.5)) == "it took longer than 0.5 seconds"
    assert time.monotonic() - began < 5


def test_work_that_swallows_memory_is_stopped():
    assert why(lambda: {"a": b"x" * 10**9}) == "it needed more than 200 MB of memory"


def test_a_result_too_large_is_refused():
    assert why(lambda: {"a": b"x" * (1024 * 1024 + 1)}) == "its result is larger than 1 MB"


def test_what_the_work_raises_is_told_in_one_line():
    def fails():
        raise LookupError("nothing there")

    assert why(fails) == "LookupError: nothing there"


def test_a_reason_the_work_gives_is_told_as_it_is():
    def gives_up():
        raise Stopped("it has more than 5 pages")

    assert why(gives_up) == "it has more than 5 pages"


def test_work_that_is_killed_says_so():
    assert "SIGKILL" in why(lambda: {"a": str(os.kill(os.getpid(), signal.SIGKILL)).encode()})


@pytest.mark.parametrize(
    "escape",
    [
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.getaddrinfo("localhost", 80),
        lambda: subprocess.run(["/bin/true"], check=False),
        lambda: os.system("/bin/true"),
        lambda: os.execv("/bin/true", ["true"]),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        os.fork,
    ],
    ids=["connect", "resolve", "run", "system", "exec", "spawn", "fork"],
)
def test_the_work_may_open_no_connection_and_start_no_program(escape):
    def work():
        escape()
        return {"escaped": b""}

    assert why(work).startswith("PermissionError")


def test_temporary_files_of_the_work_are_gone_even_when_it_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def leaves_files():
        Path(tempfile.mkdtemp(prefix="left-"), "font").write_bytes(b"x")
        for_ever()

    assert "processor" in why(leaves_files)
    assert list(tmp_path.iterdir()) == []


def test_no_process_is_left(tmp_path):
    note = tmp_path / "pid"

    def work():
        note.write_text(str(os.getpid()))
        return asleep()

    assert "longer" in why(work, Limits(wall_seconds=0.5))
    assert not Path("/proc", note.read_text()).exists()
