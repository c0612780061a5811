"""A worker that is killed in the middle of a back-test: nothing is lost, and nothing is counted twice."""

import signal
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.rules.stored import store
from tests.rules.workbench.texts import TEXT

from throughline.accounts.models import User
from throughline.kernel.actor import SYSTEM, Actor
from throughline.rules.backtest import backtest
from throughline.rules.workbench import reading, runs, service
from throughline.rules.workbench.models import BacktestRun
from throughline.rules.workbench.results import from_json

SLOW = {"THROUGHLINE_EXTRA_JOBS": "probe slow_slices"}


@pytest.fixture
def run_id(scopes, calder):
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        user = scope.session.scalars(select(User).where(User.email == "consultant@calder.test")).one()
        scope.actor = Actor(user.id, user.name, unlimited=True)
        store(scope, 200, seed=3, around=[scope.now() - timedelta(days=30 * month) for month in range(1, 12)])
        version = service.begin(scope, uuid4(), TEXT)
        return runs.ask(scope, version.id, "1").id


@pytest.fixture
def state(scopes, calder, run_id):
    def read():
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            return scope.session.scalars(select(BacktestRun).where(BacktestRun.id == run_id)).one()

    return read


def test_another_worker_goes_on_after_the_last_slice_that_was_kept(crew, until, scopes, calder, state):
    crew.ticker()
    victim = crew.worker(**SLOW)
    until(lambda: state().slices_done >= 3, "some slices are done")
    crew.signal_all(victim, signal.SIGKILL)
    kept = state().slices_done
    assert 3 <= kept < state().slices

    crew.worker(**SLOW)
    until(lambda: state().slices_done > kept, "the other worker goes on")
    until(lambda: state().state == "done", "it is done")
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        run = scope.session.scalars(select(BacktestRun)).one()
        whole = backtest(scope, reading.sound(scope, run.text), run.starts, run.ends)
    assert whole.fired > 10
    assert replace(from_json(run.result).mine, loads=()) == replace(whole, loads=())


def test_one_that_is_stopped_while_a_worker_is_at_it_ends_soon(crew, until, scopes, calder, run_id, state):
    crew.ticker()
    crew.worker(**SLOW)
    until(lambda: state().slices_done >= 2, "some slices are done")
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        runs.finish(scope, run_id, "cancelled", "Stopped by hand.")
    kept = state().slices_done
    until(lambda: "job_done" in "".join(path.read_text() for path in crew.logs()), "the worker lets go of it")
    assert (state().state, state().slices_done) == ("cancelled", kept)
