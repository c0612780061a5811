"""Every method that ships asks about the whole system, in words that look at systems."""

import pytest

from throughline.catalogue import catalogue_for
from throughline.sdk import SECTOR_THEMES

SHIPPED = ("aar", "fishbone", "five_whys", "london_protocol", "seips", "swarm", "work_as_done", "yorkshire")
FRAMEWORKS = {
    key: framework
    for plugin in SHIPPED
    for key, framework in catalogue_for(frozenset({plugin})).frameworks.items()
}
ACCUSING = ("blame", "culprit", "offender", "guilty", "user error", "failure of")


def test_all_of_them_are_here():
    assert {key.partition(".")[0] for key in FRAMEWORKS} == set(SHIPPED)


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_environment_staffing_handover_and_policy_are_asked_about(key):
    assert {factor.theme for factor in FRAMEWORKS[key].factors} >= set(SECTOR_THEMES)


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_every_part_asks_a_question_and_says_how_to_go_about_it(key):
    for part in (*FRAMEWORKS[key].stages, *FRAMEWORKS[key].factors):
        assert "?" in part.prompt, part.key
        assert part.guidance.endswith((".", "?")), part.key


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_the_words_look_at_systems(key):
    parts = [*FRAMEWORKS[key].stages, *FRAMEWORKS[key].factors]
    words = " ".join(f"{part.title} {part.prompt} {part.guidance}" for part in parts).lower()
    assert not [word for word in ACCUSING if word in words]
