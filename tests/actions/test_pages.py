"""The pages of actions and measures: what a person sees, and what bad input gets."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import service
from throughline.actions.models import Action
from throughline.actions.schemas import Declaration, Plan
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.tenancy.queries import tree

LEAD, MANAGER, NURSE, OTHER_MANAGER = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "beech")
)
ACTIONS = "/t/calder/actions"
TODAY = date(2026, 11, 18)


@pytest.fixture
def learning(scopes, calder, learned):
    with scopes.tenant(calder, SYSTEM) as scope:
        return learned(scope)


@pytest.fixture
def people(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return {user.email: user.id for user in scope.session.scalars(select(User))}


@pytest.fixture
def action(scopes, calder, learning, people):
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        wanted = Plan("A board", "", "information", "intermediate", oak, people[NURSE], date(2026, 12, 24))
        return service.plan(scope, wanted, [learning.id])


@pytest.fixture
def measure(scopes, calder, action):
    with scopes.tenant(calder, SYSTEM) as scope:
        wanted = Declaration(
            "Self-harm on Oak",
            "Every one of them.",
            "self_harm",
            action.unit_id,
            "lower",
            date(2025, 10, 1),
            date(2026, 10, 31),
            date(2027, 7, 1),
        )
        return service.declare(scope, wanted, [action.id])


def plan_form(learning, people, **changes):
    typed = {
        "key": str(uuid7()),
        "learning": str(learning.id),
        "title": "One board for both shifts",
        "description": "On the wall",
        "kind": "information",
        "strength": "intermediate",
        "unit": "oak",
        "owner": str(people[NURSE]),
        "due_on": "2026-12-24",
    }
    return {**typed, **changes}


def measure_form(action, **changes):
    typed = {
        "key": str(uuid7()),
        "action": str(action.id),
        "title": "Self-harm on Oak each month",
        "definition": "Every one of them",
        "category": "self_harm",
        "unit": "oak",
        "direction": "lower",
        "baseline_start": "2025-10-01",
        "baseline_end": "2026-10-31",
        "review_on": "2027-07-01",
    }
    return {**typed, **changes}


def words_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_strength_is_chosen_from_examples(client_for, learning):
    page = words_of(client_for(LEAD).get(f"{ACTIONS}/new?learning={learning.id}"))
    assert page.index("collapsible rails") < page.index("shared handover board") < page.index("training day")
    assert "We wait for all." in page


def test_it_is_planned_once_however_often_it_is_sent(client_for, learning, people):
    browser, form = client_for(LEAD), plan_form(learning, people)
    places = {browser.post(f"{ACTIONS}/new", form).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert "Amina Khan" in words_of(browser.get(places.pop()))
    assert "One board for both shifts" in words_of(browser.get(ACTIONS))


def test_a_learning_with_only_weaker_actions_is_asked_for_more(client_for, learning, people):
    browser = client_for(LEAD)
    answer = browser.post(f"{ACTIONS}/new", plan_form(learning, people, strength="weaker"))
    assert "only weaker actions" in words_of(browser.get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Say what changes"),
        ("kind", "", "Choose what it changes"),
        ("strength", "iron", "Choose how strong it is"),
        ("unit", "atlantis", "Choose a unit from the list"),
        ("owner", "me", "Choose who owns it"),
        ("due_on", "tomorrow", "Choose a day that is still to come"),
        ("due_on", "2026-11-17", "Choose a day that is still to come"),
    ],
)
def test_a_bad_plan_names_the_field_and_the_rest_stays(client_for, learning, people, field, value, sentence):
    answer = client_for(LEAD).post(f"{ACTIONS}/new", plan_form(learning, people, **{field: value}))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert sentence in page
    assert f'href="#{field}"' in page
    assert "On the wall" in page
    assert f'name="learning" value="{learning.id}"' in page


def test_a_unit_manager_is_not_offered_everywhere(client_for, learning, people):
    browser = client_for(MANAGER)
    page = browser.get(f"{ACTIONS}/new?learning={learning.id}").get_data(as_text=True)
    assert "Everywhere" not in page
    assert "Beech Ward" not in page
    for elsewhere in ("", "beech"):
        answer = browser.post(f"{ACTIONS}/new", plan_form(learning, people, unit=elsewhere))
        assert answer.status_code == 422
        assert "Choose a unit from the list" in words_of(answer)


def test_nonsense_in_an_address_is_not_found(client_for):
    browser = client_for(LEAD)
    for path in (
        f"{ACTIONS}/new?learning=nonsense",
        f"{ACTIONS}/new?learning={uuid7()}",
        f"{ACTIONS}/measures/new?action=nonsense",
        f"{ACTIONS}/measures/new?action={uuid7()}",
        f"{ACTIONS}?before=nonsense",
        f"{ACTIONS}/measures?before={uuid7()}",
        f"{ACTIONS}/{uuid7()}",
        f"{ACTIONS}/measures/{uuid7()}",
    ):
        assert browser.get(path).status_code == 404, path


def test_what_belongs_to_another_unit_or_tenant_is_not_found(client_for, action, measure):
    for email, tenant in ((OTHER_MANAGER, "calder"), ("lead@hollins.test", "hollins")):
        browser, base = client_for(email), f"/t/{tenant}/actions"
        assert browser.get(f"{base}/{action.id}").status_code == 404
        assert browser.post(f"{base}/{action.id}/complete", {"note": "x"}).status_code == 404
        assert browser.get(f"{base}/measures/{measure.id}").status_code == 404
        assert browser.get(f"{base}/measures/new?action={action.id}").status_code == 404
        assert browser.post(f"{base}/measures/{measure.id}/verdict", {"verdict": "worse"}).status_code == 404


def test_its_owner_says_that_it_is_done(client_for, action):
    nurse = client_for(NURSE)
    assert "A board" in words_of(nurse.get(ACTIONS))
    answer = nurse.post(f"{ACTIONS}/{action.id}/complete", {"note": " "})
    assert answer.status_code == 422
    assert "Say in a line what was done and what shows it" in words_of(answer)
    done = nurse.post(f"{ACTIONS}/{action.id}/complete", {"note": "It hangs by the door."})
    assert "It hangs by the door." in words_of(nurse.get(done.headers["Location"]))
    again = nurse.post(f"{ACTIONS}/{action.id}/complete", {"note": "Again."})
    page = words_of(nurse.get(again.headers["Location"]))
    assert "It was done already" in page
    assert "Again." not in page


def test_who_may_not_act_sees_no_buttons(client_for, action, measure):
    browser = client_for("director@calder.test")
    page = words_of(browser.get(f"{ACTIONS}/{action.id}"))
    assert "Is it done?" not in page
    assert "Declare a measure" not in page
    assert browser.post(f"{ACTIONS}/{action.id}/complete", {"note": "x"}).status_code == 403
    assert browser.post(f"{ACTIONS}/measures/{measure.id}/verdict", {"verdict": "worse"}).status_code == 403


def test_an_overdue_action_is_visible_by_strength(client_for, action, clock):
    clock.move(timedelta(days=60))
    page = words_of(client_for(LEAD).get(f"{ACTIONS}?state=overdue"))
    assert "Overdue 1" in page
    assert "Intermediate, overdue 1" in page
    assert "A board" in page
    assert "No action fits" in words_of(client_for(LEAD).get(f"{ACTIONS}?state=overdue&strength=stronger"))


def test_filters_that_make_no_sense_are_as_if_they_were_not_there(client_for, action):
    answer = client_for(LEAD).get(f"{ACTIONS}?state=open&strength=x&unit=y&mine=z")
    assert answer.status_code == 200
    assert "A board" in words_of(answer)


def test_the_form_of_a_measure_proposes_the_last_whole_year(client_for, action):
    page = client_for(LEAD).get(f"{ACTIONS}/measures/new?action={action.id}").get_data(as_text=True)
    assert '<option value="2025-11-01" selected>November 2025</option>' in page
    assert '<option value="2026-10-31" selected>October 2026</option>' in page
    assert '<option value="oak" selected>Oak Ward</option>' in page


def test_a_measure_is_declared_once_however_often_it_is_sent(client_for, action):
    browser, form = client_for(LEAD), measure_form(action)
    places = {browser.post(f"{ACTIONS}/measures/new", form).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    page = words_of(browser.get(places.pop()))
    assert "1 Oct 2025 to 31 Oct 2026" in page
    assert "A verdict before its day would be a guess" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Give it a title"),
        ("definition", "", "Say exactly what is counted"),
        ("category", "x", "Choose what is counted"),
        ("unit", "x", "Choose a unit from the list"),
        ("direction", "x", "Say which direction is better"),
        ("baseline_start", "x", "Choose the first month of the baseline"),
        (
            "baseline_start",
            "2026-01-01",
            "Use at least 12 months up to October 2026",
        ),
        ("baseline_end", "2026-11-30", "Choose a month that is over"),
        ("review_on", "2026-12-24", "Choose a day after the action is due, 24 December 2026"),
    ],
)
def test_a_bad_declaration_names_the_field_and_the_rest_stays(client_for, action, field, value, sentence):
    answer = client_for(LEAD).post(f"{ACTIONS}/measures/new", measure_form(action, **{field: value}))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert sentence in page
    assert f'href="#{field}"' in page
    assert field == "title" or 'value="Self-harm on Oak each month"' in page
    assert f'name="action" value="{action.id}"' in page


def test_a_verdict_is_given_on_its_day_once(client_for, measure, clock):
    path = f"{ACTIONS}/measures/{measure.id}"
    early = client_for(LEAD).post(f"{path}/verdict", {"verdict": "improved", "reason": "Fewer."})
    assert early.status_code == 422
    clock.move(date(2027, 7, 1) - TODAY)
    browser = client_for(MANAGER)
    assert "Measures (1 to judge)" in words_of(browser.get(ACTIONS))
    assert "Self-harm on Oak" in words_of(browser.get(f"{ACTIONS}/measures"))
    bare = browser.post(f"{path}/verdict", {"verdict": "", "reason": "What I saw."})
    assert bare.status_code == 422
    assert "What I saw." in bare.get_data(as_text=True)
    answer = browser.post(f"{path}/verdict", {"verdict": "improved", "reason": "Eight under the line."})
    page = words_of(browser.get(answer.headers["Location"]))
    assert "Improved Eight under the line." in page
    assert "by Joe Barnes" in page or "Joe Barnes," in page
    again = browser.post(f"{path}/verdict", {"verdict": "worse", "reason": "No."})
    assert "It was judged already" in words_of(browser.get(again.headers["Location"]))


def test_what_is_typed_is_shown_as_text_and_never_as_markup(client_for, learning, people):
    hostile = "<svg onload=alert(1)>"
    browser = client_for(LEAD)
    form = plan_form(learning, people, title=hostile, description=hostile)
    place = browser.post(f"{ACTIONS}/new", form).headers["Location"]
    for page in (browser.get(place), browser.get(ACTIONS)):
        assert "<svg onload" not in page.get_data(as_text=True)
    assert browser.get(place).get_data(as_text=True).count("&lt;svg onload") >= 2


def test_empty_lists_say_what_to_do(client_for):
    browser = client_for(LEAD)
    assert "An action is planned from something that was learned" in words_of(browser.get(ACTIONS))
    assert "Nothing is overdue" in words_of(browser.get(f"{ACTIONS}?state=overdue"))
    assert "A measure is declared from an action" in words_of(browser.get(f"{ACTIONS}/measures"))


@pytest.mark.parametrize(("done_days_before", "said"), [(0, False), (5, True)])
def test_a_measure_declared_when_its_action_was_done_says_so(
    client_for, scopes, calder, action, measure, done_days_before, said
):
    with scopes.tenant(calder, SYSTEM) as scope:
        done = scope.session.get_one(Action, (calder.id, action.id))
        done.completed_on = scope.today() - timedelta(days=done_days_before)
    page = words_of(client_for(LEAD).get(f"{ACTIONS}/measures/{measure.id}"))
    assert ("Declared after the change was made" in page) is said
