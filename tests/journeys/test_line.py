"""The whole line in the browser: from an alarm to evidence that a commissioner reads."""

import pytest
from tests.conftest import COMMISSIONER
from tests.journeys.test_nurse import fill

pytestmark = pytest.mark.browser
STAGES = 5


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_incident_travels_the_whole_line(visit, work, size):
    nurse = visit("nurse@calder.test", "phone")
    nurse.go("/t/calder/report/self_harm")
    fill(nurse)
    nurse.press("Send report")
    reference = nurse.reference()

    lead = visit("lead@calder.test", size)
    lead.sees("Needs you now")
    lead.look("home-lead")
    lead.go("/t/calder/inbox")
    lead.look("inbox")
    lead.go("/t/calder/incidents")
    lead.look("queue")
    lead.go(f"/t/calder/incidents/{reference}/escalations")
    lead.look("escalations")
    lead.press("Acknowledge")
    lead.sees("Acknowledged. Thank you.")

    lead.go(f"/t/calder/incidents/{reference}")
    lead.look("incident")
    lead.follow("Decide what it needs")
    lead.look("triage")
    lead.page.locator("input[name=decision][value=review]").check()
    lead.page.get_by_label("Kind of review").select_option("mdt")
    lead.press("Record the decision")
    lead.follow("Open the review")
    lead.page.get_by_label("Framework").select_option("seips.work_system")
    lead.page.get_by_label("Who leads it").select_option(index=1)
    lead.look("review-open")
    lead.press("Open the review")
    lead.title("Self-harm")
    review = lead.page.url
    lead.page.locator(".tl-item__title").first.click()
    for stage in range(STAGES):
        lead.page.locator("textarea").first.fill(
            f"What we saw at stage {stage + 1}, in the words of the team."
        )
        if not stage:
            lead.look("review-stage")
        lead.press("Save and go on")
    lead.page.goto(review)
    lead.page.locator("select").first.select_option("communication")
    lead.page.locator("textarea").first.fill("Evening handover was cut short when two colleagues were late.")
    lead.press("Add the factor")
    lead.look("review")
    lead.press("Sign off")
    lead.look("learning-write")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_evidence_reaches_the_commissioner_and_nobody_else(visit, work, size):
    lead = visit("lead@calder.test", size)
    lead.go("/t/calder/evidence")
    lead.look("evidence-empty")
    lead.page.get_by_label("Quarter").select_option(index=1)
    lead.press("Make the draft")
    run = lead.page.url
    assert work("calder") == 1
    lead.page.goto(run)
    lead.look("evidence-draft")
    lead.press("Sign off and publish")
    lead.sees("Say in a sentence what you have checked")
    lead.page.get_by_label("What you have checked").fill(
        "I have read this report and its figures agree with ours."
    )
    lead.press("Sign off and publish")
    assert work("calder") == 1
    lead.page.goto(run)
    lead.sees("Published")
    lead.look("evidence-published")

    commissioner = visit(COMMISSIONER, size)
    commissioner.look("commissioner-home")
    commissioner.page.locator("a[href*='/c/west-moors/evidence/']").first.click()
    commissioner.title("Calder Vale")
    commissioner.look("commissioner-evidence")
    answer = commissioner.page.request.get(f"{commissioner.page.url}/report.pdf")
    assert answer.body().startswith(b"%PDF")
    commissioner.page.goto(run)
    commissioner.title("cannot find")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_consultant_sees_rules_and_no_incident(visit, size):
    consultant = visit("consultant@calder.test", size)
    consultant.look("home-consultant")
    consultant.go("/t/calder/rules")
    consultant.sees("A person has died")
    consultant.look("rules")
    consultant.go("/t/calder/incidents")
    consultant.title("You cannot do this here")


def test_a_person_ends_their_other_sessions(visit):
    here, there = visit("nurse@calder.test", "phone"), visit("nurse@calder.test")
    here.go("/account/sessions")
    here.look("sessions")
    here.press("End this session")
    there.go("/t/calder/")
    there.title("Sign in")
