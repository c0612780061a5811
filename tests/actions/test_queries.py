"""Lists and counts of actions and measures are right, and hold only what the actor may see."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import queries
from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.actions.queries import Filter
from throughline.kernel.database import uuid7
from throughline.kernel.errors import NotFound
from throughline.tenancy.queries import tree

NURSE, MANAGER, OTHER_MANAGER = (f"{name}@calder.test" for name in ("nurse", "manager", "beech"))
TODAY = date(2026, 11, 18)


@pytest.fixture
def acted(scope):
    """Store an action, due in some days (or done some days ago)."""
    units = {unit.key: unit.id for unit in tree(scope).units.values()}
    people = {user.email: user.id for user in scope.session.scalars(select(User))}

    def store(unit="oak", due=30, done=None, strength="weaker", owner="lead@calder.test", learning=None):
        action = Action(
            id=uuid7(),
            title="A change",
            description="",
            kind="training",
            strength=strength,
            unit_id=units[unit] if unit else None,
            owner_id=people[owner],
            due_on=TODAY + timedelta(days=due),
            created_at=scope.now(),
            completed_on=None if done is None else TODAY - timedelta(days=done),
        )
        scope.session.add(action)
        scope.session.flush()
        if learning is not None:
            scope.session.add(ActionLearning(action_id=action.id, learning_id=learning.id))
            scope.session.flush()
        return action

    return store


@pytest.fixture
def measured(scope):
    """Store a measure of an action, to be judged in some days, perhaps judged."""

    def store(action, review=30, verdict=None):
        measure = Measure(
            id=uuid7(),
            title="A count",
            definition="All",
            category="self_harm",
            unit_id=action.unit_id,
            direction="lower",
            baseline_start=date(2025, 1, 1),
            baseline_end=date(2025, 12, 31),
            review_on=TODAY + timedelta(days=review),
            created_at=scope.now(),
            verdict=verdict,
        )
        scope.session.add(measure)
        scope.session.flush()
        scope.session.add(MeasureAction(measure_id=measure.id, action_id=action.id))
        scope.session.flush()
        return measure

    return store


def test_counts_and_lists_agree(scope, acted):
    late, soon, later = acted(due=-1), acted(due=0), acted(due=9)
    long_done, just_done = acted(due=-90, done=80), acted(due=5, done=0)
    assert queries.counts(scope) == {"open": 3, "overdue": 1, "done": 2}
    assert queries.overdue(scope) == 1
    assert queries.listed(scope, Filter("open")).rows == [late, soon, later]
    assert queries.listed(scope, Filter("overdue")).rows == [late]
    assert queries.listed(scope, Filter("done")).rows == [just_done, long_done]
    assert len(queries.listed(scope, Filter()).rows) == 5


def test_a_filter_narrows_the_list_and_its_counts(scope, acted, seen_by):
    board = acted(strength="stronger", owner=NURSE)
    acted("beech", strength="stronger")
    acted(strength="weaker")
    oak = (board.unit_id,)
    wanted = Filter("open", strength="stronger", unit_ids=oak)
    assert queries.listed(scope, wanted).rows == [board]
    assert queries.counts(scope, wanted)["open"] == 1
    assert queries.listed(seen_by(scope, NURSE), Filter(mine=True)).rows == [board]


@pytest.mark.parametrize("state", ["open", "done", ""])
def test_pages_follow_each_other_without_gap_or_repeat(scope, acted, monkeypatch, state):
    monkeypatch.setattr(queries, "PAGE", 3)
    made = {acted(due=due, done=done).id for due in (5, 5, 2) for done in (None, 1, 1)}
    wanted = {
        action.id
        for action in scope.session.scalars(select(Action))
        if not state or (action.completed_on is None) == (state == "open")
    }
    met, before = [], None
    while True:
        page = queries.listed(scope, Filter(state), before)
        met += [action.id for action in page.rows]
        before = page.older
        if before is None:
            break
    assert len(met) == len(set(met))
    assert set(met) == wanted <= made


def test_a_cursor_of_another_unit_is_not_found(scope, acted, measured, seen_by):
    other = acted("beech")
    manager = seen_by(scope, MANAGER)
    with pytest.raises(NotFound):
        queries.listed(manager, Filter("open"), other.id)
    with pytest.raises(NotFound):
        queries.measures(manager, "due", measured(other).id)


def test_people_see_their_units_what_is_above_them_and_their_own(scope, acted, seen_by):
    oak, beech = acted("oak"), acted("beech")
    division, everywhere = acted("adult-inpatient"), acted(None)
    own = acted("beech", owner=NURSE)
    every = {oak, beech, division, everywhere, own}
    assert set(queries.listed(seen_by(scope, MANAGER), Filter()).rows) == {oak, division, everywhere}
    assert set(queries.listed(seen_by(scope, NURSE), Filter()).rows) == {own}
    assert set(queries.listed(seen_by(scope, "director@calder.test"), Filter()).rows) == every
    assert queries.listed(seen_by(scope, "consultant@calder.test"), Filter()).rows == []
    assert queries.counts(seen_by(scope, MANAGER))["open"] == 3


def test_own_open_actions_come_by_their_day(scope, acted, seen_by):
    later, sooner = acted(due=9, owner=NURSE), acted(due=2, owner=NURSE)
    acted(owner=NURSE, done=1)
    acted()
    assert queries.owned(seen_by(scope, NURSE)) == [sooner, later]


def test_overdue_is_counted_for_each_strength(scope, acted):
    for strength, due in (("weaker", -1), ("weaker", -9), ("stronger", -1), ("intermediate", 1)):
        acted(strength=strength, due=due)
    acted(strength="stronger", due=-5, done=1)
    assert queries.overdue_by_strength(scope) == {"stronger": 1, "intermediate": 0, "weaker": 2}


def test_it_notices_a_learning_with_only_weaker_actions(scope, acted, learned):
    first, second = learned(scope), learned(scope)
    assert not queries.only_weaker(scope, [first.id])
    acted(strength="weaker", learning=first)
    assert queries.only_weaker(scope, [first.id, second.id])
    acted(strength="intermediate", learning=first)
    assert not queries.only_weaker(scope, [first.id])


def test_the_actions_of_a_learning_are_those_the_actor_may_see(scope, acted, learned, seen_by):
    learning = learned(scope)
    oak, beech = acted("oak", due=2, learning=learning), acted("beech", due=1, learning=learning)
    assert queries.of_learning(scope, learning.id) == [beech, oak]
    assert queries.of_learning(seen_by(scope, MANAGER), learning.id) == [oak]


def test_measures_are_listed_and_counted_by_their_day(scope, acted, measured):
    action = acted(done=300)
    today, past, coming = measured(action, 0), measured(action, -40), measured(action, 1)
    judged = measured(action, -90, "improved")
    assert queries.measure_counts(scope) == {"due": 2, "waiting": 1, "judged": 1}
    assert queries.due_for_review(scope) == [past, today]
    assert queries.measures(scope, "due").rows == [past, today]
    assert queries.measures(scope, "waiting").rows == [coming]
    assert queries.measures(scope, "judged").rows == [judged]
    assert queries.verdict_counts(scope) == {"": 3, "improved": 1}


@pytest.mark.parametrize("state", ["waiting", ""])
def test_pages_of_measures_follow_each_other(scope, acted, measured, monkeypatch, state):
    monkeypatch.setattr(queries, "PAGE", 2)
    made = {measured(acted(), review).id for review in (3, 3, 1, 7, 3)}
    met, before = [], None
    while True:
        page = queries.measures(scope, state, before)
        met += [measure.id for measure in page.rows]
        before = page.older
        if before is None:
            break
    assert len(met) == 5
    assert set(met) == made


def test_measures_and_verdicts_of_other_units_are_not_counted(scope, acted, measured, seen_by):
    measured(acted("beech"), -1, "worse")
    mine = measured(acted("oak"), -1)
    manager = seen_by(scope, MANAGER)
    assert queries.verdict_counts(manager) == {"": 1}
    assert queries.measure_counts(manager) == {"due": 1, "waiting": 0, "judged": 0}
    assert queries.due_for_review(manager) == [mine]
    with pytest.raises(NotFound):
        queries.find_measure(seen_by(scope, OTHER_MANAGER), mine.id)
