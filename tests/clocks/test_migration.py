"""The tables of clocks and chains come and go on a database that is in use, and every wall stands after."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text
from tests.conftest import NOW, ROOT
from tests.isolation import walls

from throughline.accounts import service as accounts
from throughline.cli import run_migrations
from throughline.clocks import service as clocks
from throughline.demo.embedded import Servers
from throughline.features import make_doorbell, make_scopes
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.rules import escalating
from throughline.rules.models import Escalation
from throughline.tenancy import check, service
from throughline.tenancy.queries import tree

BELOW = "20261123_evidence"


@pytest.fixture
def used(world) -> Iterator:
    """A database of its own: two tenants, an escalation in each that was passed on by name, and a clock."""
    with Servers.temporary() as servers:
        run_migrations(servers.owner_url)
        settings = replace(
            world.settings, database_url=servers.database_url, owner_database_url=servers.owner_url,
            redis_url=servers.redis_url,
        )  # fmt: skip
        scopes = make_scopes(settings, make_doorbell(settings), FrozenClock(NOW))
        packs = check.read_folder(ROOT / "tenants", {})
        service.apply(scopes, packs, SYSTEM)
        for slug in ("calder", "hollins"):
            _fill(scopes, slug)
        admin = create_engine(servers.superuser_url)
        yield servers, admin
        admin.dispose()
        scopes.engine.dispose()


def _fill(scopes, slug):
    with scopes.tenant(scopes.find_tenant(slug), SYSTEM, "test") as scope:
        lead = accounts.add_user(scope, f"lead@{slug}.org", "A Lead", "calm river stone lantern", "Lead")
        accounts.give_role(scope, lead, "governance_lead", None)
        report = incidents.Report(
            submission_key=uuid4(), unit_id=tree(scope).services()[0].id,
            occurred_at=scope.now() - timedelta(hours=1), category="death", what_happened="Found.",
            physical_harm="fatal", psychological_harm="none",
        )  # fmt: skip
        incident = incidents.report(scope, report).incident
        clocks.start_by_rule(scope, incident, clocks.Counting("c", "Clock", hours=72), "r.r", 1)
        first = scope.session.scalars(select(Escalation.id).order_by(Escalation.id)).first()
        escalating.delegate(scope, first, lead, "You know them.")


def counted(admin, table):
    with admin.connect() as connection:
        return connection.scalar(text(f"select count(*) from {table}"))


def holes(admin):
    with admin.connect() as connection:
        return [wrong for check_ in walls.CHECKS for wrong in check_(connection)]


@pytest.mark.slow
def test_it_goes_down_and_up_again_with_people_s_records_in_it(used):
    servers, admin = used
    raised = counted(admin, "escalation")
    assert raised >= 4
    run_migrations(servers.owner_url, BELOW, down=True)
    assert (
        counted(admin, "escalation") == raised - 2
    )  # in each tenant, the first of a firing and a role stays
    assert counted(admin, "incident") == 2
    with admin.connect() as connection:
        assert connection.scalar(text("select to_regclass('clock')")) is None
    assert holes(admin) == []
    run_migrations(servers.owner_url)
    assert (counted(admin, "clock"), counted(admin, "escalation")) == (0, raised - 2)
    assert holes(admin) == []
    # The release that is running knows nothing of a chain, and writes escalations as before.
    with admin.begin() as connection:
        connection.execute(
            text(
                "insert into escalation (tenant_id, id, firing_id, incident_id, unit_id, to_role, raised_at,"
                " acknowledge_by, note) select tenant_id, gen_random_uuid(), firing_id, incident_id, unit_id,"
                " 'unit_manager', raised_at, acknowledge_by, '' from escalation limit 1"
            )
        )
        chains = connection.scalars(text("select distinct chain::text from escalation")).all()
    assert chains == ["[]"]
