"""A governance lead sets a target, and begins new limits where something changed."""

from datetime import date, timedelta

import pytest
from tests.trends.test_funnel_page import fill

from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.trends import counts

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def counted(scopes, calder):
    """Two years of self-harm on Oak Ward, fewer since March 2026."""
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        days = [date(2024, 11, 1) + timedelta(days=n) for n in range(747)]
        often = [
            day for day in days if (day.day * 7 + day.month) % (3 if day < date(2026, 3, 1) else 11) == 0
        ]
        counts.add(scope, {(day, oak, "self_harm", 1): 1 for day in often})


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_lead_sets_a_chart(visit, size, counted):
    lead = visit("lead@calder.test", size)
    lead.go("/t/calder/trends?unit=oak&category=self_harm")
    lead.look()
    lead.follow("Target and limits")
    lead.title("Self-harm, Oak Ward")
    lead.page.get_by_label("Target (optional)").fill("lots")
    lead.press("Set the chart")
    lead.sees("Write the target as a number")
    lead.look()
    lead.page.get_by_label("Target (optional)").fill("6")
    lead.page.get_by_label("Which way is better").select_option("decrease")
    lead.press("Set the chart")
    lead.sees("The chart is set.")
    lead.page.get_by_label("First day of the new level").fill("2026-03-01")
    lead.page.get_by_label("What changed, and why it will last").fill("Handover at the bedside, every shift")
    lead.press("Begin new limits")
    lead.sees("New limits begin there.")
    lead.look("chart")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_lead_sees_how_the_services_stand(visit, size, counted):
    lead = visit("lead@calder.test", size)
    lead.go("/t/calder/trends")
    lead.follow("Overview")
    lead.title("How all your services stand")
    lead.look("overview")
    lead.go("/t/calder/trends/overview?unit=oak")
    lead.title("How Oak Ward stands")
    lead.look()
    lead.follow("Reports without harm")
    lead.title("Incidents")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_lead_looks_between_units(visit, size, scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        fill(scope)
    lead = visit("lead@calder.test", size)
    lead.go("/t/calder/trends")
    lead.look()
    lead.follow("Between units")
    lead.title("Between units")
    lead.look("funnel")
