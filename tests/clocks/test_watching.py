"""A clock is warned of and told of as missed: each once, whoever watches, also after nobody did."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from throughline.audit.models import AuditEvent
from throughline.clocks import queries, service, watching
from throughline.clocks.events import ClockDueSoon, ClockMissed
from throughline.clocks.models import Clock
from throughline.clocks.service import Counting
from throughline.features import WATCHES as ALL_WATCHES
from throughline.features import make_doorbell, make_scopes
from throughline.incidents.models import Incident
from throughline.jobs import ticker
from throughline.jobs import watching as jobs_watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.notifications.models import Notification
from throughline.rules import service as rule_service
from throughline.rules.active import Active
from throughline.rules.engine import compile_rules
from throughline.rules.facts import schema_of
from throughline.rules.models import Firing
from throughline.sdk import Authority, Notify, Rule, RuleTest, SetFlag, StartClock, Trigger

CALL = Counting("call", "Ring the family", hours=48, warn_before_hours=24)

# The nightly scan of the units is no clock, and is due in every tenant of a test.
WATCHES = tuple(one for one in ALL_WATCHES if one.what != "nightly scan")


@pytest.fixture
def started(scopes, calder, incident):
    def start(counting=CALL, of=None, tenant=None):
        with scopes.tenant(tenant or calder, SYSTEM, "test") as scope:
            return service.start_by_rule(scope, of or incident, counting, "obligations.candour", 1)

    return start


@pytest.fixture
def told(scopes, calder, people):
    """Return what people were told of clocks, as (name, subject) in order."""
    names = {user_id: name for name, user_id in people.items()}

    def read():
        with scopes.tenant(calder, SYSTEM) as scope:
            query = select(Notification).where(Notification.kind == "clock").order_by(Notification.id)
            return [(names[row.user_id], row.subject.split(": ")[1]) for row in scope.session.scalars(query)]

    return read


def acts(scopes, tenant, incident):
    with scopes.tenant(tenant, SYSTEM) as scope:
        query = select(AuditEvent.action).where(AuditEvent.subject_id == incident.id).order_by(AuditEvent.id)
        return [action for action in scope.session.scalars(query) if action != "incident.reported"]


def test_it_is_warned_of_then_told_of_as_missed_each_once(scopes, calder, started, clock, incident, told):
    started()
    for hours, expected in (
        (23, []),
        (1, [("manager", "Ring the family ends soon")]),
        (12, [("manager", "Ring the family ends soon")]),
    ):
        clock.move(timedelta(hours=hours))
        jobs_watching.look(scopes, WATCHES)
        jobs_watching.look(scopes, WATCHES)
        assert told() == expected
    clock.move(timedelta(hours=12))
    for _ in range(3):
        jobs_watching.look(scopes, WATCHES)
        clock.move(timedelta(hours=1))
    assert told()[1:] == [("manager", "Ring the family was missed"), ("lead", "Ring the family was missed")]
    assert acts(scopes, calder, incident) == ["clock.started", "clock.due_soon", "clock.missed"]


def test_after_downtime_what_was_missed_is_told_once_and_not_warned_of(
    scopes, calder, started, clock, incident, told
):
    started()
    clock.move(timedelta(days=40))
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 1
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 0
    assert {subject for _, subject in told()} == {"Ring the family was missed"}
    assert acts(scopes, calder, incident) == ["clock.started", "clock.missed"]


def test_many_tickers_at_once_tell_once(settings, scopes, calder, reported, started, clock, told):
    about = [reported() for _ in range(6)]
    for number, incident in enumerate(about):
        started(Counting("call", f"Call {number}", hours=48), of=incident)
    later = FrozenClock(clock.now() + timedelta(hours=30))
    others = [make_scopes(settings, make_doorbell(settings), later) for _ in range(4)]
    together = threading.Barrier(4)
    acted: list[int] = []

    def one(mine):
        together.wait()
        acted.append(sum(jobs_watching.look(mine, WATCHES) for _ in range(3)))

    threads = [threading.Thread(target=one, args=(mine,)) for mine in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in others:
        mine.engine.dispose()
    assert len(acted) == 4
    assert sum(acted) == 6
    assert sorted(subject for _, subject in told()) == [f"Call {number} ends soon" for number in range(6)]
    with scopes.tenant(calder, SYSTEM) as scope:
        ours = AuditEvent.subject_id.in_([incident.id for incident in about])
        query = select(AuditEvent.id).where(ours, AuditEvent.action == "clock.due_soon")
        assert len(scope.session.scalars(query).all()) == 6


def test_a_ticker_passes_over_a_clock_that_another_holds(scopes, calder, started, clock):
    clock_id = started()
    clock.move(timedelta(days=3))
    with scopes.tenant(calder, SYSTEM) as first:
        assert watching.tell_missed(first, clock_id)
        with scopes.tenant(calder, SYSTEM) as second:
            assert not watching.tell_missed(second, clock_id)


def test_what_is_paused_met_or_stopped_is_not_told_of(scopes, calder, reported, started, clock, told, as_):
    ids = [started(of=reported()) for _ in range(3)]
    with as_("manager") as scope:
        service.pause(scope, ids[0], 1, "Waiting.")
        service.meet(scope, ids[1], 1, scope.now(), "Done.")
        service.stop(scope, ids[2], 1, "Not owed.")
    clock.move(timedelta(days=5))
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 0
    assert told() == []


def test_a_clock_that_goes_on_is_warned_of_again_before_its_new_end(
    scopes, calder, started, clock, told, as_
):
    clock_id = started()
    clock.move(timedelta(hours=20))
    with as_("manager") as scope:
        service.pause(scope, clock_id, 1, "Waiting.")
    clock.move(timedelta(days=3))
    with as_("manager") as scope:
        service.resume(scope, clock_id, 2)
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 0
    clock.move(timedelta(hours=4))
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 1
    assert len(told()) == 1


def test_a_new_end_that_is_further_off_is_warned_of_anew(scopes, calder, started, clock, told, as_):
    clock_id = started(Counting("write", "Write", working_days=2))  # from Wednesday: to Friday at 23:59:59
    clock.move(timedelta(days=2))  # Friday morning
    jobs_watching.look_at(scopes, calder, watching.WATCHES)
    assert told() == [("manager", "Write ends soon")]
    with as_("manager") as scope:
        service.pause(scope, clock_id, 1, "Waiting.")
    clock.move(timedelta(days=1))
    with as_("manager") as scope:
        service.resume(scope, clock_id, 2)  # to Monday
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 0
    clock.move(timedelta(days=2))
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 1
    assert told() == [("manager", "Write ends soon")] * 2


def test_telling_does_not_overtake_somebody_who_is_writing(scopes, calder, started, clock, as_):
    clock_id = started()
    clock.move(timedelta(hours=30))
    jobs_watching.look_at(scopes, calder, watching.WATCHES)
    with as_("manager") as scope:
        found, _ = queries.find(scope, clock_id)
        assert found.version == 1
        service.meet(scope, clock_id, 1, scope.now(), "Done while the ticker told of it.")


def test_what_was_said_in_confidence_goes_past_the_unit(scopes, calder, reported, started, clock, told):
    started(of=reported(confidential=True))
    clock.move(timedelta(hours=30))
    jobs_watching.look_at(scopes, calder, watching.WATCHES)
    assert [who for who, _ in told()] == ["lead"]


def test_what_a_person_typed_does_not_leave_by_mail(scopes, calder, incident, clock, told, as_):
    with as_("manager") as scope:
        service.start(scope, incident, Counting(service.BY_HAND, "Ring Mrs Smith", hours=30))
    clock.move(timedelta(hours=10))
    jobs_watching.look_at(scopes, calder, watching.WATCHES)
    assert told() == [("manager", "a clock ends soon")]


def test_a_clock_that_cannot_be_told_stops_only_itself(
    scopes, calder, reported, started, clock, told, monkeypatch
):
    bad, good = (started(of=reported()) for _ in range(2))
    clock.move(timedelta(days=3))
    real = watching.record

    def refuse(scope, action, subject, subject_id, before=None, after=None):
        if scope.session.get_one(Clock, (scope.tenant.id, bad)).incident_id == subject_id:
            raise RuntimeError("a planted failure")
        real(scope, action, subject, subject_id, before, after)

    monkeypatch.setattr(watching, "record", refuse)
    assert jobs_watching.look_at(scopes, calder, watching.WATCHES) == 1
    assert len(told()) == 2
    monkeypatch.undo()
    assert (
        jobs_watching.look_at(scopes, calder, watching.WATCHES) == 1
    )  # and is told of when that is put right
    assert len(told()) == 4
    assert good


def test_each_tenant_by_itself_and_a_suspended_one_waits(
    scopes, calder, hollins, reported, started, clock, world
):
    started()
    started(of=reported("larch-house", hollins), tenant=hollins)
    clock.move(timedelta(days=3))
    with world.admin.begin() as connection:
        connection.execute(text("update tenant set suspended_at = now() where slug = 'calder'"))
    try:
        scopes._tenants.clear()
        assert jobs_watching.look(scopes, WATCHES) == 1
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("update tenant set suspended_at = null"))
    scopes._tenants.clear()
    assert jobs_watching.look(scopes, WATCHES) == 1


def test_a_round_looks_at_every_tenant_once_and_at_few_at_a_time(monkeypatch, scopes):
    looked, there = [], list(range(7))
    monkeypatch.setattr(jobs_watching, "_tenants", lambda _scopes: list(there))
    monkeypatch.setattr(jobs_watching, "_look_at", lambda _scopes, one, _watches: looked.append(one) or 0)
    turn = jobs_watching.Round((), 3)
    for expected in ([0, 1, 2], [3, 4, 5], [6], [0, 1, 2]):
        looked.clear()
        turn.step(scopes)
        assert looked == expected
    there.clear()
    looked.clear()
    for _ in range(6):
        turn.step(scopes)
    assert looked == [3, 4, 5, 6]


def test_the_ticker_watches(scopes, calder, started, clock, doorbell, told, monkeypatch):
    started()
    clock.move(timedelta(hours=30))
    stopped = iter([False] * ticker.WATCH_EVERY + [True])
    monkeypatch.setattr(ticker.threading, "Event", lambda: _Stop(stopped))
    monkeypatch.setattr(ticker.signal, "signal", lambda *_: None)
    ticker.run(scopes, doorbell, WATCHES)
    assert len(told()) == 1


class _Stop:
    def __init__(self, answers):
        self._answers = answers

    def is_set(self):
        return next(self._answers)

    def wait(self, _seconds):
        return None


FLAG = (SetFlag("seen", "Seen"),)


def heard(*triggers, key="test.heard", then=FLAG):
    authority = Authority("Local.", "Policy 1")
    return Rule(key, 1, "A clock", "Because.", authority, triggers, "incident.harm >= 0", then)


@pytest.fixture
def with_rules(monkeypatch):
    """Return a function that puts a few rules in the place of the tenant's."""

    def use(*rules):
        compiled = compile_rules(rules, schema_of())
        assert compiled.problems == ()
        none = compile_rules((), schema_of())
        monkeypatch.setattr(rule_service, "active", lambda _scope: Active(compiled, none, {}, ()))

    return use


def test_rules_hear_of_each_clock_once(scopes, calder, started, clock, incident, with_rules):
    with_rules(heard(Trigger.CLOCK_DUE_SOON, key="test.soon"), heard(Trigger.CLOCK_MISSED, key="test.missed"))
    started()
    started(Counting("write", "Write to the family", hours=48))
    for _ in range(3):
        clock.move(timedelta(hours=24))
        jobs_watching.look(scopes, WATCHES)
        jobs_watching.look(scopes, WATCHES)
    with scopes.tenant(calder, SYSTEM) as scope:
        spoke = sorted(scope.session.scalars(select(Firing.rule_key)))
    assert spoke == ["test.missed", "test.missed", "test.soon", "test.soon"]


def test_a_rule_hears_of_the_clock_it_names_and_of_no_other(scopes, calder, started, clock, with_rules):
    rule = heard(Trigger.CLOCK_MISSED, key="test.candour")
    tests = (RuleTest({"clock.key": "candour"}, fires=True), RuleTest({}, fires=False))
    with_rules(replace(rule, when='clock.key == "candour"', tests=tests))
    started()
    started(Counting("candour", "Write to the family", hours=48))
    clock.move(timedelta(days=3))
    assert jobs_watching.look(scopes, WATCHES) == 2
    with scopes.tenant(calder, SYSTEM) as scope:
        (firing,) = scope.session.scalars(select(Firing))
        assert firing.explanation == "Because the clock is candour."


def test_a_rule_starts_a_clock_and_another_tells_when_it_is_missed(
    scopes, calder, reported, clock, with_rules, people
):
    tell = Notify("executive", "Please ask what stands in the way.")
    with_rules(
        heard(
            Trigger.INCIDENT_REPORTED,
            key="test.starts",
            then=(StartClock("candour", "Write", working_days=1), SetFlag("owed", "Candour owed")),
        ),
        heard(Trigger.CLOCK_MISSED, key="test.missed", then=(tell,)),
    )
    incident = reported()
    with scopes.tenant(calder, SYSTEM) as scope:
        (found,) = queries.of_incident(scope, incident.id)
        assert (found.rule_key, found.rule_version) == ("test.starts", 1)
    clock.move(timedelta(days=2))
    jobs_watching.look(scopes, WATCHES)
    with scopes.tenant(calder, SYSTEM) as scope:
        (letter,) = scope.session.scalars(select(Notification).where(Notification.kind == "notice"))
        assert letter.user_id == people["director"]
        assert letter.body.startswith("Please ask what stands in the way.")
        assert scope.session.get_one(Incident, (calder.id, incident.id)).version == 1


def test_the_events_say_which_clock(scopes, calder, started, clock, monkeypatch):
    clock_id = started()
    heard_of = []
    for kind in (ClockDueSoon, ClockMissed):
        scopes.bus.subscribe(kind, lambda _scope, event: heard_of.append(event))
    clock.move(timedelta(hours=30))
    jobs_watching.look_at(scopes, calder, watching.WATCHES)
    clock.move(timedelta(hours=30))
    jobs_watching.look_at(scopes, calder, watching.WATCHES)
    assert [(type(event), event.clock_id, event.key) for event in heard_of] == [
        (ClockDueSoon, clock_id, "call"),
        (ClockMissed, clock_id, "call"),
    ]
