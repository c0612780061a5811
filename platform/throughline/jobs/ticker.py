"""One tick: run what is due, ring for what waits, forget what is old. Any number of tickers may tick."""

import signal
import threading
from types import FrameType

import structlog
from sqlalchemy.exc import DBAPIError

from throughline.accounts import sessions, signin
from throughline.jobs import relay, schedule
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scopes

EVERY = 1.0
FORGET_EVERY = 600

log = structlog.get_logger()


def tick(scopes: Scopes, doorbell: relay.Doorbell) -> int:
    """Run due schedules and ring due bells; return how many bells were rung."""
    with scopes.platform_scope(SYSTEM, "ticker") as scope:
        due = schedule.due(scope)
    for tenant_id, schedule_id in due:
        try:
            tenant = scopes.find_tenant(tenant_id)
        except NotFound:
            continue  # suspended: its schedules wait
        with scopes.tenant(tenant, SYSTEM, "ticker") as inside:
            schedule.run_due(inside, schedule_id)
    with scopes.platform_scope(SYSTEM, "ticker") as scope:
        bells = relay.sweep(scope)
    return doorbell.ring(bells)


def forget(scopes: Scopes) -> None:
    """Forget sessions and sign-in tries that count for nothing any more."""
    with scopes.platform_scope(SYSTEM, "ticker") as scope:
        sessions.forget_old(scope)
        signin.forget_old_attempts(scope)


def run(scopes: Scopes, doorbell: relay.Doorbell) -> None:
    """Tick every second until told to stop. A database that is away is tried again."""
    stop = threading.Event()

    def halt(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, halt)
    signal.signal(signal.SIGINT, halt)
    ticks = 0
    while not stop.is_set():
        try:
            tick(scopes, doorbell)
            if ticks % FORGET_EVERY == 0:
                forget(scopes)
        except DBAPIError as error:
            log.warning("tick_failed", reason=type(error.orig).__name__)
        ticks += 1
        stop.wait(EVERY)
