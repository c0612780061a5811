"""The features of the product, listed once: their tables, their pages, their jobs and the news they hear."""

import redis
from flask import Blueprint
from sqlalchemy import MetaData

from throughline.accounts import routes as accounts
from throughline.accounts.events import MembershipGiven
from throughline.audit.service import on_membership_given, on_pack_applied
from throughline.jobs.relay import Doorbell
from throughline.kernel.clock import Clock, SystemClock
from throughline.kernel.database import Base, make_engine
from throughline.kernel.events import Bus
from throughline.kernel.keys import Keyring
from throughline.kernel.storage import ContentStore
from throughline.settings import Settings
from throughline.tenancy.events import PackApplied
from throughline.tenancy.scope import Scopes

BLUEPRINTS: tuple[Blueprint, ...] = (accounts.blueprint,)


def metadata() -> MetaData:
    """Return every table of the product."""
    return Base.metadata


def make_bus() -> Bus:
    """Return the subscriptions: a lower feature tells, a higher one listens."""
    bus = Bus()
    bus.subscribe(PackApplied, on_pack_applied)
    bus.subscribe(MembershipGiven, on_membership_given)
    return bus


def make_doorbell(settings: Settings) -> Doorbell:
    """Return the doorbell of the settings' Valkey; it need not be there yet."""
    return Doorbell(redis.Redis.from_url(settings.redis_url, socket_connect_timeout=1, socket_timeout=5))


def make_scopes(settings: Settings, doorbell: Doorbell, clock: Clock | None = None) -> Scopes:
    """Return what opens scopes, for the web, a worker, the ticker or a command."""
    return Scopes(
        engine=make_engine(settings.database_url),
        clock=clock or SystemClock(),
        bus=make_bus(),
        store=ContentStore.from_url(settings.storage_url),
        keys=Keyring(settings.secret_key),
        after_commit=doorbell.ring_after_commit,
        public_url=settings.public_url,
    )
