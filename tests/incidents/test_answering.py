"""Follow-up answers are added later by whoever triages: audited, once, and the rules look again."""

import threading
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from throughline.audit.models import AuditEvent
from throughline.incidents import answering, followups
from throughline.incidents.models import Incident
from throughline.incidents.queries import find
from throughline.incidents.service import Report, report
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Conflict
from throughline.rules.models import Firing
from throughline.tenancy.queries import tree

AWAY = {"psirf.absence": {"kind": "awol", "harm_while_absent": False}}


@pytest.fixture
def absent(scopes, calder):
    """An absence from the low secure ward, reported before midnight."""
    with scopes.tenant(calder, SYSTEM) as scope:
        sent = Report(
            submission_key=uuid4(),
            unit_id=tree(scope).by_key("cedar").id,
            occurred_at=scope.now(),
            category="absence",
            what_happened="Did not come back from the grounds.",
            physical_harm="none",
            psychological_harm="none",
            extra=AWAY,
        )
        return report(scope, sent).incident


@pytest.fixture
def page(absent):
    return f"/t/calder/incidents/{absent.id}/answers"


def now(scopes, calder, incident):
    with scopes.tenant(calder, SYSTEM) as scope:
        found = scope.session.get_one(Incident, (calder.id, incident.id))
        rules = set(scope.session.scalars(select(Firing.rule_key).where(Firing.incident_id == incident.id)))
        events = select(AuditEvent).where(AuditEvent.action == "incident.answered").order_by(AuditEvent.id)
        return found.extra, found.version, rules, scope.session.scalars(events).all()


SENT = {"psirf.absence.kind": "awol", "psirf.absence.past_midnight": "yes", "version": "1"}


def test_what_is_known_the_next_morning_makes_the_rule_speak(client_for, scopes, calder, absent, page):
    assert "psirf.absence_past_midnight" not in now(scopes, calder, absent)[2]
    lead = client_for("lead@calder.test")
    shown = lead.get(page).get_data(as_text=True)
    assert "Did the absence continue past midnight?" in shown and 'value="awol" selected' in shown
    assert lead.post(page, SENT).status_code == 302
    extra, _, rules, (event,) = now(scopes, calder, absent)
    assert extra["psirf.absence"] == {"kind": "awol", "past_midnight": True}
    assert "psirf.absence_past_midnight" in rules
    assert event.before == {"psirf.absence.past_midnight": None, "psirf.absence.harm_while_absent": False}
    assert event.after == {"psirf.absence.past_midnight": True, "psirf.absence.harm_while_absent": None}
    assert "Follow-up answers added or corrected" in lead.get(
        f"/t/calder/incidents/{absent.reference}/audit"
    ).get_data(as_text=True)


def test_the_trail_says_questions_and_answers_in_words_and_what_was_taken_back(client_for, absent, page):
    lead = client_for("lead@calder.test")
    assert lead.post(page, SENT | {"psirf.absence.last_seen": "2026-11-17T21:30"}).status_code == 302
    trail = lead.get(f"/t/calder/incidents/{absent.reference}/audit").get_data(as_text=True)
    for words in (
        "Did the absence continue past midnight?",
        "Did the person come to harm while absent?",
        "17 Nov 2026, 21:30",
        "Not given",
    ):
        assert words in trail
    assert "Psirf absence" not in trail and "absence.past_midnight" not in trail
    assert "2026-11-17T21:30" not in trail
    story = lead.get(f"/t/calder/incidents/{absent.reference}").get_data(as_text=True)
    assert "17 Nov 2026, 21:30" in story


def test_the_same_answers_again_are_no_change(client_for, scopes, calder, absent, page):
    lead = client_for("lead@calder.test")
    lead.post(page, SENT)
    assert lead.post(page, {**SENT, "version": "2"}).status_code == 302
    _, version, _, events = now(scopes, calder, absent)
    assert (version, len(events)) == (2, 1)


def test_what_somebody_else_wrote_is_shown_and_nothing_typed_is_lost(
    client_for, scopes, calder, absent, page
):
    client_for("lead@calder.test").post(page, SENT)
    late = client_for("lead@calder.test").post(page, {"psirf.absence.kind": "missing", "version": "1"})
    shown = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "Somebody changed this incident while you wrote" in shown
    assert 'value="missing" selected' in shown and "What is recorded now" in shown
    assert 'name="version" value="2"' in shown
    assert now(scopes, calder, absent)[0]["psirf.absence"]["kind"] == "awol"


@pytest.mark.parametrize("value", ["perhaps", "2026-13-45"])
def test_an_answer_that_is_none_is_named(client_for, scopes, calder, absent, page, value):
    sent = {**SENT, "psirf.absence.past_midnight": value, "psirf.absence.returned": value}
    answer = client_for("lead@calder.test").post(page, sent)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose yes or no" in shown and "Choose a day and time" in shown
    assert now(scopes, calder, absent)[0] == AWAY


def test_answers_to_what_is_not_asked_now_stay(client_for, scopes, calder, absent, page):
    with scopes.tenant(calder, SYSTEM) as scope:
        found = scope.session.get_one(Incident, (calder.id, absent.id))
        found.extra = {"gone.plugin": {"a": 1}, "psirf.absence": {"kind": "awol", "older_question": "kept"}}
    client_for("lead@calder.test").post(page, {**SENT, "version": "2"})
    assert now(scopes, calder, absent)[0] == {
        "gone.plugin": {"a": 1},
        "psirf.absence": {"older_question": "kept", "kind": "awol", "past_midnight": True},
    }


@pytest.mark.parametrize(("email", "status"), [("nurse@calder.test", 403), ("manager@calder.test", 404)])
def test_only_who_triages_it_answers(client_for, page, email, status):
    assert client_for(email).get(page).status_code == status
    assert client_for(email).post(page, SENT).status_code == status


def test_recorded_answers_read_back_as_a_form_sends_them(scope):
    sets = scope.catalogue.field_sets.values()
    typed = MultiDict(
        [
            ("psirf.restraint.positions", "prone"),
            ("psirf.restraint.positions", "seated"),
            ("psirf.restraint.duration_minutes", "5"),
            ("psirf.restraint.debrief_person", "no"),
            ("psirf.restraint.efforts_to_avoid", "Time and space."),
            ("psirf.absence.last_seen", "2026-11-17T21:30"),
        ]
    )
    answers, errors = followups.read(sets, typed)
    assert errors == {}
    assert followups.as_typed(sets, answers).to_dict(flat=False) == typed.to_dict(flat=False)


def test_another_tenants_incident_is_not_there(client_for, page):
    assert client_for("lead@hollins.test").get(page.replace("calder", "hollins")).status_code == 404


def test_of_two_at_the_same_moment_one_is_recorded_and_the_other_is_told(scopes, calder, absent):
    together, said = threading.Barrier(2), []

    def one(kind):
        with scopes.tenant(calder, SYSTEM) as scope:
            find(scope, absent.id)
            together.wait()
            try:
                answering.answer(scope, absent.id, 1, {"psirf.absence": {"kind": kind}})
                said.append(kind)
            except Conflict:
                said.append("told")
                scope.session.rollback()

    threads = [threading.Thread(target=one, args=(kind,)) for kind in ("missing", "attempt")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 2 and said.count("told") == 1
    (recorded,) = set(said) - {"told"}
    assert now(scopes, calder, absent)[0]["psirf.absence"] == {"kind": recorded}
