"""A real PostgreSQL and a real Valkey for the tests, never the demo's, and two demo tenants inside."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import Engine, create_engine, text

from throughline.accounts import service as accounts
from throughline.app import Throughline, create_app
from throughline.cli import run_migrations
from throughline.demo.embedded import Servers
from throughline.features import make_doorbell, make_scopes
from throughline.jobs.relay import Doorbell
from throughline.kernel.actor import SYSTEM, Actor
from throughline.kernel.clock import FrozenClock
from throughline.settings import Settings
from throughline.tenancy import check, service
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope, Scopes, TenantContext

ROOT = Path(__file__).parents[1]
PASSWORD = "calm river stone lantern"
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # a Wednesday morning
PEOPLE = {
    "calder": {
        "nurse@calder.test": ("Amina Khan", "reporter", "oak"),
        "manager@calder.test": ("Joe Barnes", "unit_manager", "oak"),
        "lead@calder.test": ("Ruth Ellis", "governance_lead", None),
        "director@calder.test": ("Daniel Mensah", "executive", None),
        "consultant@calder.test": ("Tess Wilder", "consultant", None),
        "admin@calder.test": ("Sam Hughes", "administrator", None),
        "beech@calder.test": ("Nia Price", "unit_manager", "beech"),
    },
    "hollins": {
        "support@hollins.test": ("Grace Osei", "reporter", "larch-house"),
        "lead@hollins.test": ("Peter Lowe", "governance_lead", None),
    },
}
COMMISSIONER = "quality@west-moors.test"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@dataclass(frozen=True)
class World:
    """The servers of the test run and what was set up in them."""

    servers: Servers
    settings: Settings
    admin: Engine
    people: tuple[UUID, ...]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both servers, migrated, with the packs applied and people who can sign in."""
    storage = tmp_path_factory.mktemp("storage")
    with Servers.temporary() as servers:
        settings = Settings(
            database_url=servers.database_url,
            owner_database_url=servers.owner_url,
            redis_url=servers.redis_url,
            storage_url=f"file://{storage}",
            secret_key="a secret that is long enough for every test of the suite",
            tenants_dir=ROOT / "tenants",
            public_url="http://localhost",
            env="test",
        )
        run_migrations(servers.owner_url)
        scopes = make_scopes(settings, make_doorbell(settings), FrozenClock(NOW))
        _settle(scopes)
        admin = create_engine(servers.superuser_url, pool_pre_ping=True)  # fault tests restart it
        with admin.begin() as connection:
            people = tuple(connection.scalars(text("select id from user_account")))
        yield World(servers, settings, admin, people)
        admin.dispose()
        scopes.engine.dispose()
        shutil.rmtree(storage)


def _settle(scopes: Scopes) -> None:
    environ = {
        **os.environ,
        **{
            f"{slug}_SMTP_{key}": value
            for slug in ("CALDER", "HOLLINS")
            for key, value in (("HOST", "127.0.0.1"), ("PORT", "2525"))
        },
    }
    folder = check.read_folder(ROOT / "tenants", environ)
    assert folder.all_mistakes == ()
    service.apply(scopes, folder, SYSTEM)
    for slug, people in PEOPLE.items():
        with scopes.tenant(scopes.find_tenant(slug), SYSTEM, "test") as scope:
            units = tree(scope)
            for email, (name, role, unit) in people.items():
                user = accounts.add_user(scope, email, name, PASSWORD, role)
                accounts.give_role(scope, user, role, units.by_key(unit).id if unit else None)
    with scopes.platform_scope(SYSTEM) as scope:
        user = accounts.add_user(scope, COMMISSIONER, "Helen Marsh", PASSWORD, "Quality commissioner")
        accounts.let_read_for(scope, user, scopes.find_commissioner("west-moors").id)


@pytest.fixture(scope="session")
def settings(world: World) -> Settings:
    """The settings of the test run."""
    return world.settings


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at ``NOW`` until a test moves it."""
    return FrozenClock(NOW)


@pytest.fixture
def doorbell(settings: Settings) -> Doorbell:
    """The doorbell of the test run's Valkey."""
    return make_doorbell(settings)


@pytest.fixture
def scopes(settings: Settings, doorbell: Doorbell, clock: FrozenClock) -> Iterator[Scopes]:
    """What opens scopes. What a test commits is wiped when it ends."""
    made = make_scopes(settings, doorbell, clock)
    yield made
    made.engine.dispose()


@pytest.fixture
def calder(scopes: Scopes) -> TenantContext:
    """The mental-health group."""
    return scopes.find_tenant("calder")


@pytest.fixture
def hollins(scopes: Scopes) -> TenantContext:
    """The social-care group."""
    return scopes.find_tenant("hollins")


class _RolledBack(Exception):
    """Ends a test's scope without keeping what it wrote."""


@contextmanager
def rolled_back(scopes: Scopes, tenant: TenantContext, actor: Actor) -> Iterator[Scope]:
    """Open a scope whose writes vanish at its end."""
    try:
        with scopes.tenant(tenant, actor, "test") as scope:
            yield scope
            raise _RolledBack
    except _RolledBack:
        pass


@pytest.fixture
def scope(scopes: Scopes, calder: TenantContext) -> Iterator[Scope]:
    """A scope inside calder that may do everything and whose writes vanish."""
    with rolled_back(scopes, calder, SYSTEM) as opened:
        yield opened


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile each template once for the run: every test makes an application, a third of its time otherwise."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    Throughline.jinja_options = {**Throughline.jinja_options, "bytecode_cache": cache}


@pytest.fixture
def app(settings: Settings, scopes: Scopes) -> Throughline:
    """The web application over the test run's servers and the test's clock."""
    return create_app(replace(settings), scopes)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The one browser of the run: Playwright allows a process no second one beside it."""
    program = shutil.which("chromium")
    assert program, "the pages are tested in Chromium: sudo apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Browser:
    """A signed-in client that carries the CSRF token as a page would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        return self.client.post(path, data={**(data or {}), "csrf_token": self.token()}, **kwargs)

    def token(self) -> str:
        """Read the token of this session from a page that has a form."""
        page = self.client.get("/account/sessions").get_data(as_text=True)
        if 'name="csrf_token"' not in page:
            page = self.client.get("/sign-in").get_data(as_text=True)
        return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


@pytest.fixture
def client_for(app: Throughline) -> Any:
    """Return a function that signs somebody in and gives their browser."""

    def sign_in(email: str, password: str = PASSWORD) -> Browser:
        browser = Browser(app.test_client())
        answer = browser.post("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return browser

    return sign_in


@pytest.fixture(autouse=True)
def clean_slate(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that used the database, remove what it committed; the first people, packs and tables stay."""
    yield
    if "world" not in request.fixturenames:
        return
    admin = request.getfixturevalue("world").admin
    with admin.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))  # append-only tables too
        if written := list(
            connection.scalars(text(_WRITTEN))
        ):  # to empty an empty one costs a file all the same
            connection.execute(text(f"truncate {', '.join(written)} cascade"))
        first = [str(found) for found in request.getfixturevalue("world").people]
        for table, column in _OF_PEOPLE.items():
            connection.execute(
                text(f"delete from {table} where {column}::text <> all(:first)"), {"first": first}
            )
        connection.execute(
            text("update tenant set rules_edition = rules_edition + 1 where rules_edition > 0")
        )


_OF_PEOPLE = {
    "membership": "user_id",
    "access": "user_id",
    "commissioner_access": "user_id",
    "user_account": "id",
}
_WIPED = (
    "audit_event",
    "incident", "person", "draft", "sequence", "daily_count", "unit_day", "chart_setting", "notification", "delivery", "digest",
    "notice_preference", "asked_share", "on_call",
    "review", "review_incident", "factor", "learning", "learning_review", "share", "attendance", "action",
    "action_learning", "measure", "measure_action", "firing", "escalation", "overdue_notice", "scan_night", "scan_episode",
    "problem",
    "rule_version", "backtest_run", "shadow_firing", "rule_put_aside",
    "obligation", "obligation_decision", "obligation_step",
    "evidence_run", "artefact", "publication", "job", "outbox", "web_session", "sign_in_attempt",
)  # fmt: skip
_WRITTEN = " union all ".join(f"select '{table}' where exists (select from {table})" for table in _WIPED)
