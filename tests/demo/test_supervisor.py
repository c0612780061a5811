"""The demo's processes: kept running, told about, and all ended, with nothing else touched."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from throughline.demo.process import Child, DemoProblem, members_of_session
from throughline.demo.supervisor import Supervisor, stoppable

NESTED = (
    "import os, subprocess, signal; subprocess.Popen(['sleep', '60'], preexec_fn=os.setpgrp); signal.pause()"
)
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
)
SUPERVISED = f"""
import os, signal, sys
from pathlib import Path
from throughline.demo.process import Child

child = Child("a", [sys.executable, "-c", {NESTED!r}], log=Path(sys.argv[1]), env=dict(os.environ))
child.start()
print(child.pid, flush=True)
signal.pause()
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    made: list[Child] = []

    def make(script: str, name: str = "worker") -> Child:
        argv = [sys.executable, "-c", script]
        made.append(Child(name, argv, log=tmp_path / f"{name}.log", env=dict(os.environ), patience=0.3))
        return made[-1]

    yield make
    for each in made:
        each.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_process_that_dies_is_told_with_the_end_of_its_log_and_started_again(
    child: Callable[..., Child],
) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    worker = child("print('last words', flush=True); import signal; signal.pause()")
    supervisor.start(worker)
    wait_for(lambda: "last words" in worker.tail())
    first = worker.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not worker.running)
    supervisor.look()
    assert worker.running
    assert worker.pid != first
    assert "worker was ended by SIGKILL" in said[0]
    assert "    last words" in said[0]
    supervisor.stop()
    assert not worker.running


def test_a_process_that_keeps_dying_ends_the_demo_with_a_reason(child: Callable[..., Child]) -> None:
    supervisor = Supervisor(lambda _text: None)
    supervisor.start(child("raise SystemExit('no such setting')"))
    with pytest.raises(DemoProblem, match=r"ended by itself with code 1, for the third time in a minute"):
        supervisor.watch(until=lambda: False)
    supervisor.stop()


def test_stopping_ends_every_process_started_and_what_those_started_and_nothing_else(
    child: Callable[..., Child],
) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    nested, stubborn = child(NESTED, "nested"), child(STUBBORN, "stubborn")
    supervisor = Supervisor(lambda _text: None)
    for each in (nested, stubborn):
        supervisor.start(each)
    wait_for(lambda: len(members_of_session(nested.pid)) == 2 and "up" in stubborn.tail())
    stubborn.stop()
    supervisor.stop()
    assert members_of_session(nested.pid) == members_of_session(stubborn.pid) == []
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


@pytest.mark.faults
def test_a_killed_supervisor_leaves_nothing_running(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert members_of_session(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: pid not in members_of_session(pid))
    for left in members_of_session(pid):
        os.kill(left, signal.SIGKILL)  # what the child itself started is the child's to end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_of_asking_to_stop_is_heard(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), stoppable():
        os.kill(os.getpid(), number)
        time.sleep(5)
    assert signal.getsignal(number) == before
