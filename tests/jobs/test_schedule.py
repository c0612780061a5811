"""Schedules follow the pack, run when due, and lose no period while nothing runs."""

import importlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, text

from throughline.features import make_doorbell, make_scopes
from throughline.jobs import schedule, ticker
from throughline.jobs.models import Job, Timetable
from throughline.jobs.registry import kind_of
from throughline.jobs.schedule import Repeat, synchronise
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.kernel.errors import Invalid
from throughline.tenancy import service
from throughline.tenancy.check import PackFile, PackFolder

MONTHLY = Repeat("monthly", "test.quiet", {"format": "f"}, "month", 5, time(6))


def _ask(scopes, tenant, *repeats):
    with scopes.tenant(tenant, SYSTEM) as scope:
        synchronise(scope, repeats)


def _rows(scopes, tenant):
    with scopes.platform_scope(SYSTEM) as scope:
        mine = select(Timetable).where(Timetable.tenant_id == tenant.id).order_by(Timetable.key)
        return list(scope.session.scalars(mine))


def _asked_for(scopes, tenant):
    with scopes.tenant(tenant, SYSTEM) as scope:
        jobs = scope.session.scalars(select(Job).where(Job.name == "test.quiet").order_by(Job.key))
        return [(job.key, job.args) for job in jobs]


def test_a_new_schedule_begins_with_its_next_moment(scopes, calder):
    _ask(scopes, calder, MONTHLY)

    (row,) = _rows(scopes, calder)
    assert row.next_due == datetime(2026, 12, 5, 6, tzinfo=UTC)
    assert row.timezone == "Europe/London"


def test_to_synchronise_twice_changes_nothing(scopes, calder):
    _ask(scopes, calder, MONTHLY)
    before = [(row.id, row.next_due) for row in _rows(scopes, calder)]
    _ask(scopes, calder, MONTHLY)

    assert [(row.id, row.next_due) for row in _rows(scopes, calder)] == before


def test_a_schedule_that_left_the_pack_is_gone_and_other_tenants_keep_theirs(scopes, calder, hollins):
    for tenant in (calder, hollins):
        _ask(scopes, tenant, MONTHLY, replace(MONTHLY, key="second"))
    _ask(scopes, calder, MONTHLY)

    assert [row.key for row in _rows(scopes, calder)] == ["monthly"]
    assert [row.key for row in _rows(scopes, hollins)] == ["monthly", "second"]


def test_two_of_one_key_are_refused_in_words(scopes, calder):
    with pytest.raises(Invalid) as refused:
        _ask(scopes, calder, MONTHLY, replace(MONTHLY, day=9))
    assert "twice" in str(refused.value.errors)


def test_it_runs_once_when_it_is_due(scopes, calder, clock, doorbell):
    _ask(scopes, calder, MONTHLY)
    ticker.tick(scopes, doorbell)
    assert _asked_for(scopes, calder) == []

    clock.move(datetime(2026, 12, 5, 6, tzinfo=UTC) - clock.now())
    for _ in range(3):
        ticker.tick(scopes, doorbell)
    assert _asked_for(scopes, calder) == [("monthly:2026-12-05", {"format": "f", "due": "2026-12-05"})]


@pytest.mark.parametrize(
    ("down_for", "expected"),
    [
        (timedelta(days=3), ["2026-12-05"]),
        (timedelta(days=125), ["2026-12-05", "2027-01-05", "2027-02-05", "2027-03-05", "2027-04-05"]),
    ],
)
def test_what_was_missed_is_made_up_period_by_period(
    scopes, calder, clock, doorbell, queue, down_for, expected
):
    _ask(scopes, calder, MONTHLY)
    clock.move(datetime(2026, 12, 5, 5, 59, tzinfo=UTC) - clock.now())
    ticker.tick(scopes, doorbell)
    clock.move(down_for)
    ticker.tick(scopes, doorbell)
    ticker.tick(scopes, doorbell)

    assert [args["due"] for _key, args in _asked_for(scopes, calder)] == expected
    assert queue.count > 0


def test_the_summer_time_of_the_tenant_counts(scopes, calder, clock, doorbell):
    _ask(scopes, calder, MONTHLY)
    clock.move(datetime(2027, 4, 5, 4, 59, tzinfo=UTC) - clock.now())
    ticker.tick(scopes, doorbell)
    assert len(_asked_for(scopes, calder)) == 4
    clock.move(timedelta(minutes=1))  # six o'clock in London
    ticker.tick(scopes, doorbell)
    assert len(_asked_for(scopes, calder)) == 5


def test_a_schedule_that_changes_first_makes_up_what_it_missed(scopes, calder, clock):
    _ask(scopes, calder, MONTHLY)
    clock.move(timedelta(days=60))
    _ask(scopes, calder, replace(MONTHLY, day=20))

    assert [args["due"] for _key, args in _asked_for(scopes, calder)] == ["2026-12-05", "2027-01-05"]
    assert _rows(scopes, calder)[0].next_due == datetime(2027, 1, 20, 6, tzinfo=UTC)


def test_two_tickers_at_once_never_double(settings, scopes, calder, hollins, clock, doorbell):
    for tenant in (calder, hollins):
        _ask(scopes, tenant, *(replace(MONTHLY, key=f"k{number}") for number in range(10)))
    later = FrozenClock(clock.now() + timedelta(days=100))
    others = [make_scopes(settings, make_doorbell(settings), later) for _ in range(4)]
    together = threading.Barrier(4)
    failures: list[Exception] = []

    def one(mine):
        try:
            together.wait()
            for _ in range(3):
                ticker.tick(mine, doorbell)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(mine,)) for mine in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in others:
        mine.engine.dispose()
    assert failures == []
    for tenant in (calder, hollins):
        assert len(_asked_for(scopes, tenant)) == 10 * 3
        assert {row.next_due for row in _rows(scopes, tenant)} == {datetime(2027, 3, 5, 6, tzinfo=UTC)}


def test_a_ticker_passes_over_a_schedule_that_another_holds(scopes, calder, clock):
    _ask(scopes, calder, MONTHLY)
    (row,) = _rows(scopes, calder)
    clock.move(timedelta(days=30))
    with scopes.tenant(calder, SYSTEM) as first:
        assert schedule.run_due(first, row.id) == 1
        with scopes.tenant(calder, SYSTEM) as second:
            assert schedule.run_due(second, row.id) == 0


def test_one_tenants_ticker_cannot_run_anothers_schedule(scopes, calder, hollins, clock):
    _ask(scopes, calder, MONTHLY)
    (row,) = _rows(scopes, calder)
    clock.move(timedelta(days=30))
    with scopes.tenant(hollins, SYSTEM) as scope:
        assert schedule.run_due(scope, row.id) == 0


def test_a_suspended_tenants_schedules_wait_and_are_made_up(scopes, calder, hollins, clock, doorbell, world):
    for tenant in (calder, hollins):
        _ask(scopes, tenant, MONTHLY)
    with world.admin.begin() as connection:
        connection.execute(text("update tenant set suspended_at = now() where slug = 'calder'"))
    try:
        clock.move(timedelta(days=60))
        ticker.tick(scopes, doorbell)
        assert len(_asked_for(scopes, hollins)) == 2
        assert _asked_for(scopes, calder) == []
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("update tenant set suspended_at = null"))
    ticker.tick(scopes, doorbell)
    assert len(_asked_for(scopes, calder)) == 2


def test_a_schedule_that_cannot_be_read_stops_only_itself(scopes, calder, hollins, clock, doorbell):
    for tenant in (calder, hollins):
        _ask(scopes, tenant, MONTHLY)
    with scopes.platform_scope(SYSTEM) as scope:
        scope.session.execute(
            text("update schedule set timezone = 'Mars/Olympus', next_due = next_due - interval '1 hour' "
                 "where tenant_id = :id"),
            {"id": calder.id},
        )  # fmt: skip
    clock.move(timedelta(days=30))
    ticker.tick(scopes, doorbell)

    assert len(_asked_for(scopes, hollins)) == 1
    assert _asked_for(scopes, calder) == []


@pytest.fixture
def apply_pack(scopes, calder):
    """Return a function that applies calder's pack with other schedules; the pack is put back at the end."""

    def apply(*schedules, verb=service.apply):
        raw = {**calder.pack.raw, "schedules": list(schedules)}
        return verb(scopes, PackFolder((PackFile("calder", raw, ()),), {}, ()), SYSTEM)

    yield apply
    apply(*calder.pack.raw["schedules"])


EVERY_MONTH = {
    "job": "evidence",
    "format": "icb_quality.quarterly",
    "commissioner": "west-moors",
    "every": "month",
    "day": 9,
    "at": "07:30:00",
}


def test_applying_a_pack_schedules_its_evidence(scopes, calder, apply_pack):
    apply_pack(EVERY_MONTH)

    (row,) = _rows(scopes, calder)
    assert (row.key, row.job) == ("evidence:icb_quality.quarterly:west-moors", "evidence.prepare")
    assert row.args == {"format": "icb_quality.quarterly", "commissioner": "west-moors"}
    assert (row.day, row.at, row.timezone) == (9, time(7, 30), "Europe/London")
    assert row.next_due == datetime(2026, 12, 9, 7, 30, tzinfo=UTC)


def test_planning_a_pack_schedules_nothing(scopes, calder, apply_pack):
    assert apply_pack(EVERY_MONTH, verb=service.plan)
    assert _rows(scopes, calder) == []


def test_applying_a_pack_without_schedules_removes_them(scopes, calder, apply_pack):
    apply_pack(EVERY_MONTH)
    apply_pack()
    assert _rows(scopes, calder) == []


def test_a_pack_that_asks_twice_for_one_report_is_refused_whole(scopes, calder, apply_pack):
    apply_pack(EVERY_MONTH)
    with pytest.raises(Invalid):
        apply_pack(EVERY_MONTH, EVERY_MONTH | {"day": 20})
    assert [row.day for row in _rows(scopes, calder)] == [9]


def test_the_scheduled_job_is_one_this_release_knows(scopes, calder, apply_pack):
    importlib.import_module("throughline.evidence.jobs")
    apply_pack(EVERY_MONTH)
    (row,) = _rows(scopes, calder)
    assert kind_of(row.job).run.__module__ == "throughline.evidence.jobs"
