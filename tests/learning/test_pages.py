"""The pages of learning: write, change, share, read, answer; and what bad input gets."""

import re

import pytest

from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.learning import service
from throughline.tenancy.queries import tree

LEAD, MANAGER, NURSE, OTHER_MANAGER = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "beech")
)
LEARNING = "/t/calder/learning"
TYPED = {
    "title": "Handover when two are late",
    "what_we_found": "It was cut short.",
    "what_changes": "We wait for all.",
    "why": "It keeps people safe.",
}


@pytest.fixture
def review(scopes, calder, review_on):
    with scopes.tenant(calder, SYSTEM) as scope:
        return review_on(scope)


@pytest.fixture
def units(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return {unit.key: str(unit.id) for unit in tree(scope).units.values()}


@pytest.fixture
def learning(scopes, calder, review):
    with scopes.tenant(calder, SYSTEM) as scope:
        return service.write(scope, service.Words(**TYPED), [review.id])


def words_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_it_is_written_once_however_often_it_is_sent(client_for, review):
    browser, form = client_for(LEAD), {**TYPED, "review": str(review.id), "key": str(uuid7())}
    places = {browser.post(f"{LEARNING}/new", form).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    page = words_of(browser.get(places.pop()))
    assert "A draft: only those who write and share learning see it" in page
    assert "Evenings on oak" in page


@pytest.mark.parametrize("field", list(TYPED))
def test_bad_input_names_the_field_and_the_rest_stays(client_for, review, field):
    form = {**TYPED, "review": str(review.id), field: ""}
    answer = client_for(LEAD).post(f"{LEARNING}/new", form)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert f'href="#{field}"' in page
    for name, text in TYPED.items():
        assert name == field or text in page
    assert f'name="review" value="{review.id}"' in page


def test_without_a_review_it_says_where_to_start(client_for):
    assert "Start from the page of a review" in words_of(client_for(LEAD).get(f"{LEARNING}/new"))
    answer = client_for(LEAD).post(f"{LEARNING}/new", TYPED)
    assert answer.status_code == 422
    assert "A learning comes from at least one review" in words_of(answer)


def test_a_review_of_another_unit_or_nonsense_is_not_found(client_for, review):
    browser = client_for(OTHER_MANAGER)
    for wanted in (str(review.id), "nonsense"):
        assert browser.get(f"{LEARNING}/new?review={wanted}").status_code == 404
        assert browser.post(f"{LEARNING}/new", {**TYPED, "review": wanted}).status_code == 404


def test_a_draft_is_not_found_by_those_it_is_not_for(client_for, learning):
    for email, tenant in ((NURSE, "calder"), (OTHER_MANAGER, "calder"), ("lead@hollins.test", "hollins")):
        assert client_for(email).get(f"/t/{tenant}/learning/{learning.id}").status_code == 404
    assert client_for("consultant@calder.test").get(f"{LEARNING}/{learning.id}").status_code == 403


def test_a_draft_is_changed(client_for, learning):
    browser, path = client_for(LEAD), f"{LEARNING}/{learning.id}/edit"
    version = re.search(r'name="version" value="(\d+)"', browser.get(path).get_data(as_text=True))[1]
    answer = browser.post(path, {**TYPED, "why": "It kept people safe.", "version": version})
    assert "It kept people safe." in words_of(browser.get(answer.headers["Location"]))


def test_a_conflict_shows_both_texts(client_for, learning):
    path, version = f"{LEARNING}/{learning.id}/edit", service.text_version(learning)
    client_for(LEAD).post(path, {**TYPED, "why": "Her reason.", "version": str(version)})
    answer = client_for(MANAGER).post(path, {**TYPED, "why": "His reason.", "version": str(version)})
    assert answer.status_code == 409
    assert "Her reason." in words_of(answer)
    assert "His reason.</textarea>" in answer.get_data(as_text=True)


def test_a_text_typed_while_it_was_approved_is_given_back(client_for, learning, units):
    browser, path = client_for(LEAD), f"{LEARNING}/{learning.id}/edit"
    browser.post(f"{LEARNING}/{learning.id}/share", {"units": units["oak"]})
    answer = browser.post(path, {**TYPED, "why": "A better reason.", "version": "1"})
    assert answer.status_code == 409
    assert "A better reason." in answer.get_data(as_text=True)
    assert browser.get(path).status_code == 302


def test_it_is_shared_read_and_acknowledged(client_for, learning, units):
    lead, manager, nurse = client_for(LEAD), client_for(MANAGER), client_for(NURSE)
    answer = lead.post(f"{LEARNING}/{learning.id}/share", {"units": [units["oak"], units["hazel"]]})
    assert "Shared with 2 more units" in words_of(lead.get(answer.headers["Location"]))
    assert TYPED["title"] in words_of(nurse.get(f"{LEARNING}/briefings"))
    assert "Acknowledge for" not in words_of(nurse.get(f"{LEARNING}/{learning.id}"))
    page = words_of(manager.get(f"{LEARNING}/{learning.id}"))
    assert "Acknowledge for Oak Ward" in page
    assert "Acknowledge for Hazel" not in page
    path = f"{LEARNING}/{learning.id}/acknowledge/{units['oak']}"
    assert "What does it mean for Oak Ward?" in words_of(manager.get(path))
    adopted = {"answer": "adopted"}
    assert "Thank you" in words_of(manager.get(manager.post(path, adopted).headers["Location"]))
    assert "acknowledged already" in words_of(manager.get(manager.post(path, adopted).headers["Location"]))
    assert "1 of 2 (50%)" in words_of(lead.get(LEARNING))
    assert "Nothing new to read" in words_of(nurse.get(f"{LEARNING}/briefings"))
    assert "by Joe Barnes" in words_of(nurse.get(f"{LEARNING}/briefings?show=all"))


@pytest.mark.parametrize("chosen", [{}, {"units": "nonsense"}, {"units": str(uuid7())}])
def test_sharing_with_nobody_or_nonsense_says_what_would_be_right(client_for, learning, chosen):
    answer = client_for(LEAD).post(f"{LEARNING}/{learning.id}/share", chosen)
    assert answer.status_code == 422
    assert "Choose" in words_of(answer)
    assert "A draft" in words_of(client_for(LEAD).get(f"{LEARNING}/{learning.id}"))


def test_a_unit_manager_is_offered_their_own_unit_only(client_for, learning):
    page = words_of(client_for(MANAGER).get(f"{LEARNING}/{learning.id}"))
    assert "Oak Ward" in page
    assert "Beech Ward" not in page


def test_answering_for_another_unit_or_one_it_was_not_shared_with_is_refused(client_for, learning, units):
    client_for(LEAD).post(f"{LEARNING}/{learning.id}/share", {"units": units["oak"]})
    browser = client_for(OTHER_MANAGER)
    assert browser.post(f"{LEARNING}/{learning.id}/acknowledge/{units['oak']}").status_code == 403
    assert browser.post(f"{LEARNING}/{learning.id}/acknowledge/{units['beech']}").status_code == 404


def test_a_reader_sees_no_drafts_tab_and_no_drafts(client_for, learning):
    page = words_of(client_for(NURSE).get(LEARNING))
    assert "Drafts" not in page
    assert "Nothing written here yet" in page
    assert "Drafts 1" in words_of(client_for(LEAD).get(LEARNING))


def test_what_is_typed_is_shown_as_text_and_never_as_markup(client_for, review):
    hostile = "<img src=x onerror=alert(1)>"
    browser = client_for(LEAD)
    answer = browser.post(f"{LEARNING}/new", {**dict.fromkeys(TYPED, hostile), "review": str(review.id)})
    page = browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "<img src=x" not in page
    assert page.count("&lt;img") >= 4
