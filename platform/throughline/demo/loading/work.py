"""Reviews, what they taught, who answered, what was done and whether it worked."""

from datetime import time
from typing import Any

from throughline.actions.models import Action, ActionLearning, Measure, MeasureAction
from throughline.demo.loading import letters, reached
from throughline.demo.loading.desk import Desk
from throughline.demo.story.dates import at
from throughline.demo.story.records import StoryLearning, StoryReview
from throughline.learning.models import Attendance, Learning, LearningReview, Share
from throughline.reviews.models import Factor, Review, ReviewIncident

Rows = list[dict[str, Any]]


def write(desk: Desk) -> None:
    """Write everything that followed from the incidents, and what of it waits in an inbox."""
    _reviews(desk)
    _learnings(desk)
    _actions(desk)
    _measures(desk)
    letters.write(desk)


def _reviews(desk: Desk) -> None:
    frameworks = desk.scope.catalogue.frameworks
    rows, covered, factors = Rows(), Rows(), Rows()
    for one in desk.own(desk.story.reviews):
        framework = frameworks[one.framework]
        themes = {group.key: group.theme for group in framework.factors}
        review_id = desk.new(one.key)
        rows.append(
            {
                "id": review_id,
                "title": one.title,
                "kind": one.kind,
                "framework_key": framework.key,
                "framework_version": framework.version,
                "lead_id": desk.who(one.lead),
                "opened_at": one.opened_at,
                "opened_by": desk.who(one.opened_by),
                "due_on": one.due_on,
                "answers": dict(one.answers),
                "completed_at": one.completed_at,
                "completed_by": desk.who(one.completed_by),
            }
        )
        covered += [{"review_id": review_id, "incident_id": desk.ids[key]} for key in one.incidents]
        factors += [
            {
                "review_id": review_id,
                "group_key": factor.group,
                "theme": themes[factor.group],
                "kind": factor.kind,
                "text": factor.text,
                "evidence": factor.evidence,
                "added_at": one.completed_at or one.opened_at,
                "added_by": desk.who(one.lead),
            }
            for factor in one.factors
        ]
        _note_review(desk, one)
    desk.write(Review, rows)
    desk.write(ReviewIncident, covered)
    desk.write(Factor, factors)


def _note_review(desk: Desk, one: StoryReview) -> None:
    about = {"title": one.title, "kind": one.kind, "due_on": one.due_on}
    subjects = [("review", desk.ids[one.key]), *(("incident", desk.ids[key]) for key in one.incidents)]
    for subject in subjects:
        desk.note(one.opened_at, one.opened_by, "review.opened", subject, about)
        if one.completed_at is not None:
            after = {"title": one.title, "completed_at": one.completed_at}
            desk.note(one.completed_at, one.completed_by, "review.completed", subject, after)


def _learnings(desk: Desk) -> None:
    rows, sources, shares, names = Rows(), Rows(), Rows(), Rows()
    for one in desk.own(desk.story.learnings):
        learning_id = desk.new(one.key)
        rows.append(
            {
                "id": learning_id,
                "title": one.title,
                "what_we_found": one.what_we_found,
                "what_changes": one.what_changes,
                "why": one.why,
                "created_at": one.created_at,
                "created_by": desk.who(one.created_by),
                "approved_at": one.approved_at,
                "approved_by": desk.who(one.approved_by),
            }
        )
        sources += [{"learning_id": learning_id, "review_id": desk.ids[key]} for key in one.reviews]
        for share in one.shares:
            share_id = desk.new(f"{one.key} for {share.unit}")
            shares.append(
                {
                    "id": share_id,
                    "learning_id": learning_id,
                    "unit_id": desk.unit(share.unit),
                    "shared_at": share.shared_at,
                    "shared_by": desk.who(one.approved_by),
                    "acknowledged_at": share.acknowledged_at,
                    "acknowledged_by": desk.who(share.acknowledged_by),
                    **reached.answer_of(one, share, desk.scope.now()),
                }
            )
            names += reached.names_of(one, share, share_id)
        _note_learning(desk, one)
    desk.write(Learning, rows)
    desk.write(LearningReview, sources)
    desk.write(Share, shares)
    desk.write(Attendance, names)


def _note_learning(desk: Desk, one: StoryLearning) -> None:
    subject = ("learning", desk.ids[one.key])
    desk.note(one.created_at, one.created_by, "learning.written", subject, {"title": one.title})
    if one.approved_at is not None:
        desk.note(one.approved_at, one.approved_by, "learning.approved", subject, {"title": one.title})
    if one.shares:
        names = [desk.units.by_key(share.unit).name for share in one.shares]
        desk.note(one.shares[0].shared_at, one.approved_by, "learning.shared", subject, {"units": names})
    for share in one.shares:
        if share.acknowledged_at is not None:
            after = {"unit": desk.unit(share.unit)}
            desk.note(share.acknowledged_at, share.acknowledged_by, "learning.acknowledged", subject, after)


def _actions(desk: Desk) -> None:
    rows, served = Rows(), Rows()
    for one in desk.own(desk.story.actions):
        action_id = desk.new(one.key)
        rows.append(
            {
                "id": action_id,
                "title": one.title,
                "description": one.description,
                "kind": one.kind,
                "strength": one.strength,
                "unit_id": desk.unit(one.unit),
                "owner_id": desk.who(one.owner),
                "due_on": one.due_on,
                "created_at": one.created_at,
                "created_by": desk.who(one.created_by),
                "completed_on": one.completed_on,
                "completed_by": desk.who(one.owner) if one.completed_on else None,
                "completion_note": one.completion_note,
            }
        )
        served += [{"action_id": action_id, "learning_id": desk.ids[key]} for key in one.learnings]
        subject = ("action", action_id)
        after = {"title": one.title, "strength": one.strength, "due_on": one.due_on}
        desk.note(one.created_at, one.created_by, "action.planned", subject, after)
        if one.completed_on is not None:
            noon = max(one.created_at, at(one.completed_on, time(12)))
            desk.note(noon, one.owner, "action.completed", subject, {"note": one.completion_note})
    desk.write(Action, rows)
    desk.write(ActionLearning, served)


def _measures(desk: Desk) -> None:
    rows, judged = Rows(), Rows()
    for one in desk.own(desk.story.measures):
        measure_id = desk.new(one.key)
        rows.append(
            {
                "id": measure_id,
                "title": one.title,
                "definition": one.definition,
                "category": one.category,
                "unit_id": desk.unit(one.unit),
                "direction": one.direction,
                "baseline_start": one.baseline_start,
                "baseline_end": one.baseline_end,
                "review_on": one.review_on,
                "created_at": one.created_at,
                "created_by": desk.who(one.created_by),
                "verdict": one.verdict,
                "verdict_reason": one.verdict_reason,
                "verdict_at": one.verdict_at,
                "verdict_by": desk.who(one.verdict_by),
            }
        )
        judged += [{"measure_id": measure_id, "action_id": desk.ids[key]} for key in one.actions]
        subject = ("measure", measure_id)
        about = {
            "title": one.title,
            "baseline_start": one.baseline_start,
            "baseline_end": one.baseline_end,
            "review_on": one.review_on,
        }
        desk.note(one.created_at, one.created_by, "measure.declared", subject, about)
        if one.verdict_at is not None:
            after = {"verdict": one.verdict, "reason": one.verdict_reason}
            desk.note(one.verdict_at, one.verdict_by, "measure.judged", subject, after)
    desk.write(Measure, rows)
    desk.write(MeasureAction, judged)
