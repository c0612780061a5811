"""What a rule says about a unit is told, read, answered and moved on like what it says about an incident."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tests.rules.in_time.conftest import a_rule

from throughline.audit.models import AuditEvent
from throughline.features import WATCHES
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.line import breaches
from throughline.notifications.models import Notification
from throughline.rules import escalating, queries
from throughline.rules.models import Escalation, Firing, Problem
from throughline.sdk import Escalate, Notify, RequireReview, SetFlag


def test_the_people_of_the_unit_are_asked_once_however_often_it_is_said(said, letters):
    first, raised = said()
    again, still = said()
    assert first is not None
    assert (again, len(still)) == (None, len(raised))
    assert [who for who, _ in letters()] == ["manager"]


def test_the_letter_names_the_unit_and_leads_to_the_alarm(scopes, calder, said, client_for):
    firing, _ = said()
    with scopes.tenant(calder, SYSTEM) as scope:
        letter = scope.session.scalars(select(Notification)).one()
        assert letter.subject == "Oak Ward: More than usual"
        assert "Please look at Oak Ward and acknowledge it" in letter.body
    browser = client_for("manager@calder.test")
    page = browser.get(letter.link).get_data(as_text=True)
    assert "You are asked to look at Oak Ward" in page
    assert "Read the alarm first" in page
    answer = browser.post(letter.link, {"note": "On it"})
    assert answer.headers["Location"].endswith(f"/alarms/{firing}")
    assert "On it" in browser.get(answer.headers["Location"]).get_data(as_text=True)
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(Escalation)).one().note == "On it"
        events = scope.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_type == "unit"))
        assert {"escalation.raised", "escalation.acknowledged"} <= set(events)


def test_ignored_it_moves_along_its_chain(scopes, said, letters, clock):
    said()
    for hours, expected in (
        (5, ["manager"]),
        (1, ["manager", "lead"]),
        (12, ["manager", "lead", "director"]),
    ):
        clock.move(timedelta(hours=hours))
        watching.look(scopes, WATCHES)
        assert [who for who, _ in letters()] == expected


def test_it_can_be_declined_and_passed_on_by_name(said, as_, letters, people, client_for):
    _, (first,) = said(Escalate("unit_manager", 4))
    browser = client_for("manager@calder.test")
    for page in ("decline", "delegate"):
        body = browser.get(f"/t/calder/escalations/{first}/{page}").get_data(as_text=True)
        assert "Oak Ward" in body
        refused = browser.post(f"/t/calder/escalations/{first}/{page}", {})
        assert refused.status_code == 422
    with as_("manager") as scope:
        escalating.decline(scope, first, "I am away.")
    assert [who for who, _ in letters()] == ["manager", "lead"]
    with as_("lead") as scope:
        (waiting,) = [one.escalation for one in queries.open_alarms(scope)]
        escalating.delegate(scope, waiting.id, people["director"], "You know them.")
    assert [who for who, _ in letters()] == ["manager", "lead", "director"]


def test_it_stands_on_home_among_what_breaches_next_and_on_its_page(said, client_for, as_):
    firing, (escalation,) = said(Escalate("unit_manager", 4), RequireReview("thematic", 5))
    with as_("manager") as scope:
        assert [
            (one.kind, one.id, one.reference) for one in breaches.listed(scope, breaches.Filter()).rows
        ] == [("acknowledge", escalation, None)]
        oak = queries.open_alarms(scope)[0].about.id
        elsewhere = breaches.Filter(kind="acknowledge", unit_ids=(escalation,))
        assert breaches.listed(scope, elsewhere).rows == []
        assert len(breaches.listed(scope, breaches.Filter(unit_ids=(oak,))).rows) == 1
        assert breaches.listed(scope, breaches.Filter(kind="clock")).rows == []
    browser = client_for("manager@calder.test")
    assert f"/t/calder/alarms/{firing}" in browser.get("/t/calder/").get_data(as_text=True)
    listed = browser.get("/t/calder/clocks").get_data(as_text=True)
    assert "Oak Ward: More than usual" in listed
    assert f"/t/calder/escalations/{escalation}" in listed
    led = browser.get(f"/t/calder/escalations/{escalation}")
    assert led.headers["Location"].endswith(f"/t/calder/alarms/{firing}")
    page = browser.get(f"/t/calder/alarms/{firing}").get_data(as_text=True)
    assert page.count("<h1") == 1
    for words in (
        "Because 9 were counted.",
        "It matters.",
        "A review is recommended",
        "unit=oak",
        "What you did or will do",
    ):
        assert words in page


def test_incidents_of_the_unit_are_listed_and_a_review_opens_with_them(reported, said, client_for, clock):
    found = reported(category="self_harm")
    clock.move(timedelta(hours=1))
    firing, _ = said(RequireReview("thematic", 5))
    browser = client_for("lead@calder.test")
    page = browser.get(f"/t/calder/alarms/{firing}").get_data(as_text=True)
    assert found.reference in page
    assert f"/t/calder/reviews/new?incident={found.id}" in page
    assert found.reference in browser.get(f"/t/calder/reviews/new?incident={found.id}").get_data(as_text=True)


def test_what_the_rule_read_is_said_in_words(scopes, calder, said, client_for):
    firing, _ = said()
    read = {"unit.beds": 18, "unit.funding": "", "incident.weekend": True}
    step = {"text": "unit.beds > 4", "depth": 0, "holds": True, "joined": "", "read": read}
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.get_one(Firing, (calder.id, firing)).steps = [step]
    page = client_for("lead@calder.test").get(f"/t/calder/alarms/{firing}").get_data(as_text=True)
    for words in ("Beds on the unit: 18", "Who pays for the care: Not given", "At a weekend: Yes"):
        assert words in page
    assert "unit.funding" not in page


def test_who_may_not_read_the_unit_finds_nothing(said, client_for, as_):
    firing, (escalation,) = said()
    for email in ("nurse@calder.test", "admin@calder.test"):
        answer = client_for(email).get(f"/t/calder/alarms/{firing}")
        assert answer.status_code in (403, 404)
        assert "More than usual" not in answer.get_data(as_text=True)
    with as_("nurse") as scope, pytest.raises(NotFound):
        queries.find_escalation(scope, escalation)


def test_a_notice_about_a_unit_leads_to_the_alarm(scopes, calder, said):
    firing, _ = said(Notify("governance_lead", "Look at the chart."))
    with scopes.tenant(calder, SYSTEM) as scope:
        letter = scope.session.scalars(select(Notification)).one()
        assert letter.link == f"/t/calder/alarms/{firing}"
        assert "Oak Ward. Nothing needs acknowledging" in letter.body


def test_what_needs_an_incident_is_undone_and_noted(scopes, calder, said):
    assert said(Escalate("unit_manager", 4), SetFlag("f", "Flag")) == (None, [])
    with scopes.tenant(calder, SYSTEM) as scope:
        problem = scope.session.scalars(select(Problem)).one()
        assert problem.subject_type == "unit"
        assert "LookupError" in problem.message


@pytest.mark.parametrize("both", [True, False])
def test_a_firing_is_about_exactly_one_thing(scope, unit_of, reported, both):
    about = {"incident_id": reported().id, "unit_id": unit_of("oak")} if both else {}
    values = {"rule_key": "a.b", "rule_version": 1, "trigger": "x", "digest": "d", "title": "t", "why": "w"}
    scope.session.add(Firing(**about, **values, explanation="", effects=[], at=scope.now()))
    with pytest.raises(IntegrityError, match="one_subject"):
        scope.session.flush()


def test_an_incident_s_alarm_reads_as_before(reported, with_rules, client_for):
    with_rules(a_rule(Escalate("unit_manager", 4)))
    found = reported()
    home = client_for("manager@calder.test").get("/t/calder/").get_data(as_text=True)
    assert f"{found.reference} at Oak Ward" in home
    assert f"/t/calder/incidents/{found.reference}/escalations" in home
