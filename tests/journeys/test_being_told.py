"""How somebody chooses to be told: from the inbox, on a phone and on a desk."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_manager_chooses_a_digest_and_quiet_hours(visit, size):
    manager = visit("manager@calder.test", size=size)
    manager.go("/t/calder/inbox")
    manager.peek("inbox-empty")
    manager.page.locator("main").get_by_role("link", name="How you are told").click()
    manager.title("How you are told")
    manager.peek("preferences")
    manager.page.get_by_label("Send one digest a day").check()
    manager.page.get_by_label("Time of your digest").fill("22:00")
    manager.page.get_by_label("From (optional)").fill("21:00")
    manager.page.get_by_label("Until (optional)").fill("07:00")
    manager.press("Save")
    manager.sees("This time lies in your quiet hours")
    manager.peek("preferences-error")
    manager.page.get_by_label("Time of your digest").fill("08:15")
    manager.press("Save")
    manager.sees("Saved.")
    assert manager.page.get_by_label("Time of your digest").input_value() == "08:15"
    manager.peek("preferences-kept")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_manager_enters_who_is_on_call_tonight(visit, size):
    manager = visit("manager@calder.test", size=size)
    manager.go("/t/calder/on-call")
    manager.sees("Nobody. An alarm for the one on call goes to the unit manager.")
    manager.peek("roster-empty")
    manager.page.locator("main").get_by_role("link", name="Add a turn").click()
    manager.peek("roster-new")
    manager.press("Put them on call")
    manager.sees("Choose a unit from the list")
    manager.peek("roster-error")
    manager.page.get_by_label("For which unit?").select_option(label="Oak Ward")
    manager.page.get_by_label("Who is on call?").select_option(label="Joe Barnes, Unit manager")
    manager.page.get_by_label("Time", exact=True).first.fill("08:00")
    manager.press("Put them on call")
    manager.sees("It is on the roster.")
    manager.sees("Joe Barnes, until")
    manager.peek("roster")
    manager.follow("Joe Barnes, Oak Ward")
    manager.peek("roster-change")
