"""Whether the process lives, whether it can serve, and its figures."""

from functools import lru_cache
from pathlib import Path

import redis
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import NullPool, create_engine, func, select
from sqlalchemy.exc import DBAPIError

from throughline.jobs.models import Bell
from throughline.jobs.relay import Doorbell
from throughline.kernel.actor import SYSTEM
from throughline.settings import Settings
from throughline.tenancy.scope import Scopes

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def install(app: Flask, settings: Settings, scopes: Scopes, doorbell: Doorbell) -> None:
    """Add ``/livez``, ``/readyz`` and ``/metrics``."""

    @app.get("/livez")
    def livez() -> Response:
        return jsonify(alive=True)

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {"database": _database(scopes), "valkey": _valkey(settings)}
        ready = set(found.values()) == {"ok"}
        return jsonify(ready=ready, **found), 200 if ready else 503

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(_metrics(scopes, doorbell), content_type=CONTENT_TYPE_LATEST)


@lru_cache(maxsize=1)
def head_revision() -> str | None:
    """Return the newest revision among the migrations of this release."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("prepend_sys_path", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config).get_current_head()


def revision_at(url: str) -> str | None:
    """Return the revision of the tables at an address; None when there are none."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _database(scopes: Scopes) -> str:
    try:
        with scopes.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError:
        return "unreachable"
    if current == head_revision():
        return "ok"
    return f"at revision {current or 'none'}, this release needs {head_revision()}"


def _valkey(settings: Settings) -> str:
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_connect_timeout=1, socket_timeout=1
        ) as connection:
            connection.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def _metrics(scopes: Scopes, doorbell: Doorbell) -> bytes:
    registry = CollectorRegistry()
    waiting = Gauge("throughline_jobs_waiting", "Jobs whose bell is due and not answered", registry=registry)
    oldest = Gauge("throughline_jobs_oldest_seconds", "Age of the oldest waiting job", registry=registry)
    rung = Gauge("throughline_rings_unanswered", "Rings in the queue, -1 when unreachable", registry=registry)
    with scopes.platform_scope(SYSTEM) as scope:
        now = scope.now()
        count, first = scope.session.execute(
            select(func.count(), func.min(Bell.due_at)).where(Bell.due_at <= now)
        ).one()
    waiting.set(count)
    oldest.set((now - first).total_seconds() if first else 0)
    try:
        rung.set(doorbell.waiting())
    except redis.RedisError:
        rung.set(-1)
    return generate_latest(registry)
