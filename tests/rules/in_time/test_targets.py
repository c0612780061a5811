"""Alarms for whoever is on call and for people by name, and for whom they are when that is nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from tests.rules.in_time.conftest import a_rule

from throughline.features import WATCHES
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Notification
from throughline.on_call import service as on_call
from throughline.rules import escalating, targets
from throughline.rules.models import Problem
from throughline.sdk import ON_CALL, PERSON, ChainStep, Escalate
from throughline.tenancy.queries import tree

TONIGHT = Escalate(
    ON_CALL, 2, (ChainStep("governance_lead", 2), ChainStep(f"{PERSON}director@calder.test", 4))
)
NAMED = Escalate(f"{PERSON}manager@calder.test", 4)


@pytest.fixture
def duty(as_, people):
    """Return a function that puts somebody on call for a unit from now on."""

    def put(who="manager", unit="oak", hours=12):
        with as_("lead") as scope:
            start = scope.now()
            turn = (tree(scope).by_key(unit).id, people[who], start, start + timedelta(hours=hours))
            on_call.add(scope, on_call.Turn(*turn))

    return put


def asked(letters):
    return [who for who, _ in letters()]


def problems(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return [(one.what, one.message) for one in scope.session.scalars(select(Problem))]


def body(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return scope.session.scalars(select(Notification.body).order_by(Notification.id.desc())).first()


def test_whoever_is_on_call_is_told_and_when_they_ignore_it_the_chain_moves_on(
    duty, raised, letters, steps, scopes, clock, people
):
    duty()
    incident, _ = raised(TONIGHT)
    assert asked(letters) == ["manager"]
    (first,) = steps(incident.id)
    assert (first.to_role, first.to_user_id, first.instead) == ("on_call", people["manager"], "")
    clock.move(timedelta(hours=2))
    watching.look(scopes, WATCHES)
    clock.move(timedelta(hours=4))
    watching.look(scopes, WATCHES)
    assert asked(letters) == ["manager", "lead", "director"]
    assert [one.to_role for one in steps(incident.id)] == ["on_call", "governance_lead", "person"]


def test_who_is_on_call_is_looked_up_when_the_step_comes(duty, raised, letters, scopes, clock):
    raised(Escalate("governance_lead", 2, (ChainStep(ON_CALL, 2),)))
    clock.move(timedelta(hours=1))
    duty("manager")
    clock.move(timedelta(hours=1))
    watching.look(scopes, WATCHES)
    assert asked(letters) == ["lead", "manager"]


def test_nobody_on_call_is_the_unit_manager_s_and_the_alarm_says_so(
    raised, letters, steps, scopes, calder, client_for
):
    incident, _ = raised(TONIGHT)
    assert asked(letters) == ["manager"]
    (first,) = steps(incident.id)
    assert (first.to_role, first.to_user_id) == ("unit_manager", None)
    words = "Nobody is on call for Oak Ward, so it comes to the unit manager."
    assert first.instead == words and words in body(scopes, calder)
    page = client_for("manager@calder.test").get(f"/t/calder/incidents/{incident.reference}/escalations")
    assert words in page.get_data(as_text=True)


def test_one_on_call_who_may_not_read_what_was_said_in_confidence_is_not_told(
    duty, raised, letters, steps, people
):
    duty("manager")
    incident, _ = raised(TONIGHT, confidential=True)
    assert asked(letters) == ["lead"]
    assert steps(incident.id)[0].instead == (
        "Whoever is on call may not read this, so it comes to the governance lead."
    )


def test_one_on_call_who_may_read_it_is(duty, raised, letters):
    duty("lead")
    raised(TONIGHT, confidential=True)
    assert asked(letters) == ["lead"]


def test_a_person_is_told_by_name(raised, letters, steps, people, scopes, calder, client_for):
    incident, _ = raised(NAMED)
    assert asked(letters) == ["manager"]
    assert steps(incident.id)[0].to_user_id == people["manager"]
    assert problems(scopes, calder) == []
    page = client_for("lead@calder.test").get(f"/t/calder/incidents/{incident.reference}/escalations")
    assert "Joe Barnes, for the person the rule names" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "who", ["beech@calder.test", "nobody@calder.test", "lead@hollins.test", "nurse@calder.test"]
)
def test_a_person_without_a_role_for_the_unit_is_not_told_and_a_problem_says_so(
    raised, letters, steps, scopes, calder, who
):
    incident, _ = raised(Escalate(f"{PERSON}{who}", 4))
    assert asked(letters) == ["manager"]
    assert steps(incident.id)[0].instead == (
        "The person whom the rule names cannot be asked, so it comes to the unit manager."
    )
    ((what, message),) = problems(scopes, calder)
    assert what == targets.NOT_REACHED and who in message and "test.chain" in message


def test_of_what_was_said_in_confidence_a_person_who_may_not_read_it_is_not_told(raised, letters, steps):
    incident, _ = raised(NAMED, confidential=True)
    assert asked(letters) == ["lead"]
    assert steps(incident.id)[0].to_role == "governance_lead"


def test_two_people_by_name_are_both_told(raised, letters):
    raised(NAMED, Escalate(f"{PERSON}director@calder.test", 4))
    assert sorted(asked(letters)) == ["director", "manager"]


def test_one_by_name_who_declines_passes_it_to_the_lead(raised, letters, as_):
    _, first = raised(NAMED)
    with as_("manager") as scope:
        escalating.decline(scope, first, "On leave")
    assert asked(letters) == ["manager", "lead"]


def test_a_last_step_to_one_on_call_that_is_nobody_asks_the_manager_again(
    raised, letters, steps, scopes, clock
):
    incident, _ = raised(Escalate("unit_manager", 2, (ChainStep(ON_CALL, 2),)))
    clock.move(timedelta(hours=2))
    watching.look(scopes, WATCHES)
    assert asked(letters) == ["manager", "manager"]
    assert [one.passed_on_how for one in steps(incident.id)] == ["ignored", None]


def test_addresses_that_nobody_here_has_are_found(scope):
    rules = [
        a_rule(NAMED, key="test.known"),
        a_rule(Escalate("unit_manager", 4, (ChainStep(f"{PERSON}gone@calder.test", 4),)), key="test.gone"),
        a_rule(Escalate(f"{PERSON}lead@hollins.test", 4), key="test.theirs"),
    ]
    assert targets.strangers(scope, rules) == [
        ("test.gone", "gone@calder.test"),
        ("test.theirs", "lead@hollins.test"),
    ]


def test_somebody_who_left_is_found_too(scope, people):
    scope.session.execute(
        text("update membership set ended_at = now() where user_id = :who"), {"who": people["manager"]}
    )
    assert targets.strangers(scope, [a_rule(NAMED)]) == [("test.chain", "manager@calder.test")]
