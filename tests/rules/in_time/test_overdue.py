"""Rules hear of a review, an action and a measure that pass their day: once for each day it was due."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.rules.in_time.conftest import a_rule

from throughline.actions import service as actions
from throughline.actions.models import Action, Measure, MeasureAction
from throughline.actions.schemas import Plan
from throughline.features import WATCHES
from throughline.incidents import service as incidents
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.learning import service as learning
from throughline.learning import sharing
from throughline.learning.models import Share
from throughline.reviews import service as reviews
from throughline.reviews.models import Review
from throughline.rules import watching as rule_watch
from throughline.rules.models import Firing, OverdueNotice
from throughline.sdk import SetFlag, Trigger
from throughline.tenancy.queries import tree

TRIGGERS = (
    Trigger.REVIEW_OVERDUE,
    Trigger.ACTION_OVERDUE,
    Trigger.MEASURE_OVERDUE,
    Trigger.SHARE_OVERDUE,
)


@pytest.fixture
def line(scopes, calder, reported, people, as_):
    """Two incidents in one review due in 5 days, an action in 10, a measure to judge in 20, an answer in 25."""
    about = [reported(), reported()]
    with as_("lead") as scope:
        today = scope.today()
        for one in about:
            incidents.triage(scope, one.id, 1, "review", "", "mdt", today + timedelta(days=5))
        opening = reviews.Opening(
            "Falls", "mdt", "seips.work_system", people["lead"], today + timedelta(days=5),
            tuple(one.id for one in about), uuid4(),
        )  # fmt: skip
        review = reviews.open_review(scope, opening)
        words = learning.Words("Light", "Dark.", "Lamps.", "Safer.")
        scope.session.flush()
        review.completed_at = scope.now()
        lesson = learning.write(scope, words, [review.id])
        review.completed_at = None
        scope.session.flush()
        lesson.approved_at = scope.now()
        oak = tree(scope).by_key("oak").id
        sharing.share(scope, lesson.id, [oak], sharing.Terms(answer_by=today + timedelta(days=25)))
        plan = Plan("Lamps", "", "environment", "stronger", None, people["lead"], today + timedelta(days=10))
        action = actions.plan(scope, plan, [lesson.id])
        measure = Measure(
            id=uuid7(), title="Falls", definition="All.", category="fall", unit_id=None, direction="lower",
            baseline_start=today, baseline_end=today, review_on=today + timedelta(days=20),
            created_at=scope.now(),
        )  # fmt: skip
        scope.session.add(measure)
        scope.session.flush()
        scope.session.add(MeasureAction(measure_id=measure.id, action_id=action.id))
        return about, review.id, action.id, measure.id


@pytest.fixture
def spoke(scopes, calder, with_rules):
    with_rules(
        *(a_rule(SetFlag(f"f{n}", "Overdue"), on=on, key=f"test.r{n}") for n, on in enumerate(TRIGGERS))
    )

    def read():
        with scopes.tenant(calder, SYSTEM) as scope:
            return sorted(scope.session.scalars(select(Firing.trigger)))

    return read


def test_each_is_heard_once_on_each_incident_behind_it(scopes, line, spoke, clock):
    expected = []
    overdue = ((1, "review.overdue"), (5, "action.overdue"), (10, "measure.overdue"), (5, "share.overdue"))
    for days, trigger in ((5, None), *overdue):
        clock.move(timedelta(days=days))
        watching.look(scopes, WATCHES)
        watching.look(scopes, WATCHES)
        expected = sorted(expected + ([trigger] * 2 if trigger else []))
        assert spoke() == expected


def test_after_downtime_each_is_heard_once(scopes, calder, line, spoke, clock):
    clock.move(timedelta(days=90))
    watching.look(scopes, WATCHES)
    watching.look(scopes, WATCHES)
    assert spoke() == sorted(["review.overdue", "action.overdue", "measure.overdue", "share.overdue"] * 2)
    with scopes.tenant(calder, SYSTEM) as scope:
        assert len(scope.session.scalars(select(OverdueNotice)).all()) == 4


def test_a_ticker_that_comes_second_does_nothing(scopes, calder, line, spoke, clock, monkeypatch):
    _, review_id, _, _ = line
    clock.move(timedelta(days=6))
    looked = []
    monkeypatch.setattr(rule_watch, "look", lambda *found: looked.append(found))
    for expected in (True, False):
        with scopes.tenant(calder, SYSTEM) as scope:
            assert rule_watch.notice(rule_watch.KINDS[0], scope, review_id) is expected
    assert len(looked) == 2  # the two incidents of the review, once


def test_what_is_done_in_time_is_not_heard(scopes, calder, line, spoke, clock):
    _, review_id, action_id, measure_id = line
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.get_one(Review, (calder.id, review_id)).completed_at = scope.now()
        scope.session.get_one(Action, (calder.id, action_id)).completed_on = scope.today()
        scope.session.get_one(Measure, (calder.id, measure_id)).verdict = "improved"
        (share,) = scope.session.scalars(select(Share)).all()
        sharing.acknowledge(scope, share.learning_id, share.unit_id)
    clock.move(timedelta(days=90))
    watching.look(scopes, WATCHES)
    assert spoke() == []


def test_a_day_that_was_moved_is_heard_of_again_when_it_passes(scopes, calder, line, spoke, clock):
    _, review_id, _, _ = line
    clock.move(timedelta(days=6))
    watching.look(scopes, WATCHES)
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.session.get_one(Review, (calder.id, review_id)).due_on = scope.today() + timedelta(days=2)
    watching.look(scopes, WATCHES)
    assert spoke() == ["review.overdue"] * 2
    clock.move(timedelta(days=3))
    watching.look(scopes, WATCHES)
    assert spoke() == ["review.overdue"] * 4
