"""Rings: few at a time, tenants in turn, again when one was lost, and never two for one job."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy import text, update

from throughline.jobs import relay, runner, ticker
from throughline.jobs.outbox import enqueue
from throughline.jobs.relay import MOST_WAITING, Doorbell, ring_due, sweep
from throughline.jobs.timing import Timing
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.models import Tenant

RING_AGAIN = Timing().ring_again


@pytest.fixture
def flood(scopes, calder, hollins):
    """A thousand jobs of calder and then one of hollins; returns that one's id."""
    with scopes.tenant(calder, SYSTEM) as scope:
        for number in range(1000):
            enqueue(scope, "test.quiet", f"{number:04}")
    with scopes.tenant(hollins, SYSTEM) as scope:
        return enqueue(scope, "test.quiet", "only")


def _sweep(scopes, room):
    with scopes.platform_scope(SYSTEM) as scope:
        return sweep(scope, room, Timing())


def _answer(scopes, queue):
    """Do what a worker does with the oldest ring; return its job."""
    ring = RqJob.fetch(queue.pop_job_id(), connection=queue.connection, serializer=JSONSerializer)
    runner.run(**ring.kwargs)
    ring.delete()
    return ring.id


def test_one_job_is_not_kept_waiting_by_a_thousand_of_another_tenant(flood, scopes, queue, doorbell):
    runner.use(scopes, doorbell)
    answered = [_answer(scopes, queue) for _ in range(4)]

    assert str(flood) in answered


def test_a_tenant_that_has_rings_waiting_lets_others_go_first(flood, scopes, hollins):
    first = _sweep(scopes, 4)
    assert [tenant for tenant, _job in first].count(hollins.id) == 1
    # Three of calder's are under way now, so a new job of hollins stands before the thousand.
    with scopes.tenant(hollins, SYSTEM) as scope:
        second = enqueue(scope, "test.quiet", "second")
    assert _sweep(scopes, 1) == [(hollins.id, second)]


def test_tenants_take_turns(scopes, calder, hollins):
    for tenant in (calder, hollins):
        with scopes.tenant(tenant, SYSTEM) as scope:
            for number in range(10):
                enqueue(scope, "test.quiet", str(number))

    order = [tenant for tenant, _job in _sweep(scopes, 10)]
    assert Counter(order) == {calder.id: 5, hollins.id: 5}
    assert all(Counter(order[at : at + 2]) == {calder.id: 1, hollins.id: 1} for at in range(0, 10, 2))


def test_the_oldest_of_a_tenant_goes_first(scopes, add, clock):
    early = add(key="early")
    clock.move(timedelta(seconds=1))
    add(key="late")

    assert [job for _tenant, job in _sweep(scopes, 1)] == [early]


def test_only_a_few_rings_wait_at_a_time(flood, scopes, doorbell, queue):
    for _ in range(5):
        ticker.tick(scopes, doorbell)

    assert len(queue.job_ids) == MOST_WAITING


def test_everything_is_answered_in_the_end(scopes, doorbell, queue, calder, hollins):
    runner.use(scopes, doorbell)
    for tenant in (calder, hollins):
        with scopes.tenant(tenant, SYSTEM) as scope:
            for number in range(10):
                enqueue(scope, "test.quiet", str(number))

    answered = []
    while queue.job_ids:
        answered.append(_answer(scopes, queue))
    assert len(answered) == len(set(answered)) == 20


def test_a_bell_is_not_rung_again_at_once_and_is_after_a_while(scopes, add, clock):
    add()
    assert len(_sweep(scopes, 5)) == 1
    assert _sweep(scopes, 5) == []
    clock.move(RING_AGAIN + timedelta(seconds=1))
    assert len(_sweep(scopes, 5)) == 1


def test_a_job_in_work_is_not_rung_for(scopes, calder, add, clock, work):
    job_id = add("test.set")
    swept = []

    def run(_task):
        for _ in range(3):
            clock.move(timedelta(seconds=6))
            swept.append(_sweep(scopes, 5))

    work["run"] = run
    runner.attempt(scopes, calder, job_id)
    assert swept == [[], [], []]


def test_after_a_wiped_valkey_everything_is_rung_again(world, scopes, doorbell, queue, add, clock):
    jobs = {add(key=str(number)) for number in range(6)}
    ticker.tick(scopes, doorbell)
    world.servers.wipe_valkey()
    assert queue.job_ids == []

    runner.use(scopes, doorbell)
    clock.move(RING_AGAIN + timedelta(seconds=1))
    ticker.tick(scopes, doorbell)
    answered = set()
    while queue.job_ids:
        answered.add(_answer(scopes, queue))
    assert answered == {str(job_id) for job_id in jobs}


def test_a_ring_that_a_dead_worker_took_is_made_anew(scopes, doorbell, queue, add, clock):
    job_id = add()
    queue.pop_job_id()  # and the worker dies before it claims
    impatient = Doorbell(queue.connection, Timing(ring_again=timedelta(0)))
    clock.move(timedelta(seconds=1))

    assert ring_due(scopes, impatient) == 1
    assert queue.job_ids == [str(job_id)]


def test_a_ring_that_was_taken_just_now_is_left_to_its_worker(scopes, doorbell, queue, add):
    add()
    queue.pop_job_id()

    ring_due(scopes, doorbell)
    assert queue.job_ids == []


def test_a_waiting_ring_is_not_doubled(scopes, queue, add, clock):
    job_id = add()
    impatient = Doorbell(queue.connection, Timing(ring_again=timedelta(0)))
    for _ in range(3):
        clock.move(timedelta(seconds=1))
        ring_due(scopes, impatient)

    assert queue.job_ids == [str(job_id)]


def test_a_scrap_left_in_valkey_is_no_ring(scopes, doorbell, queue, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        job_id = enqueue(scope, "test.quiet", "k")
        queue.connection.hset(f"rq:job:{job_id}", "last_heartbeat", "2026-11-18T10:30:00Z")

    assert queue.job_ids == [str(job_id)]


def test_what_rq_holds_without_a_state_is_made_anew(scopes, queue, add, clock):
    job_id = add()
    queue.pop_job_id()
    queue.connection.hdel(f"rq:job:{job_id}", "status")
    clock.move(timedelta(seconds=1))

    ring_due(scopes, Doorbell(queue.connection, Timing(ring_again=timedelta(0))))
    assert queue.job_ids == [str(job_id)]


def test_many_may_ring_at_once_for_a_lost_ring(scopes, queue, calder, add):
    job_id = add()
    queue.pop_job_id()
    impatient = [Doorbell(queue.connection, Timing(ring_again=timedelta(0))) for _ in range(6)]
    together = threading.Barrier(6)

    def one(doorbell):
        together.wait()
        return doorbell.ring([(calder.id, job_id)])

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, impatient)) == [1] * 6
    assert set(queue.job_ids) == {str(job_id)}


def test_a_suspended_tenant_is_not_rung_for(scopes, hollins, add, queue, world):
    with world.admin.begin() as connection:
        connection.execute(text("update tenant set suspended_at = now() where slug = 'hollins'"))
    try:
        job_id = add(tenant=hollins)
        assert _sweep(scopes, 5) == []
    finally:
        with scopes.platform_scope(SYSTEM) as scope:
            scope.session.execute(update(Tenant).where(Tenant.slug == "hollins").values(suspended_at=None))
    assert _sweep(scopes, 5) == [(hollins.id, job_id)]


def test_rings_that_did_not_arrive_are_tried_at_the_next_tick(world, scopes, add, bell_of, queue):
    class LosesValkey(Doorbell):
        def room(self):
            room = super().room()
            world.servers.kill_valkey()
            return room

    job_id = add()
    try:
        assert ring_due(scopes, LosesValkey(queue.connection)) == 0
    finally:
        world.servers.start_valkey()

    assert bell_of(job_id).rung_at is None


def test_two_sweepers_at_once_take_different_bells(scopes, add):
    for number in range(40):
        add(key=str(number))
    together = threading.Barrier(4)

    def one(_number):
        together.wait()
        return _sweep(scopes, 10)

    with ThreadPoolExecutor(4) as pool:
        taken = [job for rings in pool.map(one, range(4)) for _tenant, job in rings]
    assert len(taken) == len(set(taken))


def test_the_runner_it_names_exists():
    module, _, function = relay._RUNNER.rpartition(".")
    assert getattr(runner, function).__module__ == module
