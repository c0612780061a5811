"""Whoever is asked reads on whose authority, and whether anybody has checked it."""

import pytest
from sqlalchemy import select

from throughline.kernel.actor import SYSTEM
from throughline.rules.models import Firing

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


def test_a_firing_keeps_each_part_of_its_condition_with_what_it_read(reported, client_for, scopes, calder):
    found = reported(physical_harm="severe")
    with scopes.tenant(calder, SYSTEM) as scope:
        query = select(Firing.steps).where(
            Firing.incident_id == found.id, Firing.rule_key == "psirf.severe_harm"
        )
        (step,) = scope.session.scalar(query)
    assert step == {
        "text": 'incident.physical_harm == "severe"',
        "depth": 0,
        "holds": True,
        "joined": "",
        "read": {"incident.physical_harm": "severe"},
    }
    page = client_for("lead@calder.test").get(f"/t/calder/incidents/{found.reference}/escalations")
    assert "Physical harm: Severe physical harm" in page.get_data(as_text=True)
