"""The queue: its file for a spreadsheet, several rows at once, and addresses somebody has tampered with."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from throughline.accounts.models import User
from throughline.audit import queries as audit
from throughline.incidents import service
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree

LEAD, MANAGER, NURSE, OTHER_MANAGER, CONSULTANT = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "beech", "consultant")
)
QUEUE = "/t/calder/incidents"


@pytest.fixture
def report(scopes, calder):
    """Store a report and return it."""

    def store(unit="oak", **changes):
        with scopes.tenant(calder, SYSTEM) as scope:
            values = {
                "submission_key": uuid4(),
                "unit_id": tree(scope).by_key(unit).id,
                "occurred_at": scope.now() - timedelta(hours=3),
                "category": "self_harm",
                "what_happened": "A private story.",
                "physical_harm": "low",
                "psychological_harm": "none",
                "person_reference": "",
            }
            return service.report(scope, service.Report(**(values | changes))).incident

    return store


def lines(answer):
    assert answer.status_code == 200 and answer.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_file_holds_what_the_filters_leave_and_no_story(client_for, report):
    kept, other = report(), report(category="fall")
    lead = client_for(LEAD)
    page = lead.get(f"{QUEUE}?category=self_harm")
    assert f"{QUEUE}.csv?category=self_harm" in page.text
    answer = lead.get(f"{QUEUE}.csv?category=self_harm")
    assert [line["Reference"] for line in lines(answer)] == [kept.reference]
    assert "attachment" in answer.headers["Content-Disposition"] and "private" not in answer.text
    assert {line["Reference"] for line in lines(lead.get(f"{QUEUE}.csv"))} == {
        kept.reference,
        other.reference,
    }


def test_the_file_is_confined_to_what_its_reader_may_see(client_for, report):
    oak, beech = report("oak"), report("beech")
    hidden = report("oak", confidential=True)
    assert [line["Reference"] for line in lines(client_for(MANAGER).get(f"{QUEUE}.csv"))] == [oak.reference]
    assert [line["Unit"] for line in lines(client_for(OTHER_MANAGER).get(f"{QUEUE}.csv"))] == ["Beech Ward"]
    assert lines(client_for(NURSE).get(f"{QUEUE}.csv")) == []
    assert {line["Reference"] for line in lines(client_for(LEAD).get(f"{QUEUE}.csv"))} == {
        oak.reference,
        beech.reference,
        hidden.reference,
    }
    assert client_for(CONSULTANT).get(f"{QUEUE}.csv").status_code == 403
    assert client_for(MANAGER).get("/t/hollins/incidents.csv").status_code == 404


@pytest.mark.parametrize("typed", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_takes_nothing_typed_for_a_formula(client_for, report, typed):
    report(location=typed)
    found = lines(client_for(LEAD).get(f"{QUEUE}.csv"))[0]["Where exactly"]
    assert found.startswith("'") and "=1" not in found[:2]


def test_a_time_nobody_knows_is_not_made_up(client_for, report):
    report(occurred_time_known=False)
    assert len(lines(client_for(LEAD).get(f"{QUEUE}.csv"))[0]["Happened"]) == len("2026-11-23")


def test_taking_the_file_is_in_the_trail(client_for, scopes, calder, report):
    report()
    client_for(LEAD).get(f"{QUEUE}.csv?q=private")
    with scopes.tenant(calder, SYSTEM) as scope:
        event = audit.of_subject(scope, "tenant", calder.id)[-1]
        assert (event.action, event.actor_name) == ("incidents.exported", "Ruth Ellis")
        assert event.after == {"incidents": 1, "state": "", "filters": ["“private”"]}


def test_one_review_is_opened_of_several_rows(client_for, report):
    first, second = report(), report(category="fall")
    manager = client_for(MANAGER)
    page = manager.get(QUEUE).text
    assert page.count("data-tl-select") == 2 and "Open one review of these" in page
    form = manager.get(f"/t/calder/reviews/new?incident={first.id}&incident={second.id}").text
    assert first.reference in form and second.reference in form
    nurse = client_for(NURSE).get(QUEUE).text
    assert "data-tl-select" not in nurse and "Open one review" not in nurse


@pytest.mark.parametrize(
    "query", ["_scheme=ftp", "_anchor=x", "_method=POST", "_external=1", "endpoint=x", "tenant=hollins"]
)
@pytest.mark.parametrize("page", ["incidents", "actions", "learning", "learning/briefings", "clocks"])
def test_what_is_put_into_an_address_stays_in_its_query(client_for, report, page, query):
    report()
    answer = client_for(LEAD).get(f"/t/calder/{page}?{query}&q=private&unit=oak")
    assert answer.status_code == 200 and "/t/hollins" not in answer.text


def test_a_report_without_a_name_can_be_followed_from_where_one_reports(client_for):
    assert "/t/calder/follow" in client_for(NURSE).get("/t/calder/report").text


def test_the_trail_speaks_in_words(client_for, scopes, calder, report):
    incident = report(physical_harm="severe")
    page = re.sub(r"<[^>]+>", " ", client_for(LEAD).get(f"{QUEUE}/{incident.reference}/audit").text)
    assert "Governance lead" in page or "Unit manager" in page
    for raw in ("unit_manager", "governance_lead", "+00:00", "self_harm"):
        assert raw not in page


def test_the_trail_names_no_reporter_who_asked_for_confidence(client_for, scopes, calder, report):
    with scopes.tenant(calder, SYSTEM) as scope:
        nurse = scope.session.query(User).filter_by(email=NURSE).one()
    with scopes.tenant(calder, replace(SYSTEM, id=nurse.id, name=nurse.name)) as scope:
        values = {
            "submission_key": uuid4(),
            "unit_id": tree(scope).by_key("oak").id,
            "occurred_at": scope.now() - timedelta(hours=3),
            "category": "self_harm",
            "what_happened": "A private story.",
            "physical_harm": "low",
            "psychological_harm": "none",
            "person_reference": "",
            "confidential": True,
        }
        incident = service.report(scope, service.Report(**values)).incident
    page = client_for(LEAD).get(f"{QUEUE}/{incident.reference}/audit").text
    assert "in confidence" in page and nurse.name not in page
