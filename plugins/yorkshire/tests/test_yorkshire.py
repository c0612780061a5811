"""The method is whole: its stages stand in order and the platform can use it."""

import throughline_yorkshire
from throughline_yorkshire.framework import YORKSHIRE

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_yorkshire).frameworks == (YORKSHIRE,)


def test_a_review_takes_these_steps() -> None:
    assert [stage.title for stage in YORKSHIRE.stages] == [
        "What happened",
        "The situation",
        "Local working conditions",
        "Decisions made elsewhere",
        "What we learned",
        "Areas for improvement",
    ]


def test_the_domains_of_the_framework_are_asked_about() -> None:
    assert [factor.key for factor in YORKSHIRE.factors] == [
        "actions",
        "team", "staff", "task", "person",
        "workload", "leadership", "responsibility", "equipment",
        "environment", "support", "scheduling", "training", "policies",
        "design", "external",
        "communication", "culture",
    ]  # fmt: skip
