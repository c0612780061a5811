"""Two sets of bones on one way through."""

import throughline_fishbone
from throughline_fishbone.framework import CONTRIBUTORY, HEALTHCARE

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_fishbone).frameworks == (CONTRIBUTORY, HEALTHCARE)


def test_both_take_the_same_steps() -> None:
    assert CONTRIBUTORY.stages == HEALTHCARE.stages
    assert [stage.title for stage in CONTRIBUTORY.stages][:3] == ["The effect", "The bones", "The strongest"]


def test_the_bones_are_those_of_each_set() -> None:
    nine = [
        "person",
        "staff",
        "task",
        "communication",
        "equipment",
        "conditions",
        "organisation",
        "training",
        "team",
    ]
    assert [factor.key for factor in CONTRIBUTORY.factors][:9] == nine
    six = ["staff", "environment", "equipment", "process", "organisation", "patient"]
    assert [factor.key for factor in HEALTHCARE.factors][:6] == six
