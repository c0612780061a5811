"""Watches: what a ticker looks at for every tenant, so that nothing passes its time unseen.

A watch finds what has come due and acts on each in a transaction of its own, which takes the row (others
skip it) and asks again whether it is still due. So any number of tickers may watch, each thing is acted on
once, what came due while none ran is found by the next, and one that fails stops only itself.
"""

from collections.abc import Callable, Iterable, Sequence
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

Watch = Callable[[Scopes, TenantContext], int]

log = structlog.get_logger()


def look(scopes: Scopes, watches: Iterable[Watch]) -> int:
    """Let every watch look at every tenant that is not suspended; return how much was acted on."""
    with scopes.platform_scope(SYSTEM, ORIGIN) as scope:
        ids = scope.session.scalars(
            select(Tenant.id).where(Tenant.suspended_at.is_(None)).order_by(Tenant.id)
        ).all()
    kept = tuple(watches)
    return sum(_look_at(scopes, tenant_id, kept) for tenant_id in ids)


def _look_at(scopes: Scopes, tenant_id: UUID, watches: Sequence[Watch]) -> int:
    try:
        tenant = scopes.find_tenant(tenant_id)
        return sum(watch(scopes, tenant) for watch in watches)
    except NotFound:  # suspended since then: what comes due is told when it is back
        return 0
    except _AWAY:
        raise
    except Exception as error:  # one tenant's trouble must not stop everybody's
        log.error("watch_failed", tenant=str(tenant_id), reason=type(error).__name__)
        return 0


def act_on_each(
    scopes: Scopes,
    tenant: TenantContext,
    what: str,
    due: Callable[[Scope], Sequence[UUID]],
    act: Callable[[Scope, UUID], bool],
) -> int:
    """Find what is due and act on each; return on how many. ``act`` says whether it was still due.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database went away.
    """
    with scopes.tenant(tenant, SYSTEM, ORIGIN) as scope:
        ids = due(scope)
    acted = 0
    for one in ids:
        try:
            with scopes.tenant(tenant, SYSTEM, ORIGIN) as scope:
                acted += act(scope, one)
        except _AWAY:
            raise
        except Exception as error:  # one that cannot be acted on must not stop the others
            log.error("watch_failed", what=what, id=str(one), reason=type(error).__name__)
    return acted
