"""Units side by side: by their size, only with whole denominators, and without a ranking."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from tests.trends.test_pages import LEAD, NURSE, page_of

from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.trends import counts, denominators
from throughline.trends.between import compared
from throughline.trends.funnel_chart import Placed, funnel_chart

PAGE = "/t/calder/trends/funnel"
START, END = date(2025, 11, 1), date(2026, 11, 1)
DAYS = [START + timedelta(days=n) for n in range((END - START).days)]


def fill(scope, missing=()):
    """A year: oak with 20 beds and 60 incidents, beech with 10 and 60, willow with a day that is missing."""
    units = {key: tree(scope).by_key(key).id for key in ("oak", "beech", "willow")}
    beds = {"oak": 20, "beech": 10, "willow": 10}
    denominators.record_days(
        scope,
        {
            (unit, day): beds[key]
            for key, unit in units.items()
            for day in DAYS
            if key != "willow" or day != date(2026, 2, 3)
        },
    )
    counts.add(scope, {(DAYS[n], units[key], "fall", 0): 1 for key in ("oak", "beech") for n in range(60)})
    counts.add(
        scope,
        {(DAYS[0] - timedelta(days=1), units["oak"], "fall", 0): 50, (END, units["oak"], "fall", 0): 50},
    )
    return units


def test_expected_follows_the_bed_days_of_the_units_that_can_be_compared(scope):
    units = fill(scope)
    names = {unit: key for key, unit in units.items()}
    found = compared(scope, START, END, names)
    assert {one.name: (one.observed, round(one.expected, 6)) for _, one, _ in found.placed} == {
        "oak": (60, 80.0),
        "beech": (60, 40.0),
    }
    assert found.left_out == {units["willow"]: 1}
    assert round(found.rate, 4) == round(1000 * 120 / (30 * 365), 4)
    assert compared(scope, START, END, names, "self_harm").placed == ()  # nothing happened: nothing is usual


@pytest.mark.parametrize(
    ("observed", "says"),
    [
        (40, "as its size explains"),
        (55, "above the 95% limit"),
        (66, "above the 99.8% limit"),
        (27, "below the 95% limit"),
        (20, "below the 99.8% limit"),
    ],
)
def test_a_unit_lies_where_the_exact_poisson_limits_say(observed, says):
    assert Placed("Beech", observed, 40).says == says


def test_the_drawing_names_those_beyond_a_limit_only():
    drawn = funnel_chart(
        [Placed("Oak <b>", 90, 80), Placed("Beech & Elm", 62, 40)], title="Falls", description="d", name="f"
    )
    root = ElementTree.fromstring(drawn)
    words = [part.text for part in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Beech & Elm" in words and "Oak <b>" not in words
    with pytest.raises(ValueError, match="at least one unit"):
        funnel_chart([], title="t", description="d", name="f")


def test_the_page_shows_the_table_and_who_is_left_out(client_for, scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        fill(scope)
    text = page_of(client_for, LEAD, f"{PAGE}?category=fall")
    assert (
        "Beech Ward lies above the 95% limit" in text
        or "Beech Unit lies above the" in text
        or "Beech" in text
    )
    rows = re.findall(r'<th scope="row">([^<]+)</th>(?:<td class="tl-list__number">([^<]*)</td>)', text)
    assert len(rows) == 2 and [row[1] for row in rows] == ["60", "60"]
    assert "1 days have no figure" not in text and "1 day has no figure" in text
    assert "365 days have no figure" in text


def test_with_no_denominators_nothing_is_drawn(client_for):
    text = page_of(client_for, LEAD, f"{PAGE}?category=nothing")
    assert "Nothing to compare yet" in text and "<svg xmlns" not in text.split("<main")[1]
    assert client_for(NURSE).get(PAGE).status_code == 403
