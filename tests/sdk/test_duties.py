"""What is wrong with a duty, each in a sentence that says how to put it right."""

from dataclasses import replace

import pytest
from throughline_obligations.duties.candour import NHS

from throughline.sdk import Answer, Ask, DutyStep, Exemption
from throughline.sdk.checks import problems_in

YES = Answer("yes", "Yes", applies=True)
STEP = DutyStep("a", "A step", "What it means")


def said(duty):
    return list(problems_in(duty, "obligations"))


def test_a_sound_duty_has_no_problem():
    assert said(NHS) == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"steps": ()}, "steps is empty"),
        ({"version": 0}, "version should be at least 1"),
        ({"steps": (replace(STEP, optional=True),)}, "every step is optional"),
        ({"steps": (STEP, STEP)}, "the step 'a' appears 2 times"),
        ({"steps": (replace(STEP, after=("b",)),)}, "there is no step before it 'b'"),
        ({"steps": (replace(STEP, instead_of=("a",)),)}, "there is no step 'a'"),
        ({"steps": (replace(STEP, within_hours=5),)}, "a target needs its source"),
        (
            {"steps": (replace(STEP, within_hours=5, within_working_days=1, target_source="Us"),)},
            "give either within_hours or within_working_days",
        ),
        ({"steps": (replace(STEP, within_hours=0, target_source="Us"),)}, "within_hours should be from 1"),
        (
            {"steps": (replace(STEP, within_working_days=400, target_source="Us"),)},
            "within_working_days should be from 1 to 366",
        ),
        ({"steps": (replace(STEP, letter="Dear $name"),)}, "the letter has no word $name"),
        ({"steps": (replace(STEP, letter="It cost $5"),)}, "a $ that stands for nothing"),
        ({"steps": (replace(STEP, title="x" * 121),)}, "longer than 120 characters"),
        ({"steps": (replace(STEP, key="A step"),)}, "the key 'A step' should be of lower-case"),
        ({"steps": [STEP]}, "steps should be a tuple"),
        ({"asks": (Ask("q", "Why?", "Words", (YES,)),)}, "an answer with which the duty applies"),
        ({"asks": (Ask("q", "Why?", "", (YES, Answer("no", "No", applies=False))),)}, "weigh is empty"),
        ({"exemptions": (Exemption("told", "Told", ""),)}, "exemption 'told': record is empty"),
    ],
)
def test_it_says_what_is_wrong_with_a_duty(changes, part):
    found = said(replace(NHS, **changes))
    assert any(part in problem for problem in found), found
