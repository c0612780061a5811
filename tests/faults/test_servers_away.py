"""Valkey wiped or gone, PostgreSQL restarted: every job is still done once, by workers that carry on."""

import json
import os
import signal
import time

import pytest
from tests.faults.conftest import PACE

from throughline.features import make_doorbell


def test_after_a_wiped_valkey_queued_jobs_are_rung_again(crew, ledger, until, world, settings):
    crew.ticker()
    jobs = [ledger.add(key=str(number)) for number in range(8)]
    until(lambda: make_doorbell(settings).waiting() == 2, "some rings wait")
    world.servers.wipe_valkey()
    wiped = time.monotonic()
    crew.worker()

    until(lambda: ledger.done(*jobs), "all are done")
    assert time.monotonic() - wiped < 15
    assert sorted(ledger.made(*jobs)) == sorted(jobs)


@pytest.mark.parametrize("crash", [False, True], ids=["restarted", "crashed"])
@pytest.mark.parametrize("where", ["work", "hold"])
def test_postgres_may_go_down_in_mid_job(crew, ledger, until, world, where, crash):
    crew.environ["THROUGHLINE_JOB_PACE"] = str(PACE / 2)  # an attempt that fails here rests before the next
    ticker, worker = crew.ticker(), crew.worker()
    job_id, queued = ledger.add(**{where: "2"}), ledger.add(key="behind it")
    until(lambda: ledger.marked(job_id, "begun" if where == "work" else "holding"), "the job is there")
    world.servers.restart_postgres(crash=crash)

    until(lambda: ledger.done(job_id, queued), "both are done")
    assert sorted(ledger.made(job_id, queued)) == sorted([job_id, queued])
    until(lambda: ledger.bells() == 0, "no bell is left")
    assert ticker.running
    assert worker.running


def test_a_worker_that_starts_before_valkey_waits_for_it(crew, ledger, until, world):
    world.servers.kill_valkey()
    worker = crew.worker()
    job_id = ledger.add()
    until(lambda: crew.log_of(worker).count("valkey_unreachable") > 1, "it tries again and again")
    world.servers.start_valkey()
    crew.ticker()

    until(lambda: ledger.done(job_id), "the job is done")
    assert worker.running


def test_an_idle_worker_outlives_a_valkey_that_goes_and_comes(crew, ledger, until, world):
    crew.ticker()
    worker = crew.worker()
    first = ledger.add(key="before")
    until(lambda: ledger.done(first), "the worker is at work")
    world.servers.kill_valkey()
    second = ledger.add(key="meanwhile")
    world.servers.start_valkey()

    until(lambda: ledger.done(second), "the worker has found it again")
    assert worker.running
    assert sorted(ledger.made(first, second)) == sorted([first, second])


def test_a_busy_worker_finishes_its_job_without_valkey_and_then_carries_on(crew, ledger, until, world):
    crew.ticker()
    worker = crew.worker()
    first = ledger.add(key="before", work="1")
    until(lambda: ledger.marked(first, "begun"), "the job begins")
    world.servers.kill_valkey()
    until(lambda: ledger.done(first), "the ledger needs no Valkey")
    second = ledger.add(key="meanwhile")
    world.servers.start_valkey()

    until(lambda: ledger.done(second), "the worker has found it again")
    assert worker.running
    assert sorted(ledger.made(first, second)) == sorted([first, second])


def test_a_worker_that_is_told_to_stop_stops(crew, until, ledger):
    worker = crew.worker()
    job_id = ledger.add()
    until(lambda: ledger.done(job_id), "it is at work")
    until(lambda: not crew.horses(worker), "it is idle again")
    worker.ask_to_stop()

    until(lambda: not worker.running, "it ends")
    assert worker.status == 0


def test_a_worker_that_is_told_to_stop_finishes_its_job_first(crew, until, ledger):
    worker = crew.worker()
    job_id = ledger.add(work="1")
    until(lambda: ledger.marked(job_id, "begun"), "it is at work")
    worker.ask_to_stop()

    until(lambda: not worker.running, "it ends")
    assert worker.status == 0
    assert ledger.row(job_id).state == "done"


def test_a_worker_that_is_told_to_stop_while_valkey_is_away_stops(crew, until, ledger, world):
    worker = crew.worker()
    job_id = ledger.add()
    until(lambda: ledger.done(job_id), "it is at work")
    world.servers.kill_valkey()
    worker.ask_to_stop()
    until(lambda: not worker.running, "it ends")
    assert worker.status == 0

    waiting = crew.worker()
    until(lambda: "valkey_unreachable" in crew.log_of(waiting), "another waits for Valkey")
    os.kill(waiting.pid, signal.SIGINT)
    until(lambda: not waiting.running, "it ends")
    assert waiting.status == 0


def test_every_line_a_worker_writes_is_json_and_names_no_narrative(crew, until, ledger):
    crew.ticker()
    worker = crew.worker()
    job_id = ledger.add(name="probe.indiscreet")
    until(lambda: ledger.row(job_id).attempts == 1 and ledger.row(job_id).state == "queued", "it has failed")
    lines = [json.loads(line) for line in crew.log_of(worker).splitlines()]

    assert "job_failed" in [line["event"] for line in lines]
    assert "found on the floor" not in crew.log_of(worker)
