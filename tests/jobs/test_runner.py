"""Each job is done once: by whoever holds its lease, and put aside when it cannot be done."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from throughline.audit.models import AuditEvent
from throughline.audit.service import record
from throughline.features import make_doorbell, make_scopes
from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.jobs.registry import job, kind_of
from throughline.jobs.task import Fenced
from throughline.jobs.timing import Timing, chosen
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import SystemClock

TIMING = Timing()
QUICK = Timing(
    lease=timedelta(milliseconds=300),
    beat=timedelta(milliseconds=50),
    ring_again=timedelta(milliseconds=200),
    back_off=timedelta(milliseconds=100),
)


def _artefacts(scopes, tenant, job_id):
    with scopes.tenant(tenant, SYSTEM) as scope:
        mine = (AuditEvent.action == "test.made", AuditEvent.subject_id == job_id)
        return scope.session.scalar(select(func.count()).select_from(AuditEvent).where(*mine))


def _make(task):
    with task.publish() as scope:
        record(scope, "test.made", "job", task.job_id)


def test_work_is_done_and_its_bell_is_gone(scopes, calder, add, row_of, bell_of, clock):
    job_id = add()

    assert runner.attempt(scopes, calder, job_id)
    row = row_of(job_id)
    assert (row.state, row.attempts, row.lease_until, row.error) == ("done", 1, None, None)
    assert row.finished_at == clock.now()
    assert bell_of(job_id) is None


def test_the_result_and_the_end_of_the_job_are_one_transaction(scopes, calder, add, row_of, work):
    class Broken(Exception):
        pass

    def run(task):
        with task.publish() as scope:
            record(scope, "test.made", "job", task.job_id)
            scope.session.flush()
            raise Broken

    work["run"] = run
    job_id = add("test.set")
    assert not runner.attempt(scopes, calder, job_id)
    assert _artefacts(scopes, calder, job_id) == 0
    assert row_of(job_id).state == "queued"


def test_done_work_is_not_done_again(scopes, calder, add, work):
    work["run"] = _make
    job_id = add("test.set")

    assert [runner.attempt(scopes, calder, job_id) for _ in range(3)] == [True, False, False]
    assert _artefacts(scopes, calder, job_id) == 1


def test_nobody_takes_a_job_while_its_lease_runs(scopes, calder, add, clock, work):
    job_id = add("test.set")
    others = []

    def run(_task):
        others.append(runner.attempt(scopes, calder, job_id))
        clock.move(TIMING.lease)
        others.append(runner.attempt(scopes, calder, job_id))

    work["run"] = run
    assert runner.attempt(scopes, calder, job_id)
    assert others == [False, False]


def test_who_comes_back_after_the_lease_publishes_nothing(scopes, calder, add, row_of, clock, work):
    job_id = add("test.set")
    late = []

    def freeze(task):
        clock.move(TIMING.lease + timedelta(seconds=1))
        work["run"] = _make
        assert runner.attempt(scopes, calder, job_id)  # somebody else's turn
        with pytest.raises(Fenced):
            _make(task)
        late.append(task)
        _make(task)

    work["run"] = freeze
    with capture_logs() as lines:
        assert not runner.attempt(scopes, calder, job_id)
    assert [line["event"] for line in lines] == ["job_done", "job_fenced"]
    assert _artefacts(scopes, calder, job_id) == 1
    assert (row_of(job_id).state, row_of(job_id).attempts) == ("done", 2)


def test_a_late_holder_whose_work_fails_disturbs_nothing(scopes, calder, add, row_of, bell_of, clock, work):
    job_id = add("test.set")

    def freeze(_task):
        clock.move(TIMING.lease + timedelta(seconds=1))
        work["run"] = _make
        runner.attempt(scopes, calder, job_id)
        raise RuntimeError("too late anyway")

    work["run"] = freeze
    assert not runner.attempt(scopes, calder, job_id)
    assert (row_of(job_id).state, row_of(job_id).error) == ("done", None)
    assert bell_of(job_id) is None


def test_two_at_once_make_one_result(settings, calder, add, work):
    scopes = make_scopes(settings, make_doorbell(settings), SystemClock())
    with scopes.tenant(calder, SYSTEM) as scope:
        now = scope.now()
    job_id = add("test.set", due_at=now)
    together = threading.Barrier(4)
    done = []
    work["run"] = _make

    def one():
        together.wait()
        done.append(runner.attempt(scopes, calder, job_id))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert _artefacts(scopes, calder, job_id) == 1
    scopes.engine.dispose()


def test_failed_work_rests_longer_each_time_and_is_then_put_aside(
    scopes, calder, add, row_of, bell_of, clock, work
):
    def run(_task):
        raise RuntimeError("the printer is on fire")

    work["run"] = run
    job_id = add("test.set")
    waits = []
    for _ in range(2):
        runner.attempt(scopes, calder, job_id)
        bell = bell_of(job_id)
        waits.append((bell.due_at - clock.now()).total_seconds())
        assert (row_of(job_id).state, bell.rung_at) == ("queued", None)
        assert not runner.attempt(scopes, calder, job_id)  # not before its time
        clock.move(bell.due_at - clock.now())
    assert 60 <= waits[0] <= 70
    assert 120 <= waits[1] <= 130

    runner.attempt(scopes, calder, job_id)
    row = row_of(job_id)
    assert (row.state, row.attempts, row.error) == ("dead", 3, "RuntimeError: the printer is on fire")
    assert bell_of(job_id) is None
    assert not runner.attempt(scopes, calder, job_id)


def test_the_longest_rest_is_an_hour():
    rests = [TIMING.wait_after(attempt, 1.0) for attempt in range(1, 12)]
    assert rests == sorted(rests)
    assert rests[-1] <= timedelta(minutes=61)


def test_what_is_put_aside_says_so_in_the_same_transaction(scopes, calder, add, row_of, clock, work):
    def run(_task):
        raise RuntimeError

    def on_dead(task, scope):
        record(scope, "test.made", "job", task.job_id)

    work.update(run=run, on_dead=on_dead)
    job_id = add("test.set")
    for _ in range(3):
        runner.attempt(scopes, calder, job_id)
        clock.move(timedelta(hours=1))
    assert row_of(job_id).state == "dead"
    assert _artefacts(scopes, calder, job_id) == 1


def test_last_words_that_fail_do_not_bring_the_job_back(scopes, calder, add, row_of, clock, work):
    def run(_task):
        raise RuntimeError("first")

    def on_dead(task, scope):
        record(scope, "test.made", "job", task.job_id)
        scope.session.execute(text("select 1 / 0"))

    work.update(run=run, on_dead=on_dead)
    job_id = add("test.set")
    for _ in range(3):
        runner.attempt(scopes, calder, job_id)
        clock.move(timedelta(hours=1))
    assert (row_of(job_id).state, row_of(job_id).error) == ("dead", "RuntimeError: first")
    assert _artefacts(scopes, calder, job_id) == 0


def test_a_job_that_kills_its_worker_each_time_is_put_aside(
    scopes, calder, add, row_of, bell_of, clock, work
):
    class Killed(BaseException):
        """What a SIGKILL looks like from inside a test: no handler of the product runs."""

    def run(_task):
        raise Killed

    work["run"] = run
    job_id = add("test.set")
    for _ in range(3):
        with pytest.raises(Killed):
            runner.attempt(scopes, calder, job_id)
        clock.move(TIMING.lease + timedelta(seconds=1))
    assert bell_of(job_id) is not None

    assert not runner.attempt(scopes, calder, job_id)
    assert (row_of(job_id).state, row_of(job_id).error) == ("dead", "The worker died at every attempt.")
    assert bell_of(job_id) is None


def test_work_of_a_newer_release_waits_for_it(scopes, calder, add, row_of, clock):
    job_id = add("of.a.newer.release")

    assert not runner.attempt(scopes, calder, job_id)
    assert row_of(job_id).state == "queued"
    assert row_of(job_id).error == "UnknownJob: this release has no such job"
    waited = timedelta()
    while row_of(job_id).state == "queued":
        clock.move(timedelta(minutes=10))
        waited += timedelta(minutes=10)
        runner.attempt(scopes, calder, job_id)
    assert row_of(job_id).state == "dead"
    assert waited > timedelta(hours=3)


def test_a_ring_that_names_nothing_is_answered_by_nothing(scopes, doorbell, calder, hollins, add, row_of):
    runner.use(scopes, doorbell)
    job_id = add()

    runner.run(str(uuid4()), str(job_id))  # no such tenant
    runner.run("not an id", str(job_id))
    runner.run(str(calder.id), "not an id either")
    runner.run(str(calder.id), str(uuid4()))
    runner.run(str(hollins.id), str(job_id))  # edited in Valkey to another tenant's
    assert row_of(job_id).attempts == 0


def test_a_ring_for_a_suspended_tenant_does_nothing(settings, doorbell, clock, world, calder, add, row_of):
    job_id = add()
    fresh = make_scopes(settings, doorbell, clock)  # has not seen the tenant yet
    runner.use(fresh, doorbell)
    with world.admin.begin() as connection:
        connection.execute(text("update tenant set suspended_at = now() where slug = 'calder'"))
    try:
        runner.run(str(calder.id), str(job_id))
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("update tenant set suspended_at = null"))
    assert row_of(job_id).state == "queued"
    runner.run(str(calder.id), str(job_id))
    assert row_of(job_id).state == "done"
    fresh.engine.dispose()


def test_work_that_fails_after_it_was_published_stays_done(scopes, calder, add, row_of, bell_of, work):
    def run(task):
        _make(task)
        raise RuntimeError("while tidying up")

    work["run"] = run
    job_id = add("test.set")
    runner.attempt(scopes, calder, job_id)
    assert (row_of(job_id).state, bell_of(job_id)) == ("done", None)
    assert _artefacts(scopes, calder, job_id) == 1


def test_a_connection_that_breaks_after_the_commit_does_not_bring_the_job_back(
    world, scopes, calder, add, row_of, bell_of, work
):
    def run(task):
        _make(task)
        # What the worker sees when the answer to its COMMIT is lost: done in truth, an error to it.
        with task.read() as scope:
            pid = scope.session.scalar(text("select pg_backend_pid()"))
            with world.admin.begin() as connection:
                connection.execute(text(f"select pg_terminate_backend({pid})"))
            scope.session.execute(text("select 1"))

    work["run"] = run
    job_id = add("test.set")
    runner.attempt(scopes, calder, job_id)
    assert (row_of(job_id).state, row_of(job_id).error, bell_of(job_id)) == ("done", None, None)


def test_the_lease_is_renewed_while_the_work_goes_on(settings, calder, add, work):
    scopes = make_scopes(settings, make_doorbell(settings), SystemClock())
    job_id = add("test.set", due_at=SystemClock().now())
    others = []

    def run(_task):
        until = time.monotonic() + 4 * QUICK.lease.total_seconds()
        while time.monotonic() < until:
            others.append(runner.attempt(scopes, calder, job_id, QUICK))
            time.sleep(0.02)

    work["run"] = run
    assert runner.attempt(scopes, calder, job_id, QUICK)
    assert set(others) == {False}
    scopes.engine.dispose()


def test_the_lease_is_not_renewed_past_the_works_time(settings, calder, add, row_of, work):
    scopes = make_scopes(settings, make_doorbell(settings), SystemClock())
    job_id = add("test.slow", due_at=SystemClock().now())

    def stuck(_task):
        work["run"] = _make
        until = time.monotonic() + 10
        while not runner.attempt(scopes, calder, job_id, QUICK):
            assert time.monotonic() < until
            time.sleep(0.05)

    work["run"] = stuck
    assert not runner.attempt(scopes, calder, job_id, QUICK)  # nothing interrupts it here
    assert (row_of(job_id).state, row_of(job_id).attempts) == ("done", 2)
    assert _artefacts(scopes, calder, job_id) == 1
    scopes.engine.dispose()


def test_work_that_takes_too_long_is_interrupted(settings, calder, add, row_of, work):
    doorbell = make_doorbell(settings)
    scopes = make_scopes(settings, doorbell, SystemClock())
    runner.use(scopes, doorbell)
    job_id = add("test.slow", due_at=SystemClock().now())
    work["run"] = lambda _task: time.sleep(30)

    began = time.monotonic()
    runner.run(str(calder.id), str(job_id))
    assert time.monotonic() - began < 5
    assert row_of(job_id).error == "TookTooLong: it took longer than 1 seconds"
    scopes.engine.dispose()


def test_neither_ledger_nor_log_quotes_what_a_failing_statement_held(scopes, calder, add, row_of, work):
    def run(task):
        with task.read() as scope:
            scope.session.execute(
                text("select cast(:words as integer)"), {"words": "She was found on the floor"}
            )

    work["run"] = run
    job_id = add("test.set")
    with capture_logs() as lines:
        runner.attempt(scopes, calder, job_id)
    assert row_of(job_id).error == "DataError (22P02)"
    assert "found on the floor" not in str(lines)
    assert [line["event"] for line in lines] == ["job_failed"]


def test_a_result_is_stored_once_for_its_key_whatever_two_attempts_do(scopes, calder, add, work):
    """The second wall behind the fence: the ledger itself takes a key once for each name."""
    first, second = add(key="report:2026-09"), add(key="report:2026-09")
    assert first == second
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(Job)) == 1


def test_a_name_belongs_to_one_function():
    with pytest.raises(ValueError, match=r"two functions claim the job 'test\.quiet'"):
        job("test.quiet")(lambda _task: None)
    assert kind_of("test.quiet").attempts == 4


def test_no_attempt_may_outlast_what_rq_allows():
    with pytest.raises(ValueError, match="longer than 900 seconds"):
        job("test.endless", timeout=901)


def test_only_a_test_environment_runs_faster():
    fast = {"THROUGHLINE_JOB_PACE": "0.1"}
    assert chosen("production", fast) == chosen("demo", fast) == Timing()
    assert chosen("test", fast).lease == timedelta(seconds=2)
    assert chosen("test", {}) == Timing()
