"""A plan that is changed and a verdict that is corrected: the reason is asked for, and what was before stays."""

from datetime import date

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import changing, queries, service
from throughline.actions.schemas import Declaration, Plan
from throughline.audit import queries as audit
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Notification
from throughline.tenancy.queries import tree

LEAD, MANAGER, NURSE, OTHER_MANAGER = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "beech")
)
ACTIONS = "/t/calder/actions"


@pytest.fixture
def people(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return {user.email: user.id for user in scope.session.scalars(select(User))}


@pytest.fixture
def action(scopes, calder, learned, people):
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        wanted = Plan("A board", "", "information", "intermediate", oak, people[NURSE], date(2026, 12, 24))
        return service.plan(scope, wanted, [learned(scope).id])


@pytest.fixture
def measure(scopes, calder, action, clock):
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
        declared = service.declare(scope, wanted, [action.id])
        declared.review_on = scope.today()
        scope.session.flush()
        return service.judge(scope, declared.id, "improved", "Eight points below the mean.")


def plan_form(action, people, **changes):
    typed = {
        "seen_owner": str(action.owner_id),
        "seen_due_on": action.due_on.isoformat(),
        "owner": str(people[MANAGER]),
        "due_on": "2027-02-01",
        "reason": "The boards arrive in January.",
    }
    return {**typed, **changes}


def verdict_form(measure, **changes):
    typed = {
        "seen_verdict": measure.verdict,
        "seen_reason": measure.verdict_reason,
        "verdict": "cannot_tell",
        "reason": "Two of the months were counted twice.",
        "why": "The import was run with the wrong ward.",
    }
    return {**typed, **changes}


def test_a_changed_plan_shows_what_it_was_and_why(client_for, scopes, calder, action, people):
    manager = client_for(LEAD)
    assert "Change the plan" in manager.get(f"{ACTIONS}/{action.id}").text
    answer = manager.post(f"{ACTIONS}/{action.id}/plan", plan_form(action, people), follow_redirects=True)
    assert "The plan is changed" in answer.text and "The boards arrive in January." in answer.text
    assert "24 Dec 2026" in answer.text and "1 Feb 2027" in answer.text
    with scopes.tenant(calder, SYSTEM) as scope:
        found = queries.find(scope, action.id)
        assert (found.owner_id, found.due_on) == (people[MANAGER], date(2027, 2, 1))
        event = audit.of_subject(scope, "action", action.id)[-1]
        assert event.action == "action.replanned" and event.before["due_on"] == "2026-12-24"
        told = {row.user_id: row.subject for row in scope.session.scalars(select(Notification))}
        assert told[people[MANAGER]].startswith("You own an action")
        assert told[people[NURSE]].startswith("An action is no longer yours")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " "}, "Say why the plan changes"),
        ({"reason": "x" * 501}, "Use 500 characters or fewer"),
        ({"due_on": "2020-01-01"}, "Choose a day that is still to come"),
        ({"due_on": "soon"}, "Choose a day that is still to come"),
        ({"owner": "nobody"}, "Choose who owns it"),
    ],
)
def test_a_plan_that_is_changed_badly_keeps_what_was_typed(client_for, action, people, changes, said):
    answer = client_for(LEAD).post(f"{ACTIONS}/{action.id}/plan", plan_form(action, people, **changes))
    assert answer.status_code == 422 and said in answer.text
    assert changes.get("reason", "The boards arrive in January.").strip()[:40] in answer.text


def test_a_change_that_changes_nothing_is_said(client_for, action, people):
    same = plan_form(action, people, owner=str(action.owner_id), due_on=action.due_on.isoformat())
    answer = client_for(LEAD).post(f"{ACTIONS}/{action.id}/plan", same)
    assert answer.status_code == 422 and "these are the ones it has" in answer.text


def test_a_plan_somebody_changed_meanwhile_is_not_overwritten(client_for, action, people):
    lead = client_for(LEAD)
    lead.post(f"{ACTIONS}/{action.id}/plan", plan_form(action, people))
    answer = lead.post(f"{ACTIONS}/{action.id}/plan", plan_form(action, people, due_on="2027-03-01"))
    assert answer.status_code == 409 and "Somebody changed it meanwhile" in answer.text
    assert "1 Feb 2027" in answer.text and "The boards arrive in January." in answer.text


def test_a_plan_is_changed_only_by_whoever_acts_there(client_for, action, people):
    for email in (NURSE, OTHER_MANAGER):
        answer = client_for(email).post(f"{ACTIONS}/{action.id}/plan", plan_form(action, people))
        assert answer.status_code in (403, 404)
    assert "Change the plan" not in client_for(NURSE).get(f"{ACTIONS}/{action.id}").text


def test_the_plan_of_an_action_that_is_done_stays(client_for, scopes, calder, action, people):
    with scopes.tenant(calder, SYSTEM) as scope:
        service.complete(scope, action.id, "It hangs.")
    lead = client_for(LEAD)
    assert lead.get(f"{ACTIONS}/{action.id}/plan").status_code == 302
    answer = lead.post(f"{ACTIONS}/{action.id}/plan", plan_form(action, people), follow_redirects=True)
    assert "its plan stays as it was" in answer.text


def test_a_corrected_verdict_keeps_the_one_before_beside_it(client_for, scopes, calder, measure):
    lead = client_for(LEAD)
    page = f"{ACTIONS}/measures/{measure.id}"
    assert "Correct the verdict" in lead.get(page).text
    answer = lead.post(f"{page}/correct", verdict_form(measure), follow_redirects=True)
    assert (
        "The verdict is corrected" in answer.text and "Two of the months were counted twice." in answer.text
    )
    assert "Eight points below the mean." in answer.text and "wrong ward" in answer.text
    with scopes.tenant(calder, SYSTEM) as scope:
        assert queries.find_measure(scope, measure.id).verdict == "cannot_tell"
        event = changing.history(scope, queries.find_measure(scope, measure.id))[0]
        assert (event.before["verdict"], event.after["verdict"]) == ("improved", "cannot_tell")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"why": ""}, "Say what was wrong"),
        ({"reason": ""}, "Say in a sentence what the numbers show"),
        ({"verdict": "splendid"}, "Choose what the numbers say"),
    ],
)
def test_a_verdict_that_is_corrected_badly_keeps_what_was_typed(client_for, measure, changes, said):
    answer = client_for(LEAD).post(
        f"{ACTIONS}/measures/{measure.id}/correct", verdict_form(measure, **changes)
    )
    assert answer.status_code == 422 and said in answer.text
    assert changes.get("why", "The import was run with the wrong ward.") in answer.text


def test_a_verdict_corrected_meanwhile_is_not_overwritten(client_for, measure):
    lead, page = client_for(LEAD), f"{ACTIONS}/measures/{measure.id}/correct"
    lead.post(page, verdict_form(measure))
    answer = lead.post(page, verdict_form(measure, verdict="worse"))
    assert answer.status_code == 409 and "Somebody changed it meanwhile" in answer.text


def test_a_verdict_is_corrected_only_by_whoever_acts_there(client_for, measure):
    for email in (NURSE, OTHER_MANAGER):
        answer = client_for(email).post(f"{ACTIONS}/measures/{measure.id}/correct", verdict_form(measure))
        assert answer.status_code in (403, 404)
