"""A back-test by a worker: the same as at once, slice by slice; stopped, resumed, pruned, masked."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.rules.stored import store
from tests.rules.workbench.texts import COUNTING, NIGHTLY, TEXT

from throughline.jobs import runner
from throughline.jobs.models import Job
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.rules.backtest import backtest
from throughline.rules.confining import Cancellation, confined
from throughline.rules.scanning.service import open_units
from throughline.rules.workbench import jobs, proof, reading, runs, service
from throughline.rules.workbench.estimate import seconds_for
from throughline.rules.workbench.models import BacktestRun
from throughline.rules.workbench.results import from_json
from throughline.tenancy.queries import tree
from throughline.trends import counts

RULES = "/t/calder/rules"
assert jobs.run_backtest


@pytest.fixture
def past(inside):
    """Some hundred incidents of a year, of every kind, at odd moments."""
    with inside() as scope:
        around = [scope.now() - timedelta(days=30 * month) for month in range(1, 12)]
        store(scope, 300, seed=7, around=around)


@pytest.fixture
def version(inside):
    """A draft that counts falls of a unit in thirty days, so that slices look back past their beginning."""
    with inside() as scope:
        return service.begin(scope, uuid4(), COUNTING).id


def asked(inside, version_id, years="1", email="consultant@calder.test"):
    with inside(email=email) as scope:
        return runs.ask(scope, version_id, years).id


def work(scopes, inside, run_id):
    with inside() as scope:
        job_id = scope.session.scalars(select(Job.id).where(Job.key == str(run_id))).one()
        tenant = scope.tenant
    return runner.attempt(scopes, tenant, job_id)


def unordered(found):
    return replace(found, loads=frozenset(found.loads))


def test_slices_add_up_to_what_one_pass_finds(scopes, inside, past, version):
    run_id = asked(inside, version)
    assert work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        rule = reading.sound(scope, run.text)
        whole = backtest(scope, rule, run.starts, run.ends)
        assert (run.state, run.slices_done, run.slices > 10) == ("done", run.slices, True)
        found = from_json(run.result).mine
        assert whole.fired > 5
        assert unordered(found) == unordered(whole)


def test_against_the_live_version_as_it_was_then(scopes, inside, past, version):
    with inside() as scope:
        service.put_live(scope, version)
        draft = service.begin(scope, uuid4(), TEXT).id
    run_id = asked(inside, draft)
    assert work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        tested = from_json(run.result)
        mine, live = tested.mine, tested.live
        assert mine.fired > live.fired > 0
        assert mine.weeks[0][0] == live.weeks[0][0]


def test_the_borders_are_mondays_of_the_tenant(inside):
    with inside() as scope:
        end = scope.now()
        found = runs.borders(scope, end - timedelta(days=730), end)
        inner = [scope.local(moment) for moment in found[1:-1]]
        assert {(one.weekday(), one.hour, one.minute) for one in inner} == {(0, 0, 0)}
        assert found == sorted(set(found))


def test_another_worker_goes_on_where_the_first_ended(scopes, inside, past, version):
    run_id = asked(inside, version)
    with inside() as scope:
        runs.begin(scope, run_id)
        runs.do_slice(scope, run_id, 0, Cancellation())
    with inside() as scope:
        runs.do_slice(scope, run_id, 1, Cancellation())
    with inside() as scope, pytest.raises(runs.Overtaken):
        runs.do_slice(scope, run_id, 1, Cancellation())  # the first worker, thawed
    assert work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        whole = backtest(scope, reading.sound(scope, run.text), run.starts, run.ends)
        assert unordered(from_json(run.result).mine) == unordered(whole)


def test_one_that_was_stopped_goes_no_further_and_keeps_what_it_found(scopes, inside, past, version):
    run_id = asked(inside, version)
    with inside() as scope:
        runs.begin(scope, run_id)
        runs.do_slice(scope, run_id, 0, Cancellation())
    with inside() as scope:
        runs.cancel(scope, run_id)
    work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        assert (run.state, run.slices_done, "mine" in run.result) == ("cancelled", 1, True)
        with pytest.raises(Conflict):
            runs.cancel(scope, run_id)


def test_stopping_ends_a_statement_that_is_under_way(scopes, inside, past, version, monkeypatch):
    run_id = asked(inside, version)
    begun = threading.Event()
    plain = proof.backtest

    def slow(scope, rule, start, end, *, seconds, cancellation):
        with confined(scope, seconds, cancellation):
            begun.set()
            scope.session.connection().exec_driver_sql("select pg_sleep(60)")
        return plain(scope, rule, start, end)

    monkeypatch.setattr(proof, "backtest", slow)
    worker = threading.Thread(target=work, args=(scopes, inside, run_id))
    worker.start()
    assert begun.wait(20)
    with inside() as scope:
        runs.cancel(scope, run_id)
    worker.join(20)
    assert not worker.is_alive()
    with inside() as scope:
        assert runs.find(scope, run_id).state == "cancelled"


def test_asking_again_stops_my_older_one_and_nobody_elses(inside, version):
    mine, other = asked(inside, version), asked(inside, version, email="admin@calder.test")
    newer = asked(inside, version, "2")
    with inside() as scope:
        states = {run.id: run.state for run in runs.of_version(scope, version)}
    assert states == {mine: "cancelled", other: "waiting", newer: "waiting"}


def test_a_rule_that_cannot_be_asked_of_stored_incidents_says_so(scopes, inside, version):
    run_id = asked(inside, version)
    with inside() as scope:
        scope.session.get(BacktestRun, (scope.tenant.id, run_id)).text = "nonsense"
    work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        assert (run.state, "cannot be asked" in run.reason) == ("failed", True)


def test_a_run_whose_workers_all_died_says_so(scopes, inside, version):
    run_id = asked(inside, version)
    with inside() as scope:
        scope.session.scalars(select(Job).where(Job.key == str(run_id))).one().attempts = 6
    assert not work(scopes, inside, run_id)
    with inside() as scope:
        run = runs.find(scope, run_id)
        assert (run.state, "worker ended" in run.reason) == ("failed", True)


def test_old_ones_are_pruned(inside, version):
    for number in range(runs.KEPT_OF_A_VERSION + 3):
        asked(inside, version, "12"[number % 2])
    with inside() as scope:
        assert len(scope.session.scalars(select(BacktestRun)).all()) <= runs.KEPT_OF_A_VERSION + 1
        for run in scope.session.scalars(select(BacktestRun).where(BacktestRun.state == "cancelled")):
            run.finished_at = scope.now() - timedelta(days=31)
    asked(inside, version, "2")
    with inside() as scope:
        assert len(scope.session.scalars(select(BacktestRun)).all()) == 2


def test_a_draft_is_thrown_away_with_its_runs(inside, version):
    asked(inside, version)
    with inside() as scope:
        service.throw_away(scope, version)
    with inside() as scope:
        assert scope.session.scalars(select(BacktestRun)).all() == []


def test_who_may_and_what_is_refused(inside, version):
    run_id = asked(inside, version)
    with inside(email="lead@calder.test") as scope, pytest.raises(Forbidden):
        runs.find(scope, run_id)
    with inside(email="lead@calder.test") as scope, pytest.raises(Forbidden):
        runs.ask(scope, version, "1")
    with inside() as scope, pytest.raises(Invalid):
        runs.ask(scope, version, "50")
    with inside() as scope, pytest.raises(NotFound):
        runs.cancel(scope, uuid4())


def test_the_pages_show_progress_and_then_what_was_found(client_for, scopes, inside, past, version):
    consultant = client_for("consultant@calder.test")
    answer = consultant.post(f"{RULES}/versions/{version}/backtests", {"years": "1"})
    address = answer.headers["Location"]
    page = consultant.get(address).get_data(as_text=True)
    assert "Waits for a worker" in page
    assert "data-hx-get" in page
    assert consultant.get(f"{address}?part=yes").get_data(as_text=True).lstrip().startswith("<div")
    work(scopes, inside, address.rpartition("/")[2])
    assert "See what it found" in consultant.get(f"{address}?part=yes").get_data(as_text=True)
    page = consultant.get(address).get_data(as_text=True)
    assert "It would have spoken" in page
    assert "An incident" in page
    with inside() as scope:
        found = from_json(runs.find(scope, address.rpartition("/")[2]).result).mine
    assert found.examples
    assert all(one.reference not in page for one in found.examples)  # a consultant reads no incident
    listed = consultant.get(f"{RULES}/versions/{version}/history").get_data(as_text=True)
    assert "Done so far" in listed
    consultant.post(f"{address}/stop")
    assert "It had ended already" in consultant.get(address).get_data(as_text=True)
    assert consultant.post(f"{RULES}/versions/{version}/backtests", {"years": "x"}).status_code == 422


@pytest.fixture
def long(monkeypatch):
    """Every back-test takes longer than a page should."""
    monkeypatch.setattr(proof, "AT_ONCE_SECONDS", -1)


def test_the_page_of_a_long_one_asks_a_worker_by_itself(client_for, scopes, inside, past, version, long):
    consultant = client_for("consultant@calder.test")
    address = f"{RULES}/versions/{version}/history?years=2"
    page = consultant.get(address).get_data(as_text=True)
    assert 'data-hx-trigger="load"' in page and f'data-hx-post="{RULES}/versions/{version}/backtests"' in page
    assert 'name="years" value="2"' in page  # and without JavaScript a button sends the same
    consultant.post(f"{RULES}/versions/{version}/backtests", {"years": "2"})
    page = consultant.get(address).get_data(as_text=True)
    assert "Waits for a worker" in page and "data-hx-post" not in page and "data-hx-get" in page
    with inside() as scope:
        (run,) = runs.of_version(scope, version)
    assert work(scopes, inside, run.id)
    page = consultant.get(address).get_data(as_text=True)
    assert "A worker found this" in page and "It would have spoken" in page and "data-hx-post" not in page


def test_one_that_was_stopped_does_not_begin_again_by_itself(client_for, inside, version, long):
    consultant = client_for("consultant@calder.test")
    run_id = asked(inside, version)
    assert asked(inside, version) == run_id, "a page opened twice asks once"
    with inside() as scope:
        runs.cancel(scope, run_id)
    page = consultant.get(f"{RULES}/versions/{version}/history").get_data(as_text=True)
    assert "It was stopped" in page and "Begin again" in page and "data-hx-post" not in page


def test_what_was_found_for_another_text_does_not_stand_for_this_one(client_for, inside, version, long):
    asked(inside, version)
    with inside() as scope:
        service.save(scope, version, 1, TEXT, "")
    page = client_for("consultant@calder.test").get(f"{RULES}/versions/{version}/history")
    assert "data-hx-post" in page.get_data(as_text=True)


def test_one_that_turns_out_long_is_given_to_a_worker_too(client_for, version, monkeypatch):
    monkeypatch.setattr(proof, "AT_ONCE_SECONDS", 0.001)
    monkeypatch.setattr(
        "throughline.rules.backtest.sweep",
        lambda scope, *_: scope.session.connection().exec_driver_sql("select pg_sleep(1)"),
    )
    page = client_for("consultant@calder.test").get(f"{RULES}/versions/{version}/history?years=5")
    assert page.status_code == 200
    assert "longer than a page should" in page.get_data(as_text=True)


def test_the_estimate_grows_with_incidents_look_backs_and_nights(scope):
    plain, counting, nightly = (reading.sound(scope, text) for text in (TEXT, COUNTING, NIGHTLY))
    end = scope.now()

    def seconds(*rules, days=365):
        return seconds_for(scope, rules, end - timedelta(days=days), end)

    assert seconds(plain) == 0, "nothing has happened yet"
    units = len(open_units(scope))
    assert (
        seconds(nightly, days=1825)
        == pytest.approx(5 * seconds(nightly))
        == pytest.approx(units * 1825 * 45e-6)
    )
    oak = tree(scope).by_key("oak").id
    counts.add(scope, {(end.date() - timedelta(days=9), oak, "fall", 1): 2_000_000})
    assert seconds(counting) > seconds(plain) > proof.AT_ONCE_SECONDS
    assert seconds(plain, days=3) == 0
