"""A back-test in a worker, slice by slice, each kept as it is done: a worker's end costs one slice."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from throughline.jobs.registry import job
from throughline.jobs.task import Task
from throughline.kernel.errors import Invalid
from throughline.rules.confining import Cancellation, Cancelled, TookTooLong
from throughline.rules.invalid import InvalidCondition
from throughline.rules.workbench import runs
from throughline.tenancy.scope import Scope

_LOOKS_EVERY = 0.5  # seconds


def say_ended(task: Task, scope: Scope) -> None:
    """Leave the reason on the run, where whoever asked looks."""
    reason = "It could not be finished: the worker ended several times. What was found until then is kept."
    runs.finish(scope, UUID(task.args["run"]), "failed", reason)


@job(runs.JOB, timeout=900, attempts=6, on_dead=say_ended)
def run_backtest(task: Task) -> None:
    """Do the slices that are not done yet. One that was stopped is left as it is."""
    run_id, cancellation = UUID(task.args["run"]), Cancellation()
    state, reason = "done", ""
    try:
        with _watched(task, run_id, cancellation):
            while _go_on(task, run_id, cancellation):
                pass
    except (runs.Stopped, Cancelled):
        return
    except TookTooLong as slow:
        state, reason = "failed", f"{slow}."
    except (Invalid, InvalidCondition) as wrong:
        state, reason = "failed", f"The rule cannot be asked of stored incidents: {_said(wrong)}"
    with task.publish() as scope:
        runs.finish(scope, run_id, state, reason)


def _go_on(task: Task, run_id: UUID, cancellation: Cancellation) -> bool:
    """Do the next slice, unless another worker just has; say whether there was one to do."""
    with task.read() as scope:
        number, slices = runs.begin(scope, run_id)
    if number == slices:
        return False
    with suppress(runs.Overtaken), task.read() as scope:
        runs.do_slice(scope, run_id, number, cancellation)
    return True


def _said(wrong: Invalid | InvalidCondition) -> str:
    if isinstance(wrong, InvalidCondition):
        return wrong.message
    return " ".join(message for found in wrong.errors.values() for message in found)


@contextmanager
def _watched(task: Task, run_id: UUID, cancellation: Cancellation) -> Iterator[None]:
    """Look, beside the work, whether somebody stopped the run, and end the statement it is in."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOKS_EVERY):
            with task.read() as scope:
                stopped = runs.is_stopped(scope, run_id)
            if stopped:
                cancellation.cancel()
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join(timeout=5)
