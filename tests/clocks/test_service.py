"""A clock starts once, stands still with a reason, and is met or stopped by a person who may."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from throughline.audit.models import AuditEvent
from throughline.clocks import queries, service
from throughline.clocks.models import Clock
from throughline.clocks.service import Counting
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound

CANDOUR = Counting("candour", "Write to the family", working_days=10)
CALL = Counting("call", "Ring the family", hours=24, warn_before_hours=4)
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def started(scopes, calder, incident):
    """Return a function that commits a rule's clock and gives its id."""

    def start(counting=CALL, version=1):
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            return service.start_by_rule(scope, incident, counting, "obligations.candour", version)

    return start


def seen(as_, clock_id, who="manager"):
    with as_(who) as scope:
        clock, _ = queries.find(scope, clock_id)
        return clock, queries.state_of(clock, scope.now())


def trail(as_, incident):
    with as_("lead") as scope:
        query = select(AuditEvent.action, AuditEvent.actor_name).where(AuditEvent.subject_id == incident.id)
        return [tuple(row) for row in scope.session.execute(query.order_by(AuditEvent.id))]


def test_it_counts_from_now_and_keeps_the_rule_and_its_version(as_, started):
    clock, state = seen(as_, started(CANDOUR, version=3))
    assert (clock.rule_key, clock.rule_version, state) == ("obligations.candour", 3, "running")
    assert clock.due_at == datetime(2026, 12, 2, 23, 59, 59, tzinfo=LONDON)


def test_while_one_runs_no_second_starts_and_a_changed_rule_rewrites_nothing(
    as_, started, clock, scopes, calder
):
    first = started(CALL)
    clock.move(timedelta(hours=1))
    assert started(Counting("call", "Ring at once", hours=2, warn_before_hours=1), version=2) is None
    found, _ = seen(as_, first)
    assert (found.title, found.hours, found.rule_version) == ("Ring the family", 24, 1)
    assert found.due_at == clock.now() + timedelta(hours=23)


def test_two_firings_together_start_one(scopes, calder, started):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: started(CALL), range(4)))
    assert sum(one is not None for one in made) == 1
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(Clock)) == 1


def test_one_that_was_met_does_not_start_anew_and_one_that_was_stopped_may(as_, started):
    first = started()
    with as_("manager") as scope:
        service.meet(scope, first, 1, scope.now(), "Rang at noon; in the record.")
    assert started() is None
    other = started(CANDOUR)
    with as_("manager") as scope:
        service.stop(scope, other, 1, "Not owed: no harm after all.")
    assert started(CANDOUR) not in (None, other)


@pytest.mark.parametrize(("state", "hours"), [("running", 19), ("due_soon", 21), ("missed", 24)])
def test_its_state_follows_from_the_time(as_, started, clock, state, hours):
    clock_id = started()
    clock.move(timedelta(hours=hours))
    assert seen(as_, clock_id)[1] == state


def test_hours_go_on_where_they_stopped(as_, started, clock):
    clock_id = started()
    clock.move(timedelta(hours=10))
    with as_("manager") as scope:
        service.pause(scope, clock_id, 1, "The family asked us to wait.")
    clock.move(timedelta(days=9))
    found, state = seen(as_, clock_id)
    assert (found.due_at, state) == (None, "paused")
    with as_("manager") as scope:
        service.resume(scope, clock_id, 2)
    assert seen(as_, clock_id)[0].due_at == clock.now() + timedelta(hours=14)


def test_working_days_it_stood_still_do_not_count(as_, started, clock):
    clock_id = started(CANDOUR)
    clock.move(timedelta(days=1))
    with as_("manager") as scope:
        service.pause(scope, clock_id, 1, "Waiting for the coroner.")
    clock.move(timedelta(days=7))  # Thursday to Thursday: five working days
    with as_("manager") as scope:
        service.resume(scope, clock_id, 2)
    assert seen(as_, clock_id)[0].due_at == datetime(2026, 12, 9, 23, 59, 59, tzinfo=LONDON)


def test_the_days_on_which_the_provider_is_closed_do_not_count(scopes, calder, incident):
    closed = replace(calder.pack, closures=frozenset({date(2026, 11, 19), date(2026, 11, 25)}))
    with scopes.tenant(replace(calder, pack=closed), SYSTEM, "test") as scope:
        clock_id = service.start_by_rule(scope, incident, CANDOUR, "r.r", 1)
        found, _ = queries.find(scope, clock_id)
        assert found.due_at == datetime(2026, 12, 4, 23, 59, 59, tzinfo=LONDON)


def test_it_can_be_paused_more_than_once(as_, started, clock):
    clock_id, version = started(), 1
    for _ in range(3):
        clock.move(timedelta(hours=2))
        with as_("manager") as scope:
            service.pause(scope, clock_id, version, "Waiting.")
        clock.move(timedelta(hours=5))
        with as_("manager") as scope:
            service.resume(scope, clock_id, version + 1)
        version += 2
    assert seen(as_, clock_id)[0].due_at == clock.now() + timedelta(hours=18)


def test_it_is_met_with_when_and_where_that_can_be_seen(as_, started, clock, incident, people):
    clock_id = started()
    clock.move(timedelta(hours=30))
    done = clock.now() - timedelta(hours=8)
    with as_("manager") as scope:
        service.meet(scope, clock_id, 1, done, " Rang; noted in the record. ")
    found, state = seen(as_, clock_id)
    assert (state, found.met_at, found.met_said_at) == ("met", done, clock.now())
    assert (found.evidence, found.met_by) == ("Rang; noted in the record.", people["manager"])
    assert trail(as_, incident)[-1] == ("clock.met", "Joe Barnes")


def test_what_is_done_while_it_stands_still_is_met(as_, started, clock):
    clock_id = started()
    with as_("manager") as scope:
        service.pause(scope, clock_id, 1, "Waiting.")
    clock.move(timedelta(days=4))
    with as_("manager") as scope:
        service.meet(scope, clock_id, 2, scope.now(), "Done.")
    found, state = seen(as_, clock_id)
    assert state == "met"
    assert found.due_at > found.met_at  # it was in time


@pytest.mark.parametrize(
    ("verb", "arguments", "field"),
    [
        (service.pause, (" ",), "reason"),
        (service.pause, ("x" * 1001,), "reason"),
        (service.stop, ("\n",), "reason"),
        (service.meet, (datetime(2026, 11, 18, 10, 30, tzinfo=UTC), ""), "evidence"),
        (service.meet, (datetime(2026, 11, 18, 10, 31, tzinfo=UTC), "Done."), "met_at"),
        (service.meet, (datetime(2026, 11, 18, 10, 29, tzinfo=UTC), "Done."), "met_at"),
    ],
)
def test_bad_input_is_refused_by_its_field_and_changes_nothing(
    as_, started, incident, verb, arguments, field
):
    clock_id = started()
    with as_("manager") as scope, pytest.raises(Invalid) as refused:
        verb(scope, clock_id, 1, *arguments)
    assert list(refused.value.errors) == [field]
    assert seen(as_, clock_id)[0].version == 1
    assert trail(as_, incident)[-1][0] == "clock.started"


def test_what_was_changed_meanwhile_is_not_overwritten(as_, started):
    clock_id = started()
    with as_("lead") as scope:
        service.pause(scope, clock_id, 1, "Waiting.")
    for verb, arguments in (
        (service.stop, ("No.",)),
        (service.meet, (datetime(2026, 11, 18, 10, 30, tzinfo=UTC), "Done.")),
    ):
        with as_("manager") as scope, pytest.raises(Conflict):
            verb(scope, clock_id, 1, *arguments)
    assert seen(as_, clock_id)[1] == "paused"


def test_an_ended_a_missed_and_a_running_clock_refuse_what_does_not_fit(as_, started, clock):
    ended, running = started(), started(CANDOUR)
    with as_("manager") as scope:
        service.stop(scope, ended, 1, "Not owed.")
        with pytest.raises(Conflict):
            service.resume(scope, running, 1)
        for verb, rest in ((service.pause, ("x",)), (service.stop, ("x",)), (service.resume, ())):
            with pytest.raises(Conflict):
                verb(scope, ended, 2, *rest)
    clock.move(timedelta(days=30))
    with as_("manager") as scope, pytest.raises(Conflict):
        service.pause(scope, running, 1, "Too late to wait.")


def test_only_who_decides_about_the_incident_changes_it_and_others_do_not_see_it(as_, started, incident):
    clock_id = started()
    for who, refused in (
        ("director", Forbidden),
        ("beech", NotFound),
        ("nurse", NotFound),
        ("admin", NotFound),
    ):
        with as_(who) as scope, pytest.raises(refused):
            service.pause(scope, clock_id, 1, "Waiting.")
    for who in ("director", "beech", "nurse"):
        with as_(who) as scope, pytest.raises(Forbidden):
            service.start(scope, scope.session.get_one(Incident, (scope.tenant.id, incident.id)), CALL)


def test_an_incident_in_confidence_hides_its_clocks_from_the_unit(as_, scopes, calder, reported):
    confidential = reported(confidential=True)
    with scopes.tenant(calder, SYSTEM) as scope:
        clock_id = service.start_by_rule(scope, confidential, CALL, "r.r", 1)
    with as_("manager") as scope, pytest.raises(NotFound):
        queries.find(scope, clock_id)
    assert seen(as_, clock_id, "lead")[1] == "running"


def test_everything_done_to_it_is_in_the_trail_of_its_incident(as_, started, clock, incident):
    clock_id = started()
    with as_("manager") as scope:
        service.pause(scope, clock_id, 1, "Waiting.")
    clock.move(timedelta(hours=1))
    with as_("lead") as scope:
        service.resume(scope, clock_id, 2)
        service.stop(scope, clock_id, 3, "Not owed.")
    assert trail(as_, incident)[1:] == [
        ("clock.started", "Throughline"),
        ("clock.paused", "Joe Barnes"),
        ("clock.resumed", "Ruth Ellis"),
        ("clock.stopped", "Ruth Ellis"),
    ]
