"""The method is whole: its stages stand in order and the platform can use it."""

from dataclasses import replace

import pytest
import throughline_five_whys
from throughline_five_whys.framework import FIVE_WHYS

from throughline.sdk import FoundFactor, WrittenReview
from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_five_whys).frameworks == (FIVE_WHYS,)


def test_a_review_takes_these_steps() -> None:
    assert [stage.title for stage in FIVE_WHYS.stages] == [
        "The problem",
        "Why, and why again",
        "Where it ends",
        "What would change it",
    ]


CHAIN = "Because the check was late\n2. because two tasks fell together\nWhy? Because the round was moved"
SHOWN = FoundFactor("organisation", "organisation", "barrier", "The round was moved", "Rota of 3 March")


def said(ending: str, whys: str = CHAIN, *factors: FoundFactor) -> list[str]:
    return list(FIVE_WHYS.objections(WrittenReview({"whys": whys, "ends_at": ending}, factors or (SHOWN,))))


@pytest.mark.parametrize(
    "ending",
    [
        "The nurse forgot to check the observation sheet.",
        "Agency staff did not know the ward and missed the change",
        "Human error",
        "It was nursing failure.",
        "Carelessness on the shift",
        "Staff did not follow the observation policy",
        "Failure to follow procedure",
        "Nurse Brown was on the phone",
        "It was Dr Patel's decision",
        "One member of staff should have looked again",
        "A lack of vigilance in the evening",
        "Somebody's own fault",
        "The two healthcare assistants were careless",
    ],
)
def test_it_does_not_end_at_a_person(ending: str) -> None:
    (sentence,) = said(ending)
    assert "ends at a person" in sentence


@pytest.mark.parametrize(
    "ending",
    [
        "The medicine round and the observations fall due in the same half hour on every evening shift.",
        "Break cover was stopped in March and the roster was not drawn up again.",
        "The policy asks for two registered nurses on nights; the roster plans one.",
        "The observation sheet is kept in an office that is locked after eight.",
        "Nobody is told when the pharmacy changes the supplier: the notice goes to a mailbox without an owner.",
    ],
)
def test_a_condition_in_the_system_is_an_end(ending: str) -> None:
    assert said(ending) == []


def test_it_says_which_words_it_stumbled_over() -> None:
    assert "“the nurse forgot”" in said("In the end the nurse forgot the time.")[0]


@pytest.mark.parametrize(
    ("whys", "words"),
    [
        ("Because of the round", "1 line begins"),
        ("It was late.", "0 lines begin"),
        ("Because a\nBecause b", "2 lines begin"),
    ],
)
def test_too_few_whys_are_asked_for(whys: str, words: str) -> None:
    (sentence,) = said("The round was moved.", whys)
    assert words in sentence


def test_what_is_not_written_yet_is_for_the_platform_to_say() -> None:
    assert said("", "") == []


@pytest.mark.parametrize(
    "factor",
    [replace(SHOWN, kind="facilitator"), replace(SHOWN, evidence=" ")],
    ids=["only helped", "not shown"],
)
def test_the_end_of_the_chain_is_shown_by_something(factor: FoundFactor) -> None:
    (sentence,) = said("The round was moved.", CHAIN, factor)
    assert "with what shows it" in sentence


def test_a_long_text_is_read_quickly() -> None:
    assert said("the nurse " * 2000 + "was there") == []
