"""Workers that are killed or freeze in mid-job: nothing is lost and nothing is made twice."""

import os
import signal

import pytest
from sqlalchemy import text

KILL, STOP, THAW = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT


@pytest.fixture
def struck(crew, ledger, until):
    """A job in mid-work at a worker, and another worker and a ticker standing by."""
    crew.ticker()
    victim = crew.worker()
    job_id = ledger.add(work="30")
    until(lambda: ledger.marked(job_id, "begun"), "the job begins")
    return victim, crew.worker(), job_id


def test_a_killed_horse_costs_a_delay(crew, ledger, until, struck):
    victim, _other, job_id = struck
    (horse,) = crew.horses(victim)
    os.kill(horse, KILL)

    until(lambda: ledger.done(job_id), "the job is done by a second attempt")
    assert ledger.made(job_id) == [job_id]
    assert victim.running


def test_a_killed_worker_and_horse_cost_a_delay(crew, ledger, until, struck):
    victim, _other, job_id = struck
    crew.signal_all(victim, KILL)

    until(lambda: ledger.done(job_id), "the job is done by the other worker")
    assert ledger.made(job_id) == [job_id]
    assert ledger.row(job_id).attempts == 2


def test_the_orphan_of_a_killed_worker_finishes_what_it_holds(crew, ledger, until):
    crew.ticker()
    victim, other = crew.worker(), None
    job_id = ledger.add(work="4")  # twice as long as the lease
    until(lambda: ledger.marked(job_id, "begun"), "the job begins")
    other = crew.worker()
    os.kill(victim.pid, KILL)

    until(lambda: ledger.done(job_id), "the orphan publishes")
    assert ledger.made(job_id) == [job_id]
    assert ledger.row(job_id).attempts == 1  # it kept its lease alive, so nobody else began
    assert other.running


def test_a_worker_that_freezes_past_its_lease_and_thaws_publishes_nothing(crew, ledger, until):
    crew.ticker()
    victim = crew.worker()
    job_id = ledger.add(work="1")
    until(lambda: ledger.marked(job_id, "begun"), "the job begins")
    crew.signal_all(victim, STOP)
    crew.worker()

    until(lambda: ledger.done(job_id), "the other worker takes over")
    assert ledger.marked(job_id, "made", attempt=2)
    crew.signal_all(victim, THAW)
    until(lambda: "job_fenced" in crew.log_of(victim), "the thawed worker finds itself fenced")
    assert ledger.made(job_id) == [job_id]
    assert ledger.row(job_id).attempts == 2


def test_a_worker_that_freezes_while_it_publishes_is_ended_by_the_server(crew, ledger, until, world):
    crew.ticker()
    victim = crew.worker()
    job_id, other = ledger.add(hold="1"), ledger.add(key="harmless")
    until(lambda: ledger.marked(job_id, "holding"), "the result is written and not committed")
    crew.signal_all(victim, STOP)
    crew.worker()
    until(lambda: ledger.done(other), "nobody waits for the frozen one")
    with world.admin.begin() as connection:  # what idle_in_transaction_session_timeout does after a minute
        frozen = "state = 'idle in transaction' and application_name = 'throughline'"
        connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {frozen}"))

    until(lambda: ledger.done(job_id), "the other worker takes over")
    crew.signal_all(victim, THAW)
    until(lambda: "job_failed" in crew.log_of(victim), "the thawed worker finds its connection gone")
    until(lambda: ledger.bells() == 0, "the bells are gone")
    assert ledger.made(job_id) == [job_id]
    assert ledger.row(job_id).error is None


def test_the_server_ends_a_transaction_that_nobody_moves_on(scopes):
    with scopes.engine.connect() as connection:
        assert connection.scalar(text("show idle_in_transaction_session_timeout")) == "1min"


def test_a_job_that_takes_its_worker_down_each_time_is_put_aside(crew, ledger, until):
    crew.ticker()
    worker = crew.worker()
    job_id, other = ledger.add(name="probe.endless"), ledger.add(key="harmless")
    for attempt in (1, 2):
        until(lambda n=attempt: ledger.marked(job_id, "begun", n), f"attempt {attempt} begins")
        until(lambda: crew.horses(worker), "its horse is seen")
        os.kill(crew.horses(worker)[0], KILL)

    until(lambda: ledger.row(job_id).state == "dead", "it is put aside")
    assert ledger.row(job_id).error == "The worker died at every attempt."
    until(lambda: ledger.done(other), "others go on")
