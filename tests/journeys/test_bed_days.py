"""A ward manager fills in a month of bed days on a phone, and a rate becomes possible."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_manager_enters_a_month(visit, size):
    manager = visit("manager@calder.test", size)
    manager.go("/t/calder/trends/occupied")
    manager.look("bed-days")
    manager.page.get_by_role("link", name="None yet for Oak Ward, October 2026").click()
    manager.title("Oak Ward, October 2026")
    manager.page.get_by_label("Thu 1", exact=True).fill("sixteen")
    manager.page.get_by_label("Fri 2", exact=True).fill("17")
    manager.press("Record the month")
    manager.sees("1 October: “sixteen” is not a whole number")
    manager.look("bed-days-month")
    manager.page.get_by_label("Thu 1", exact=True).fill("16")
    manager.press("Record the month")
    manager.sees("2 figures are recorded.")
    manager.go("/t/calder/trends/occupied")
    manager.sees("29 of 31 missing")
    manager.look()
