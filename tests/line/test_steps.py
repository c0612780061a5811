"""Every step of the line with who, when and evidence; every gap by its name, with the way to close it."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from throughline.line.steps import (
    STEPS,
    ActionFacts,
    LearningFacts,
    LineFacts,
    MeasureFacts,
    ReviewFacts,
    derive,
    first_gap,
)

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=timezone.utc)  # noqa: UP017 - as the facts come


def person(number: int) -> UUID:
    return UUID(int=number)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def day(days: int) -> date:
    return (NOW + timedelta(days=days)).date()


REVIEW = ReviewFacts(
    UUID(int=101), "Ligature point", person(3), day(-40), ago(45), person(4), ("task", "task")
)
LEARNING = LearningFacts(UUID(int=102), "Check at handover", ago(44), ago(43), person(5), ago(42), 2, 2)
ACTION = ActionFacts(UUID(int=103), "Fit new rails", person(6), day(-20), day(-25))
MEASURE = MeasureFacts(
    UUID(int=104), "Ligatures", day(-2), "improved", "Half as many as before.", ago(1), person(7)
)
WHOLE = LineFacts(
    incident_id=UUID(int=100),
    reported_at=ago(60),
    reporter_id=person(1),
    reporter_words="Reported anonymously",
    triage_due=ago(58),
    triaged_at=ago(59),
    triaged_by=person(2),
    decision="review",
    reason="",
    review_due=day(-40),
    reviews=(REVIEW,),
    learnings=(LEARNING,),
    actions=(ACTION,),
    measures=(MEASURE,),
)
NOTHING = {"reviews": (), "learnings": (), "actions": (), "measures": ()}


def line(facts: LineFacts = WHOLE, **changes: object) -> dict[str, object]:
    steps = derive(replace(facts, **changes), NOW, LONDON, 28)  # type: ignore[arg-type]
    assert tuple(step.key for step in steps) == STEPS
    return {step.key: step for step in steps}


def test_a_whole_line_says_who_when_and_with_what_evidence() -> None:
    steps = line()
    assert {step.state for step in steps.values()} == {"done"}
    assert [step.who for step in steps.values()] == [person(n) for n in (1, 2, 4, 4, 5, 6, 7)]
    assert [step.at.date() for step in steps.values()] == [
        found.date() for found in (ago(60), ago(59), ago(45), ago(45), ago(42), ago(25), ago(1))
    ]
    evidence = {key: [(link.label, link.endpoint) for link in step.evidence] for key, step in steps.items()}
    assert evidence["reviewed"] == [("Open the review", "reviews.show")]
    assert evidence["learned"] == [("Check at handover", "learning.show")]
    assert evidence["acted"] == [("Fit new rails", "actions.show")]
    assert evidence["improved"] == [("Ligatures", "actions.show_measure")]
    assert steps["analysed"].note == "2 contributory factors: task."
    assert steps["improved"].note == "Half as many as before."
    assert first_gap(tuple(steps.values())) is None
    assert all(step.gap is None for step in steps.values())


UNJUDGED = replace(MEASURE, verdict=None, verdict_reason="", verdict_at=None, verdict_by=None)
UNDONE = replace(ACTION, completed_on=None)
OPEN = replace(REVIEW, completed_at=None, completed_by=None)
GAPS = {
    "nothing triaged, in time": (
        {"triaged_at": None, "triaged_by": None, "decision": None, "triage_due": ago(-1), **NOTHING},
        ("triaged", "due", "Somebody has to read this", "Decide what it needs", "triage"),
    ),
    "nothing triaged, too late": (
        {"triaged_at": None, "triaged_by": None, "decision": None, **NOTHING},
        ("triaged", "late", "Somebody has to read this", "Decide what it needs", "triage"),
    ),
    "no review opened": (
        NOTHING,
        ("reviewed", "late", "nobody has opened it yet", "Open the review", "review"),
    ),
    "review not completed": (
        {**NOTHING, "reviews": (OPEN,)},
        ("reviewed", "late", "Completing it closes this step", "Open the review", "review"),
    ),
    "review without a factor": (
        {"reviews": (replace(REVIEW, themes=()),), "learnings": (), "actions": (), "measures": ()},
        ("analysed", "gap", "names no contributory factor", "Open the review", "review"),
    ),
    "finding without learning": (
        {"learnings": (), "actions": (), "measures": ()},
        ("learned", "late", "nobody has written down what it taught", "Write what was learned", "share"),
    ),
    "learning not shared": (
        {"learnings": (replace(LEARNING, shared_at=None),), "actions": (), "measures": ()},
        ("learned", "late", "not yet shared with the units", "Check at handover", "share"),
    ),
    "learning without acknowledgement": (
        {"learnings": (replace(LEARNING, answered=0),)},
        ("learned", "done", "2 units have not acknowledged", "Check at handover", "share"),
    ),
    "learning without one acknowledgement": (
        {"learnings": (replace(LEARNING, answered=1),)},
        ("learned", "done", "1 unit has not acknowledged", "Check at handover", "share"),
    ),
    "finding without action": (
        {"actions": (), "measures": ()},
        ("acted", "gap", "no action follows from it", "Plan an action", "act"),
    ),
    "action not done": (
        {"actions": (UNDONE,)},
        ("acted", "late", "1 of 1 actions still to do. The next is: Fit new rails.", "Fit new rails", "act"),
    ),
    "action without measure": (
        {"measures": ()},
        ("improved", "gap", "how we shall know whether it worked", "Declare a measure", "act"),
    ),
    "measure not judged": (
        {"measures": (UNJUDGED,)},
        ("improved", "late", "Judge the measure: Ligatures.", "Ligatures", "act"),
    ),
    "measure says no change": (
        {"measures": (replace(MEASURE, verdict="no_change"),)},
        ("improved", "gap", "The measure says: no change.", "Ligatures", "act"),
    ),
    "measure says worse": (
        {"measures": (replace(MEASURE, verdict="worse"),)},
        ("improved", "gap", "The measure says: things got worse.", "Ligatures", "act"),
    ),
    "measure cannot tell": (
        {"measures": (replace(MEASURE, verdict="cannot_tell"),)},
        ("improved", "gap", "The measure says: we cannot tell yet.", "Ligatures", "act"),
    ),
}


@pytest.mark.parametrize(("changes", "expected"), GAPS.values(), ids=GAPS.keys())
def test_every_gap_is_named_with_the_way_to_close_it(changes: dict, expected: tuple) -> None:
    key, state, sentence, label, permission = expected
    steps = line(**changes)
    step = steps[key]
    assert step.state == state
    assert sentence in step.gap.sentence
    assert (step.gap.close.label, step.gap.permission) == (label, permission)
    if state != "done":
        assert first_gap(tuple(steps.values())) is (None if state == "due" else step)
        later = list(steps.values())[STEPS.index(key) + 1 :]
        assert all(found.gap is None for found in later if found.state == "waiting")


def test_after_a_gap_the_steps_wait_and_name_no_other_gap() -> None:
    steps = line(triaged_at=None, triaged_by=None, decision=None, **NOTHING)
    assert [step.state for step in steps.values()][2:] == ["waiting"] * 5
    assert [step.gap for step in list(steps.values())[2:]] == [None] * 5


def test_what_somebody_decided_not_to_review_is_whole_with_the_reason() -> None:
    steps = line(decision="no_review", reason="A slip on ice, gritted since.", review_due=None, **NOTHING)
    assert [step.state for step in steps.values()] == ["done", "done", *["not_needed"] * 5]
    assert steps["reviewed"].note == "A slip on ice, gritted since."
    assert first_gap(tuple(steps.values())) is None


@pytest.mark.parametrize(
    ("due", "state"), [(day(-1), "late"), (day(0), "due"), (day(1), "due")], ids=["past", "today", "to come"]
)
def test_a_day_is_over_when_it_is_over_where_the_tenant_is(due: date, state: str) -> None:
    assert line(**{**NOTHING, "reviews": (replace(OPEN, due_on=due),)})["reviewed"].state == state


def test_what_was_done_late_says_so() -> None:
    steps = line(triage_due=ago(59.5), reviews=(replace(REVIEW, due_on=day(-50)),))
    assert steps["triaged"].note.startswith("Decided after its due time.")
    assert steps["reviewed"].note.endswith("Completed after its due date.")


def test_an_anonymous_report_names_nobody() -> None:
    step = line(reporter_id=None)["reported"]
    assert (step.who, step.who_words) == (None, "Reported anonymously")


def closed(facts: LineFacts) -> LineFacts:
    """Return the facts as somebody reads them who may open none of the records."""
    return replace(
        facts,
        **{
            name: tuple(replace(found, opens=False) for found in getattr(facts, name))
            for name in ("reviews", "learnings", "actions", "measures")
        },
    )


SECRETS = ("Ligature point", "task", "Check at handover", "Fit new rails", "Ligatures")
LATER_PEOPLE = {person(number) for number in (3, 4, 6, 7)}


@pytest.mark.parametrize("changes", [{}, *(found[0] for found in GAPS.values())])
def test_of_records_that_do_not_open_the_line_says_only_how_far_they_are(changes: dict) -> None:
    facts = replace(WHOLE, **changes)
    shown, whole = (derive(found, NOW, LONDON, 28) for found in (closed(facts), facts))
    assert [(step.state, step.at, step.due) for step in shown] == [
        (step.state, step.at, step.due) for step in whole
    ]
    said = repr([(step.note, step.evidence, step.gap) for step in shown])
    assert [secret for secret in SECRETS if secret in said] == []
    assert not LATER_PEOPLE & {step.who for step in shown}
