"""A death in a care home: the duty asks, somebody decides, records each step, writes the letters, completes it."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHAT, WHO, SEEN = "When was it done?", "Who was told?", "What was done, and where can it be seen?"


def report_a_death(visit, size):
    worker = visit("support@hollins.test", size=size)
    worker.go("/t/hollins/report/death")
    worker.page.get_by_label("What happened?").fill("Found in bed in the morning; no breath, no pulse.")
    worker.page.locator("input[name=physical_harm][value=fatal]").check()
    worker.page.locator("input[name=psychological_harm][value=none]").check()
    worker.page.get_by_label("Person affected").fill("HB-P-0007")
    worker.page.get_by_label("Their age in years").fill("81")
    worker.page.get_by_label("Their legal status then").select_option("dols")
    worker.peek("report")
    worker.press("Send report")
    worker.sees("HB-2026-00001")


def record(lead, evidence, *, who="", reference=""):
    lead.page.get_by_role("link", name="Record this").first.click()
    if who:
        lead.page.get_by_label(WHO).fill(who)
    if reference:
        lead.page.get_by_label("CQC reference").fill(reference)
    lead.page.get_by_label(SEEN).fill(evidence)
    lead.press("Record this")
    lead.sees(evidence)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_death_in_the_care_home_from_the_question_to_the_last_letter(visit, size):
    report_a_death(visit, size)
    lead = visit("lead@hollins.test", size=size)
    lead.go("/t/hollins/incidents/HB-2026-00001/obligations")
    lead.sees("Duty of candour (other registered person)")
    lead.sees("Tell CQC of a death (regulation 16)")
    lead.sees("Nobody has checked this against its source")
    lead.peek("tab")
    lead.go("/t/hollins/obligations?view=to_decide")
    lead.sees("To be decided")
    lead.peek("list")
    lead.follow("Duty of candour")
    lead.title("Duty of candour")
    lead.peek("to-decide")
    lead.press("Record the decision")
    lead.sees("Choose an answer")
    lead.peek("decide-error")
    lead.page.locator("input[name=ask_unintended][value=yes]").check()
    lead.page.locator("input[name=ask_opinion][value=yes]").check()
    lead.page.get_by_label("Why do you decide so?").fill("The GP thinks the fall of Monday led to it.")
    lead.press("Record the decision")
    lead.sees("Decided: the duty applies")
    lead.peek("decided")
    lead.page.get_by_role("link", name="Record this").first.click()
    lead.press("Record this")
    lead.sees("Say who was told")
    lead.peek("step-error")
    lead.page.get_by_label(WHO).fill("her daughter")
    lead.page.get_by_label(SEEN).fill("Sat down with her at the home.")
    lead.press("Record this")
    lead.sees("Sat down with her at the home.")
    record(lead, "Said so then, and she thanked us.")
    for name, sent in (("letter", "Sent by post, copy kept."), ("results", "Brought to her in person.")):
        lead.follow("Write the letter")
        lead.sees("HB-2026-00001")
        lead.peek(f"{name}-write")
        lead.press("Keep the letter")
        lead.sees("Print the letter")
        lead.peek(name)
        lead.page.locator("nav[aria-label=Breadcrumb], .nhsuk-breadcrumb").get_by_role("link").last.click()
        record(lead, sent, who="her daughter")
    lead.sees("Everything is done")
    lead.sees("4 of 4 steps")
    lead.peek("done")
    lead.go("/t/hollins/incidents/HB-2026-00001/audit")
    lead.sees("A step of a duty recorded")
    from_the_clock(lead)


def from_the_clock(lead):
    lead.go("/t/hollins/clocks")
    lead.sees("CQC told")
    lead.peek("next")
    lead.follow("CQC told")
    lead.sees("It ends when the step is recorded")
    lead.peek("clock")
    lead.follow("Go to the obligation")
    lead.title("Tell CQC")
