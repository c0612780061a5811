"""What each rule asked of whom, and what came of it: counted, and shown to those who answer for rules."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.rules.in_time.conftest import CHAIN, a_rule, as_, people, reported, steps, with_rules

from throughline.features import WATCHES
from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.rules import escalating
from throughline.rules.active import active
from throughline.rules.models import ScanNight
from throughline.rules.workbench.load import loads
from throughline.sdk import Escalate, SetFlag, Trigger

__all__ = ["as_", "people", "reported", "steps", "with_rules"]

ALARM = Escalate("unit_manager", 4)


@pytest.fixture
def answer(as_, steps, clock):
    """Return a function that acknowledges the open alarm of an incident after so many minutes."""

    def acknowledge(incident, minutes=10, note="", name="manager"):
        clock.move(timedelta(minutes=minutes))
        with as_(name) as scope:
            escalating.acknowledge(scope, steps(incident.id)[-1].id, note)

    return acknowledge


def of(scopes, calder, key="test.chain"):
    with scopes.tenant(calder, SYSTEM) as scope:
        found = {one.rule_key: one for one in loads(scope, scope.now() - timedelta(days=28))}
    return found.get(key)


def test_alarms_are_counted_by_who_they_went_to(with_rules, reported, answer, scopes, calder, clock):
    with_rules(a_rule(CHAIN), a_rule(SetFlag("seen", "Seen"), key="test.quiet"))
    first, _ = reported(), reported()
    answer(first)
    clock.move(timedelta(hours=6))
    watching.look(scopes, WATCHES)
    found = of(scopes, calder)
    assert (found.firings, found.alarms, found.acknowledged, found.held_back) == (2, 3, 1, 0)
    assert {one.role: one.alarms for one in found.recipients} == {"unit_manager": 2, "governance_lead": 1}
    quiet = of(scopes, calder, "test.quiet")
    assert (quiet.firings, quiet.alarms, quiet.median_minutes) == (2, 0, None)


def test_the_median_is_of_what_was_acknowledged(with_rules, reported, answer, scopes, calder):
    with_rules(a_rule(ALARM))
    for minutes in (5, 30, 120):
        answer(reported(), minutes)
    reported()
    assert of(scopes, calder).median_minutes == 30


def test_nothing_came_of_it_without_a_note_or_anything_done_in_the_week(
    with_rules, reported, answer, scopes, calder, clock, as_
):
    with_rules(a_rule(ALARM))
    idle, noted, done, late = (reported() for _ in range(4))
    answer(idle)
    answer(noted, note="Rang the ward")
    answer(done)
    answer(late)
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, done.id))
        incidents.triage(scope, found.id, found.version, "no_review", "Known and planned for")
    assert of(scopes, calder).idle == 0, "there is still time"
    clock.move(timedelta(days=8))
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, late.id))
        incidents.triage(scope, found.id, found.version, "no_review", "Too late to have come of it")
    assert of(scopes, calder).idle == 2


def test_what_was_done_before_the_alarm_did_not_come_of_it(
    with_rules, reported, answer, scopes, calder, clock, as_
):
    with_rules(a_rule(ALARM))
    found = reported()
    answer(found)
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.execute(
            text(
                "update escalation set raised_at = raised_at + interval '1 hour', "
                "acknowledged_at = acknowledged_at + interval '2 hours'"
            )
        )
    with as_("lead") as scope:
        one = scope.session.get_one(Incident, (scope.tenant.id, found.id))
        incidents.triage(scope, one.id, one.version, "no_review", "At once")
    clock.move(timedelta(days=8))
    assert of(scopes, calder).idle == 1


def test_what_is_older_is_not_counted(with_rules, reported, scopes, calder, clock):
    with_rules(a_rule(ALARM))
    reported()
    clock.move(timedelta(days=29))
    assert of(scopes, calder) is None


def test_the_page_shows_it_and_that_a_rule_was_held_back(with_rules, reported, client_for):
    with_rules(replace(a_rule(ALARM), budget=1))
    reported(), reported()
    page = client_for("consultant@calder.test").get("/t/calder/rules/alarms").get_data(as_text=True)
    assert "Look at this" in page and "Unit manager: 1" in page and "0 of 1" in page
    assert "1 held back" in page and "7 days after it was acknowledged" in page
    assert client_for("manager@calder.test").get("/t/calder/rules/alarms").status_code == 403


def test_the_page_without_anything(client_for):
    page = client_for("consultant@calder.test").get("/t/calder/rules/alarms").get_data(as_text=True)
    assert "No rule has spoken" in page


def test_what_had_no_answer_last_night_is_told_where_its_owner_looks(client_for, scopes, calder, clock):
    with scopes.tenant(calder, SYSTEM) as scope:
        known = active(scope).brought
        key = next(one for one, rule in known.items() if Trigger.NIGHTLY_SCAN in rule.on)
        missing = {key: 3}
        night = ScanNight(night=scope.today(), at=scope.now(), units=11, spoke=0, unanswered=missing)
        scope.session.add(night)
    consultant = client_for("consultant@calder.test")
    for address in ("alarms", f"of/{key}"):
        page = consultant.get(f"/t/calder/rules/{address}").get_data(as_text=True)
        assert "it had no answer about 3 of 11 units" in page
    assert "no answer about" not in consultant.get("/t/calder/rules/of/psirf.repeated_self_harm").get_data(
        as_text=True
    )
