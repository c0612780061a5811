"""How somebody chooses to be told: from the inbox, on a phone and on a desk."""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEPT = os.environ.get("THROUGHLINE_LOOK_AT", "")  # a folder for pictures, while somebody looks at them


def look(visitor, name):
    visitor.look()
    if KEPT:
        visitor.page.screenshot(path=str(Path(KEPT) / f"{name}-{visitor.size}.png"), full_page=True)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_manager_chooses_a_digest_and_quiet_hours(visit, size):
    manager = visit("manager@calder.test", size=size)
    manager.go("/t/calder/inbox")
    look(manager, "inbox-empty")
    manager.page.locator("main").get_by_role("link", name="How you are told").click()
    manager.title("How you are told")
    look(manager, "preferences")
    manager.page.get_by_label("Send one digest a day").check()
    manager.page.get_by_label("Time of your digest").fill("22:00")
    manager.page.get_by_label("From (optional)").fill("21:00")
    manager.page.get_by_label("Until (optional)").fill("07:00")
    manager.press("Save")
    manager.sees("This time lies in your quiet hours")
    look(manager, "preferences-error")
    manager.page.get_by_label("Time of your digest").fill("08:15")
    manager.press("Save")
    manager.sees("Saved.")
    assert manager.page.get_by_label("Time of your digest").input_value() == "08:15"
    look(manager, "preferences-kept")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_manager_enters_who_is_on_call_tonight(visit, size):
    manager = visit("manager@calder.test", size=size)
    manager.go("/t/calder/on-call")
    manager.sees("Nobody. An alarm for the one on call goes to the unit manager.")
    look(manager, "roster-empty")
    manager.page.locator("main").get_by_role("link", name="Add a turn").click()
    look(manager, "roster-new")
    manager.press("Put them on call")
    manager.sees("Choose a unit from the list")
    look(manager, "roster-error")
    manager.page.get_by_label("For which unit?").select_option(label="Oak Ward")
    manager.page.get_by_label("Who is on call?").select_option(label="Joe Barnes, Unit manager")
    manager.page.get_by_label("Time", exact=True).first.fill("08:00")
    manager.press("Put them on call")
    manager.sees("It is on the roster.")
    manager.sees("Joe Barnes, until")
    look(manager, "roster")
    manager.follow("Joe Barnes, Oak Ward")
    look(manager, "roster-change")
