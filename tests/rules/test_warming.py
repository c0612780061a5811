"""Rules are ready before anybody reports: when a process starts, and when they change."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import update
from tests.conftest import rolled_back

from throughline.features import make_scopes
from throughline.kernel.actor import SYSTEM
from throughline.rules import active as activity
from throughline.rules.warming import Warmer, begin
from throughline.tenancy.models import Tenant


def ready(tenant):
    known = activity._known.get(tenant.id)
    return known is not None and known[:2] == (tenant.pack_digest, tenant.rules_edition)


def test_the_rules_of_every_provider_are_made_ready_once(scopes, calder, hollins):
    activity._known.clear()
    warmer = Warmer(scopes)
    assert warmer.step() >= 2
    assert ready(calder)
    assert ready(hollins)
    assert warmer.step() == 0


def test_what_changes_is_made_ready_again(scopes, calder, one_more_edition):
    warmer = Warmer(scopes)
    warmer.step()
    one_more_edition()
    assert warmer.step() == 1
    now = scopes.find_tenant("calder")
    assert now.rules_edition == calder.rules_edition + 1
    assert ready(now)


@pytest.fixture
def one_more_edition(scopes, calder):
    """Raises the number of the changes to a provider's rules, which is put back at the end."""

    def set_to(edition):
        with scopes.platform_scope(SYSTEM) as scope:
            scope.session.execute(update(Tenant).where(Tenant.id == calder.id).values(rules_edition=edition))
        scopes._tenants.clear()

    yield lambda: set_to(calder.rules_edition + 1)
    set_to(calder.rules_edition)
    activity._known.clear()


def test_a_process_that_begins_waits_for_its_rules(scopes, calder):
    activity._known.clear()
    stop = begin(scopes)
    try:
        assert ready(calder)
    finally:
        stop.set()


def test_a_database_that_is_away_does_not_keep_a_process_from_serving(settings, doorbell):
    nowhere = replace(settings, database_url="postgresql+psycopg://nobody:x@127.0.0.1:1/nothing")
    stop = begin(make_scopes(nowhere, doorbell), patience=60)
    assert not stop.is_set()
    stop.set()


def test_those_who_ask_at_once_share_what_is_compiled(scopes, calder):
    activity._known.clear()
    together, found = Barrier(4), []

    def ask():
        with rolled_back(scopes, calder, SYSTEM) as scope:
            together.wait()
            found.append(activity.active(scope))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({id(one) for one in found}) == 1
