"""A pack is applied wholly or not at all, and once: killed at any moment, or by two people at once."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event, func, select
from tests.conftest import NOW
from tests.forked import in_a_copy
from tests.tenancy.test_packs import PACK, written

from throughline.audit.models import AuditEvent
from throughline.cli import run_migrations
from throughline.demo.embedded import Servers
from throughline.features import make_doorbell, make_scopes
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.settings import Settings
from throughline.tenancy import check, queries, service
from throughline.tenancy.models import Agreement, Tenant, Unit
from throughline.tenancy.scope import Scopes

pytestmark = [pytest.mark.slow, pytest.mark.faults]
MORE = "".join(f'\n[units.u{n}]\nname = "U{n}"\nkind = "home"\nparent = "east"\n' for n in range(6))
NEW = PACK.replace("Thornley Care", "Thornley and Elm").replace('["*"]', '["elm"]') + MORE
RULES = "rules:\n  - key: new\n"


@pytest.fixture
def made(world) -> Iterator[Callable[[], Scopes]]:
    """Return a function that makes scopes over a database of its own, as another process would."""
    with Servers.temporary() as servers:
        run_migrations(servers.owner_url)
        settings: Settings = replace(
            world.settings,
            database_url=servers.database_url,
            owner_database_url=servers.owner_url,
            redis_url=servers.redis_url,
        )
        all_made = []

        def make() -> Scopes:
            all_made.append(make_scopes(settings, make_doorbell(settings), FrozenClock(NOW)))
            return all_made[-1]

        yield make
        for scopes in all_made:
            scopes.engine.dispose()


def state(scopes: Scopes) -> tuple:
    """Return everything that a pack decides, as it is stored, and how often the trail was told of it."""
    with scopes.platform_scope(SYSTEM) as platform:
        tenant = platform.session.scalar(select(Tenant).where(Tenant.slug == "thornley"))
        if tenant is None:
            return ()
        own = (tenant.name, tenant.pack_digest, tenant.pack)
    scopes._tenants.clear()
    with scopes.tenant(scopes.find_tenant("thornley"), SYSTEM) as scope:
        units = sorted((one.key, one.name, str(one.closed_on)) for one in scope.session.scalars(select(Unit)))
        agreements = [tuple(one.unit_keys) for one in scope.session.scalars(select(Agreement))]
        told = scope.session.scalar(select(func.count()).select_from(AuditEvent))
    return (*own, units, agreements, told)


def apply(scopes: Scopes, pack: str, folder: Path) -> list[str]:
    read = check.read_folder(written(folder, pack), {})
    assert read.all_mistakes == ()
    return [change.sentence for change in service.apply(scopes, read, SYSTEM)]


def killed_at(make: Callable[[], Scopes], number: int, folder: Path) -> int:
    """Apply the new pack in a process that is killed as it sends its statement ``number``; return its end."""

    def work() -> None:
        scopes, sent = make(), iter(range(number))

        def kill(*_: object) -> None:
            if next(sent, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        for moment in ("before_cursor_execute", "commit"):
            event.listen(scopes.engine, moment, kill)
        apply(scopes, NEW, folder)

    return in_a_copy(work, {}, folder).status


@pytest.mark.parametrize("begun", [True, False], ids=["a pack replaced", "the first pack"])
def test_a_pack_that_is_killed_while_it_is_applied_is_wholly_old_or_wholly_new(made, tmp_path, begun):
    scopes = made()
    if begun:
        apply(scopes, PACK, tmp_path)
    before = state(scopes)
    number, ended = 0, -signal.SIGKILL
    while ended == -signal.SIGKILL and state(scopes) == before:
        number += 1
        ended = killed_at(made, number, tmp_path)
        assert number < 200
    after = state(scopes)
    assert number > 20, "it was killed at every statement up to there, and nothing of it was seen"
    assert after[0] == "Thornley and Elm"
    assert apply(scopes, NEW, tmp_path) == [], "what the last one left is whole"
    assert state(scopes) == after


@pytest.mark.parametrize("begun", [True, False], ids=["a pack replaced", "the first pack"])
def test_two_people_who_apply_a_pack_at_once_apply_it_once(made, tmp_path, begun):
    both = [made(), made()]
    if begun:
        apply(both[0], PACK, tmp_path)
    read = check.read_folder(written(tmp_path, NEW), {})
    # The commissioners are of the whole platform; here they are in place.
    service.apply(both[0], replace(read, packs=()), SYSTEM)
    together = Barrier(2)

    def one(scopes: Scopes) -> list[str]:
        together.wait()
        return [change.sentence for change in service.apply(scopes, read, SYSTEM)]

    with ThreadPoolExecutor(2) as threads:
        said = sorted(threads.map(one, both), key=len)
    assert said[0] == [], "the second found it done"
    assert "add unit u5" in said[1]
    found = state(both[0])
    assert len(found[3]) == 8
    assert found[5] == (len(said[1]) + 4 if begun else len(said[1])), said


def test_units_that_were_read_in_a_transaction_that_failed_can_still_be_read(scopes):
    """The tree is kept by the process; a rollback makes a session forget what its own rows say."""
    queries._trees.clear()
    calder = scopes.find_tenant("calder")

    def fail() -> None:
        with scopes.tenant(calder, SYSTEM) as scope:
            assert queries.tree(scope).by_key("oak")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with scopes.tenant(calder, SYSTEM) as scope:
        assert queries.tree(scope).by_key("oak").name == "Oak Ward"
