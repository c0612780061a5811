"""What is recorded of an incident is corrected with a reason: never over somebody else, and rules look again."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from throughline.audit.models import AuditEvent
from throughline.incidents import service
from throughline.incidents.models import Incident, Person
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree


@pytest.fixture
def fallen(scopes, calder):
    """A fall on Oak, told of CV-P-1."""
    with scopes.tenant(calder, SYSTEM) as scope:
        sent = service.Report(
            submission_key=uuid4(),
            unit_id=tree(scope).by_key("oak").id,
            occurred_at=scope.now(),
            category="fall",
            what_happened="Slipped in the corridor.",
            physical_harm="low",
            psychological_harm="none",
            person_reference="CV-P-1",
            person_age=81,
        )
        return service.report(scope, sent).incident


@pytest.fixture
def page(fallen):
    return f"/t/calder/incidents/{fallen.id}/grade"


@pytest.fixture
def now(scopes, calder, fallen):
    """Return a function that gives the incident, its person's pseudonym, and what the trail says of it."""

    def read():
        with scopes.tenant(calder, SYSTEM) as scope:
            found = scope.session.get_one(Incident, (calder.id, fallen.id))
            person = found.person_id and scope.session.get_one(Person, (calder.id, found.person_id)).pseudonym
            events = select(AuditEvent).where(AuditEvent.subject_id == fallen.id).order_by(AuditEvent.id)
            said = [one for one in scope.session.scalars(events) if one.action != "incident.read"]
            return found, person, said[-1]

    return read


SENT = {
    "version": "1",
    "category": "fall",
    "physical_harm": "low",
    "psychological_harm": "none",
    "person_age": "81",
    "legal_status": "",
    "protection": "",
    "reason": "The record of the ward.",
}


def test_what_was_typed_comes_back_beside_what_the_other_recorded(client_for, page, now):
    lead = client_for("lead@calder.test")
    assert lead.post(page, SENT | {"physical_harm": "moderate"}).status_code == 302
    late = lead.post(
        page, SENT | {"physical_harm": "severe", "person_reference": "CV-P-2", "person_age": "80"}
    )
    shown = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "Somebody changed this incident while you wrote" in shown
    assert re.search(r'value="severe"[^>]* checked', shown) and 'value="CV-P-2"' in shown
    assert 'value="80"' in shown and "The record of the ward." in shown
    recorded = shown.split("What is recorded now")[-1]
    assert "Moderate" in recorded and "P-00001" in recorded and "81" in recorded
    assert recorded.count("Yours says otherwise") == 3, "harm, person and age"
    version = re.search(r'name="version" value="(\d+)"', shown)[1]
    assert now()[0].physical_harm == "moderate", "nothing was written over"
    again = SENT | {"version": version, "physical_harm": "severe"}
    assert lead.post(page, again).status_code == 302
    assert now()[0].physical_harm == "severe"


def test_the_person_affected_is_put_right_and_the_trail_names_pseudonyms(client_for, page, now, fallen):
    lead = client_for("lead@calder.test")
    assert lead.post(page, SENT | {"person_reference": "CV-P-2", "person_age": "44"}).status_code == 302
    found, person, event = now()
    assert (person, found.person_age) == ("P-00002", 44)
    assert (event.before["person_affected"], event.after["person_affected"]) == ("P-00001", "P-00002")
    assert "CV-P-2" not in str(event.after)
    trail = lead.get(f"/t/calder/incidents/{fallen.reference}/audit").get_data(as_text=True)
    assert "Person affected" in trail and "P-00002" in trail and "Age then" in trail


def test_a_report_that_is_about_nobody_loses_the_person_with_age_and_status(client_for, page, now):
    lead = client_for("lead@calder.test")
    assert lead.post(page, SENT | {"nobody": "yes"}).status_code == 302
    found, person, event = now()
    assert (found.person_id, person, found.person_age, found.legal_status) == (None, None, None, None)
    assert event.before["person_affected"] == "P-00001"
    wrong = lead.post(page, SENT | {"version": "2", "person_age": "30"})
    assert wrong.status_code == 422
    assert 'href="#person_reference"' in wrong.get_data(as_text=True)
    assert (
        lead.post(page, SENT | {"version": "2", "person_age": "", "person_reference": "CV-P-9"}).status_code
        == 302
    )
    assert now()[1] == "P-00002"


def test_a_report_becomes_confidential_and_whoever_may_not_read_it_learns_nothing(
    client_for, page, now, fallen
):
    manager = client_for("manager@calder.test")
    story = f"/t/calder/incidents/{fallen.reference}"
    assert manager.get(story).status_code == 200
    answer = manager.post(page, SENT | {"protection": "confidential"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/t/calder/incidents")
    assert "only the governance team" in manager.get("/t/calder/incidents").get_data(as_text=True)
    assert manager.get(story).status_code == manager.get(page).status_code == 404
    found, _, event = now()
    assert found.confidential and event.action == "incident.corrected"
    assert (event.before, event.after) == (
        {"confidential": False},
        {"confidential": True, "reason": "The record of the ward."},
    )
    lead = client_for("lead@calder.test")
    assert "stays so unless the person who reported it agrees" in lead.get(page).get_data(as_text=True)
    assert lead.post(page, SENT | {"version": "2"}).status_code == 302
    assert manager.get(story).status_code == 200


def test_who_is_affected_is_a_change_and_no_grade(scopes, calder, fallen, heard):
    with scopes.tenant(calder, SYSTEM) as scope:
        service.grade(scope, fallen.id, 1, {"person_reference": "CV-P-2"}, "It was somebody else.")
    assert heard == ["IncidentChanged"]
    with scopes.tenant(calder, SYSTEM) as scope:
        service.grade(scope, fallen.id, 2, {"physical_harm": "moderate"}, "The scan.")
    assert heard == ["IncidentChanged", "IncidentGraded", "IncidentChanged"]


@pytest.fixture
def heard(scopes, monkeypatch):
    """The names of what incidents tell of themselves, in order."""
    names = []
    for event in (service.IncidentGraded, service.IncidentChanged):
        scopes.bus.subscribe(event, lambda _scope, told: names.append(type(told).__name__))
    return names


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({}, "category"),
        ({"person_reference": "CV-P-1"}, "category"),
        ({"protection": "anonymous"}, "protection"),
        ({"person_reference": "x" * 61}, "person_reference"),
        ({"nobody": "perhaps"}, "nobody"),
        ({"version": "x"}, "version"),
    ],
)
def test_what_is_wrong_is_named_and_stays(client_for, page, now, typed, field):
    answer = client_for("lead@calder.test").post(page, SENT | typed)
    assert answer.status_code == 422
    shown = answer.get_data(as_text=True)
    assert f'href="#{field}"' in shown or field == "version"
    assert now()[0].version == 1
