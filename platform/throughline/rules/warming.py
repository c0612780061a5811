"""Make the rules of every provider ready before anybody reports.

Each process that serves pages compiles for itself: what there is when it starts, before it serves, and from
then on what changes, on a thread of its own. A report that comes in between is looked at by the new rules all
the same; it waits for the rest of that work and never does it twice.
"""

from threading import Event, Thread
from uuid import UUID

import structlog
from sqlalchemy import select

from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.rules.active import active
from throughline.tenancy.models import Tenant
from throughline.tenancy.scope import Scopes

ORIGIN = "warming"
EVERY = 1.0  # seconds: a request sees a change within TENANT_KEPT_SECONDS, which is longer
BEFORE_SERVING = 20.0  # seconds at most that a process puts off serving

log = structlog.get_logger()
State = tuple[str, int]


class Warmer:
    """Keeps the rules of every provider compiled in this process."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._ready: dict[UUID, State] = {}

    def step(self) -> int:
        """Make ready the rules that are new or changed; return of how many providers.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is away.
        """
        now = self._states()
        self._ready = {tenant_id: state for tenant_id, state in self._ready.items() if tenant_id in now}
        changed = [tenant_id for tenant_id, state in now.items() if self._ready.get(tenant_id) != state]
        return sum(self._make_ready(tenant_id) for tenant_id in changed)

    def run(self, began: Event, stop: Event) -> None:
        """Do so until told to stop; say with ``began`` when it was done, or tried, for the first time."""
        while not stop.is_set():
            try:
                self.step()
            except Exception as error:  # the database is away, or starts: a report compiles what it needs
                log.warning("rules_not_ready", reason=type(error).__name__)
            began.set()
            stop.wait(EVERY)

    def _states(self) -> dict[UUID, State]:
        query = select(Tenant.id, Tenant.pack_digest, Tenant.rules_edition)
        with self._scopes.platform_scope(SYSTEM, ORIGIN) as scope:
            rows = scope.session.execute(query.where(Tenant.suspended_at.is_(None))).all()
        return {tenant_id: (digest, edition) for tenant_id, digest, edition in rows}

    def _make_ready(self, tenant_id: UUID) -> bool:
        try:
            tenant = self._scopes.find_tenant(tenant_id)
        except NotFound:  # suspended since then
            return False
        with self._scopes.tenant(tenant, SYSTEM, ORIGIN) as scope:
            active(scope)
        self._ready[tenant_id] = (tenant.pack_digest, tenant.rules_edition)
        return True


def begin(scopes: Scopes, patience: float = BEFORE_SERVING) -> Event:
    """Keep rules ready from now on, until the event it returns is set.

    Returns when they are ready for the first time, or after ``patience`` seconds.
    """
    began, stop = Event(), Event()
    Thread(target=Warmer(scopes).run, args=(began, stop), name="warming", daemon=True).start()
    began.wait(patience)
    return stop
