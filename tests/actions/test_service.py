"""An action is planned, owned and done; a measure is declared before its effect and judged on its day."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import queries, service
from throughline.actions.events import ActionCompleted, ActionPlanned, MeasureDeclared, VerdictGiven
from throughline.actions.models import Action, Measure
from throughline.actions.schemas import Declaration, Plan
from throughline.audit.models import AuditEvent
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.notifications.models import Notification
from throughline.tenancy.queries import tree

LEAD, MANAGER, NURSE, OTHER_MANAGER = (
    f"{name}@calder.test" for name in ("lead", "manager", "nurse", "beech")
)
TODAY = date(2026, 11, 18)


@pytest.fixture
def heard(scope):
    """The events that were told in this test, in order."""
    told = []
    for kind in (ActionPlanned, ActionCompleted, MeasureDeclared, VerdictGiven):
        scope.bus.subscribe(kind, lambda _scope, event: told.append(event))
    return told


@pytest.fixture
def units(scope):
    return {unit.key: unit.id for unit in tree(scope).units.values()}


@pytest.fixture
def people(scope):
    return {user.email: user.id for user in scope.session.scalars(select(User))}


@pytest.fixture
def board(units, people):
    """A plan that is right."""
    return Plan(
        title="One handover board for both shifts",
        description="",
        kind="information",
        strength="intermediate",
        unit_id=units["oak"],
        owner_id=people[NURSE],
        due_on=TODAY + timedelta(days=30),
    )


@pytest.fixture
def learning(scope, learned):
    return learned(scope)


@pytest.fixture
def action(scope, board, learning):
    return service.plan(scope, board, [learning.id])


@pytest.fixture
def fewer(units):
    """A declaration that is right."""
    return Declaration(
        title="Self-harm on Oak each month",
        definition="Every incident of self-harm reported on the ward.",
        category="self_harm",
        unit_id=units["oak"],
        direction="lower",
        baseline_start=date(2025, 10, 1),
        baseline_end=date(2026, 10, 31),
        review_on=date(2027, 7, 1),
    )


@pytest.fixture
def measure(scope, fewer, action):
    return service.declare(scope, fewer, [action.id])


def trail(scope, subject_id):
    query = select(AuditEvent).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.id)
    return [event.action for event in scope.session.scalars(query)]


def test_an_action_may_serve_several_learnings(scope, board, learned, heard):
    served = [learned(scope), learned(scope)]
    action = service.plan(scope, board, [found.id for found in served])
    assert set(queries.learnings_of(scope, action.id)) == set(served)
    assert queries.of_learning(scope, served[0].id) == [action]
    assert heard == [ActionPlanned(action.id, tuple(found.id for found in served))]
    assert trail(scope, action.id) == ["action.planned"]


def test_its_owner_is_told_once(scope, board, learning, people):
    for _ in range(2):
        service.plan(scope, board, [learning.id])
    told = scope.session.scalars(select(Notification)).all()
    assert [(news.user_id, news.subject) for news in told] == [
        (people[NURSE], "You own an action: One handover board for both shifts")
    ]


def test_sending_the_form_twice_plans_one(scope, board, learning, heard):
    assert service.plan(scope, board, [learning.id]) is service.plan(scope, board, [learning.id])
    assert len(scope.session.scalars(select(Action)).all()) == 1
    assert len(heard) == 1


def test_somebody_else_cannot_take_over_a_form(scope, board, learning, seen_by):
    service.plan(scope, board, [learning.id])
    with pytest.raises(Conflict):
        service.plan(seen_by(scope, LEAD), board, [learning.id])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"description": "x" * 4001}, "description"),
        ({"kind": "telling_off"}, "kind"),
        ({"strength": "strongest"}, "strength"),
        ({"unit_id": UUID(int=3)}, "unit"),
        ({"owner_id": None}, "owner"),
        ({"owner_id": UUID(int=3)}, "owner"),
        ({"due_on": None}, "due_on"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
    ],
)
def test_it_refuses_a_plan_and_names_the_field(scope, board, learning, changes, field):
    with pytest.raises(Invalid) as refused:
        service.plan(scope, replace(board, **changes), [learning.id])
    assert list(refused.value.errors) == [field]
    assert scope.session.scalars(select(Action)).all() == []


def test_it_refuses_an_action_that_serves_nothing(scope, board):
    with pytest.raises(Invalid) as refused:
        service.plan(scope, board, [])
    assert list(refused.value.errors) == ["learning"]
    with pytest.raises(NotFound):
        service.plan(scope, board, [uuid7()])


def test_a_person_who_could_not_open_it_cannot_own_it(scope, board, learning, people):
    with pytest.raises(Invalid) as refused:
        service.plan(scope, replace(board, owner_id=people["consultant@calder.test"]), [learning.id])
    assert list(refused.value.errors) == ["owner"]


def test_a_unit_manager_plans_for_their_own_unit_only(scope, board, learning, units, seen_by):
    manager = seen_by(scope, MANAGER)
    for elsewhere in (units["beech"], units["adult-inpatient"], None):
        with pytest.raises(Invalid) as refused:
            service.plan(manager, replace(board, unit_id=elsewhere), [learning.id])
        assert list(refused.value.errors) == ["unit"]
    assert service.plan(manager, board, [learning.id]).unit_id == units["oak"]


def test_a_governance_lead_plans_for_the_whole_tenant(scope, board, learning, seen_by):
    assert service.plan(seen_by(scope, LEAD), replace(board, unit_id=None), [learning.id]).unit_id is None


@pytest.mark.parametrize("email", [NURSE, "director@calder.test", "consultant@calder.test"])
def test_those_who_plan_no_actions_cannot(scope, board, learning, seen_by, email):
    with pytest.raises(Forbidden):
        service.plan(seen_by(scope, email), board, [learning.id])


def test_its_owner_says_that_it_is_done(scope, action, seen_by, heard):
    nurse = seen_by(scope, NURSE)
    service.complete(nurse, action.id, " The board is up.\r\nBoth shifts use it. ")
    assert (action.completed_on, action.completed_by) == (TODAY, nurse.actor.id)
    assert action.completion_note == "The board is up.\nBoth shifts use it."
    assert heard[-1] == ActionCompleted(action.id)
    assert trail(scope, action.id)[-1] == "action.completed"


def test_done_twice_says_so(scope, action):
    service.complete(scope, action.id, "Done.")
    with pytest.raises(Conflict):
        service.complete(scope, action.id, "Done again.")
    assert action.completion_note == "Done."


@pytest.mark.parametrize("note", ["", " \n ", "x" * 4001])
def test_it_asks_what_was_done(scope, action, note):
    with pytest.raises(Invalid) as refused:
        service.complete(scope, action.id, note)
    assert list(refused.value.errors) == ["note"]
    assert action.completed_on is None


def test_who_may_read_but_not_act_does_not_complete(scope, action, seen_by):
    with pytest.raises(Forbidden):
        service.complete(seen_by(scope, "director@calder.test"), action.id, "Done.")


def test_an_action_of_another_unit_is_not_found(scope, action, seen_by):
    with pytest.raises(NotFound):
        service.complete(seen_by(scope, OTHER_MANAGER), action.id, "Done.")


def test_a_measure_may_judge_several_actions(scope, board, fewer, learning, heard):
    actions = [service.plan(scope, replace(board, key=uuid7()), [learning.id]) for _ in range(2)]
    measure = service.declare(scope, fewer, [action.id for action in actions])
    assert set(queries.judged_by(scope, measure.id)) == set(actions)
    assert queries.measures_of(scope, actions[1].id) == [measure]
    assert heard[-1] == MeasureDeclared(measure.id, tuple(action.id for action in actions))
    assert trail(scope, measure.id) == ["measure.declared"]


def test_sending_the_declaration_twice_declares_one(scope, fewer, action):
    assert service.declare(scope, fewer, [action.id]) is service.declare(scope, fewer, [action.id])
    assert len(scope.session.scalars(select(Measure)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"definition": " "}, "definition"),
        ({"definition": "x" * 4001}, "definition"),
        ({"category": "everything"}, "category"),
        ({"direction": "sideways"}, "direction"),
        ({"unit_id": UUID(int=3)}, "unit"),
        ({"baseline_start": None}, "baseline_start"),
        ({"baseline_end": None}, "baseline_end"),
        ({"baseline_start": date(2025, 10, 2)}, "baseline_start"),
        ({"baseline_end": date(2026, 10, 30)}, "baseline_end"),
        ({"baseline_end": date(2026, 11, 30)}, "baseline_end"),
        ({"baseline_start": date(2025, 12, 1)}, "baseline_start"),
        ({"baseline_start": date(2027, 1, 1)}, "baseline_start"),
        ({"review_on": None}, "review_on"),
        ({"review_on": TODAY}, "review_on"),
        ({"review_on": TODAY + timedelta(days=30)}, "review_on"),
    ],
)
def test_it_refuses_a_declaration_and_names_the_field(scope, fewer, action, changes, field):
    with pytest.raises(Invalid) as refused:
        service.declare(scope, replace(fewer, **changes), [action.id])
    assert list(refused.value.errors) == [field]
    assert scope.session.scalars(select(Measure)).all() == []


def test_twelve_months_are_enough_and_eleven_are_not(scope, fewer, action):
    with pytest.raises(Invalid) as refused:
        service.declare(scope, replace(fewer, baseline_start=date(2025, 12, 1)), [action.id])
    assert refused.value.errors == {
        "baseline_start": ["Use at least 12 months up to October 2026: with 11 no chart can tell"]
    }
    service.declare(scope, replace(fewer, baseline_start=date(2025, 11, 1)), [action.id])


def test_a_baseline_ends_before_the_change(scope, fewer, action, clock):
    action.completed_on = date(2026, 10, 20)
    with pytest.raises(Invalid) as refused:
        service.declare(scope, fewer, [action.id])
    assert refused.value.errors == {
        "baseline_end": ["Choose a month before the change: the action was done on 20 October 2026"]
    }
    earlier = replace(fewer, baseline_start=date(2025, 9, 1), baseline_end=date(2026, 9, 30))
    assert service.declare(scope, earlier, [action.id])


def test_a_leap_february_is_a_whole_month(scope, fewer, action):
    leap = replace(fewer, baseline_start=date(2023, 3, 1), baseline_end=date(2024, 2, 29))
    assert service.declare(scope, leap, [action.id])


def test_it_refuses_a_measure_of_nothing(scope, fewer):
    with pytest.raises(Invalid) as refused:
        service.declare(scope, fewer, [])
    assert list(refused.value.errors) == ["action"]


def test_a_measure_is_declared_for_the_own_unit_only(scope, fewer, action, board, learning, units, seen_by):
    manager = seen_by(scope, MANAGER)
    for elsewhere in (units["beech"], None):
        with pytest.raises(Invalid) as refused:
            service.declare(manager, replace(fewer, unit_id=elsewhere), [action.id])
        assert list(refused.value.errors) == ["unit"]
    everywhere = service.plan(scope, replace(board, key=uuid7(), unit_id=None), [learning.id])
    with pytest.raises(Forbidden):
        service.declare(manager, fewer, [everywhere.id])
    with pytest.raises(NotFound):
        service.declare(seen_by(scope, OTHER_MANAGER), fewer, [action.id])


def test_a_verdict_before_its_day_is_refused(scope, measure, clock):
    with pytest.raises(Invalid) as refused:
        service.judge(scope, measure.id, "improved", "Fewer.")
    assert refused.value.errors == {"verdict": ["It is to be judged on 1 July 2027, not before"]}
    assert measure.verdict is None


@pytest.mark.parametrize("verdict", ["improved", "no_change", "worse", "cannot_tell"])
def test_on_its_day_it_is_judged_once(scope, measure, clock, heard, verdict, seen_by):
    clock.move(date(2027, 7, 1) - TODAY)
    manager = seen_by(scope, MANAGER)
    service.judge(manager, measure.id, verdict, "Eight points under the line.")
    assert (measure.verdict, measure.verdict_by) == (verdict, manager.actor.id)
    assert heard[-1] == VerdictGiven(measure.id, verdict)
    assert trail(scope, measure.id)[-1] == "measure.judged"
    with pytest.raises(Conflict):
        service.judge(manager, measure.id, "worse", "I changed my mind.")


@pytest.mark.parametrize(
    ("verdict", "reason", "field"),
    [
        ("", "Fewer.", "verdict"),
        ("splendid", "Fewer.", "verdict"),
        ("improved", "  ", "reason"),
        ("improved", "x" * 4001, "reason"),
    ],
)
def test_a_verdict_needs_its_word_and_its_reason(scope, measure, clock, verdict, reason, field):
    clock.move(date(2027, 8, 1) - TODAY)
    with pytest.raises(Invalid) as refused:
        service.judge(scope, measure.id, verdict, reason)
    assert list(refused.value.errors) == [field]


def test_a_measure_of_another_unit_is_not_found(scope, measure, clock, seen_by):
    clock.move(date(2027, 8, 1) - TODAY)
    with pytest.raises(NotFound):
        service.judge(seen_by(scope, OTHER_MANAGER), measure.id, "improved", "Fewer.")
    with pytest.raises(Forbidden):
        service.judge(seen_by(scope, "director@calder.test"), measure.id, "improved", "Fewer.")
