"""Back-tests: what a rule would have found, by week, unit and category; what it leaves alone; how it ends."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.conftest import rolled_back
from tests.rules.stored import store

from throughline.kernel.actor import SYSTEM
from throughline.rules.backtest import Incomparable, backtest, compare
from throughline.rules.confining import Cancellation, Cancelled, TookTooLong
from throughline.rules.engine import UnsoundRule
from throughline.rules.invalid import InvalidCondition
from throughline.rules.scanning import replay as replaying
from throughline.sdk import Escalate, LookBack, Notify, RequireReview, Trigger
from throughline.tenancy.queries import tree

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
SEVERE = "incident.harm >= 3"


@pytest.fixture
def incidents(scope):
    return store(scope, 80, 3)


def monday(scope, moment):
    day = scope.local(moment).date()
    return day - timedelta(days=day.weekday())


def test_it_counts_firings_by_week_unit_and_category(scope, rule, incidents):
    severe = [one for one in incidents if one.harm >= 3]
    found = backtest(scope, rule(SEVERE), BEGIN, END)
    assert (found.looked_at, found.fired, found.unanswered) == (80, len(severe), 0)
    assert {week: n for week, n in found.weeks if n} == {
        week: sum(monday(scope, one.reported_at) == week for one in severe)
        for week in {monday(scope, one.reported_at) for one in severe}
    }
    assert found.by_unit == {
        unit: sum(one.unit_id == unit for one in severe) for unit in {one.unit_id for one in severe}
    }
    assert sum(found.by_category.values()) == len(severe)
    newest = sorted(severe, key=lambda one: (one.reported_at, one.id), reverse=True)
    assert [one.id for one in found.examples] == [one.id for one in newest[:20]]
    assert found.examples[0].reference == newest[0].reference


def test_the_weeks_are_all_there_from_the_first_monday_to_the_last(scope, rule, incidents):
    year = (BEGIN, datetime(2027, 1, 1, tzinfo=UTC))
    weeks = [week for week, _ in backtest(scope, rule(SEVERE), *year).weeks]
    assert weeks[0] == date(2025, 12, 29)
    assert weeks[-1] == date(2026, 12, 28)
    assert len(weeks) == 53
    until_sunday = datetime(2026, 2, 1, 23, 59, tzinfo=UTC)
    assert len(backtest(scope, rule(SEVERE), datetime(2026, 1, 26, tzinfo=UTC), until_sunday).weeks) == 1


def test_the_end_is_not_part_of_the_time(scope, rule, incidents):
    last = max(one.reported_at for one in incidents)
    alone = [one for one in incidents if one.reported_at == last]
    assert backtest(scope, rule("true"), BEGIN, last).looked_at == 80 - len(alone)
    assert backtest(scope, rule("true"), last, END).looked_at == len(alone)


def test_nothing_reported_is_nothing_found(scope, rule):
    with_count = rule("n > 0", let=(LookBack("n", 3, ("unit",)),))
    found = backtest(scope, with_count, BEGIN, END)
    assert (found.looked_at, found.fired, found.examples, found.loads) == (0, 0, (), ())


def test_incidents_without_an_answer_are_counted_apart(scope, rule, incidents):
    fragile = rule("10 / (incident.harm - 2) > 0")
    found = backtest(scope, fragile, BEGIN, END)
    assert found.unanswered == sum(one.harm == 2 for one in incidents)
    assert found.fired == sum(one.harm > 2 for one in incidents)


def test_it_says_what_each_role_would_have_been_sent(scope, rule, incidents):
    then = (Escalate("unit_manager", 24), Notify("unit_manager", "Look."), Escalate("executive", 4))
    found = backtest(scope, rule(SEVERE, then=(*then, RequireReview("aar", 3))), BEGIN, END)
    severe = [one for one in incidents if one.harm >= 3]
    quiet = sum(one.confidential for one in severe)
    loads = {load.role: (load.alarms, load.notices) for load in found.loads}
    assert loads == {
        "unit_manager": (len(severe) - quiet, len(severe) - quiet),
        "governance_lead": (quiet, quiet),
        "executive": (len(severe), 0),
    }
    busiest = {load.role: load.busiest_week for load in found.loads}
    assert busiest["executive"] == max(n for _, n in found.weeks)


def test_two_rules_are_compared_incident_by_incident(scope, rule, incidents):
    both = compare(scope, rule(SEVERE), rule("incident.harm == 2 || incident.harm == 3"), BEGIN, END)
    harms = [one.harm for one in incidents]
    assert both.first.fired == sum(harm >= 3 for harm in harms)
    assert both.second.fired == sum(harm in (2, 3) for harm in harms)
    assert both.only_first.fired == harms.count(4)
    assert both.only_second.fired == harms.count(2)
    assert both.both.fired == harms.count(3)
    assert {one.id for one in both.both.examples} <= {one.id for one in incidents if one.harm == 3}
    shown = {one.id for one in both.only_second.examples}
    assert shown <= {one.id for one in incidents if one.harm == 2}
    assert len(shown) == min(20, harms.count(2))
    assert [week for week, _ in both.first.weeks] == [week for week, _ in both.second.weeks]


def test_one_name_may_mean_two_counts_in_a_comparison(scope, rule, incidents):
    week = rule("n >= 2", let=(LookBack("n", 7, ("unit",)),))
    month = rule("n >= 2", let=(LookBack("n", 30, ("unit",)),))
    both = compare(scope, week, month, BEGIN, END)
    assert both.first == backtest(scope, week, BEGIN, END)
    assert both.second == backtest(scope, month, BEGIN, END)
    assert both.only_first.fired == 0


def test_a_rule_that_cannot_be_used_or_looked_up_is_refused_with_its_place(scope, rule):
    with pytest.raises(UnsoundRule) as unsound:
        backtest(scope, rule("incident.harn > 3"), BEGIN, END)
    assert (unsound.value.problem.line, unsound.value.problem.column) == (1, 1)
    with pytest.raises(InvalidCondition, match="line 1, column 15: “matches” cannot be looked up") as invalid:
        backtest(scope, rule("incident.unit.matches('oak')"), BEGIN, END)
    assert invalid.value.column == 15


def test_a_back_test_ends_in_time_and_leaves_the_transaction_usable(scope, rule, incidents, monkeypatch):
    monkeypatch.setattr(
        "throughline.rules.backtest.sweep",
        lambda scope, *_: scope.session.execute(text("select pg_sleep(5)")),
    )
    with pytest.raises(TookTooLong, match=r"took longer than 0\.05 seconds: ask about a shorter time"):
        backtest(scope, rule(SEVERE), BEGIN, END, seconds=0.05)
    monkeypatch.undo()
    assert backtest(scope, rule(SEVERE), BEGIN, END).looked_at == 80
    limits = [scope.session.scalar(text(f"show {name}")) for name in ("statement_timeout", "work_mem")]
    assert limits == ["0", "4MB"]


def test_a_back_test_can_be_cancelled(scope, rule, incidents, monkeypatch):
    asked = Cancellation()

    def slow(scope, *_):
        threading.Timer(0.1, asked.cancel).start()
        scope.session.execute(text("select pg_sleep(20)"))

    monkeypatch.setattr("throughline.rules.backtest.sweep", slow)
    with pytest.raises(Cancelled, match="this was stopped"):
        backtest(scope, rule(SEVERE), BEGIN, END, cancellation=asked)
    monkeypatch.undo()
    with pytest.raises(Cancelled, match="before it began"):
        backtest(scope, rule(SEVERE), BEGIN, END, cancellation=asked)
    assert backtest(scope, rule(SEVERE), BEGIN, END, cancellation=Cancellation()).looked_at == 80


def test_what_is_still_unsaved_counts_and_stays_unsaved_by_the_back_test(scopes, calder, rule):
    with rolled_back(scopes, calder, SYSTEM) as scope:
        (incident, *_rest) = store(scope, 3, 5)
        incident.harm, incident.physical_harm = 4, "fatal"
        units = tree(scope)
        found = backtest(scope, rule("incident.harm == 4"), BEGIN, END)
        assert incident.id in {one.id for one in found.examples}
        assert set(found.by_unit) <= set(units.units)
        assert incident.harm == 4


def test_a_rule_about_units_is_not_compared_with_one_about_incidents(scope, rule, incidents):
    nightly = rule("n > 0", let=(LookBack("n", 7, ("unit",)),), on=(Trigger.NIGHTLY_SCAN,))
    for first, second in ((rule(SEVERE), nightly), (nightly, rule(SEVERE))):
        with pytest.raises(Incomparable, match="One of the two rules looks at incidents, the other at units"):
            compare(scope, first, second, BEGIN, END)


def test_a_replay_of_nights_is_stopped_between_two_of_them(scope, rule, monkeypatch):
    asked, looked = Cancellation(), []
    plain = replaying.outcomes_of

    def counting(*args):
        looked.append(1)
        if len(looked) == 3:
            asked.cancel()
        return plain(*args)

    monkeypatch.setattr(replaying, "outcomes_of", counting)
    nightly = rule("n > 0", let=(LookBack("n", 7, ("unit",)),), on=(Trigger.NIGHTLY_SCAN,))
    with pytest.raises(Cancelled, match="this was stopped"):
        backtest(scope, nightly, BEGIN, END, cancellation=asked)
    assert len(looked) == 3
    with pytest.raises(TookTooLong, match="replaying the nights took longer"):
        backtest(scope, nightly, BEGIN, END, seconds=0.001)
    assert len(looked) < 10
