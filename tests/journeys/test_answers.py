"""What becomes known the next morning is added on a phone; in confidence, only by who may read it."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from throughline.incidents import service
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def absent(scopes):
    """Return a function that stores an absence from Oak Ward, reported by nobody who signs in here."""

    def report(**changes):
        with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
            values = {
                "submission_key": uuid4(),
                "unit_id": tree(scope).by_key("oak").id,
                "occurred_at": scope.now(),
                "category": "absence",
                "what_happened": "Did not come back from the grounds.",
                "physical_harm": "none",
                "psychological_harm": "none",
                "extra": {"psirf.absence": {"kind": "awol"}},
            }
            return service.report(scope, service.Report(**(values | changes))).incident

    return report


def correct_harm_meanwhile(scopes, incident):
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        service.grade(scope, incident.id, incident.version, {"psychological_harm": "low"}, "Rang us.")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_answers_are_added_the_next_morning_and_nothing_typed_is_lost(visit, scopes, absent, size):
    incident = absent()
    lead = visit("lead@calder.test", size=size)
    lead.go(f"/t/calder/incidents/{incident.reference}")
    lead.follow("Add to the answers")
    lead.title("Follow-up answers of")
    lead.peek("answers")
    midnight = lead.page.get_by_role("group", name="Did the absence continue past midnight?")
    midnight.get_by_label("Yes").check()
    correct_harm_meanwhile(scopes, incident)
    lead.press("Record the answers")
    lead.sees("Somebody changed this incident while you wrote")
    expect(midnight.get_by_label("Yes")).to_be_checked()
    lead.peek("answers-overtaken")
    lead.press("Record the answers")
    lead.sees("The answers are recorded")
    lead.go(f"/t/calder/incidents/{incident.reference}/audit")
    lead.sees("Did the absence continue past midnight?")
    lead.peek("answers-trail")
    expect(lead.page.locator("main")).not_to_contain_text("past_midnight")


def test_in_confidence_the_unit_s_manager_learns_nothing_and_governance_answers(visit, absent):
    incident = absent(confidential=True)
    manager = visit("manager@calder.test", size="phone")
    for page in ("answers", "grade"):
        said = []
        for incident_id in (incident.id, uuid4()):
            answer = manager.page.goto(f"{manager.address}/t/calder/incidents/{incident_id}/{page}")
            said.append((answer.status, manager.page.locator("main").inner_text().split("quote")[0]))
        assert said[0] == said[1]
        assert said[0][0] == 404
        expect(manager.page.locator("body")).not_to_contain_text(incident.reference)
    manager.peek("answers-confidential")
    lead = visit("lead@calder.test", size="phone")
    lead.go(f"/t/calder/incidents/{incident.id}/answers")
    lead.page.get_by_role("group", name="Did the absence continue past midnight?").get_by_label("No").check()
    lead.press("Record the answers")
    lead.sees("The answers are recorded")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_what_is_recorded_is_corrected_and_of_two_the_later_is_told(visit, scopes, absent, size):
    incident = absent()
    lead = visit("lead@calder.test", size=size)
    lead.go(f"/t/calder/incidents/{incident.reference}")
    lead.follow("Correct what is recorded")
    lead.peek("correct")
    lead.page.get_by_label("Person affected").fill("CV-P-0042")
    lead.page.get_by_label("Their age in years").fill("17")
    lead.page.get_by_label("Only the governance team").check()
    lead.press("Record the correction")
    lead.sees("Say why, so that whoever reads the trail understands")
    lead.peek("correct-error")
    lead.page.get_by_label("Why do you correct it?").fill("The ward clerk found who it was.")
    correct_harm_meanwhile(scopes, incident)
    lead.press("Record the correction")
    lead.sees("Somebody changed this incident while you wrote")
    expect(lead.page.get_by_label("Person affected")).to_have_value("CV-P-0042")
    lead.peek("correct-overtaken")
    lead.page.locator("input[name=psychological_harm][value=low]").check()
    lead.press("Record the correction")
    lead.sees("The correction is recorded")
    lead.sees("17 years")
    lead.go(f"/t/calder/incidents/{incident.reference}/audit")
    lead.sees("Corrected what was recorded")
    lead.peek("correct-trail")
