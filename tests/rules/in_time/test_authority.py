"""Whoever is asked reads on whose authority, and whether anybody has checked it."""

import pytest

UNCHECKED = "Nobody has checked this against its source"


@pytest.mark.parametrize(("harm", "unchecked"), [("severe", True), ("fatal", False)])
def test_what_is_unverified_says_so_where_it_is_shown(reported, client_for, letters, harm, unchecked):
    found = reported(physical_harm=harm)
    browser = client_for("lead@calder.test")
    address = next(link for who, link in letters() if who == "lead")
    page = browser.get(address).get_data(as_text=True)
    assert "On whose authority: " in page
    assert (UNCHECKED in page) is unchecked
    every = browser.get(f"/t/calder/incidents/{found.reference}/escalations").get_data(as_text=True)
    assert UNCHECKED in every, "every rule that spoke is there, those that open duties as well"
