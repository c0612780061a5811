"""What is wrong with an effect of a rule, each in a sentence that says how to put it right."""

from dataclasses import replace

import pytest
from tests.sdk.test_checks import RULE, said

from throughline.sdk import (
    ChainStep,
    Escalate,
    Notify,
    OpenObligation,
    RequireShare,
    SetFlag,
    StartClock,
)

SOUND = (
    Escalate("unit_manager", 4, (ChainStep("governance_lead", 4), ChainStep("executive", 12))),
    StartClock("candour", "Write to the family", working_days=10),
    StartClock("call", "Ring the family", hours=24, warn_before_hours=4),
    SetFlag("ligature", "Ligature point"),
    Notify("executive", "Please read this before the board."),
    RequireShare(("acute_adult", "picu"), 10, "The same rails."),
    RequireShare((), 366),
    Escalate("on_call", 4, (ChainStep("person:manager@calder.test", 4),)),
    OpenObligation("obligations.safeguarding"),
)


@pytest.mark.parametrize("effect", SOUND, ids=lambda effect: type(effect).__name__)
def test_a_sound_effect_has_no_problem(effect):
    assert said(replace(RULE, then=(effect,))) == []


@pytest.mark.parametrize(
    ("effect", "part"),
    [
        (Escalate("unit_manager", 4, (ChainStep("boss", 4),)), "there is no role 'boss'"),
        (Escalate("unit_manager", 4, (ChainStep("executive", 0),)), "at least 1 hour after the one before"),
        (
            Escalate("executive", 4, (ChainStep("governance_lead", 1), ChainStep("executive", 1))),
            "the chain comes back to 'executive'",
        ),
        (Escalate("executive", 4, [ChainStep("governance_lead", 1)]), "then[0].chain should be a tuple"),
        (StartClock("c", "C"), "give either hours or working_days"),
        (StartClock("c", "C", hours=48, working_days=2), "give either hours or working_days"),
        (StartClock("c", "C", hours=0, warn_before_hours=0), "hours should be from 1 to 8784"),
        (StartClock("c", "C", hours=8785), "hours should be from 1 to 8784"),
        (StartClock("c", "C", working_days=367), "working_days should be from 1 to 366"),
        (StartClock("c", "C", hours=24), "the warning would come as it starts"),
        (StartClock("c", "C", hours=24, warn_before_hours=-1), "warn_before_hours should be from 0"),
        (StartClock("Candour!", "C", hours=48), "clock 'Candour!': the key should be of lower-case"),
        (StartClock("c", " ", hours=48), "clock 'c': title is empty"),
        (StartClock("c", "x" * 121, hours=48), "longer than 120 characters"),
        (StartClock("c", "C", hours=True), "then[0].hours should be a whole number"),
        (SetFlag("", "A flag"), "flag '': the key should be"),
        (SetFlag("flag", ""), "flag 'flag': title is empty"),
        (Escalate("person:Joe", 4), "names nobody: write an e-mail address"),
        (Escalate("on_call", 4, (ChainStep("on_call", 4),)), "the chain comes back to 'on_call'"),
        (Escalate("unit_manager", 4, (ChainStep("person:@", 4),)), "names nobody"),
        (RequireShare(("Acute Adult",), 10), "the type of service 'Acute Adult' should be of lower-case"),
        (RequireShare(("picu", "picu"), 10), "the type of service 'picu' appears 2 times"),
        (RequireShare((), 0), "within_working_days should be from 1 to 366"),
        (RequireShare((), 367), "within_working_days should be from 1 to 366"),
        (RequireShare(("picu",), 10, "x" * 121), "longer than 120 characters"),
        (RequireShare(["picu"], 10), "then[0].audience should be a tuple"),
        (OpenObligation("safeguarding"), "the duty 'safeguarding' should be the key of one"),
        (OpenObligation("Obligations.x"), "should be the key of one"),
        (Notify("everybody", "Look."), "there is no role 'everybody'"),
        (Notify("executive", "\n"), "words is empty"),
        (Notify("executive", "x" * 121), "longer than 120 characters"),
    ],
)
def test_it_says_what_is_wrong_with_an_effect(effect, part):
    found = said(replace(RULE, then=(effect,)))
    assert any(part in problem for problem in found), found


@pytest.mark.parametrize("budget", [0, -1, 1001])
def test_a_budget_is_some_alarms_a_day(budget):
    assert any("budget should be from 1 to 1000 a day" in one for one in said(replace(RULE, budget=budget)))
    assert said(replace(RULE, budget=20)) == []
