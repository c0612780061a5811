"""A learning is written from reviews, approved, shared with units, and each unit answers once."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from throughline.audit.models import AuditEvent
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.learning import queries, service, sharing
from throughline.learning.events import LearningApproved, LearningShared, ShareAcknowledged
from throughline.learning.models import Learning
from throughline.notifications.models import Notification
from throughline.tenancy.queries import tree

WORDS = service.Words("Handover when two are late", "It was cut short.", "We wait for all.", "It is safer.")


@pytest.fixture
def heard(scope):
    """The events that were told in this test, in order."""
    told = []
    for kind in (LearningApproved, LearningShared, ShareAcknowledged):
        scope.bus.subscribe(kind, lambda _scope, event: told.append(event))
    return told


@pytest.fixture
def units(scope):
    return {unit.key: unit.id for unit in tree(scope).units.values()}


@pytest.fixture
def learning(scope, review_on):
    return service.write(scope, WORDS, [review_on(scope).id])


def trail(scope, learning):
    query = select(AuditEvent).where(AuditEvent.subject_id == learning.id).order_by(AuditEvent.id)
    return [event.action for event in scope.session.scalars(query)]


def test_a_learning_may_come_from_several_reviews(scope, review_on):
    sources = [review_on(scope), review_on(scope, "hazel")]
    learning = service.write(scope, WORDS, [source.id for source in sources])
    assert {review.id for review in queries.reviews_of(scope, learning.id)} == {
        source.id for source in sources
    }
    assert queries.of_review(scope, sources[0].id) == [learning]
    assert learning.approved_at is None


@pytest.mark.parametrize("part", service.PARTS)
def test_every_part_is_asked_for_by_name(scope, review_on, part):
    words = service.Words(**{**vars(WORDS), part: " \n "})
    with pytest.raises(Invalid) as refused:
        service.write(scope, words, [review_on(scope).id])
    assert list(refused.value.errors) == [part]


def test_a_part_that_is_too_long_says_by_how_much(scope, review_on):
    words = service.Words(**{**vars(WORDS), "why": "x" * 4001})
    with pytest.raises(Invalid) as refused:
        service.write(scope, words, [review_on(scope).id])
    assert refused.value.errors == {"why": ["Use 4,000 characters or fewer; there are 4,001"]}


def test_it_refuses_a_learning_from_nothing(scope):
    with pytest.raises(Invalid) as refused:
        service.write(scope, WORDS, [])
    assert list(refused.value.errors) == ["review"]


def test_it_refuses_a_review_of_another_unit(scope, review_on, seen_by):
    with pytest.raises(NotFound):
        service.write(seen_by(scope, "manager@calder.test"), WORDS, [review_on(scope, "beech").id])


@pytest.mark.parametrize("email", ["nurse@calder.test", "director@calder.test", "consultant@calder.test"])
def test_those_who_share_no_learning_write_none(scope, review_on, seen_by, email):
    with pytest.raises(Forbidden):
        service.write(seen_by(scope, email), WORDS, [review_on(scope).id])


def test_sending_the_form_twice_writes_one(scope, review_on):
    key, source = uuid7(), review_on(scope).id
    ids = {service.write(scope, WORDS, [source], key).id for _ in range(2)}
    assert ids == {key}
    assert len(scope.session.scalars(select(Learning)).all()) == 1


def test_a_draft_is_for_those_who_may_read_its_review(scope, learning, seen_by):
    assert queries.find(seen_by(scope, "manager@calder.test"), learning.id) is learning
    assert queries.find(seen_by(scope, "lead@calder.test"), learning.id) is learning
    for email in ("beech@calder.test", "nurse@calder.test", "director@calder.test"):
        with pytest.raises(NotFound):
            queries.find(seen_by(scope, email), learning.id)


def test_a_draft_from_a_confidential_incident_is_not_for_the_unit_manager(scope, review_on, seen_by):
    learning = service.write(scope, WORDS, [review_on(scope, confidential=True).id])
    with pytest.raises(NotFound):
        queries.find(seen_by(scope, "manager@calder.test"), learning.id)


def test_an_approved_one_is_for_everybody(scope, learning, seen_by, heard):
    service.approve(scope, learning.id)
    for email in ("beech@calder.test", "nurse@calder.test", "director@calder.test"):
        assert queries.find(seen_by(scope, email), learning.id) is learning
    assert heard == [LearningApproved(learning.id)]


def test_approving_twice_says_so(scope, learning):
    service.approve(scope, learning.id)
    with pytest.raises(Conflict):
        service.approve(scope, learning.id)


def test_a_draft_is_changed_and_keeps_what_it_said(scope, learning):
    changed = service.Words(**{**vars(WORDS), "why": "It kept people safe."})
    service.rewrite(scope, learning.id, changed, service.text_version(learning))
    assert learning.why == "It kept people safe."
    rewritten = select(AuditEvent).where(
        AuditEvent.subject_id == learning.id, AuditEvent.action == "learning.rewritten"
    )
    event = scope.session.scalars(rewritten).one()
    assert event.before == {"why": WORDS.why}


def test_two_people_changing_a_draft_lose_neither_text(scope, learning):
    read = service.text_version(learning)
    hers = service.Words(**{**vars(WORDS), "why": "Hers."})
    his = service.Words(**{**vars(WORDS), "why": "His."})
    service.rewrite(scope, learning.id, hers, read)
    with pytest.raises(service.Overtaken) as both:
        service.rewrite(scope, learning.id, his, read)
    assert both.value.theirs == hers
    assert learning.why == "Hers."


def test_an_approved_one_does_not_change(scope, learning):
    service.approve(scope, learning.id)
    with pytest.raises(Conflict):
        service.rewrite(scope, learning.id, WORDS, service.text_version(learning))


def test_sharing_approves_tells_and_counts_the_new(scope, learning, units, heard):
    assert sharing.share(scope, learning.id, [units["oak"], units["hazel"]]) == 2
    assert sharing.share(scope, learning.id, [units["hazel"], units["beech"], units["beech"]]) == 1
    assert queries.reach(scope, [learning.id])[learning.id] == queries.Reach(3, 0)
    assert heard == [
        LearningApproved(learning.id),
        LearningShared(learning.id, (units["oak"], units["hazel"])),
        LearningShared(learning.id, (units["beech"],)),
    ]
    assert trail(scope, learning) == [
        "learning.written",
        "learning.approved",
        "learning.shared",
        "learning.shared",
    ]


def test_the_manager_of_each_unit_is_told_once(scope, learning, units):
    for _ in range(2):
        sharing.share(scope, learning.id, [units["oak"]])
    told = scope.session.scalars(select(Notification)).all()
    assert [news.subject for news in told] == ["To share with Oak Ward: Handover when two are late"]


@pytest.mark.parametrize("chosen", [[], [UUID(int=7)]])
def test_it_refuses_to_share_with_nobody_or_with_nothing(scope, learning, chosen):
    with pytest.raises(Invalid) as refused:
        sharing.share(scope, learning.id, chosen)
    assert list(refused.value.errors) == ["units"]
    assert learning.approved_at is None


def test_a_division_is_not_somewhere_to_share_with(scope, learning, units):
    with pytest.raises(Invalid):
        sharing.share(scope, learning.id, [units["adult-inpatient"]])


def test_a_unit_manager_shares_with_their_own_unit_only(scope, learning, units, seen_by):
    manager = seen_by(scope, "manager@calder.test")
    with pytest.raises(Invalid):
        sharing.share(manager, learning.id, [units["oak"], units["beech"]])
    assert sharing.share(manager, learning.id, [units["oak"]]) == 1


def test_a_unit_answers_once_with_who_and_when(scope, learning, units, seen_by, heard):
    sharing.share(scope, learning.id, [units["oak"], units["hazel"]])
    manager = seen_by(scope, "manager@calder.test")
    share = sharing.acknowledge(manager, learning.id, units["oak"])
    assert (share.acknowledged_at, share.acknowledged_by) == (scope.now(), manager.actor.id)
    assert heard[-1] == ShareAcknowledged(learning.id, units["oak"])
    found = queries.reach(scope, [learning.id])[learning.id]
    assert (found, found.share) == (queries.Reach(2, 1), 0.5)
    with pytest.raises(Conflict):
        sharing.acknowledge(manager, learning.id, units["oak"])


def test_a_manager_does_not_answer_for_another_unit(scope, learning, units, seen_by):
    sharing.share(scope, learning.id, [units["oak"]])
    with pytest.raises(Forbidden):
        sharing.acknowledge(seen_by(scope, "beech@calder.test"), learning.id, units["oak"])
    with pytest.raises(NotFound):
        sharing.acknowledge(scope, learning.id, units["beech"])


def test_a_share_of_nothing_has_no_percentage(scope, learning):
    assert queries.reach(scope, [learning.id])[learning.id].share is None


def test_briefings_are_those_of_the_own_units(scope, learning, review_on, units, clock, seen_by):
    other = service.write(scope, WORDS, [review_on(scope).id])
    sharing.share(scope, learning.id, [units["oak"], units["beech"]])
    clock.move(datetime(2026, 11, 19, tzinfo=UTC) - datetime(2026, 11, 18, tzinfo=UTC))
    sharing.share(scope, other.id, [units["oak"]])
    nurse = seen_by(scope, "nurse@calder.test")
    assert [found.id for _, found in queries.to_read(nurse)] == [other.id, learning.id]
    sharing.acknowledge(scope, other.id, units["oak"])
    assert [found.id for _, found in queries.to_read(nurse)] == [learning.id]
    assert [found.id for _, found in queries.briefings(nurse, waiting=False).rows] == [other.id, learning.id]
    assert queries.to_read(seen_by(scope, "consultant@calder.test")) == []


def test_pages_of_learnings_and_briefings_follow_each_other(scope, review_on, units, seen_by, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    source = review_on(scope).id
    made = {service.write(scope, WORDS, [source]).id for _ in range(5)}
    for learning_id in made:
        sharing.share(scope, learning_id, [units["oak"]])
    nurse = seen_by(scope, "nurse@calder.test")
    assert walk(lambda before: queries.listed(nurse, "", before), lambda row: row.id) == made
    pairs = walk(lambda before: queries.briefings(nurse, True, before), lambda row: row[1].id)
    assert pairs == made


def walk(page_after, id_of):
    met, before = [], None
    while True:
        page = page_after(before)
        met += [id_of(row) for row in page.rows]
        before = page.older
        if before is None:
            assert len(met) == len(set(met))
            return set(met)


def test_counts_and_lists_agree(scope, learning, review_on, seen_by):
    service.approve(scope, service.write(scope, WORDS, [review_on(scope, "beech").id]).id)
    assert queries.counts(scope) == {"draft": 1, "shared": 1}
    assert queries.listed(scope, "draft").rows == [learning]
    assert queries.counts(seen_by(scope, "beech@calder.test")) == {"draft": 0, "shared": 1}
