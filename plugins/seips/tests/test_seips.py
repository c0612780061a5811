"""The framework is whole: stages, six elements, and a theme for each factor."""

import throughline_seips
from throughline_seips.framework import SEIPS

from throughline.sdk import THEMES
from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_seips).frameworks == (SEIPS,)


def test_a_review_goes_from_what_happened_to_what_should_change() -> None:
    assert [stage.title for stage in SEIPS.stages] == [
        "What happened",
        "Work as done",
        "The work system",
        "What we learned",
        "Areas for improvement",
    ]


def test_the_six_elements_of_the_work_system_are_there() -> None:
    elements = {factor.title.partition(":")[0] for factor in SEIPS.factors}
    assert elements == {
        "Person",
        "Tasks",
        "Tools and technology",
        "Organisation",
        "Internal environment",
        "External environment",
    }


def test_every_shared_theme_is_asked_about_once() -> None:
    assert sorted(factor.theme for factor in SEIPS.factors) == sorted(THEMES)


def test_every_factor_gives_prompts_guidance_and_examples() -> None:
    for factor in SEIPS.factors:
        assert factor.prompt.endswith("?")
        assert len(factor.guidance) > 80
        assert len(factor.examples) >= 3


def test_the_words_look_at_systems() -> None:
    parts = [*SEIPS.stages, *SEIPS.factors]
    words = " ".join(f"{part.title} {part.prompt} {part.guidance}" for part in parts).lower()
    assert not [word for word in ("blame", "fault", "human error", "failure of", "culprit") if word in words]
