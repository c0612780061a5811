"""Work is written with the change that needs it, once for its key, and rung for after the commit."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from throughline.features import make_doorbell, make_scopes
from throughline.jobs import ticker
from throughline.jobs.models import Bell, Job
from throughline.jobs.outbox import enqueue
from throughline.kernel.actor import SYSTEM


class _ChangedItsMind(Exception):
    pass


def _count(scopes, tenant):
    with scopes.tenant(tenant, SYSTEM) as scope:
        return scope.session.scalar(select(func.count()).select_from(Job))


def test_the_same_key_is_one_job(add, scopes, calder):
    first, again, other = add(key="k"), add(key="k"), add(key="l")

    assert first == again != other
    assert _count(scopes, calder) == 2


def test_the_first_arguments_stay(add, row_of):
    job_id = add(key="k", format="first")
    add(key="k", format="second")

    assert row_of(job_id).args == {"format": "first"}


def test_two_names_may_share_a_key(add):
    assert add(name="test.quiet", key="k") != add(name="test.set", key="k")


def test_two_tenants_may_share_a_key(add, hollins):
    assert add(key="k") != add(key="k", tenant=hollins)


def test_two_at_once_make_one_job(add, scopes, calder):
    together = threading.Barrier(4)

    def one(_number):
        together.wait()
        return add(key="k")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(one, range(4)))) == 1
    assert _count(scopes, calder) == 1


def test_it_rings_after_the_commit_and_not_before(scopes, calder, queue):
    with scopes.tenant(calder, SYSTEM) as scope:
        job_id = enqueue(scope, "test.quiet", "k", delivery="secret word")
        assert queue.job_ids == []

    assert queue.job_ids == [str(job_id)]
    ring = RqJob.fetch(str(job_id), connection=queue.connection, serializer=JSONSerializer)
    assert (ring.func_name, ring.args) == ("throughline.jobs.runner.run", [])
    assert ring.kwargs == {"tenant_id": str(calder.id), "job_id": str(job_id)}  # ids and nothing else


def test_a_change_that_is_undone_leaves_no_job_and_no_ring(scopes, calder, queue):
    with pytest.raises(_ChangedItsMind), scopes.tenant(calder, SYSTEM) as scope:
        enqueue(scope, "test.quiet", "k")
        raise _ChangedItsMind

    assert queue.job_ids == []
    assert _count(scopes, calder) == 0
    with scopes.platform_scope(SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(Bell)) == 0


def test_work_for_later_is_not_rung_for_now(scopes, calder, clock, doorbell, queue):
    with scopes.tenant(calder, SYSTEM) as scope:
        job_id = enqueue(scope, "test.quiet", "k", due_at=scope.now() + timedelta(hours=1))

    ticker.tick(scopes, doorbell)
    assert queue.job_ids == []
    clock.move(timedelta(hours=1))
    ticker.tick(scopes, doorbell)
    assert queue.job_ids == [str(job_id)]


def test_a_large_change_does_not_fill_the_queue(scopes, calder, queue):
    with scopes.tenant(calder, SYSTEM) as scope:
        for number in range(50):
            enqueue(scope, "test.quiet", str(number))

    assert len(queue.job_ids) == 2


def test_with_valkey_away_it_commits_soon_and_is_rung_later(world, settings, clock, calder, queue):
    doorbell = make_doorbell(settings)
    scopes = make_scopes(settings, doorbell, clock)
    world.servers.kill_valkey()
    try:
        began = time.monotonic()
        with scopes.tenant(calder, SYSTEM) as scope:
            job_id = enqueue(scope, "test.quiet", "k")
        assert time.monotonic() - began < 2
        assert ticker.tick(scopes, doorbell) == 0
    finally:
        world.servers.start_valkey()

    _tick_until_rung(scopes, doorbell)
    assert queue.job_ids == [str(job_id)]
    scopes.engine.dispose()


def test_with_valkey_hung_a_request_waits_a_bounded_time_and_the_next_not_at_all(
    world, settings, clock, calder
):
    doorbell = make_doorbell(settings)
    scopes = make_scopes(settings, doorbell, clock)
    pid = world.servers.valkey.child.pid
    took: list[float] = []
    os.kill(pid, signal.SIGSTOP)
    try:
        for key in ("first", "second"):
            began = time.monotonic()
            with scopes.tenant(calder, SYSTEM) as scope:
                enqueue(scope, "test.quiet", key)
            took.append(time.monotonic() - began)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert took[0] < 4
    assert took[1] < 1
    scopes.engine.dispose()


def _tick_until_rung(scopes: Any, doorbell: Any) -> None:
    deadline = time.monotonic() + 10
    while ticker.tick(scopes, doorbell) == 0:
        assert time.monotonic() < deadline, "nothing was rung"
        time.sleep(0.1)
