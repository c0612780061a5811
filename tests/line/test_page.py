"""Who sees what of an incident's line: by the permission table, and nothing that leads to a closed door."""

import re

import pytest

LEAD, MANAGER, NURSE, ADMIN, CONSULTANT, EXECUTIVE, OTHER = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "admin", "consultant", "director", "beech")
)
REVIEW_WORDS = ("Reviewword", "Factorword", "Stageword", "communication")
PEOPLE_OF_THE_REVIEW = "Joe Barnes", "Nia Price"


def page_of(client_for, email, told, tab=""):
    return client_for(email).get(f"/t/calder/incidents/{told.reference}{tab}")


def line_of(page):
    """Return the part of a page that draws the line."""
    return page.split('<ol class="tl-track"')[1].split("</ol>")[0]


def steps_of(page):
    """Return each step's heading with its state."""
    return re.findall(r'<li class="tl-step tl-step--(\w+)', page)


def links_of(page):
    return re.findall(r'href="(/t/[^"]+)"', line_of(page))


def test_whoever_reads_the_unit_sees_who_when_and_the_evidence(client_for, travelled):
    told = travelled()
    page = page_of(client_for, MANAGER, told).get_data(as_text=True)
    assert steps_of(page) == ["done", "done", "done", "done", "done", "due", "gap"]
    line = line_of(page)
    for word in (
        "Amina Khan",
        "Ruth Ellis",
        "Reviewword",
        "Learningword",
        "Actionword",
        "18 Nov 2026, 10:30",
    ):
        assert word in line, word
    assert "contributory factor" in line
    assert "how we shall know whether it worked" in line
    assert "Declare a measure" in line


@pytest.mark.parametrize("email", [LEAD, MANAGER, EXECUTIVE, NURSE])
@pytest.mark.parametrize("upto", ["reviewed", "learned", "acted"])
def test_no_link_of_the_line_leads_to_a_closed_door(client_for, travelled, email, upto):
    told = travelled(upto)
    page = page_of(client_for, email, told).get_data(as_text=True)
    client = client_for(email)
    assert {link: client.get(link).status_code for link in links_of(page)} == dict.fromkeys(
        links_of(page), 200
    )


def test_an_action_of_another_unit_is_counted_and_not_told(client_for, travelled):
    told = travelled()
    assert "Elsewhereword" in page_of(client_for, LEAD, told).get_data(as_text=True)
    page = page_of(client_for, MANAGER, told).get_data(as_text=True)
    assert "Elsewhereword" not in page
    assert "Nia Price" not in page
    assert "2 of 2 actions still to do" in page


def test_a_draft_of_what_was_learned_is_for_those_who_share(client_for, travelled):
    told = travelled("learned")
    assert "Learningword" in page_of(client_for, MANAGER, told).get_data(as_text=True)
    page = page_of(client_for, EXECUTIVE, told).get_data(as_text=True)
    assert "Reviewword" in page
    assert "Learningword" not in page
    assert "not yet shared with the units" in page


def test_the_reporter_sees_how_far_it_is_and_nothing_of_the_review(client_for, travelled):
    told = travelled()
    answer = page_of(client_for, NURSE, told)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert steps_of(page) == ["done", "done", "done", "done", "done", "due", "gap"]
    assert "The story as it was told." in page
    for word in (*REVIEW_WORDS, "Actionword", "Elsewhereword", *PEOPLE_OF_THE_REVIEW):
        assert word not in page, word
    line = line_of(page)
    assert "Amina Khan" in line
    assert "Learningword" in line, "what was approved is for everybody"
    assert all("/learning/" in link for link in links_of(page))
    assert "<a class" not in line.replace("nhsuk-link", "")
    assert "nhsuk-button" not in line, "nothing to do that is not theirs"


@pytest.mark.parametrize("upto", ["triaged", "reviewed", "learned"])
def test_the_reporter_sees_no_title_on_the_way_either(client_for, travelled, upto):
    page = page_of(client_for, NURSE, travelled(upto)).get_data(as_text=True)
    for word in (*REVIEW_WORDS, "Learningword"):
        assert word not in page, word
    assert links_of(page) == []


def test_the_reporter_has_the_story_only(client_for, travelled):
    told = travelled()
    page = page_of(client_for, NURSE, told).get_data(as_text=True)
    for tab in ("escalations", "audit"):
        assert f"{told.reference}/{tab}" not in page
        assert page_of(client_for, NURSE, told, f"/{tab}").status_code in (403, 404)
    assert client_for(NURSE).get(f"/t/calder/reviews/{told.review_id}").status_code == 403


@pytest.mark.parametrize("email", [OTHER, ADMIN])
def test_nobody_else_finds_the_line(client_for, travelled, email):
    told = travelled()
    for tab in ("", "/escalations", "/audit"):
        assert page_of(client_for, email, told, tab).status_code in (403, 404)
    assert client_for(email).get(f"/t/calder/incident/{told.incident_id}").status_code == 404


def test_the_consultant_sees_no_incident_at_all(client_for, travelled):
    assert page_of(client_for, CONSULTANT, travelled()).status_code == 403


def test_an_anonymous_reporter_is_nobody_to_everybody(client_for, travelled):
    told = travelled(anonymous=True)
    for email in (LEAD, MANAGER, EXECUTIVE):
        for tab in ("", "/escalations", "/audit"):
            page = page_of(client_for, email, told, tab).get_data(as_text=True)
            assert "Amina Khan" not in page, (email, tab)
        assert "Reported anonymously" in page_of(client_for, email, told).get_data(as_text=True)
    assert page_of(client_for, NURSE, told).status_code == 404, "nothing ties it to who sent it"


def test_who_reported_in_confidence_is_named_to_nobody_but_themselves(client_for, travelled):
    told = travelled(confidential=True)
    for tab in ("", "/escalations", "/audit"):
        page = page_of(client_for, LEAD, told, tab).get_data(as_text=True)
        assert "Amina Khan" not in page, tab
        assert "In confidence" in page
    assert "Reported in confidence" in line_of(page_of(client_for, LEAD, told).get_data(as_text=True))
    own = page_of(client_for, NURSE, told).get_data(as_text=True)
    assert "Amina Khan" in line_of(own)
    for email in (MANAGER, EXECUTIVE):
        assert page_of(client_for, email, told).status_code == 404, email


def test_the_buttons_are_for_whoever_can(client_for, travelled):
    told = travelled("reported")
    assert "Decide what it needs" in line_of(page_of(client_for, MANAGER, told).get_data(as_text=True))
    for email in (EXECUTIVE, NURSE):
        line = line_of(page_of(client_for, email, told).get_data(as_text=True))
        assert "Somebody has to read this" in line
        assert "Decide what it needs" not in line
