"""Every open unit is looked at once a night, whoever ticks, and an alarm rings once an episode."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event, select
from tests.rules.scanning.conftest import TODAY, a_scan

from throughline.features import WATCHES, make_doorbell, make_scopes
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.rules.backtest import backtest
from throughline.rules.models import Problem, ScanEpisode, ScanNight
from throughline.rules.scanning import service as scanning
from throughline.rules.scanning.replay import replay
from throughline.rules.workbench.models import ShadowFiring
from throughline.rules.workbench.queries import unanswered
from throughline.sdk import LookBack, Rate, Signal, Silence, UsualReports
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import tree
from throughline.trends import denominators
from throughline.trends.counts import add

RECENT = LookBack("recent", 7, ("unit",), category="self_harm")
THREE = a_scan("recent >= 3", RECENT)


def test_it_speaks_once_an_episode_and_again_when_it_begins_anew(scopes, scan_rules, happened, spoken, clock):
    scan_rules(THREE)
    happened({-1: 2, -3: 1, 20: 3}, unit="oak")
    happened({-1: 2}, unit="hazel")
    for _ in range(27):
        watching.look(scopes, WATCHES)
        watching.look(scopes, WATCHES)
        clock.move(timedelta(days=1))
        if clock.now().date() <= TODAY + timedelta(days=20):
            assert spoken() == ["oak"]
    assert spoken() == ["oak", "oak"]


def test_today_is_not_seen_before_it_is_whole(scopes, scan_rules, happened, spoken, clock):
    scan_rules(THREE)
    happened({0: 5})
    watching.look(scopes, WATCHES)
    assert spoken() == []
    clock.move(timedelta(days=1))
    watching.look(scopes, WATCHES)
    assert spoken() == ["oak"]


def test_without_a_rule_that_scans_nothing_is_kept(scopes, calder, scan_rules, happened):
    scan_rules()
    happened({-1: 9})
    watching.look(scopes, WATCHES)
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(ScanNight)).all() == []


def test_missed_nights_are_made_good_by_one_scan_as_of_now(scopes, scan_rules, happened, spoken, clock):
    scan_rules(THREE)
    watching.look(scopes, WATCHES)
    happened({3: 3, 28: 3})
    clock.move(timedelta(days=30))
    watching.look(scopes, WATCHES)
    watching.look(scopes, WATCHES)
    assert spoken() == ["oak"]


def test_many_tickers_at_once_look_once(settings, scopes, calder, scan_rules, happened, spoken, clock):
    scan_rules(THREE)
    happened({-1: 3})
    others = [make_scopes(settings, make_doorbell(settings), clock) for _ in range(4)]
    together = threading.Barrier(4)

    def one(mine):
        together.wait()
        for _ in range(2):
            watching.look_at(mine, calder, WATCHES)

    threads = [threading.Thread(target=one, args=(mine,)) for mine in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in others:
        mine.engine.dispose()
    assert spoken() == ["oak"]


def test_one_that_dies_half_way_did_nothing_and_the_next_does_it_all(
    scopes, calder, scan_rules, happened, spoken, monkeypatch
):
    scan_rules(THREE)
    happened({-1: 3}, unit="oak")
    happened({-1: 3}, unit="hazel")

    def dies(*_args, **_named):
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(scanning, "_keep", dies)
        watching.look(scopes, WATCHES)
    assert spoken() == []
    watching.look(scopes, WATCHES)
    assert sorted(spoken()) == ["hazel", "oak"]
    with scopes.tenant(calder, SYSTEM) as scope:
        night = scope.session.scalars(select(ScanNight)).one()
        assert (night.spoke, night.unanswered) == (2, {})


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (
            datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
            date(2026, 3, 28),
        ),  # the hour from one to two does not exist
        (datetime(2026, 3, 29, 1, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 2, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 24)),  # half past one, for the first time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 24)),  # and for the second
        (datetime(2026, 10, 25, 3, 0, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_night_is_a_day_of_the_wall_calendar_also_when_the_clocks_change(
    scopes, calder, clock, moment, night
):
    clock.move(moment - clock.now())
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scanning.night_of(scope) == night


def test_each_night_is_looked_at_once_through_a_change_of_the_clocks(scopes, calder, scan_rules, clock):
    scan_rules(THREE)
    clock.move(datetime(2026, 10, 24, 0, 0, tzinfo=UTC) - clock.now())
    nights = []
    for _ in range(3 * 48):
        with scopes.tenant(calder, SYSTEM) as scope:
            nights += (
                [scanning.night_of(scope)] if scanning.due(scope) and scanning.scan(scope, calder.id) else []
            )
        clock.move(timedelta(minutes=30))
    assert nights == [date(2026, 10, day) for day in (23, 24, 25, 26)]


def test_counts_of_one_tenant_are_never_another_s(scopes, calder, hollins, scan_rules, happened, spoken):
    scan_rules(THREE)
    with scopes.tenant(hollins, SYSTEM) as scope:
        key = tree(scope).services()[0].key
    happened({-1: 9}, unit=key, tenant=hollins)
    watching.look(scopes, WATCHES)
    assert (spoken(), spoken(hollins)) == ([], [key])


def test_a_closed_unit_is_not_looked_at(scope, scan_rules, unit_of):
    scan_rules(THREE)
    closed = scope.session.get_one(Unit, (scope.tenant.id, unit_of("oak")))
    before = [unit.key for unit in scanning.open_units(scope)]
    known = tree(scope).units[closed.id]
    was, known.closed_on = known.closed_on, TODAY
    try:
        assert [key for key in before if key != "oak"] == [one.key for one in scanning.open_units(scope)]
    finally:
        known.closed_on = was


def test_a_rate_without_every_denominator_has_no_answer_and_says_so(
    scopes, calder, scan_rules, happened, spoken, clock, unit_of
):
    scan_rules(a_scan("rate >= 100", Rate("rate", 7, "self_harm")))
    happened({-2: 4})
    oak = unit_of("oak")
    days = {(oak, TODAY - timedelta(days=day)): 18 for day in range(1, 7)}
    with scopes.tenant(calder, SYSTEM) as scope:
        denominators.record_days(scope, days)
    watching.look(scopes, WATCHES)
    assert spoken() == []
    with scopes.tenant(calder, SYSTEM) as scope:
        night = scope.session.scalars(select(ScanNight)).one()
        assert night.unanswered == {"test.scan": len(tree(scope).services())}
        assert scope.session.scalars(select(Problem)).all() == []
        services = len(tree(scope).services())
        (missing,) = unanswered(scope).values()
        assert (missing.rule_key, missing.units, missing.night) == ("test.scan", services, TODAY)
        denominators.record_days(scope, {(oak, TODAY - timedelta(days=7)): 18, (oak, TODAY): 18})
    clock.move(timedelta(days=1))
    watching.look(scopes, WATCHES)
    assert spoken() == ["oak"]  # 4 in 126 bed days: 317 for every 10,000


def test_a_shadow_records_once_and_tells_nobody(scopes, scan_rules, happened, spoken, letters, clock):
    scan_rules(shadow=(THREE,))
    happened({-1: 3})
    for _ in range(3):
        watching.look(scopes, WATCHES)
        clock.move(timedelta(days=1))
    assert (spoken(), spoken(table=ShadowFiring), letters()) == ([], ["oak"], [])


def test_a_new_version_speaks_of_what_holds_already(scopes, scan_rules, happened, spoken, clock):
    happened({-1: 3})
    for version in (1, 2):
        scan_rules(a_scan("recent >= 3", RECENT, version=version))
        watching.look(scopes, WATCHES)
        clock.move(timedelta(days=1))
    assert spoken() == ["oak", "oak"]


def test_silence_where_reports_are_usual(scopes, calder, scan_rules, reported, clock, spoken):
    quiet = a_scan("silent >= 14 && usual >= 1", Silence("silent", 60), UsualReports("usual", 28))
    scan_rules(quiet)
    for _ in range(6):
        reported()
        clock.move(timedelta(hours=6))
    for expected in ([], ["oak"], ["oak"]):
        watching.look(scopes, WATCHES)
        assert spoken() == expected
        clock.move(timedelta(days=15))


def test_where_and_people_are_asked_of_the_incidents(scopes, calder, scan_rules, reported, clock, spoken):
    harm = LookBack("harm", 7, ("unit",), where="incident.harm >= 2")
    people = LookBack("people", 7, ("unit",), of="people")
    scan_rules(a_scan("harm == 1 && people == 2", harm, people))
    reported(physical_harm="moderate", person_reference="A1")
    reported(physical_harm="low", person_reference="B2")
    reported(physical_harm="low", person_reference="B2")
    watching.look(scopes, WATCHES)
    assert spoken() == []
    clock.move(timedelta(days=1))
    watching.look(scopes, WATCHES)
    assert spoken() == ["oak"]


def test_however_many_rules_it_asks_a_handful_of_questions(scopes, calder, scan_rules, happened):
    happened({-1: 1})
    asked = (
        RECENT,
        LookBack("hurt", 28, ("unit",), where="incident.harm >= 2"),
        LookBack("people", 28, ("unit",), of="people"),
        Rate("rate", 28),
        Signal("signal", "week", 24),
        Silence("silent", 60),
        UsualReports("usual", 84),
    )
    when = 'recent > 99 && hurt > 9 && people > 9 && rate > 9 && signal == "none" && silent > 9 && usual > 9'
    scan_rules(*(a_scan(when, *asked, key=f"test.scan_{number}") for number in range(30)))
    statements = []
    with scopes.tenant(calder, SYSTEM) as scope:
        tree(scope)
        event.listen(scopes.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert scanning.scan(scope, calder.id)
        scope.session.flush()
    assert len([one for one in statements if one.startswith("SELECT")]) <= 8


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    days=strategies.dictionaries(strategies.integers(-30, 10), strategies.integers(1, 3), max_size=15),
    least=strategies.integers(1, 4),
)
def test_what_a_replay_says_of_a_night_a_live_scan_says_on_it(scopes, calder, scan_rules, days, least):
    rule = a_scan(f"recent >= {least}", RECENT)
    scan_rules(rule)
    nights = [TODAY + timedelta(days=day) for day in range(-3, 11)]
    found = []
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        savepoint = scope.session.begin_nested()
        for day, n in days.items():
            add(scope, {(TODAY + timedelta(days=day), oak, "self_harm", 1): n})
        for night in nights:
            scope.clock = FrozenClock(datetime(night.year, night.month, night.day, 12, tzinfo=UTC))
            scanning.scan(scope, calder.id)
            scope.session.flush()
            begun = scope.session.scalars(select(ScanEpisode.unit_id).where(ScanEpisode.since == night)).all()
            found += [(night, unit_id) for unit_id in begun]
        replayed = replay(scope, rule, nights[1], nights[-1])
        savepoint.rollback()
    assert [one for one in found if one[0] > nights[0]] == list(replayed.spoke)


def test_a_back_test_says_it_by_week_and_unit_with_the_load(scopes, calder, happened, clock):
    happened({-100: 3, -40: 3}, unit="oak")
    happened({-40: 3}, unit="hazel")
    end = clock.now()
    with scopes.tenant(calder, SYSTEM) as scope:
        found = backtest(scope, THREE, end - timedelta(days=180), end)
        names = [one.reference for one in found.examples]
        by_unit = {tree(scope).units[unit_id].key: n for unit_id, n in found.by_unit.items()}
    assert (found.fired, by_unit) == (3, {"oak": 2, "hazel": 1})
    assert sum(n for _, n in found.weeks) == 3
    assert sorted(names) == ["Hazel Ward", "Oak Ward", "Oak Ward"]
    assert [(load.role, load.alarms, load.busiest_week) for load in found.loads] == [("unit_manager", 3, 2)]
