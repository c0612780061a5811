"""Alarms people can live with: several at once are one message, the same is not said twice, a day has a budget."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from tests.rules.in_time.conftest import CHAIN, a_rule

from throughline.clocks.models import Clock
from throughline.features import WATCHES
from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.notifications.models import Notification
from throughline.rules import escalating
from throughline.rules.models import Escalation, Firing
from throughline.sdk import Escalate, Notify, SetFlag, StartClock, Trigger

KEYS = ("test.a", "test.b", "test.c")


def named(key, *then, **changes):
    return replace(a_rule(*then, key=key), title=f"Rule {key[-1]}", **changes)


@pytest.fixture
def three(with_rules, reported):
    """A report of which three rules speak to the unit's manager at once."""
    with_rules(*(named(key, CHAIN) for key in KEYS))
    return reported()


def told(scopes, calder, kind="escalation"):
    with scopes.tenant(calder, SYSTEM) as scope:
        query = select(Notification).where(Notification.kind == kind).order_by(Notification.id)
        return list(scope.session.scalars(query))


def test_several_rules_at_one_moment_are_one_message_that_names_each(three, scopes, calder, people):
    (one,) = told(scopes, calder)
    assert one.user_id == people["manager"]
    assert one.subject == f"{three.reference}: 3 alarms"
    first_line = one.body.split("\n")[0]
    assert "acknowledge all 3 by 14:30 on 18 November 2026: Rule a; Rule b; Rule c." in first_line


def test_one_press_acknowledges_them_all_from_the_mail_s_link(three, scopes, calder, client_for, steps):
    manager = client_for("manager@calder.test")
    link = told(scopes, calder)[0].link
    page = manager.get(link).get_data(as_text=True)
    assert "Acknowledge all 3" in page and all(f"Rule {letter}" in page for letter in "abc")
    ids = re.findall(r'name="escalation" value="([^"]+)"', page)
    assert len(ids) == 3
    assert manager.post(link, {"escalation": ids, "note": "On my way"}).status_code == 302
    found = steps(three.id)
    assert len(found) == 3 and all(one.acknowledged_at and one.note == "On my way" for one in found)


def test_one_press_acknowledges_them_all_from_the_page(three, client_for, steps):
    manager = client_for("manager@calder.test")
    page = manager.get(f"/t/calder/incidents/{three.reference}/escalations").get_data(as_text=True)
    assert "Acknowledge all 3" in page
    ids = [str(one.id) for one in steps(three.id)]
    manager.post("/t/calder/escalations/acknowledge", {"escalation": ids[:2]})
    assert [one.acknowledged_at is not None for one in steps(three.id)] == [True, True, False]
    manager.post("/t/calder/escalations/acknowledge", {"escalation": ids})
    assert all(one.acknowledged_at for one in steps(three.id))


def test_what_is_not_asked_of_somebody_is_not_acknowledged_with_the_rest(
    three, with_rules, reported, client_for, steps
):
    with_rules(named("test.d", Escalate("unit_manager", 4)))
    elsewhere = reported(unit="beech")
    mine, theirs = (str(steps(one.id)[0].id) for one in (three, elsewhere))
    manager = client_for("manager@calder.test")
    assert (
        manager.post("/t/calder/escalations/acknowledge", {"escalation": [mine, theirs]}).status_code == 404
    )
    assert manager.post("/t/calder/escalations/acknowledge", {"escalation": ["rubbish"]}).status_code == 404
    assert manager.post("/t/calder/escalations/acknowledge").status_code == 404
    assert not any(one.acknowledged_at for one in (*steps(three.id), *steps(elsewhere.id)))


def test_alarms_about_two_incidents_are_not_one(three, with_rules, reported, as_, steps):
    other = reported()
    with as_("lead") as scope, pytest.raises(NotFound):
        escalating.acknowledge_together(scope, [steps(three.id)[0].id, steps(other.id)[0].id], "")


def test_those_that_are_ignored_together_move_on_together_as_one_message(
    three, scopes, calder, clock, people
):
    clock.move(timedelta(hours=6))
    watching.look(scopes, WATCHES)
    watching.look(scopes, WATCHES)
    _, second = told(scopes, calder)
    assert second.user_id == people["lead"] and second.subject.endswith(": 3 alarms")
    assert "Nobody has acknowledged it yet" in second.body


def test_two_tickers_that_race_move_them_once(three, scopes, calder, clock, steps):
    clock.move(timedelta(hours=6))
    ids, acted, together = [one.id for one in steps(three.id)], [], threading.Barrier(3)

    def act(escalation_id):
        together.wait()
        with scopes.tenant(calder, SYSTEM) as scope:
            acted.append(escalating.move_on(scope, escalation_id))

    threads = [threading.Thread(target=act, args=(one,)) for one in ids]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    watching.look(scopes, WATCHES)
    assert len(steps(three.id)) == 6


def test_a_rule_that_speaks_again_asks_nobody_again_while_its_alarm_is_open(
    with_rules, reported, scopes, calder, clock, as_, steps, letters
):
    with_rules(a_rule(CHAIN), a_rule(CHAIN, on=Trigger.INCIDENT_GRADED, key="test.other"))
    incident = reported()
    clock.move(timedelta(hours=6))
    watching.look(scopes, WATCHES)
    assert [who for who, _ in letters()] == ["manager", "lead"]
    with_rules(a_rule(CHAIN, on=Trigger.INCIDENT_GRADED))
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, incident.id))
        incidents.grade(scope, found.id, found.version, {"physical_harm": "severe"}, "Worse")
    assert [who for who, _ in letters()] == ["manager", "lead"], "it is with the lead, the manager was asked"
    with as_("lead") as scope:
        escalating.acknowledge(scope, steps(incident.id)[-1].id, "")
        found = scope.session.get_one(Incident, (scope.tenant.id, incident.id))
        incidents.grade(scope, found.id, found.version, {"physical_harm": "fatal"}, "Worse still")
    assert [who for who, _ in letters()] == ["manager", "lead", "manager"], "answered, so it is news again"


BUDGETED = (Escalate("unit_manager", 4), SetFlag("seen", "Seen"), StartClock("call", "Call", hours=48))


def alarms(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        count = scope.session.scalar(select(func.count()).select_from(Escalation))
        held = scope.session.scalar(select(func.count()).where(Firing.held_back))
        return count, held, scope.session.scalar(select(func.count()).select_from(Clock))


def test_beyond_its_budget_a_rule_tells_nobody_and_everything_else_still_happens(
    with_rules, reported, scopes, calder, people, client_for
):
    with_rules(named("test.a", *BUDGETED, budget=2))
    found = [reported() for _ in range(4)]
    assert alarms(scopes, calder) == (2, 2, 4)
    notices = told(scopes, calder, "rule")
    assert {one.user_id for one in notices} == {people["consultant"], people["admin"], people["lead"]}
    assert len(notices) == 3, "once a day"
    assert "test.a has alarmed 2 times today" in notices[0].body
    page = client_for("lead@calder.test").get(f"/t/calder/incidents/{found[3].reference}/escalations")
    assert "Held back" in page.get_data(as_text=True)


def test_a_new_local_day_has_its_own_budget_also_when_the_clocks_change(
    with_rules, reported, scopes, calder, clock
):
    with_rules(named("test.a", Notify("unit_manager", "Look."), budget=1))
    summer = datetime(2027, 6, 30, 22, 30, tzinfo=UTC)  # 23:30 in London
    clock.move(summer - clock.now())
    reported(), reported()
    assert len(told(scopes, calder, "notice")) == 1
    clock.move(timedelta(minutes=30))
    reported()
    assert len(told(scopes, calder, "notice")) == 2
    assert len({one.dedupe for one in told(scopes, calder, "rule")}) == 1


def test_a_rule_without_a_budget_has_the_tenant_s_and_other_rules_are_not_touched(
    with_rules, reported, scopes, calder
):
    assert calder.pack.targets.alarms_per_rule_per_day == 50
    with_rules(
        named("test.a", Escalate("unit_manager", 4), budget=1), named("test.b", Escalate("executive", 4))
    )
    reported(), reported()
    assert alarms(scopes, calder)[:2] == (3, 1)


def test_a_rule_that_tells_nobody_has_no_budget_to_spend(with_rules, reported, scopes, calder):
    with_rules(named("test.a", SetFlag("seen", "Seen"), budget=1))
    reported(), reported(), reported()
    assert alarms(scopes, calder)[1] == 0
