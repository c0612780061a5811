"""Watches: what a ticker looks at for every tenant, so that nothing passes its time unseen.

A watch finds what has come due and acts on each in a transaction of its own, which takes the row (others
skip it) and asks again whether it is still due. So any number of tickers may watch, each thing is acted on
once, what came due while none ran is found by the next, and one that fails stops only itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.tenancy.models import Tenant
from throughline.tenancy.scope import Scope, Scopes, TenantContext

ORIGIN = "ticker"
AT_ONE_LOOK = 500
_AWAY = (OperationalError, InterfaceError, PoolTimeout)

log = structlog.get_logger()


@dataclass(frozen=True)
class Watch:
    """One kind of thing that comes due. ``due`` finds some; ``act`` says whether one was still due."""

    what: str
    due: Callable[[Scope], Sequence[UUID]]
    act: Callable[[Scope, UUID], bool]


class Round:
    """Looks at every tenant once in so many steps, some at each, so that no step takes long."""

    def __init__(self, watches: Sequence[Watch], steps: int) -> None:
        self._watches = watches
        self._steps = steps
        self._step = 0
        self._waiting: list[UUID] = []
        self._at_once = 0

    def step(self, scopes: Scopes) -> int:
        """Look at the next few tenants; return how much was acted on."""
        if self._step == 0:
            self._waiting = _tenants(scopes)
            self._at_once = -(-len(self._waiting) // self._steps)
        self._step = (self._step + 1) % self._steps
        now, self._waiting = self._waiting[: self._at_once], self._waiting[self._at_once :]
        return sum(_look_at(scopes, tenant_id, self._watches) for tenant_id in now)


def look(scopes: Scopes, watches: Sequence[Watch]) -> int:
    """Look at every tenant that is not suspended; return how much was acted on."""
    return sum(_look_at(scopes, tenant_id, watches) for tenant_id in _tenants(scopes))


def _tenants(scopes: Scopes) -> list[UUID]:
    with scopes.platform_scope(SYSTEM, ORIGIN) as scope:
        query = select(Tenant.id).where(Tenant.suspended_at.is_(None)).order_by(Tenant.id)
        return list(scope.session.scalars(query))


def _look_at(scopes: Scopes, tenant_id: UUID, watches: Sequence[Watch]) -> int:
    try:
        return look_at(scopes, scopes.find_tenant(tenant_id), watches)
    except NotFound:  # suspended since then: what comes due is told when it is back
        return 0
    except _AWAY:
        raise
    except Exception as error:  # one tenant's trouble must not stop everybody's
        log.error("watch_failed", tenant=str(tenant_id), reason=type(error).__name__)
        return 0


def look_at(scopes: Scopes, tenant: TenantContext, watches: Sequence[Watch]) -> int:
    """Find what is due in a tenant, in one transaction, and act on each in its own; return on how many.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database went away.
    """
    with scopes.tenant(tenant, SYSTEM, ORIGIN) as scope:
        found = [(watch, one) for watch in watches for one in watch.due(scope)]
    acted = 0
    for watch, one in found:
        try:
            with scopes.tenant(tenant, SYSTEM, ORIGIN) as scope:
                acted += watch.act(scope, one)
        except _AWAY:
            raise
        except Exception as error:  # one that cannot be acted on must not stop the others
            log.error("watch_failed", what=watch.what, id=str(one), reason=type(error).__name__)
    return acted
