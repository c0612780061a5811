"""How a place stands: every figure is counted right, and leads to a list of just what it counts."""

import re
from datetime import timedelta

import pytest
from tests.incidents.test_reporting import a_report
from tests.trends.test_pages import LEAD, MANAGER, NURSE, page_of

from throughline.incidents import service
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.trends import denominators

PAGE = "/t/calder/trends/overview"


@pytest.fixture
def reported(scopes, calder):
    """Six reports on two wards: two without harm, one without a name, one read; one is of last year."""
    with scopes.tenant(calder, SYSTEM) as scope:
        told = [
            {"physical_harm": "none"},
            {"physical_harm": "none", "unit": "beech"},
            {"anonymous": True, "unit": "beech"},
            {},
            {"category": "fall"},
        ]
        stored = [service.report(scope, a_report(scope, **one)).incident for one in told]
        old = service.report(scope, a_report(scope, physical_harm="none")).incident
        old.reported_at = scope.now() - timedelta(days=200)
        stored[4].reported_at = scope.now() - timedelta(days=3)
        service.triage(scope, stored[3].id, stored[3].version, "no_review", "Known and safe.")


def tiles(text):
    """Return label, value and address of each tile."""
    return {
        label: (value, href.replace("&amp;", "&"))
        for href, label, value in re.findall(
            r'tl-tile__link" href="([^"]+)"><span class="tl-tile__label">([^<]+)</span>'
            r'<span class="tl-tile__value">([^<]+)',
            text,
        )
    }


@pytest.mark.usefixtures("reported")
def test_each_sign_leads_to_the_reports_it_counts(client_for):
    found = tiles(page_of(client_for, LEAD, PAGE))
    expected = {
        "Reports without harm": ("40%", 2),
        "Without a name": ("20%", 1),
        "Read and answered": ("20%", 1),
    }
    for label, (share, rows) in expected.items():
        value, href = found[label]
        assert value == share, label
        count = re.search(r"(\d+) incidents?", page_of(client_for, LEAD, href))
        assert count and int(count.group(1)) == rows, label


@pytest.mark.usefixtures("reported")
def test_a_place_counts_its_own(client_for):
    found = tiles(page_of(client_for, LEAD, f"{PAGE}?unit=beech"))
    assert found["Reports without harm"][0] == found["Without a name"][0] == "50%"
    assert "unit=beech" in found["Without a name"][1]


@pytest.mark.usefixtures("reported")
def test_a_rate_needs_every_day_and_says_so(client_for, scopes, calder):
    text = page_of(client_for, LEAD, f"{PAGE}?unit=oak")
    assert "No rate: 90 of 90 days have no figure of bed days." in text
    with scopes.tenant(calder, SYSTEM) as scope:
        oak, today = tree(scope).by_key("oak").id, scope.today()
        denominators.record_days(scope, {(oak, today - timedelta(days=n)): 10 for n in range(91)})
    text = page_of(client_for, LEAD, f"{PAGE}?unit=oak")
    assert "For every 1,000 bed days, up to yesterday: 1 over 900." in text
    assert tiles(text)["Reported"][0] == "1.1"


def test_nothing_yet_divides_by_nothing(client_for):
    text = page_of(client_for, LEAD, PAGE)
    assert tiles(text)["Reports without harm"][0] == "–" and "Nothing counted yet" in text


def test_it_is_for_those_who_oversee(client_for):
    assert page_of(client_for, MANAGER, PAGE)
    assert client_for(NURSE).get(PAGE).status_code == 403
