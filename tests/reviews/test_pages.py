"""The pages of a review: what a person sees, what bad input gets, and that nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from throughline.accounts.people import colleagues
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.reviews import frameworks, queries, service
from throughline.reviews.models import Review

LEAD, MANAGER, OTHER_MANAGER = "lead@calder.test", "manager@calder.test", "beech@calder.test"
REVIEWS = "/t/calder/reviews"


@pytest.fixture
def incident(scopes, calder, incident_on) -> Incident:
    with scopes.tenant(calder, SYSTEM) as scope:
        return incident_on(scope, reference="CV-2026-00001")


@pytest.fixture
def leader(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return colleagues(scope, service.LEADING)[0]


@pytest.fixture
def review(scopes, calder, incident, leader):
    with scopes.tenant(calder, SYSTEM) as scope:
        due = scope.today() + timedelta(days=28)
        return service.open_review(
            scope,
            service.Opening("Evenings", "mdt", "seips.work_system", leader.id, due, (incident.id,)),
        )


def form_of(incident, leader, **changes):
    typed = {
        "key": str(uuid7()),
        "incident": str(incident.id),
        "title": "Self-harm in the evening",
        "kind": "mdt",
        "framework": "seips.work_system",
        "lead": str(leader.id),
        "due_on": "2026-12-20",
    }
    return {**typed, **changes}


def words_of(answer):
    page = answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_form_comes_filled_from_the_incident(client_for, incident):
    page = words_of(client_for(LEAD).get(f"{REVIEWS}/new?incident={incident.id}"))
    assert "It covers 1" in page
    assert "Self-harm, Oak Ward" in page


def test_a_review_is_opened_and_listed(client_for, incident, leader):
    browser = client_for(LEAD)
    answer = browser.post(f"{REVIEWS}/new", form_of(incident, leader))
    assert answer.status_code == 302
    assert "The review is open" in words_of(browser.get(answer.headers["Location"]))
    assert "Self-harm in the evening" in words_of(browser.get(REVIEWS))


def test_a_double_click_opens_one_review(client_for, incident, leader):
    browser, form = client_for(LEAD), form_of(incident, leader)
    places = {browser.post(f"{REVIEWS}/new", form).headers["Location"] for _ in range(2)}
    assert len(places) == 1


def test_more_incidents_are_named_by_reference(client_for, scopes, calder, incident, incident_on, leader):
    with scopes.tenant(calder, SYSTEM) as scope:
        for number in (2, 3):
            incident_on(scope, "hazel", reference=f"CV-2026-0000{number}")
    form = form_of(incident, leader, references="cv-2026-00002,\n CV-2026-00003")
    browser = client_for(LEAD)
    page = words_of(browser.get(browser.post(f"{REVIEWS}/new", form).headers["Location"]))
    assert "It covers 3" in page


def test_a_reference_that_is_not_theirs_is_named_and_all_that_was_typed_stays(
    client_for, scopes, calder, incident, incident_on, leader
):
    with scopes.tenant(calder, SYSTEM) as scope:
        incident_on(scope, "beech", reference="CV-2026-00002")
    form = form_of(incident, leader, references="CV-2026-00002 CV-2026-99999", title="What I typed")
    answer = client_for(MANAGER).post(f"{REVIEWS}/new", form)
    assert answer.status_code == 422
    assert "CV-2026-00002, CV-2026-99999: no incident here that you may review" in words_of(answer)
    assert 'value="What I typed"' in answer.get_data(as_text=True)
    assert f'value="{form["key"]}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Give it a title of up to 200 characters"),
        ("kind", "hunt", "Choose the kind of review"),
        ("framework", "", "Choose a framework from the list"),
        ("lead", "nobody", "Choose who leads it"),
        ("due_on", "31/12/2026", "Choose a day that is still to come"),
        ("due_on", "2025-01-01", "Choose a day that is still to come"),
    ],
)
def test_bad_input_names_the_field_and_what_would_be_right(
    client_for, incident, leader, field, value, sentence
):
    answer = client_for(LEAD).post(f"{REVIEWS}/new", form_of(incident, leader, **{field: value}))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert sentence in page
    assert f'href="#{field}"' in page
    assert 'value="Self-harm on Oak Ward"' not in page  # what is proposed does not replace what was typed


def test_an_incident_of_another_unit_or_nonsense_is_not_found(client_for, incident, leader):
    browser = client_for(OTHER_MANAGER)
    assert browser.get(f"{REVIEWS}/new?incident={incident.id}").status_code == 404
    assert browser.get(f"{REVIEWS}/new?incident=nonsense").status_code == 404
    assert browser.post(f"{REVIEWS}/new", form_of(incident, leader)).status_code == 404


def test_a_review_of_another_unit_or_tenant_is_not_found(client_for, review):
    for email, tenant in ((OTHER_MANAGER, "calder"), ("lead@hollins.test", "hollins")):
        browser = client_for(email)
        base = f"/t/{tenant}/reviews/{review.id}"
        assert browser.get(base).status_code == 404
        assert browser.get(f"{base}/stages/what_happened").status_code == 404
        assert browser.post(f"{base}/stages/what_happened", {"text": "x", "version": "0"}).status_code == 404
        assert browser.post(f"{base}/factors", {"text": "x"}).status_code == 404
        assert browser.post(f"{base}/complete").status_code == 404


def test_reporters_and_consultants_have_no_reviews(client_for, review):
    for email in ("nurse@calder.test", "consultant@calder.test"):
        assert client_for(email).get(REVIEWS).status_code == 403
        assert client_for(email).get(f"{REVIEWS}/{review.id}").status_code == 403


def test_an_executive_reads_without_buttons(client_for, review):
    page = client_for("director@calder.test").get(f"{REVIEWS}/{review.id}").get_data(as_text=True)
    assert "Sign off" not in page
    assert "Add the factor" not in page


def test_a_stage_shows_its_prompt_and_leads_on_to_the_next(client_for, review):
    browser = client_for(LEAD)
    page = words_of(browser.get(f"{REVIEWS}/{review.id}/stages/what_happened"))
    assert "What happened, in order" in page
    assert "Start well before the incident" in page
    answer = browser.post(
        f"{REVIEWS}/{review.id}/stages/what_happened",
        {"text": "The board was\r\nfull.", "version": "0", "next": "yes"},
    )
    assert answer.headers["Location"].endswith("/stages/work_as_done")


def test_a_conflict_shows_both_texts(client_for, review):
    browser, path = client_for(LEAD), f"{REVIEWS}/{review.id}/stages/what_happened"
    browser.post(path, {"text": "Her words.", "version": "0"})
    answer = client_for(MANAGER).post(path, {"text": "His words.", "version": "0"})
    assert answer.status_code == 409
    assert "Her words." in words_of(answer)
    assert "His words.</textarea>" in answer.get_data(as_text=True)
    version = re.search(r'name="version" value="(\d+)"', answer.get_data(as_text=True))[1]
    together = {"text": "Her words. His words.", "version": version}
    assert client_for(MANAGER).post(path, together).status_code == 302


def test_a_stage_that_is_too_long_keeps_every_character(client_for, review):
    text = "x" * 20_001
    answer = client_for(LEAD).post(
        f"{REVIEWS}/{review.id}/stages/what_happened", {"text": text, "version": "0"}
    )
    assert answer.status_code == 422
    assert "Use 20,000 characters or fewer; there are 20,001" in words_of(answer)
    assert text in answer.get_data(as_text=True)


def test_a_stage_that_is_not_of_the_framework_is_not_found(client_for, review):
    browser = client_for(LEAD)
    assert browser.get(f"{REVIEWS}/{review.id}/stages/no_such").status_code == 404
    assert browser.post(f"{REVIEWS}/{review.id}/stages/no_such", {"text": "x"}).status_code == 404


def test_an_empty_factor_is_refused_and_the_rest_stays(client_for, review):
    typed = {"group": "communication", "kind": "facilitator", "text": " ", "evidence": "The rota of June"}
    answer = client_for(LEAD).post(f"{REVIEWS}/{review.id}/factors", typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Say in a sentence what it was about the system that played a part" in page
    assert "The rota of June" in page
    assert '<option value="communication" selected>' in page


def test_a_factor_that_reads_as_about_a_person_gets_advice_and_is_kept(client_for, review):
    browser = client_for(LEAD)
    typed = {"group": "communication", "kind": "barrier", "text": "Staff failed to hand over"}
    page = words_of(browser.get(browser.post(f"{REVIEWS}/{review.id}/factors", typed).headers["Location"]))
    assert "“failed to” can sound as if it were about a person" in page
    assert "Staff failed to hand over" in page


def test_what_is_typed_is_shown_as_text_and_never_as_markup(client_for, review):
    browser, hostile = client_for(LEAD), "<script>alert(1)</script>"
    browser.post(f"{REVIEWS}/{review.id}/stages/what_happened", {"text": hostile, "version": "0"})
    typed = {"group": "communication", "kind": "barrier", "text": hostile, "evidence": hostile}
    browser.post(f"{REVIEWS}/{review.id}/factors", typed)
    page = browser.get(f"{REVIEWS}/{review.id}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") >= 3


def test_signing_off_too_early_says_what_is_missing(client_for, review):
    answer = client_for(LEAD).post(f"{REVIEWS}/{review.id}/complete")
    assert answer.status_code == 422
    assert "“What happened” is still empty" in words_of(answer)
    assert "No contributory factor is named yet" in words_of(answer)


@pytest.fixture
def signed_off(scopes, calder, review):
    with scopes.tenant(calder, SYSTEM) as scope:
        found = queries.find(scope, review.id)
        for stage in frameworks.in_use(scope, found).stages:
            service.write_stage(scope, review.id, stage.key, "Written.", 0)
        service.add_factor(scope, review.id, "tasks", "barrier", "Two things at once")
        service.complete(scope, review.id)
    return review


def test_signing_off_twice_says_so(client_for, signed_off):
    browser = client_for(LEAD)
    answer = browser.post(f"{REVIEWS}/{signed_off.id}/complete")
    assert answer.status_code == 302
    page = words_of(browser.get(answer.headers["Location"]))
    assert "This review is signed off already" in page
    assert "Write what was learned" in page


def test_what_was_typed_while_somebody_signed_off_is_given_back(client_for, signed_off):
    path = f"{REVIEWS}/{signed_off.id}/stages/what_happened"
    answer = client_for(LEAD).post(path, {"text": "An hour of work.", "version": "0"})
    assert answer.status_code == 409
    assert "An hour of work." in words_of(answer)
    assert client_for(LEAD).get(path).status_code == 302


def test_an_empty_list_says_what_to_do(client_for):
    page = words_of(client_for(LEAD).get(REVIEWS))
    assert "No review here" in page
    assert "Incidents to review" in page


@pytest.mark.parametrize(
    ("kind", "framework"),
    [
        ("aar", "aar.four_questions"), ("swarm", "swarm.huddle"), ("psii", "seips.work_system"),
        ("mdt", "seips.work_system"),
    ],
)  # fmt: skip
def test_the_framework_usual_for_the_kind_is_taken_without_being_chosen(
    client_for, scopes, calder, incident, leader, kind, framework
):
    form = form_of(incident, leader, kind=kind, framework="usual")
    assert client_for(LEAD).post(f"{REVIEWS}/new", form).status_code == 302
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(Review.framework_key)).one() == framework


def test_the_form_preselects_by_the_kind_the_triage_suggests(client_for, scopes, calder, incident):
    client = client_for(LEAD)
    selected = re.compile(r'<option value="([^"]*)" selected>')
    for kind, framework in ((None, "usual"), ("aar", "aar.four_questions"), ("swarm", "swarm.huddle")):
        with scopes.tenant(calder, SYSTEM) as scope:
            scope.session.get_one(Incident, (calder.id, incident.id)).review_kind = kind
        page = client.get(f"{REVIEWS}/new?incident={incident.id}").get_data(as_text=True)
        assert framework in selected.findall(page)
    page = client.get(f"{REVIEWS}/new?kind=psii").get_data(as_text=True)
    assert selected.findall(page)[:2] == ["psii", "seips.work_system"]
    assert (
        "Usual here: SEIPS work system for Local review," in page and "; the others have their own." in page
    )
    assert client.get(f"{REVIEWS}/new?kind=nonsense").status_code == 200
