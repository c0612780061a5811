"""The charts on their page and on a measure's: two drawings of which one shows, icons, words, table and file."""

import csv
import io
import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import service
from throughline.actions.schemas import Declaration, Plan
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.learning.models import Learning
from throughline.tenancy.queries import tree
from throughline.trends import counts, denominators

LEAD, MANAGER, NURSE, OTHER_MANAGER = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "beech")
)
TRENDS = "/t/calder/trends"
START, END = date(2024, 11, 1), date(2026, 11, 18)
GAP = (date(2026, 3, 3), date(2026, 3, 5))


@pytest.fixture
def oak(scopes, calder):
    """Two years of self-harm on Oak Ward, fewer since March 2026, and the beds that were occupied."""
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        days = [START + timedelta(days=n) for n in range((END - START).days)]
        counts.add(
            scope,
            {
                (day, oak, "self_harm", 1): 1
                for day in days
                if (day.day + day.month) % (3 if day < date(2026, 3, 1) else 12) == 0
            },
        )
        denominators.record_days(scope, {(oak, day): 17 for day in days})
        return oak


@pytest.fixture
def without_a_day(scopes, calder, oak):
    """Two days of March 2026 whose beds nobody counted."""
    with scopes.tenant(calder, SYSTEM) as scope:
        for found in scope.session.scalars(select(denominators.UnitDay)):
            if found.unit_id == oak and GAP[0] <= found.day < GAP[1]:
                scope.session.delete(found)


@pytest.fixture
def measure(scopes, calder, oak):
    """A measure of self-harm on Oak Ward, and the action it judges, done in February 2026."""
    with scopes.tenant(calder, SYSTEM) as scope:
        nurse = scope.session.scalars(select(User.id).where(User.email == NURSE)).one()
        learning = Learning(
            id=uuid7(), title="Handover", what_we_found="f", what_changes="c", why="w",
            created_at=scope.now(), approved_at=scope.now(),
        )  # fmt: skip
        scope.session.add(learning)
        scope.session.flush()
        action = service.plan(
            scope,
            Plan("A <b>board</b> & a pen", "", "information", "intermediate", oak, nurse, date(2026, 12, 24)),
            [learning.id],
        )
        wanted = Declaration(
            "Self-harm on Oak",
            "Every one.",
            "self_harm",
            oak,
            "lower",
            date(2025, 1, 1),
            date(2025, 12, 31),
            date(2027, 7, 1),
        )
        declared = service.declare(scope, wanted, [action.id])
        action.completed_on = date(2026, 2, 10)
        return declared.id


def page_of(client_for, email, path):
    answer = client_for(email).get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def drawings(text):
    return {
        (size or "icon"): ElementTree.fromstring(svg)
        for size, svg in re.findall(
            r'<div class="tl-figure__drawing tl-figure__drawing--(wide|narrow)">(<svg.*?</svg>)</div>',
            text,
            re.DOTALL,
        )
    }


def test_a_chart_is_drawn_for_a_desk_and_for_a_phone_with_icon_words_and_table(client_for, oak):
    text = page_of(client_for, LEAD, f"{TRENDS}?unit=oak&category=self_harm")
    found = drawings(text)
    assert {size: svg.get("viewBox").split()[2] for size, svg in found.items()} == {
        "wide": "680",
        "narrow": "300",
    }
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert (
        '<span class="tl-figure__icon" aria-hidden="true"><svg' in text
        and "</span>Lower than before</li>" in text
    )
    assert "so the process has changed." in text
    assert '<th scope="col">Month</th>' in text and "For every 1,000" in text
    assert "style=" not in text.split("<main")[1].split("</main")[0]


def test_a_rate_without_a_day_is_not_drawn_and_the_days_are_named(client_for, without_a_day):
    text = page_of(client_for, LEAD, f"{TRENDS}?unit=oak&category=self_harm")
    assert "Occupied bed days are missing for 2 days (3 March 2026 to 4 March 2026)" in text
    assert "incidents a month" in text and "For every 1,000" not in text


def test_weeks_are_whole_and_begin_on_monday(client_for, oak):
    text = page_of(client_for, LEAD, f"{TRENDS}?unit=oak&category=self_harm&every=week")
    assert "Each week of the last year" in text
    (address,) = re.findall(r'href="(/t/calder/trends/weeks\.csv[^"]*)"', text)
    answer = client_for(LEAD).get(address.replace("&amp;", "&"))
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert all(date.fromisoformat(row["week"]).weekday() == 0 for row in rows) and len(rows) >= 52
    assert {row["occupied bed days"] for row in rows} == {str(7 * 17)}
    assert 'filename="weeks.csv"' in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path", ["?unit=nowhere", "/months.csv?category=<script>", "/years.csv", "/months.csv?unit=nowhere"]
)
def test_what_is_not_there_is_not_found(client_for, oak, path):
    assert client_for(LEAD).get(f"{TRENDS}{path}").status_code == 404


def test_a_place_where_nothing_was_counted_says_so(client_for):
    assert "Nothing counted yet" in page_of(client_for, LEAD, f"{TRENDS}?unit=oak")
    assert client_for(LEAD).get(f"{TRENDS}/months.csv?unit=oak").status_code == 404


def test_a_measure_shows_its_own_chart_with_what_was_changed(client_for, measure):
    text = page_of(client_for, MANAGER, f"/t/calder/actions/measures/{measure}")
    wide = drawings(text)["wide"]
    words = [element.text for element in wide.iter("{http://www.w3.org/2000/svg}text")]
    assert "A <b>board</b> & a pen" in words and "limits from these 12" in words
    assert "2024" not in words and "Improving" in text
    assert "board</b>" not in text.replace("&lt;b&gt;board&lt;/b&gt;", "")


def test_who_does_not_oversee_a_place_sees_no_chart_of_its_measure(client_for, measure):
    for email in (NURSE, OTHER_MANAGER):
        answer = client_for(email).get(f"/t/calder/actions/measures/{measure}")
        assert "tl-figure" not in answer.get_data(as_text=True)
