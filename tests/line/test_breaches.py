"""What breaches next: everything with an end, in order, a page at a time, and only what the reader reads."""

import re
from datetime import timedelta

import pytest
from tests.clocks.conftest import as_, incident, people, reported

from throughline.clocks import service as clocks
from throughline.clocks.service import Counting
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.line.breaches import Filter, listed
from throughline.tenancy.queries import tree

__all__ = ["as_", "incident", "people", "reported"]

PRONE = {"psirf.restraint": {"positions": ["prone"]}}


@pytest.fixture
def many(scopes, calder, reported):
    """Five incidents on Oak and two on Beech (one in confidence), some with clocks; one raises an escalation."""
    about = [reported() for _ in range(4)] + [reported(category="restrictive_practice", extra=PRONE)]
    about += [reported("beech"), reported("beech", confidential=True)]
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        for number, one in enumerate(about):
            counting = Counting("c", f"Clock {number}", hours=6 + 12 * number, warn_before_hours=1)
            clocks.start_by_rule(scope, one, counting, "r.r", 1)
    return about


def keys(page):
    return [(row.kind, row.id) for row in page.rows]


def test_the_next_end_comes_first_whatever_its_kind(as_, many):
    with as_("lead") as scope:
        rows = listed(scope, Filter()).rows
        assert [row.at for row in rows] == sorted(row.at for row in rows)
        assert {row.kind for row in rows} == {"clock", "triage", "acknowledge"}
        assert len([row for row in rows if row.kind == "clock"]) == 7


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_neither_repeat_nor_lose_a_row(as_, many, limit):
    with as_("lead") as scope:
        whole = keys(listed(scope, Filter(), limit=200))
        seen, after = [], ""
        while True:
            page = listed(scope, Filter(), after, limit)
            seen += keys(page)
            assert page.count == len(whole)
            if page.later is None:
                break
            after = page.later
        assert seen == whole


def test_rows_of_one_moment_are_paged_too(as_, many, scopes, calder, reported):
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        for number in range(5):
            counting = Counting("same", f"Same {number}", hours=30)
            clocks.start_by_rule(scope, many[number], counting, "r.r", 1)
    test_pages_neither_repeat_nor_lose_a_row(as_, many, 2)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(kind="clock", state="late"), ["Clock 0"]),
        (Filter(kind="clock", state="soon"), ["Clock 1", "Clock 2"]),
        (Filter(kind="clock", state="later"), ["Clock 3", "Clock 4", "Clock 5", "Clock 6"]),
        (Filter(kind="clock", state="paused"), []),
        (Filter(kind="triage", state="paused"), []),
    ],
)
def test_it_is_narrowed_by_kind_and_state(as_, many, clock, wanted, expected):
    clock.move(timedelta(hours=6))
    with as_("lead") as scope:
        page = listed(scope, wanted)
        assert ([row.title for row in page.rows], page.count) == (expected, len(expected))


def test_it_is_narrowed_by_unit_with_all_below_it(as_, many):
    with as_("lead") as scope:
        units = tree(scope)
        below = tuple(units.subtree(units.by_key("older-specialist").id))
        assert {row.title for row in listed(scope, Filter("clock", unit_ids=below)).rows} == {
            "Clock 5",
            "Clock 6",
        }


def test_each_reads_only_their_own_units_and_confidence_only_where_they_may(as_, many):
    expected = {
        "lead": {f"Clock {n}" for n in range(7)},
        "director": {f"Clock {n}" for n in range(6)},
        "manager": {f"Clock {n}" for n in range(5)},
        "beech": {"Clock 5"},
        "nurse": set(),
        "admin": set(),
    }
    for who, titles in expected.items():
        with as_(who) as scope:
            page = listed(scope, Filter("clock"))
            assert ({row.title for row in page.rows}, page.count) == (titles, len(titles)), who


def test_a_review_ends_with_its_day_and_is_listed_once(as_, many, people):
    from throughline.reviews import service as reviews  # noqa: PLC0415

    with as_("lead") as scope:
        due = scope.today() + timedelta(days=5)
        for one in many[:3]:
            incidents.triage(scope, one.id, 1, "review", "", "mdt", due)
        ids = tuple(one.id for one in many[:3])
        opening = reviews.Opening("Three", "mdt", "seips.work_system", people["lead"], due, ids, many[0].id)
        reviews.open_review(scope, opening)
    with as_("manager") as scope:
        (row,) = listed(scope, Filter("review")).rows
        assert row.at.astimezone(scope.tenant.timezone).isoformat() == f"{due}T23:59:59+00:00"
    with as_("beech") as scope:
        assert listed(scope, Filter("review")).rows == []


@pytest.mark.parametrize("cursor", ["x", "~~", "2026-11-18T10:30:00~clock~x", "2026-11-18T10:30:00+00:00~x~y",
                                    "2026-11-18T10:30:00~clock~0190a000-0000-7000-8000-000000000001", "a~b~c~d"])  # fmt: skip
def test_a_cursor_of_nowhere_is_no_page(as_, many, cursor):
    with as_("lead") as scope, pytest.raises(NotFound):
        listed(scope, Filter(), cursor)


def words(answer):
    text = answer.get_data(as_text=True).split("<main")[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_page_shows_links_and_says_what_to_do_when_there_is_nothing(client_for, many):
    browser = client_for("lead@calder.test")
    page = browser.get("/t/calder/clocks")
    text = page.get_data(as_text=True)
    assert "Clock 0" in words(page)
    assert re.search(r'title="\d+ Nov 2026, \d\d:\d\d"', text)
    assert "To triage" in words(browser.get("/t/calder/clocks?kind=triage"))
    assert "No clock stands still" in words(browser.get("/t/calder/clocks?state=paused"))
    assert "Nothing is late" in words(browser.get("/t/calder/clocks?state=late"))
    assert "Nothing fits" in words(browser.get("/t/calder/clocks?kind=review&unit=willow"))
    assert browser.get("/t/calder/clocks?after=rubbish").status_code == 404
    assert browser.get("/t/calder/clocks?kind=x&state=%00&unit='").status_code == 200
    for link in set(re.findall(r'href="(/t/calder/(?:clocks|incidents|reviews)/[^"?#]+)"', text)):
        assert browser.get(link).status_code == 200, link


def test_home_of_governance_leads_to_it(client_for, many):
    page = client_for("lead@calder.test").get("/t/calder/")
    assert "What breaches next" in words(page)
    assert 'href="/t/calder/clocks"' in page.get_data(as_text=True)
    assert "Clock 0" in words(page)


def test_nobody_else_opens_it(client_for):
    for who in ("nurse", "consultant", "admin"):
        assert client_for(f"{who}@calder.test").get("/t/calder/clocks").status_code == 403
