"""The features of the product, listed once: their tables, their pages, their jobs and the news they hear."""

import os
from types import ModuleType

import redis
from flask import Blueprint
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import MetaData

import throughline.accounts.models as accounts_tables
import throughline.actions.models as actions_tables
import throughline.audit.models as audit_tables
import throughline.clocks.models as clocks_tables
import throughline.evidence.models as evidence_tables
import throughline.incidents.models as incidents_tables
import throughline.jobs.models as jobs_tables
import throughline.learning.models as learning_tables
import throughline.notifications.models as notifications_tables
import throughline.obligations.models as obligations_tables
import throughline.on_call.models as on_call_tables
import throughline.reviews.models as reviews_tables
import throughline.rules.models as rules_tables
import throughline.rules.workbench.models as workbench_tables
import throughline.tenancy.models as tenancy_tables
import throughline.trends.models as trends_tables
from throughline.accounts import routes as accounts
from throughline.accounts.events import MembershipGiven
from throughline.actions import routes as actions
from throughline.audit.service import on_membership_given, on_pack_applied
from throughline.clocks import routes as clocks
from throughline.clocks import watching as clock_watch
from throughline.clocks.events import ClockDueSoon, ClockMissed
from throughline.evidence import portal
from throughline.evidence import routes as evidence
from throughline.evidence import service as evidence_service
from throughline.incidents import answer_pages as incidents
from throughline.incidents.events import (
    IncidentChanged,
    IncidentGraded,
    IncidentReported,
    IncidentsImported,
    IncidentTriaged,
)
from throughline.jobs import schedule, timing
from throughline.jobs.relay import Doorbell
from throughline.jobs.watching import Watch
from throughline.kernel.clock import Clock, SystemClock
from throughline.kernel.database import Base, make_engine
from throughline.kernel.events import Bus
from throughline.kernel.keys import Keyring
from throughline.kernel.storage import ContentStore
from throughline.learning import asking, sharing, sheet_pages
from throughline.learning import share_pages as learning
from throughline.learning.events import LearningShared
from throughline.line import whole_pages as line
from throughline.notifications import digests
from throughline.notifications import routes as notifications
from throughline.notifications.events import DeliveryFailed
from throughline.obligations import desk as obligations
from throughline.on_call import routes as on_call
from throughline.reviews import routes as reviews
from throughline.rules import alarm_page as rules
from throughline.rules import service as rule_service
from throughline.rules import watching as rule_watch
from throughline.rules.workbench import routes as workbench
from throughline.settings import Settings
from throughline.tenancy.events import PackApplied
from throughline.tenancy.scope import Scopes
from throughline.trends import counts
from throughline.trends import funnel_page as trends
from throughline.trends.occupied import routes as occupied
from throughline.web import overview as home

TABLES: tuple[ModuleType, ...] = (
    tenancy_tables,
    accounts_tables,
    audit_tables,
    jobs_tables,
    incidents_tables,
    on_call_tables,
    notifications_tables,
    clocks_tables,
    obligations_tables,
    reviews_tables,
    learning_tables,
    actions_tables,
    trends_tables,
    rules_tables,
    workbench_tables,
    evidence_tables,
)
BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts.blueprint,
    incidents.blueprint,
    on_call.blueprint,
    notifications.blueprint,
    clocks.blueprint,
    obligations.blueprint,
    reviews.blueprint,
    learning.blueprint,
    sheet_pages.blueprint,
    actions.blueprint,
    rules.blueprint,
    workbench.blueprint,
    trends.blueprint,
    occupied.blueprint,
    line.blueprint,
    evidence.blueprint,
    portal.blueprint,
    home.blueprint,
)
# What a ticker looks at for every tenant.
WATCHES: tuple[Watch, ...] = (
    *clock_watch.WATCHES,
    *rule_watch.WATCHES,
    *digests.WATCHES,
    *asking.WATCHES,
    *sharing.WATCHES,
)


def metadata() -> MetaData:
    """Return every table of the product: those that the modules in ``TABLES`` declare."""
    return Base.metadata


def make_bus() -> Bus:
    """Return the subscriptions: a lower feature tells, a higher one listens."""
    bus = Bus()
    bus.subscribe(PackApplied, on_pack_applied)
    bus.subscribe(PackApplied, schedule.on_pack_applied)
    bus.subscribe(PackApplied, evidence_service.on_pack_applied)
    bus.subscribe(MembershipGiven, on_membership_given)
    # Counts before rules: what a rule's effect may read is then already counted.
    bus.subscribe(IncidentReported, counts.on_reported)
    bus.subscribe(IncidentsImported, counts.on_imported)
    bus.subscribe(IncidentGraded, counts.on_graded)
    bus.subscribe(IncidentReported, rule_service.on_reported)
    bus.subscribe(IncidentGraded, rule_service.on_graded)
    bus.subscribe(IncidentChanged, rule_service.on_changed)
    bus.subscribe(IncidentTriaged, rule_service.on_triaged)
    bus.subscribe(ClockDueSoon, rule_service.on_clock_due_soon)
    bus.subscribe(ClockMissed, rule_service.on_clock_missed)
    bus.subscribe(LearningShared, asking.on_shared)
    bus.subscribe(DeliveryFailed, rule_service.on_delivery_failed)
    return bus


def make_doorbell(settings: Settings) -> Doorbell:
    """Return the doorbell of the settings' Valkey; it need not be there yet.

    A request waits for it a second at most, and again once when a connection kept from before is stale.
    """
    connection = redis.Redis.from_url(
        settings.redis_url, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 1)
    )
    return Doorbell(connection, timing.chosen(settings.env, os.environ))


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
