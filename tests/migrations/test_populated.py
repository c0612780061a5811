"""Every migration goes down and up again on a database with the demo in it, and ends at the models."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from throughline.cli import run_migrations
from throughline.demo.embedded import Servers
from throughline.demo.load import load
from throughline.features import make_doorbell, make_scopes, metadata
from throughline.health import MIGRATIONS, head_revision
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.settings import Settings
from throughline.tenancy import check, service

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Populated:
    """A database with the demo in it: its owner's address, and a way past row security to count."""

    owner_url: str
    admin: Engine

    def rows(self) -> dict[str, int]:
        """Return how many rows each table holds."""
        tables = set(inspect(self.admin).get_table_names()) - {"alembic_version"}
        with self.admin.connect() as connection:
            return {name: connection.scalar(text(f"select count(*) from {name}")) or 0 for name in tables}


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Populated]:
    """Servers of its own: going down takes the tables of every other test with it."""
    with Servers.temporary() as servers:
        settings = Settings(
            database_url=servers.database_url,
            owner_database_url=servers.owner_url,
            redis_url=servers.redis_url,
            storage_url=f"file://{tmp_path_factory.mktemp('storage')}",
            secret_key="a secret that is long enough for every test of the suite",
            tenants_dir=ROOT / "tenants",
            public_url="http://localhost",
            env="test",
        )
        run_migrations(servers.owner_url)
        scopes = make_scopes(settings, make_doorbell(settings), FrozenClock(NOW))
        mail = {f"{slug}_SMTP_{key}": "2525" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}
        service.apply(scopes, check.read_folder(ROOT / "tenants", {**os.environ, **mail}), SYSTEM)
        load(scopes)
        scopes.engine.dispose()
        admin = create_engine(servers.superuser_url)
        yield Populated(servers.owner_url, admin)
        admin.dispose()


def revisions() -> list[str]:
    """Return the revisions, newest first."""
    return [found.revision for found in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def test_the_migrations_end_at_the_models(populated: Populated) -> None:
    with populated.admin.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []


def test_a_clock_that_belonged_to_a_step_says_so_afterwards(populated: Populated) -> None:
    run_migrations(populated.owner_url, "20261123_steps_of_firings", down=True)
    run_migrations(populated.owner_url)
    found = text(
        "select clock.met_on, 'obligation-steps/' || step.id from clock left join obligation_step step"
        " on step.tenant_id = clock.tenant_id and step.clock_id = clock.id"
    )
    with populated.admin.connect() as connection:
        told = connection.execute(found).all()
    of_steps = [(met_on, page) for met_on, page in told if page is not None]
    assert len(of_steps) > 10
    assert all(met_on == page for met_on, page in of_steps)
    assert {met_on for met_on, page in told if page is None} == {""}


def test_each_migration_goes_down_and_up_and_touches_no_earlier_row(populated: Populated) -> None:
    before = populated.rows()
    assert before["incident"] > 3000
    assert before["audit_event"] > 1000
    newest_first = revisions()
    for revision, earlier in zip(newest_first, [*newest_first[1:], "base"], strict=True):
        run_migrations(populated.owner_url, earlier, down=True)
        left = populated.rows()
        assert left.items() <= before.items(), f"going down past {revision} changed an earlier table"
        run_migrations(populated.owner_url)
        assert populated.rows().keys() == before.keys()
        run_migrations(populated.owner_url, earlier, down=True)
    assert populated.rows() == {}
    run_migrations(populated.owner_url)
    assert head_revision() == newest_first[0]
    assert set(populated.rows()) == set(before)
