"""What nobody acknowledges moves on by itself, once; what somebody declines or passes on goes where they say."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.rules.in_time.conftest import CHAIN, a_rule

from throughline.audit.models import AuditEvent
from throughline.features import WATCHES, make_doorbell, make_scopes
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.clock import FrozenClock
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.rules import escalating, queries
from throughline.rules.models import Escalation
from throughline.sdk import ChainStep, Escalate


def asked(letters):
    return [who for who, _ in letters()]


def to(found):
    return [(one.to_role, one.passed_on_how) for one in found]


def test_the_chain_moves_on_by_itself_when_ignored(scopes, raised, steps, letters, clock):
    incident, _ = raised()
    assert asked(letters) == ["manager"]
    for hours, expected in ((5, ["manager"]), (1, ["manager", "lead"]), (11, ["manager", "lead"]),
                            (1, ["manager", "lead", "director"]), (500, ["manager", "lead", "director"])):  # fmt: skip
        clock.move(timedelta(hours=hours))
        watching.look(scopes, WATCHES)
        watching.look(scopes, WATCHES)
        assert asked(letters) == expected
    found = steps(incident.id)
    assert to(found) == [("unit_manager", "ignored"), ("governance_lead", "ignored"), ("executive", None)]
    assert [one.previous_id for one in found] == [None, found[0].id, found[1].id]
    assert all(one.passed_on_by is None for one in found)


def test_after_downtime_it_moves_one_step_and_whoever_is_told_late_has_their_whole_time(
    scopes, raised, steps, letters, clock
):
    incident, _ = raised()
    clock.move(timedelta(days=30))
    watching.look(scopes, WATCHES)
    watching.look(scopes, WATCHES)
    _, second = steps(incident.id)
    assert asked(letters) == ["manager", "lead"]
    assert second.raised_at == clock.now()
    assert second.moves_at == second.acknowledge_by == clock.now() + timedelta(hours=12)


def test_what_is_acknowledged_in_time_stays(scopes, raised, steps, clock, as_):
    incident, first = raised()
    with as_("manager") as scope:
        escalating.acknowledge(scope, first, "On my way.")
    clock.move(timedelta(days=3))
    watching.look(scopes, WATCHES)
    assert to(steps(incident.id)) == [("unit_manager", None)]


def test_many_tickers_at_once_move_it_once(settings, scopes, with_rules, reported, steps, letters, clock):
    with_rules(a_rule(CHAIN))
    about = [reported() for _ in range(5)]
    later = FrozenClock(clock.now() + timedelta(hours=7))
    others = [make_scopes(settings, make_doorbell(settings), later) for _ in range(4)]
    together = threading.Barrier(4)

    def one(mine):
        together.wait()
        for _ in range(3):
            watching.look(mine, WATCHES)

    threads = [threading.Thread(target=one, args=(mine,)) for mine in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in others:
        mine.engine.dispose()
    for incident in about:
        assert to(steps(incident.id)) == [("unit_manager", "ignored"), ("governance_lead", None)]
    assert sorted(asked(letters)) == ["lead"] * 5 + ["manager"] * 5


def test_a_ticker_passes_over_an_escalation_that_another_holds(scopes, calder, raised, clock):
    _, first = raised()
    clock.move(timedelta(hours=7))
    with scopes.tenant(calder, SYSTEM) as one:
        assert escalating.move_on(one, first)
        with scopes.tenant(calder, SYSTEM) as other:
            assert not escalating.move_on(other, first)


def test_a_step_whose_role_is_asked_already_is_passed_over(scopes, raised, steps, letters, clock):
    incident, _ = raised(CHAIN, Escalate("governance_lead", 72))
    assert asked(letters) == ["manager", "lead"]
    clock.move(timedelta(hours=7))
    watching.look(scopes, WATCHES)
    assert asked(letters) == ["manager", "lead", "director"]
    assert to(steps(incident.id)) == [
        ("unit_manager", "ignored"), ("governance_lead", None), ("executive", None),
    ]  # fmt: skip


def test_what_was_said_in_confidence_skips_the_unit_and_asks_nobody_twice(scopes, raised, letters, clock):
    raised(confidential=True)
    assert asked(letters) == ["lead"]
    clock.move(timedelta(hours=13))
    watching.look(scopes, WATCHES)
    assert asked(letters) == ["lead", "director"]


def test_a_changed_rule_leaves_a_running_chain_as_it_is(scopes, raised, with_rules, steps, clock):
    incident, _ = raised()
    with_rules(a_rule(Escalate("unit_manager", 1)))
    clock.move(timedelta(hours=7))
    watching.look(scopes, WATCHES)
    assert to(steps(incident.id)) == [("unit_manager", "ignored"), ("governance_lead", None)]


def test_whoever_comes_late_acknowledges_where_it_is_now(scopes, raised, steps, clock, as_, people):
    incident, first = raised()
    clock.move(timedelta(hours=7))
    watching.look(scopes, WATCHES)
    with as_("manager") as scope:
        assert {one.id for one in steps(incident.id)[1:]} == queries.answerable(scope, steps(incident.id))
        escalating.acknowledge(scope, first, "Sorry, I was with a family.")
    old, new = steps(incident.id)
    assert (old.acknowledged_at, new.acknowledged_by) == (None, people["manager"])
    clock.move(timedelta(days=3))
    watching.look(scopes, WATCHES)
    assert len(steps(incident.id)) == 2


def test_an_executive_who_is_asked_can_answer(scopes, raised, steps, as_):
    _, first = raised(Escalate("executive", 4))
    with as_("director") as scope:
        assert [alarm.escalation.id for alarm in queries.open_alarms(scope)] == [first]
        escalating.acknowledge(scope, first, "")
        assert queries.open_alarms(scope) == []


def test_declining_goes_to_the_next_in_the_chain_with_the_reason(raised, steps, letters, as_, people, clock):
    incident, first = raised()
    clock.move(timedelta(hours=1))
    with as_("manager") as scope:
        escalating.decline(scope, first, " Not my ward this week. ")
    old, new = steps(incident.id)
    assert (old.passed_on_how, old.passed_on_by) == ("declined", people["manager"])
    assert old.passed_on_why == "Not my ward this week."
    assert (new.to_role, new.acknowledge_by) == ("governance_lead", clock.now() + timedelta(hours=12))
    assert asked(letters) == ["manager", "lead"]


@pytest.mark.parametrize(
    ("role", "who", "after"),
    [("unit_manager", "manager", "governance_lead"), ("governance_lead", "lead", "executive")],
)
def test_without_a_chain_declining_goes_to_governance_and_above_it(raised, steps, as_, role, who, after):
    incident, first = raised(Escalate(role, 4))
    with as_(who) as scope:
        escalating.decline(scope, first, "Away.")
    assert [one.to_role for one in steps(incident.id)] == [role, after]


def test_the_last_one_cannot_decline_into_nothing(raised, steps, as_):
    incident, first = raised(Escalate("executive", 4))
    with as_("director") as scope, pytest.raises(Invalid) as refused:
        escalating.decline(scope, first, "Away.")
    assert "Nobody comes after you" in refused.value.errors["reason"][0]
    assert to(steps(incident.id)) == [("executive", None)]


def test_passing_on_by_name_keeps_the_time_and_the_chain(scopes, raised, steps, letters, as_, people, clock):
    incident, first = raised()
    clock.move(timedelta(hours=2))
    with as_("manager") as scope:
        escalating.delegate(scope, first, people["lead"], "You know the family.")
    old, new = steps(incident.id)
    assert (old.passed_on_how, old.passed_on_why) == ("delegated", "You know the family.")
    assert (new.to_user_id, new.acknowledge_by, new.moves_at) == (
        people["lead"], old.acknowledge_by, old.moves_at,
    )  # fmt: skip
    assert asked(letters) == ["manager", "lead"]
    with as_("manager") as scope:
        assert queries.open_alarms(scope) == []
    with as_("lead") as scope:
        assert [alarm.escalation.id for alarm in queries.open_alarms(scope)] == [new.id]
    clock.move(timedelta(hours=5))
    watching.look(scopes, WATCHES)  # neither of them has answered
    assert [one.to_role for one in steps(incident.id)] == ["unit_manager", "unit_manager", "governance_lead"]


def test_what_is_passed_to_one_by_name_asks_nobody_else(raised, steps, as_, people):
    incident, first = raised(Escalate("executive", 4))
    with as_("director") as scope:
        by_name = escalating.delegate(scope, first, people["manager"], "You were there.").id
    with as_("director") as scope:
        assert queries.open_alarms(scope) == []
        assert queries.answerable(scope, steps(incident.id)) == set()
        with pytest.raises(Forbidden):
            escalating.acknowledge(scope, by_name, "")
    with as_("manager") as scope:
        assert queries.answerable(scope, steps(incident.id)) == {by_name}
        escalating.acknowledge(scope, by_name, "")


def test_only_colleagues_who_may_read_it_are_offered(raised, as_, people):
    incident, first = raised()
    quiet, confidential = raised(confidential=True)
    with as_("manager") as scope:
        assert {user.id for user in escalating.delegates(scope, incident)} == {
            people["lead"], people["director"],
        }  # fmt: skip
        for nobody in (people["nurse"], people["beech"], people["admin"], people["manager"], uuid4(), None):
            with pytest.raises(Invalid) as refused:
                escalating.delegate(scope, first, nobody, "Please.")
            assert "to" in refused.value.errors
    with as_("lead") as scope:
        assert escalating.delegates(scope, quiet) == []
        with pytest.raises(Invalid):
            escalating.delegate(scope, confidential, people["manager"], "Please.")


@pytest.mark.parametrize("verb", ["decline", "delegate"])
def test_a_reason_is_asked_for(raised, steps, as_, people, verb):
    incident, first = raised()
    rest = (people["lead"], " ") if verb == "delegate" else ("\n",)
    with as_("manager") as scope, pytest.raises(Invalid) as refused:
        getattr(escalating, verb)(scope, first, *rest)
    assert "reason" in refused.value.errors
    assert to(steps(incident.id)) == [("unit_manager", None)]


def test_only_who_was_asked_or_answers_for_the_unit_may_answer(raised, as_, people):
    _, first = raised()
    for who, wrong in (
        ("director", Forbidden),
        ("beech", NotFound),
        ("nurse", NotFound),
        ("admin", NotFound),
    ):
        for verb, rest in (
            ("acknowledge", ("",)),
            ("decline", ("No.",)),
            ("delegate", (people["lead"], "No.")),
        ):
            with as_(who) as scope, pytest.raises(wrong):
                getattr(escalating, verb)(scope, first, *rest)


def test_what_is_answered_is_answered_once(raised, as_, people):
    _, first = raised()
    with as_("manager") as scope:
        escalating.decline(scope, first, "Away.")
    for verb, rest in (("acknowledge", ("",)), ("decline", ("No.",)), ("delegate", (people["lead"], "No."))):
        with as_("manager") as scope, pytest.raises(Conflict):
            getattr(escalating, verb)(scope, first, *rest)


def test_an_answer_and_a_ticker_at_once_leave_one_open_at_most(
    settings, scopes, calder, raised, steps, as_, clock
):
    incident, first = raised()
    later = FrozenClock(clock.now() + timedelta(hours=7))
    mine = make_scopes(settings, make_doorbell(settings), later)
    with as_("manager") as scope:
        escalating.acknowledge(scope, first, "")
        thread = threading.Thread(target=watching.look, args=(mine, WATCHES))
        thread.start()
        thread.join()  # it passes over what is held here
    mine.engine.dispose()
    assert to(steps(incident.id)) == [("unit_manager", None)]


def test_everything_is_in_the_trail(scopes, calder, raised, as_, people, clock):
    incident, first = raised()
    with as_("manager") as scope:
        by_name = escalating.delegate(scope, first, people["lead"], "You know them.").id
    with as_("lead") as scope:
        escalating.decline(scope, by_name, "I do not.")
    clock.move(timedelta(days=1))
    watching.look(scopes, WATCHES)
    with scopes.tenant(calder, SYSTEM) as scope:
        query = select(AuditEvent.action).where(AuditEvent.subject_id == incident.id).order_by(AuditEvent.id)
        assert list(scope.session.scalars(query)) == [
            "incident.reported",
            "escalation.raised",
            "escalation.delegated",
            "escalation.raised",
            "escalation.declined",
            "escalation.raised",
            "escalation.moved_on",
            "escalation.raised",
        ]
        assert scope.session.scalars(select(Escalation.to_role).order_by(Escalation.id)).all() == [
            "unit_manager", "unit_manager", "governance_lead", "executive",
        ]  # fmt: skip


def test_a_chain_of_one_more_step_ends_there(scopes, raised, steps, clock):
    incident, _ = raised(Escalate("unit_manager", 4, (ChainStep("executive", 1),)))
    for _ in range(4):
        clock.move(timedelta(days=1))
        watching.look(scopes, WATCHES)
    assert to(steps(incident.id)) == [("unit_manager", "ignored"), ("executive", None)]
