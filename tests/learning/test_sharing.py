"""How learning reaches a team: the terms of a share, a unit's answer, a reminder, and how far it went."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.conftest import NOW

from throughline.audit.models import AuditEvent
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Invalid
from throughline.learning import attending, queries, reaching, service, sharing
from throughline.learning.models import Share
from throughline.notifications.models import Notification
from throughline.tenancy.queries import tree

WORDS = service.Words("Handover when two are late", "It was cut short.", "We wait for all.", "It is safer.")


@pytest.fixture
def units(scope):
    return {unit.key: unit.id for unit in tree(scope).units.values()}


@pytest.fixture
def learning(scope, review_on):
    return service.write(scope, WORDS, [review_on(scope).id])


def test_a_share_says_how_it_reaches_the_team_and_by_when(scope, learning, units):
    terms = sharing.Terms("supervision", date(2026, 12, 1))
    sharing.share(scope, learning.id, [units["oak"]], terms)
    (share,) = queries.shares(scope, learning.id)
    assert (share.kind, share.answer_by) == ("supervision", date(2026, 12, 1))
    assert set(share.code) <= set(sharing.ALPHABET)
    assert len(share.code) == sharing.CODE_LENGTH


def test_without_a_day_a_unit_has_two_weeks(scope, learning, units):
    sharing.share(scope, learning.id, [units["oak"]])
    assert queries.shares(scope, learning.id)[0].answer_by == NOW.date() + timedelta(days=14)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (sharing.Terms("a poster"), "kind"),
        (sharing.Terms(answer_by=NOW.date() - timedelta(days=1)), "answer_by"),
        (sharing.Terms(answer_by=date(2030, 1, 1)), "answer_by"),
        (sharing.Terms(checked="x" * 501), "checked"),
    ],
)
def test_terms_that_cannot_be_name_their_field(scope, learning, units, terms, field):
    with pytest.raises(Invalid) as refused:
        sharing.share(scope, learning.id, [units["oak"]], terms)
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("answer", ["already_done", "not_applicable"])
def test_a_unit_that_changes_nothing_says_why(scope, learning, units, answer):
    sharing.share(scope, learning.id, [units["oak"]])
    with pytest.raises(Invalid) as refused:
        sharing.acknowledge(scope, learning.id, units["oak"], answer, " \n")
    assert list(refused.value.errors) == ["words"]
    share = sharing.acknowledge(scope, learning.id, units["oak"], answer, "Since spring, by the checklist.")
    assert (share.answer, share.answer_words) == (answer, "Since spring, by the checklist.")


def test_an_answer_nobody_offers_is_refused(scope, learning, units):
    sharing.share(scope, learning.id, [units["oak"]])
    with pytest.raises(Invalid) as refused:
        sharing.acknowledge(scope, learning.id, units["oak"], "maybe")
    assert list(refused.value.errors) == ["answer"]


def test_units_are_chosen_by_what_they_have_in_common(scope):
    services = [unit for unit in tree(scope).services() if unit.closed_on is None]
    found = {group.key: group for group in reaching.groups(services)}
    assert found["trait:ligature-points"].label == "ligature points"
    chosen = reaching.of_group(services, "trait:ligature-points")
    assert {unit.key for unit in chosen} >= {"oak", "hazel"}
    assert found["trait:ligature-points"].count == len(chosen)
    assert reaching.of_group(services, "trait:unicorns") == []


def test_a_unit_that_does_not_answer_is_reminded_once(scopes, calder, clock, review_on):
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        learning = service.write(scope, WORDS, [review_on(scope).id])
        sharing.share(scope, learning.id, [oak])
    watches = [watch for watch in sharing.WATCHES if watch.what == "share unanswered"]
    assert watching.look_at(scopes, calder, watches) == 0, "its day has not passed"
    clock.move(timedelta(days=15))
    assert watching.look_at(scopes, calder, watches) == 1
    assert watching.look_at(scopes, calder, watches) == 0
    with scopes.tenant(calder, SYSTEM) as scope:
        titles = scope.session.scalars(select(Notification.subject)).all()
        assert titles.count("Oak Ward has not answered yet: Handover when two are late") == 1
        actions = scope.session.scalars(select(AuditEvent.action)).all()
        assert actions.count("learning.reminded") == 1


def test_a_unit_that_answered_is_not_reminded(scopes, calder, clock, review_on):
    with scopes.tenant(calder, SYSTEM) as scope:
        oak = tree(scope).by_key("oak").id
        learning = service.write(scope, WORDS, [review_on(scope).id])
        sharing.share(scope, learning.id, [oak])
        sharing.acknowledge(scope, learning.id, oak)
    clock.move(timedelta(days=30))
    assert watching.look_at(scopes, calder, list(sharing.WATCHES)) == 0


def test_how_far_it_went_is_counted_from_what_units_said(scope, learning, units, seen_by):
    sharing.share(scope, learning.id, [units[key] for key in ("oak", "hazel", "beech", "cedar")])
    sharing.acknowledge(scope, learning.id, units["oak"])
    sharing.acknowledge(scope, learning.id, units["hazel"], "already_done", "Since May.")
    sharing.acknowledge(scope, learning.id, units["beech"], "not_applicable", "No rails here.")
    attending.sign_in_person(seen_by(scope, "nurse@calder.test"), learning.id, units["oak"], "read")
    found = reaching.measures(scope, NOW - timedelta(days=365))
    assert (found.learnings, found.units, found.acknowledged, found.people) == (1, 4, 3, 1)
    assert found.answers == {"adopted": 1, "already_done": 1, "not_applicable": 1}
    assert found.adopted == pytest.approx(2 / 3)
    assert found.to_answer == 0.0
    assert found.to_share is not None


def test_nothing_shared_measures_nothing(scope):
    found = reaching.measures(scope, NOW - timedelta(days=365))
    assert (found.units, found.adopted, found.to_share, found.to_answer) == (0, None, None, None)


def test_a_code_is_one_shares_own(scope, learning, units):
    sharing.share(scope, learning.id, [units[key] for key in ("oak", "hazel", "beech")])
    codes = scope.session.scalars(select(Share.code)).all()
    assert len(set(codes)) == 3
