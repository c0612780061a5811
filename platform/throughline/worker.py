"""The worker's composition root: the same features, no web. One queue for each process.

RQ forks a work horse for every job, so everything heavy is imported here, once, before the first fork. RQ's
worker gives up when Valkey fails it in mid-job or answers too late; then, and after many jobs, this program
begins anew under the same process id, which also bounds its memory. While Valkey is away it waits.
"""

import importlib
import os
import signal
import sys
import time
from types import FrameType, ModuleType
from typing import NoReturn

import redis
import structlog
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from throughline import logs
from throughline.catalogue import catalogue_for, installed
from throughline.evidence import jobs as evidence_jobs
from throughline.features import make_doorbell, make_scopes
from throughline.jobs import runner
from throughline.jobs.relay import QUEUE
from throughline.notifications import jobs as notification_jobs
from throughline.rules.workbench import jobs as workbench_jobs
from throughline.settings import Settings

MAINTENANCE_SECONDS = 60
JOBS_OF_ONE_LIFE = 1000
LONGEST_WAIT = 5.0
WORK: tuple[ModuleType, ...] = (
    notification_jobs,
    evidence_jobs,
    workbench_jobs,
)  # importing a module registers its jobs

log = structlog.get_logger()


class OneQueueWorker(Worker):
    """RQ's worker, which knows whether it was told to stop and looks for a lost Valkey often."""

    max_connection_wait_time = LONGEST_WAIT
    told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the job at hand, then stop."""
        self.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def work(settings: Settings, *, burst: bool = False) -> None:
    """Answer rings until told to stop; with ``burst``, until there are none."""
    _stop_at_once_when_told()
    doorbell = make_doorbell(settings)
    runner.use(make_scopes(settings, doorbell), doorbell)
    for key in installed():
        catalogue_for(frozenset({key}))  # imports the plugin
    connection = redis.Redis.from_url(settings.redis_url, retry=Retry(ConstantBackoff(0.25), 2))
    _wait_for(connection)
    worker = OneQueueWorker(
        [Queue(QUEUE, connection=connection, serializer=JSONSerializer)],
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        log_job_description=False,
    )
    try:
        worker.work(burst=burst, logging_level="WARNING", max_jobs=None if burst else JOBS_OF_ONE_LIFE)
    except redis.RedisError as error:  # it could not sign off
        log.warning("valkey_lost", reason=type(error).__name__)
    _stop_at_once_when_told()  # RQ had its own way
    if worker.horse_pid:
        worker.wait_for_horse()
    if not burst and not worker.told_to_stop:
        log.info("worker_begins_anew")
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very program


def _stop_at_once_when_told() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _wait_for(connection: "redis.Redis") -> None:
    wait = 0.5
    while True:
        try:
            connection.ping()
        except redis.RedisError as error:
            log.warning("valkey_unreachable", reason=type(error).__name__, again_in=wait)
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            return


if __name__ == "__main__":
    chosen = Settings.from_environ()
    logs.configure(chosen.log_level)
    if chosen.env == "test":  # jobs that only the fault tests know
        for name in os.environ.get("THROUGHLINE_EXTRA_JOBS", "").split():
            importlib.import_module(name)
    work(chosen, burst="--burst" in sys.argv[1:])
