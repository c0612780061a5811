"""The format: a sound plugin, pure, told in words, and never by colour alone."""

import copy
import runpy
from pathlib import Path

import pytest
import throughline_icb_quality
from throughline_icb_quality import QUARTERLY
from throughline_icb_quality.context import context
from throughline_icb_quality.marks import assurance_icon, sparkline, strength, tint, variation_icon
from throughline_icb_quality.words import against, breakable, day, listed, many, moment, number

from throughline.sdk.testing import check_plugin
from throughline.trends.meanings import assurance_meaning, variation_meaning
from throughline.trends.spc import Direction

sample_document = runpy.run_path(str(Path(__file__).with_name("sample_document.py")))["sample_document"]


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_icb_quality).formats == (QUARTERLY,)


def test_the_context_is_pure() -> None:
    document = sample_document()
    before = copy.deepcopy(document)
    assert context(document, {}) == context(document, {})
    assert document == before


@pytest.mark.parametrize("signed", [True, False])
def test_a_document_without_anything_in_it_still_has_a_context(signed: bool) -> None:
    document = sample_document(signed=signed)
    for name in ("figures", "measures", "learning", "actions", "summary", "data_quality", "definitions"):
        document[name] = []
    document["line"] = {"steps": [], "completed": [], "broken": []}
    document["incidents"] |= {"by_category": [], "by_unit": []}
    document["reviews"] |= {"by_kind": [], "themes": []}
    found = context(document, {})
    assert found["judged"] == [] and found["unjudged"] == []
    assert found["incidents"]["all"] == "0" and len(found["incidents"]["totals"]) == 5


def test_actions_of_one_measure_stand_together_the_strongest_first() -> None:
    first = context(sample_document(), {})["judged"][0]
    assert first["verdict"] == "Improved"
    assert [row["strength"] for row in first["actions"]] == ["Stronger", "Intermediate"]


def test_every_action_is_told_once() -> None:
    document = sample_document()
    found = context(document, {})
    told = [row["title"] for group in found["judged"] + found["unjudged"] for row in group["actions"]]
    assert sorted(told) == sorted(action["title"] for action in document["actions"])


def test_a_learning_shared_twice_is_told_once_with_its_whole_reach() -> None:
    document = sample_document()
    document["learning"] = [document["learning"][0]] * 2
    (told,) = context(document, {})["learning"]
    assert told["reach"] == "Sent to 16 services on 2 occasions, acknowledged by 14."


def test_every_icon_differs_in_shape_and_letter() -> None:
    variations = [
        variation_icon(f"special_cause_{kind}", "lower")
        for kind in ("improvement", "concern", "neutral_high", "neutral_low")
    ]
    icons = [variation_icon("common_cause", "lower"), *variations]
    icons += [assurance_icon(kind) for kind in ("consistently_pass", "consistently_fail", "inconsistent")]
    assert len({icon["shape"] for icon in icons}) == len(icons) == len({icon["words"] for icon in icons})


@pytest.mark.parametrize(
    ("higher", "direction"), [("increase", "higher"), ("decrease", "lower"), ("neutral", "neutral")]
)
def test_the_paper_has_the_icons_and_words_of_the_screen(higher: Direction, direction: str) -> None:
    side = ("neutral_high", "neutral_low") if higher == "neutral" else ("improvement", "concern")
    for kind in ("common_cause", *(f"special_cause_{one}" for one in side)):
        screen, paper = variation_meaning(kind, higher), variation_icon(kind, direction)
        assert (screen.letter, screen.shape, screen.title) == (
            paper["letter"],
            paper["shape"],
            paper["words"],
        )
    for said in ("consistently_pass", "consistently_fail", "inconsistent"):
        meaning, icon = assurance_meaning(said), assurance_icon(said)
        assert (meaning.letter, meaning.shape, meaning.title) == (
            icon["letter"],
            icon["shape"],
            icon["words"],
        )


@pytest.mark.parametrize(
    ("kind", "direction", "letter"),
    [
        ("improvement", "lower", "L"),
        ("improvement", "higher", "H"),
        ("concern", "lower", "H"),
        ("concern", "higher", "L"),
    ],
)
def test_the_letter_says_on_which_side_the_point_lies(kind: str, direction: str, letter: str) -> None:
    assert variation_icon(f"special_cause_{kind}", direction)["letter"] == letter


def test_an_unknown_variation_is_refused() -> None:
    with pytest.raises(KeyError):
        variation_icon("something_new", "lower")


def test_marks_of_nothing_do_not_fail() -> None:
    assert sparkline([])["points"] == "" and sparkline([0.0])["points"]
    assert strength("Unheard of") == 0
    assert [tint(count, 100) for count in (0, 1, 30, 60, 100)] == [0, 1, 2, 3, 4]


def test_numbers_read_as_people_write_them() -> None:
    assert [number(1234), number(7.0, "percent"), number(44.26, "rate"), number(None)] == [
        "1,234",
        "7%",
        "44.3",
        "–",
    ]


@pytest.mark.parametrize(
    ("value", "previous", "unit", "said"),
    [
        (385, 416, "count", "down 31"),
        (91.2, 84.4, "percent", "up 6.8"),
        (5, 5, "count", "the same"),
        (5, None, "count", ""),
    ],
)
def test_a_difference_takes_no_side(value: float, previous: float | None, unit: str, said: str) -> None:
    assert against(value, previous, unit) == said


def test_days_names_and_counts() -> None:
    assert (day("2026-09-03"), day(None)) == ("3 Sep 2026", "")
    assert moment("2026-09-03T06:05:00+00:00") == "3 September 2026, 06:05 UTC"
    assert listed(["a", "b", "c"]) == "a, b and c" and listed([]) == ""
    assert many(1, "service") == "1 service" and many(2, "inquiry", "inquiries") == "2 inquiries"


def test_a_word_too_long_for_a_line_may_break_and_keeps_its_letters() -> None:
    long = "w" * 100
    found = breakable({"a": [long, "short"], "b": long}, but=frozenset({"b"}))
    assert found["a"][0].replace("\u200b", "") == long and "\u200b" in found["a"][0]
    assert found["a"][1] == "short" and found["b"] == long
