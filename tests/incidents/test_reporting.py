"""A report is stored once, by whom it should be, and tells the counts, the rules and the trail."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from throughline.audit.models import AuditEvent
from throughline.incidents import queries, service
from throughline.incidents.models import Incident, Person
from throughline.incidents.people import person_of, reference_of
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.notifications.models import Delivery, Notification
from throughline.rules.models import Escalation, Firing
from throughline.tenancy.queries import tree
from throughline.trends import counts


def a_report(scope, unit="oak", **changes):
    values = {
        "submission_key": uuid4(),
        "unit_id": tree(scope).by_key(unit).id,
        "occurred_at": scope.now() - timedelta(hours=3),
        "category": "self_harm",
        "what_happened": "Found sitting by the bed with a torn sheet around the neck.",
        "physical_harm": "low",
        "psychological_harm": "none",
        "person_reference": "CV-P-0417",
    }
    return service.Report(**(values | changes))


def test_the_same_key_is_stored_once_even_when_sent_together(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        sent = a_report(scope)

    def send(_):
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            return service.report(scope, sent).incident.reference

    with ThreadPoolExecutor(4) as pool:
        references = set(pool.map(send, range(4)))
    assert len(references) == 1
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(Incident)) == 1
        assert counts.differences(scope) == {}


def test_references_count_up_without_gaps_inside_the_tenant(scope):
    references = [service.report(scope, a_report(scope)).incident.reference for _ in range(3)]
    assert references == ["CV-2026-00001", "CV-2026-00002", "CV-2026-00003"]


def test_the_same_person_is_found_again_and_stored_sealed(scope):
    first = person_of(scope, " cv-p-0417 ")
    assert person_of(scope, "CV-P-0417") == first
    person = scope.session.get_one(Person, (scope.tenant.id, first))
    assert b"0417" not in person.reference_sealed
    assert reference_of(scope, person) == "cv-p-0417"
    assert person_of(scope, "  ") is None


def test_an_anonymous_report_is_tied_to_nobody(scope):
    sent = service.report(scope, a_report(scope, anonymous=True))
    event = scope.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == sent.incident.id)).first()
    assert sent.code and sent.incident.reporter_id is None
    assert (event.actor_id, event.origin) == (None, "")
    digest = service.code_digest(scope, sent.code.lower())
    assert queries.by_code(scope, sent.incident.reference, digest).id == sent.incident.id
    with pytest.raises(NotFound):
        queries.by_code(scope, sent.incident.reference, service.code_digest(scope, "00000000"))


def test_an_incident_of_the_future_is_refused(scope):
    with pytest.raises(Invalid, match="future"):
        service.report(scope, a_report(scope, occurred_at=scope.now() + timedelta(minutes=1)))


def test_severe_harm_opens_an_escalation_an_inbox_line_and_a_message(scope):
    sent = service.report(scope, a_report(scope, physical_harm="severe"))
    escalation = scope.session.scalars(select(Escalation)).one()
    assert escalation.incident_id == sent.incident.id
    assert escalation.to_role == "governance_lead"
    line = scope.session.scalars(select(Notification).where(Notification.kind == "escalation")).one()
    assert sent.incident.reference in line.subject
    assert "torn sheet" not in line.body
    waiting = select(Delivery.state).where(Delivery.notification_id == line.id)
    assert scope.session.scalars(waiting).all() == ["waiting"]


def test_three_of_one_person_in_fourteen_days_make_a_pattern(scope):
    for days in (13, 6, 0):
        service.report(scope, a_report(scope, occurred_at=scope.now() - timedelta(days=days, hours=1)))
    firing = scope.session.scalars(select(Firing)).one()
    assert firing.rule_key == "psirf.repeated_self_harm"
    assert "3" in firing.explanation


def test_two_of_one_person_and_one_of_another_make_none(scope):
    for person in ("CV-P-1", "CV-P-1", "CV-P-2"):
        service.report(scope, a_report(scope, person_reference=person))
    assert scope.session.scalars(select(Firing)).all() == []


def test_a_confidential_report_goes_past_the_unit_manager(scope):
    sent = a_report(
        scope,
        confidential=True,
        category="restrictive_practice",
        extra={"psirf.restraint": {"positions": ["prone"]}},
    )
    service.report(scope, sent)
    assert set(scope.session.scalars(select(Escalation.to_role))) == {"governance_lead"}


def test_a_grade_keeps_what_it_was_and_moves_the_count(scope):
    incident = service.report(scope, a_report(scope)).incident
    service.grade(scope, incident.id, incident.version, {"physical_harm": "severe"}, "The scan showed more.")
    assert incident.harm == 3
    assert counts.differences(scope) == {}
    event = scope.session.scalars(select(AuditEvent).where(AuditEvent.action == "incident.graded")).one()
    assert event.before == {"physical_harm": "low", "harm": 1}
    assert event.after["reason"] == "The scan showed more."
    spoke = set(scope.session.scalars(select(Firing.rule_key)))
    assert "psirf.severe_harm" in spoke
    assert "obligations.opens_duty_of_candour_nhs" in spoke


def test_two_people_grading_at_once_do_not_overwrite_each_other(scope):
    incident = service.report(scope, a_report(scope)).incident
    read = incident.version
    service.grade(scope, incident.id, read, {"physical_harm": "moderate"}, "First")
    with pytest.raises(Conflict):
        service.grade(scope, incident.id, read, {"physical_harm": "none"}, "Second")


def test_triage_is_decided_once_and_needs_a_reason_for_no_review(scope):
    incident = service.report(scope, a_report(scope)).incident
    with pytest.raises(Invalid, match="why"):
        service.triage(scope, incident.id, incident.version, "no_review", " ")
    service.triage(scope, incident.id, incident.version, "no_review", "Minor, handled at once.")
    with pytest.raises(Conflict):
        service.triage(scope, incident.id, incident.version, "no_review", "Again.")


def test_somebody_elses_draft_is_not_theirs_to_write(scopes, calder, app, client_for):
    key = uuid4()
    client_for("nurse@calder.test").post(f"/t/calder/drafts/{key}", {"what_happened": "mine"})
    answer = client_for("manager@calder.test").post(f"/t/calder/drafts/{key}", {"what_happened": "theirs"})
    assert answer.status_code == 403
    with pytest.raises(Forbidden), scopes.tenant(calder, SYSTEM) as scope:
        scope.actor = type(scope.actor)(id=uuid4(), name="X")
        service.save_draft(scope, key, {})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("what_happened", "", "Say what happened"),
        ("what_happened", "x" * 9000, "8,000 characters"),
        ("unit", "nowhere", "Choose where it happened"),
        ("unit", "adult-inpatient", "Choose where it happened"),
        ("occurred_at_date", "2027-01-01", "in the future"),
        ("occurred_at_date", "31/12/2026", "Choose the day"),
        ("occurred_at_time", "25:99", "hours and minutes"),
        ("physical_harm", "dreadful", "Choose the physical harm"),
        ("protection", "secret", "Choose from the list"),
        ("what_happened", "a\x00b", "cannot be read"),
    ],
)
def test_a_bad_field_is_named_and_everything_typed_stays(client_for, field, value, message):
    form = {
        "key": str(uuid4()),
        "category": "self_harm",
        "unit": "oak",
        "occurred_at_date": "2026-11-17",
        "occurred_at_time": "21:35",
        "what_happened": "The words they typed",
        "physical_harm": "low",
        "psychological_harm": "none",
        "location": "The garden room",
    } | {field: value}
    answer = client_for("nurse@calder.test").post("/t/calder/report/self_harm", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert "The garden room" in page


def test_age_and_legal_status_stay_as_they_were_then_and_can_be_corrected(scope):
    incident = service.report(scope, a_report(scope, person_age=17, legal_status="detained_s2")).incident
    later = service.report(scope, a_report(scope, person_age=18, legal_status="informal")).incident
    assert incident.person_id == later.person_id
    assert (incident.person_age, incident.legal_status) == (17, "detained_s2")
    service.grade(scope, incident.id, incident.version, {"legal_status": "s17_leave"}, "The leave form.")
    event = scope.session.scalars(select(AuditEvent).where(AuditEvent.action == "incident.graded")).one()
    assert event.before == {"legal_status": "detained_s2"}


def test_without_a_person_there_is_no_age_or_legal_status(scope):
    told = a_report(scope, person_reference="", person_age=17, legal_status="detained_s2")
    incident = service.report(scope, told).incident
    assert (incident.person_age, incident.legal_status) == (None, None)


FORM = {
    "category": "self_harm",
    "unit": "oak",
    "occurred_at_date": "2026-11-17",
    "what_happened": "The words they typed",
    "physical_harm": "low",
    "psychological_harm": "none",
}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"person_reference": "CV-P-1", "person_age": "121"}, "whole years, 0 to 120"),
        ({"person_reference": "CV-P-1", "person_age": "seventeen"}, "whole years, 0 to 120"),
        ({"person_reference": "CV-P-1", "person_age": "-3"}, "whole years, 0 to 120"),
        ({"person_reference": "CV-P-1", "legal_status": "locked_up"}, "Choose from the list"),
        ({"person_age": "17"}, "local reference too"),
        ({"legal_status": "informal"}, "local reference too"),
    ],
)
def test_what_cannot_be_of_a_person_is_named_and_stays(client_for, typed, message):
    form = FORM | {"key": str(uuid4())} | typed
    answer = client_for("nurse@calder.test").post("/t/calder/report/self_harm", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert "The words they typed" in page
    assert all(f'value="{value}"' in page for value in typed.values() if value != "locked_up")


def test_the_incident_s_page_tells_age_and_legal_status_and_its_correction_keeps_them(client_for):
    circumstances = {"person_reference": "CV-P-1", "person_age": "17", "legal_status": "detained_s2"}
    client_for("nurse@calder.test").post(
        "/t/calder/report/self_harm", FORM | {"key": str(uuid4())} | circumstances
    )
    lead = client_for("lead@calder.test")
    page = lead.get("/t/calder/incidents/CV-2026-00001").get_data(as_text=True)
    assert "17 years" in page
    assert "Detained under section 2" in page
    grade = re.search(r'href="(/t/calder/incidents/[^"]+/grade)"', page)[1]
    form = lead.get(grade).get_data(as_text=True)
    assert 'value="17"' in form
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    same = {"version": version, "category": "self_harm", "physical_harm": "low", "psychological_harm": "none"}
    answer = lead.post(grade, same | {"person_age": "18", "legal_status": "", "reason": "Her birthday."})
    assert answer.status_code == 302
    page = lead.get("/t/calder/incidents/CV-2026-00001").get_data(as_text=True)
    assert "18 years" in page
    assert "Legal status then" not in page
