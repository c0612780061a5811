"""The consultant at the workbench: from a blank rule through a mistake, a trial and a shadow to live, and back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.rules.workbench import proof
from throughline.tenancy.queries import tree

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def past(scopes, calder, monkeypatch):
    """Two years of a ward's history, two self-harm incidents of one person in a week among it."""
    monkeypatch.setattr("throughline.tenancy.scope.TENANT_KEPT_SECONDS", -1.0)
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        for number in range(60):
            sent = incidents.Report(
                submission_key=uuid4(),
                unit_id=oak,
                occurred_at=scope.now() - timedelta(days=number * 3 + 1),
                category="self_harm" if number % 2 else "fall",
                what_happened="A past incident.",
                physical_harm="low",
                psychological_harm="none",
                person_reference=f"CV-P-{number % 3}",
            )
            last = incidents.report(scope, sent).incident
            last.reported_at = sent.occurred_at
        return last.reference


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_rule_from_blank_to_live_and_back(visit, past, size):
    consultant = visit("consultant@calder.test", size)
    consultant.go("/t/calder/rules")
    consultant.title("Rules")
    consultant.look()
    consultant.follow("Write a rule")
    box = consultant.page.get_by_label("The rule", exact=True)
    text = box.input_value().replace("within 7 days", "within 30 days")
    box.fill(text.replace("recent >= 2", "recnt >= 2"))
    consultant.sees("Did you mean “recent”")
    consultant.look()
    box.fill(text)
    consultant.sees("It tells the unit manager, to be acknowledged within 24 hours.")
    consultant.press("Keep the draft")
    consultant.title("Self-harm by one person twice in a week")
    consultant.look("rule")
    consultant.page.get_by_label("Reference of an incident").fill(past)
    consultant.press("Try it")
    consultant.sees("recent is")
    consultant.look()
    consultant.follow("See what it would have done")
    consultant.sees("It would have spoken")
    consultant.look("rule-history")
    consultant.page.go_back()
    consultant.press("Run it in shadow")
    consultant.sees("In shadow since")
    consultant.press("Put it live")
    consultant.sees("live since")
    consultant.look()
    consultant.press("Begin a draft from it")
    consultant.sees("It does nothing")
    again = consultant.page.get_by_label("The rule", exact=True)
    again.fill(again.input_value().replace("recent >= 2", "recent >= 3").replace("recent: 2", "recent: 3"))
    consultant.press("Save the draft")
    consultant.sees("What differs from version 1, which is live")
    consultant.press("Put it live")
    consultant.follow("Version 1")
    consultant.press("Begin a draft from it")
    consultant.press("Put it live")
    consultant.sees("version 3")
    consultant.look()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_rule_from_the_form_through_a_back_test_to_live_and_back(visit, past, work, size):
    consultant = visit("consultant@calder.test", size)
    page = consultant.page
    consultant.go("/t/calder/rules/new")
    consultant.press("Keep it and go on in the form")
    consultant.title("Self-harm by one person twice in a week")
    page.get_by_label("Within how many days").fill("30")
    page.get_by_label("To be acknowledged within").fill("soon")
    consultant.sees("is no length of time")
    consultant.press("Save the draft")
    consultant.sees("There is something to put right")
    consultant.look()
    page.get_by_label("To be acknowledged within").fill("12 hours")
    consultant.press("Add a condition")
    page.locator("#condition-2-fact").select_option("incident.confidential")
    page.locator("#condition-2-value option[value=yes]").wait_for(state="attached")
    page.locator("#condition-2-value").select_option("no")
    consultant.press("Save the draft")
    consultant.sees("Sound")
    consultant.look("rule-form")
    consultant.follow("Try it and prove it")
    assert "!incident.confidential" in page.get_by_label("The rule", exact=True).input_value()
    page.get_by_label("Reference of an incident").fill(past)
    consultant.press("Try it")
    consultant.sees("recent is")
    consultant.follow("See what it would have done")
    page.get_by_label("2 years").check()
    consultant.press("Begin")
    consultant.sees("Waits for a worker")
    consultant.look("rule-run")
    assert work("calder") == 1
    page.get_by_role("link", name="See what it found").wait_for()  # it looks again by itself
    consultant.follow("See what it found")
    consultant.sees("It would have spoken")
    consultant.look("rule-run-done")
    consultant.follow("Self-harm by one person twice in a week")
    consultant.press("Run it in shadow")
    consultant.press("Put it live")
    consultant.sees("live since")
    consultant.press("Begin a draft from it")
    consultant.follow("Form")
    page.locator("#condition-1-value").fill("3")
    page.locator("#example-0-given").fill("incident.category: self_harm\nrecent: 3")
    consultant.press("Save the draft")
    consultant.follow("Text")
    consultant.sees("What differs from version 1, which is live")
    consultant.press("Put it live")
    consultant.follow("Version 1")
    consultant.press("Begin a draft from it")
    consultant.press("Put it live")
    consultant.sees("version 3")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_long_back_test_begins_by_itself_and_is_held_against_the_live_version(
    visit, past, work, size, monkeypatch
):
    monkeypatch.setattr(proof, "AT_ONCE_SECONDS", -1)
    consultant = visit("consultant@calder.test", size)
    consultant.go("/t/calder/rules/new")
    box = consultant.page.get_by_label("The rule", exact=True)
    box.fill(box.input_value().replace("within 7 days", "within 30 days"))
    consultant.press("Keep the draft")
    consultant.press("Put it live")
    consultant.press("Begin a draft from it")
    again = consultant.page.get_by_label("The rule", exact=True)
    again.fill(
        again.input_value()
        .replace("recent >= 2", "recent >= 1")
        .replace("recent: 1", "recent: 0")
        .replace("to: unit_manager", "to: on_call")
    )
    consultant.press("Save the draft")
    consultant.follow("See what it would have done")
    consultant.sees("Waits for a worker")  # nobody pressed anything
    consultant.look("rule-history-long")
    assert work("calder") == 1
    consultant.page.get_by_role("link", name="See what it found").wait_for()
    consultant.page.reload()
    consultant.sees("A worker found this")
    consultant.sees("Whoever is on call for the unit")
    consultant.page.locator(".tl-portions summary").first.click()
    consultant.look("rule-held-against")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_rule_of_a_plugin_is_read_and_put_aside(visit, size):
    consultant = visit("consultant@calder.test", size)
    consultant.go("/t/calder/rules/of/psirf.repeated_self_harm")
    consultant.look()
    consultant.page.get_by_label("Why it is put aside").fill("We look at two in a week instead.")
    consultant.press("Put it aside")
    consultant.sees("This organisation does not use it")
    consultant.press("Use it again")
    consultant.sees("in use again")
