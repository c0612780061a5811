"""Work that only the fault tests know; their workers import it by THROUGHLINE_EXTRA_JOBS.

It leaves a mark in a folder when it begins and when it holds its result uncommitted, so that a test knows
when to strike, and publishes one line of the audit trail, which nothing can remove: a result made twice
stays visible.
"""

import time
from pathlib import Path

from sqlalchemy import text

from throughline.audit.service import record
from throughline.jobs.registry import job
from throughline.jobs.task import Task


@job("probe.work", timeout=60, attempts=30)
def work(task: Task) -> None:
    """Work for ``work`` seconds and hold the publishing open for ``hold``: at the first attempt, or always."""
    first = task.attempt == 1 or "always" in task.args
    _mark(task, "begun")
    time.sleep(float(task.args.get("work", "0")) if first else 0)
    with task.publish() as scope:
        record(scope, "probe.made", "job", task.job_id)
        scope.session.flush()
        _mark(task, "holding")
        time.sleep(float(task.args.get("hold", "0")) if first else 0)
    _mark(task, "made")


@job("probe.endless", timeout=60, attempts=2)
def end_the_worker(task: Task) -> None:
    """Take a while at every attempt."""
    _mark(task, "begun")
    time.sleep(60)


@job("probe.indiscreet", timeout=60, attempts=2)
def quote_a_narrative(task: Task) -> None:
    """Fail in a statement that holds what somebody wrote."""
    with task.read() as scope:
        words = {"words": "She was found on the floor"}
        scope.session.execute(text("select cast(:words as integer)"), words)


def _mark(task: Task, what: str) -> None:
    Path(task.args["marks"], f"{task.job_id}.{task.attempt}.{what}").touch()
