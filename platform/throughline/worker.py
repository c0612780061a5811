"""The worker's composition root: the same features, no web. One queue for each process.

RQ forks a work horse for every job, so everything heavy is imported here, once, before the first fork.
"""

import sys
from types import ModuleType

import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from throughline import logs
from throughline.evidence import jobs as evidence_jobs
from throughline.features import make_doorbell, make_scopes
from throughline.jobs import runner
from throughline.jobs.relay import QUEUE
from throughline.notifications import jobs as notification_jobs
from throughline.settings import Settings

MAINTENANCE_SECONDS = 60
WORK: tuple[ModuleType, ...] = (notification_jobs, evidence_jobs)  # importing a module registers its jobs


def work(settings: Settings, *, burst: bool = False) -> None:
    """Answer rings until told to stop; with ``burst``, until there are none."""
    doorbell = make_doorbell(settings)
    scopes = make_scopes(settings, doorbell)
    scopes.engine.dispose()  # a connection must not be shared across the fork
    runner.use(scopes)
    connection = redis.Redis.from_url(settings.redis_url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    worker = Worker(
        [queue],
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        log_job_description=False,
    )
    worker.work(burst=burst, logging_level="WARNING")


if __name__ == "__main__":
    chosen = Settings.from_environ()
    logs.configure(chosen.log_level)
    work(chosen, burst="--burst" in sys.argv[1:])
