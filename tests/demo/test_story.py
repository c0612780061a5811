"""The story of the demo: the same every time, whole, in order, in the product's own vocabulary."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from throughline.actions.models import DIRECTIONS, STRENGTHS, VERDICTS
from throughline.actions.models import KINDS as ACTION_KINDS
from throughline.catalogue import catalogue_for
from throughline.demo.personas import PERSONAS
from throughline.demo.story import tell
from throughline.demo.story.dates import local
from throughline.demo.story.places import SERVICES
from throughline.demo.story.records import Story, StoryIncident
from throughline.incidents.models import DECISIONS, PHYSICAL, PSYCHOLOGICAL
from throughline.incidents.taxonomy import CATEGORIES
from throughline.reviews.models import FACTOR_KINDS
from throughline.reviews.models import KINDS as REVIEW_KINDS

TODAY = date(2026, 11, 18)
PLUGINS = frozenset({"psirf", "seips", "icb_quality", "email", "social_care", "obligations"})
_NOT_OURS = re.compile(
    r"\b(blame\w*|user error|perpetrator\w*|fault\b|failure of|failed to|attention.seeking|suffers? from)",
    re.IGNORECASE,
)
_TEN_DIGITS = re.compile(r"(?:\d[ -]?){10}")
_LEFT_OPEN = re.compile(r"[{}]|\bTODO\b|  ")


@pytest.fixture(scope="module")
def story() -> Story:
    """The story on a fixed day."""
    return tell(TODAY)


def _texts(record: Any) -> list[str]:
    if isinstance(record, str):
        return [record]
    if isinstance(record, dict):
        return [text for value in record.values() for text in _texts(value)]
    if isinstance(record, (tuple, list)):
        return [text for value in record for text in _texts(value)]
    if is_dataclass(record):
        return [text for field in fields(record) for text in _texts(getattr(record, field.name))]
    return []


def test_it_is_the_same_for_the_same_day_and_another_for_another_seed(story: Story) -> None:
    assert tell(TODAY) == story
    assert tell(TODAY, seed=8).incidents != story.incidents


@pytest.mark.parametrize(
    "today", [date(2026, 2, 28), date(2026, 7, 1), date(2026, 12, 25), date(2027, 1, 1), date(2028, 2, 29)]
)
def test_it_can_be_told_on_any_day(today: date) -> None:
    told = tell(today)
    assert 3700 <= len(told.incidents) <= 4500
    assert any(measure.verdict == "improved" for measure in told.measures)


def test_it_tells_about_four_thousand_incidents_of_thirteen_units(story: Story) -> None:
    assert 3800 <= len(story.incidents) <= 4400
    assert {one.unit for one in story.incidents} == set(SERVICES)
    assert len(SERVICES) == 13


def test_most_harm_is_none_or_low_and_death_is_rare(story: Story) -> None:
    harm = Counter(one.physical_harm for one in story.incidents)
    assert (harm["none"] + harm["low"]) / len(story.incidents) > 0.95
    assert 1 <= harm["severe"] <= 15
    assert 1 <= harm["fatal"] <= 4


@pytest.mark.parametrize(
    ("what", "least", "most"),
    [
        (lambda one: one.anonymous, 0.02, 0.06),
        (lambda one: one.confidential, 0.015, 0.05),
        (lambda one: one.triage_decision == "review", 0.06, 0.11),
        (lambda one: one.triaged_at is not None and one.triaged_at > one.triage_due, 0.03, 0.2),
    ],
)
def test_a_believable_share(
    story: Story, what: Callable[[StoryIncident], bool], least: float, most: float
) -> None:
    assert least <= sum(map(what, story.incidents)) / len(story.incidents) <= most


def test_the_queue_is_alive_and_nothing_in_it_is_ancient(story: Story) -> None:
    waiting = [one for one in story.incidents if one.triaged_at is None]
    assert 5 <= len(waiting) <= 40
    assert all((TODAY - local(one.reported_at).date()).days < 45 for one in waiting)


def test_evenings_hold_more_self_harm_than_mornings(story: Story) -> None:
    hours = Counter(local(one.occurred_at).hour for one in story.incidents if one.category == "self_harm")
    assert sum(hours[hour] for hour in range(17, 23)) > 2 * sum(hours[hour] for hour in range(6, 12))


def test_every_word_of_the_vocabulary_is_one_of_the_product(story: Story) -> None:
    for one in story.incidents:
        assert one.category in CATEGORIES
        assert not one.subcategory or CATEGORIES[one.category].subcategory(one.subcategory), one.key
        assert one.physical_harm in PHYSICAL
        assert one.psychological_harm in PSYCHOLOGICAL
        assert one.triage_decision in (None, *DECISIONS)
        assert one.review_kind in (None, *REVIEW_KINDS)
    for action in story.actions:
        assert action.kind in ACTION_KINDS, action.key
        assert action.strength in STRENGTHS, action.key
    for measure in story.measures:
        assert measure.direction in DIRECTIONS
        assert measure.verdict in (None, *VERDICTS)
        assert measure.category in CATEGORIES


def test_every_answer_is_to_a_question_of_a_plugin_about_that_category(story: Story) -> None:
    known = catalogue_for(PLUGINS).field_sets
    for one in story.incidents:
        for key, answers in one.extra.items():
            assert one.category in known[key].applies_to, one.key
            asked = {field.key: field for field in known[key].fields}
            for name, answer in answers.items():
                choices = {choice.key for choice in asked[name].choices}
                given = answer if isinstance(answer, (list, tuple)) else [answer]
                assert not choices or set(given) <= choices, (one.key, name, answer)


def test_every_review_answers_stages_and_names_factors_of_its_framework(story: Story) -> None:
    frameworks = catalogue_for(PLUGINS).frameworks
    for review in story.reviews:
        framework = frameworks[review.framework]
        stages = {stage.key for stage in framework.stages}
        assert review.kind in REVIEW_KINDS
        assert set(review.answers) <= stages
        assert review.completed_at is None or set(review.answers) == stages, review.key
        groups = {group.key for group in framework.factors}
        assert all(factor.group in groups and factor.kind in FACTOR_KINDS for factor in review.factors)


def test_every_reference_is_to_something_of_the_same_provider(story: Story) -> None:
    people = {user.email: user.tenant for user in story.users}
    known = {
        one.key: one.tenant
        for part in (story.incidents, story.reviews, story.learnings, story.actions, story.measures)
        for one in part  # type: ignore[attr-defined]
    }
    persons = {one.reference: one.tenant for one in story.persons}
    assert len(known) == sum(
        map(len, (story.incidents, story.reviews, story.learnings, story.actions, story.measures))
    )
    for one in story.incidents:
        assert one.person is None or persons[one.person] == one.tenant
        assert (one.reporter is None) == one.anonymous
        for email in (one.reporter, one.triaged_by):
            assert email is None or people[email] == one.tenant
    for escalation in story.escalations:
        assert known[escalation.incident] == escalation.tenant
    for record, links in (
        *((review, review.incidents) for review in story.reviews),
        *((learning, learning.reviews) for learning in story.learnings),
        *((action, action.learnings) for action in story.actions),
        *((measure, measure.actions) for measure in story.measures),
    ):
        assert links
        assert all(known[key] == record.tenant for key in links)
    assert {one.email for one in PERSONAS} <= set(people)


def test_nothing_is_still_to_come_and_one_thing_follows_another(story: Story) -> None:
    until = datetime.combine(TODAY, time(0), tzinfo=UTC)
    by_key: dict[str, Any] = {one.key: one for one in (*story.incidents, *story.reviews, *story.learnings)}
    for one in story.incidents:
        assert one.occurred_at <= one.reported_at < until
        assert one.triaged_at is None or one.reported_at < one.triaged_at < until
        assert one.triage_due is not None
    for review in story.reviews:
        assert all(by_key[key].triaged_at < review.opened_at for key in review.incidents), review.key
        assert review.opened_at < (review.completed_at or until) <= until
    for learning in story.learnings:
        assert all(by_key[key].completed_at < learning.created_at for key in learning.reviews), learning.key
        moments = [learning.created_at, learning.approved_at or until]
        for share in learning.shares:
            moments += [share.shared_at]
            assert share.acknowledged_at is None or share.shared_at < share.acknowledged_at < until
        assert moments == sorted(moments), learning.key
    for action in story.actions:
        assert action.created_at < until
        assert action.completed_on is None or local(action.created_at).date() <= action.completed_on <= TODAY
        assert all(by_key[key].created_at <= action.created_at for key in action.learnings)
    for measure in story.measures:
        assert measure.baseline_start < measure.baseline_end
        assert measure.created_at < (measure.verdict_at or until) <= until
    for escalation in story.escalations:
        assert escalation.acknowledged_at is None or (
            escalation.raised_at < escalation.acknowledged_at < until
        )


def test_the_line_that_improved_and_the_line_that_broke_are_told_to_their_ends(story: Story) -> None:
    oak = next(one for one in story.measures if one.key.startswith("oak-evenings/"))
    assert oak.verdict == "improved"
    assert len(oak.actions) == 3
    beech = [one for one in story.learnings if one.key.startswith("beech-medicines/")]
    assert [share.unit for one in beech for share in one.shares if share.acknowledged_at is None] == [
        "beech",
        "cedar",
    ]
    late = [one for one in story.actions if one.key.startswith("beech-medicines/")]
    assert late
    assert any(one.completed_on is None and one.due_on < TODAY for one in late)
    assert not any(one.key.startswith("beech-medicines/") for one in story.measures)


def test_no_text_holds_what_could_be_a_real_number_or_words_we_do_not_use(story: Story) -> None:
    for part in (story.incidents, story.reviews, story.learnings, story.actions, story.measures):
        for record in part:  # type: ignore[attr-defined]
            for text in filter(lambda text: " " in text, _texts(record)):
                assert not _TEN_DIGITS.search(text), text
                assert not _NOT_OURS.search(text), text
                assert not _LEFT_OPEN.search(text), text


def test_no_narrative_holds_the_name_of_anybody(story: Story) -> None:
    names = {part for user in story.users for part in user.name.split() if len(part) > 4}
    for one in story.incidents:
        words = set(re.findall(r"[A-Z][a-z]+", f"{one.what_happened} {one.immediate_action}"))
        assert not words & names, one.what_happened


def test_hardly_any_narrative_is_told_twice_on_one_unit(story: Story) -> None:
    told = Counter((one.unit, one.what_happened) for one in story.incidents)
    assert sum(count - 1 for count in told.values()) < 0.02 * len(story.incidents)
