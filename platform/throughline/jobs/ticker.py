"""One tick: run what is due, ring for what waits, watch what passes its time, forget what is old.

Any number of tickers may tick.
"""

import signal
import threading
from collections.abc import Sequence
from types import FrameType
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from throughline.accounts import sessions, signin
from throughline.jobs import relay, schedule, watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scopes

EVERY = 1.0
WATCH_EVERY = 15  # ticks in which every tenant is looked at
FORGET_EVERY = 600

log = structlog.get_logger()


def tick(scopes: Scopes, doorbell: relay.Doorbell) -> int:
    """Run due schedules and ring due bells; return how many rings arrived."""
    with scopes.platform_scope(SYSTEM, "ticker") as scope:
        due = schedule.due(scope)
    for tenant_id, schedule_id in due:
        _run(scopes, tenant_id, schedule_id)
    return relay.ring_due(scopes, doorbell)


def _run(scopes: Scopes, tenant_id: UUID, schedule_id: UUID) -> None:
    try:
        with scopes.tenant(scopes.find_tenant(tenant_id), SYSTEM, "ticker") as scope:
            schedule.run_due(scope, schedule_id)
    except SQLAlchemyError:
        raise
    except NotFound:
        return  # suspended since then: its schedules wait
    except Exception as error:  # one schedule that cannot be read must not stop everybody's
        log.error("schedule_failed", schedule=str(schedule_id), reason=type(error).__name__)


def forget(scopes: Scopes) -> None:
    """Forget sessions and sign-in tries that count for nothing any more."""
    with scopes.platform_scope(SYSTEM, "ticker") as scope:
        sessions.forget_old(scope)
        signin.forget_old_attempts(scope)


def run(scopes: Scopes, doorbell: relay.Doorbell, watches: Sequence[watching.Watch] = ()) -> None:
    """Tick every second until told to stop. A database that is away is tried again."""
    stop = threading.Event()

    def halt(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, halt)
    signal.signal(signal.SIGINT, halt)
    ticks, watched = 0, watching.Round(watches, WATCH_EVERY)
    while not stop.is_set():
        try:
            tick(scopes, doorbell)
            watched.step(scopes)
            if ticks % FORGET_EVERY == 0:
                forget(scopes)
        except SQLAlchemyError as error:
            log.warning("tick_failed", reason=type(error).__name__)
        ticks += 1
        stop.wait(EVERY)
