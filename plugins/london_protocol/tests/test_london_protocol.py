"""The method is whole: its stages stand in order and the platform can use it."""

import throughline_london_protocol
from throughline_london_protocol.framework import LONDON_PROTOCOL

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_london_protocol).frameworks == (LONDON_PROTOCOL,)


def test_a_review_takes_these_steps() -> None:
    assert [stage.title for stage in LONDON_PROTOCOL.stages] == [
        "Decide and select",
        "Gather",
        "Chronology",
        "Care delivery problems",
        "Contributory factors",
        "What we learned",
        "Areas for improvement",
    ]


def test_every_level_of_the_system_is_asked_about() -> None:
    assert {factor.key for factor in LONDON_PROTOCOL.factors} >= {
        "person", "task", "technology", "staff", "team", "work_environment", "management", "context",
    }  # fmt: skip
