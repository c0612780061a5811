"""The one way in to data.

A ``Scope`` holds a tenant, an actor, a session and a clock; every service takes it first and nothing else
reaches a table. ``Scopes`` opens them: one transaction each, committed when the block ends well. Only a
boundary (the request, the job, the command) opens one, so only a boundary commits.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from throughline.catalogue import Catalogue, catalogue_for
from throughline.kernel.actor import Actor
from throughline.kernel.clock import Clock
from throughline.kernel.database import OwnedSession
from throughline.kernel.errors import NotFound
from throughline.kernel.events import Bus, Event
from throughline.kernel.keys import Keyring
from throughline.kernel.storage import ContentStore
from throughline.tenancy.models import Commissioner, Tenant
from throughline.tenancy.pack import Pack, pack_of


@dataclass(frozen=True)
class TenantContext:
    """A tenant as its pack describes it, detached from the database."""

    id: UUID
    slug: str
    name: str
    pack: Pack
    pack_digest: str = ""
    rules_edition: int = 0

    @property
    def timezone(self) -> ZoneInfo:
        """The tenant's time zone, in which its days and schedules run."""
        return self.pack.timezone


@dataclass(frozen=True)
class CommissionerContext:
    """A commissioner, detached from the database."""

    id: UUID
    slug: str
    name: str


@dataclass
class PlatformScope:
    """Work that belongs to no tenant: sign-in, the outbox, schedules. It cannot read a tenant's table."""

    actor: Actor
    session: OwnedSession
    clock: Clock
    bus: Bus
    store: ContentStore
    keys: Keyring
    origin: str

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return self.clock.now()

    def emit(self, event: Event) -> None:
        """Tell whoever listens, inside this transaction."""
        self.bus.dispatch(self, event)


@dataclass
class Scope(PlatformScope):
    """Work inside one tenant, by one actor, in one transaction."""

    tenant: TenantContext

    def today(self) -> date:
        """Return the date on the tenant's wall calendar."""
        return self.now().astimezone(self.tenant.timezone).date()

    def local(self, moment: datetime) -> datetime:
        """Return a moment on the tenant's wall clock."""
        return moment.astimezone(self.tenant.timezone)

    @property
    def catalogue(self) -> Catalogue:
        """What the tenant's enabled plugins contribute."""
        return catalogue_for(frozenset(self.tenant.pack.plugins))


@dataclass
class CommissionerScope(PlatformScope):
    """Work inside one commissioner: it reads what was published to them, and nothing of any provider."""

    commissioner: CommissionerContext


TENANT_KEPT_SECONDS = 2.0  # a suspension or a new pack is seen by every process within this


def _nothing(_session: OwnedSession) -> None:
    """Do nothing after a commit."""


@dataclass(frozen=True)
class Scopes:
    """Opens scopes for one process."""

    engine: Engine
    clock: Clock
    bus: Bus
    store: ContentStore
    keys: Keyring
    after_commit: Callable[[OwnedSession], None] = _nothing
    public_url: str = ""
    _tenants: dict[str | UUID, tuple["TenantContext", float]] = field(default_factory=dict, repr=False)

    @contextmanager
    def platform_scope(self, actor: Actor, origin: str = "") -> Iterator[PlatformScope]:
        """Open the platform's own tables: no tenant is set, so a tenant's table answers with an error."""
        with OwnedSession(self.engine) as session, session.begin():
            yield PlatformScope(actor, session, self.clock, self.bus, self.store, self.keys, origin)

    @contextmanager
    def tenant(self, tenant: TenantContext, actor: Actor, origin: str = "") -> Iterator[Scope]:
        """Open one transaction inside a tenant."""
        with OwnedSession(self.engine, tenant_id=tenant.id) as session, session.begin():
            yield Scope(actor, session, self.clock, self.bus, self.store, self.keys, origin, tenant)
        self.after_commit(session)

    @contextmanager
    def commissioner(
        self, commissioner: CommissionerContext, actor: Actor, origin: str = ""
    ) -> Iterator[CommissionerScope]:
        """Open one transaction inside a commissioner."""
        with OwnedSession(self.engine, commissioner_id=commissioner.id) as session, session.begin():
            yield CommissionerScope(
                actor, session, self.clock, self.bus, self.store, self.keys, origin, commissioner
            )

    def find_tenant(self, named: str | UUID) -> TenantContext:
        """Return a tenant by slug or id.

        Raises:
            NotFound: there is none, or it is suspended.
        """
        known, at = self._tenants.get(named, (None, 0.0))
        if known is not None and time.monotonic() - at < TENANT_KEPT_SECONDS:
            return known
        column = Tenant.id if isinstance(named, UUID) else Tenant.slug
        with OwnedSession(self.engine) as session:
            found = session.scalar(select(Tenant).where(column == named, Tenant.suspended_at.is_(None)))
        if found is None:
            self._tenants.pop(named, None)
            raise NotFound("no such provider")
        context = tenant_context(found)
        self._tenants[named] = (context, time.monotonic())
        return context

    def find_commissioner(self, named: str | UUID) -> CommissionerContext:
        """Return a commissioner by slug or id.

        Raises:
            NotFound: there is none.
        """
        column = Commissioner.id if isinstance(named, UUID) else Commissioner.slug
        with OwnedSession(self.engine) as session:
            found = session.scalar(select(Commissioner).where(column == named))
        if found is None:
            raise NotFound("no such commissioner")
        return CommissionerContext(found.id, found.slug, found.name)


_packs: dict[UUID, tuple[str, Pack]] = {}


def tenant_context(row: Tenant) -> TenantContext:
    """Return the detached form of a tenant's row; its pack is parsed once for each digest."""
    digest, pack = _packs.get(row.id, ("", None))
    if pack is None or digest != row.pack_digest:
        pack = pack_of(row.pack)
        _packs[row.id] = (row.pack_digest, pack)
    return TenantContext(row.id, row.slug, row.name, pack, row.pack_digest, row.rules_edition)
