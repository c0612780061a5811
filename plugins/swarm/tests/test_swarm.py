"""The method is whole: its stages stand in order and the platform can use it."""

import throughline_swarm
from throughline_swarm.framework import SWARM

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_swarm).frameworks == (SWARM,)


def test_a_review_takes_these_steps() -> None:
    assert [stage.title for stage in SWARM.stages] == [
        "Ground rules",
        "What happened",
        "What made it likely",
        "Safe now",
        "Who does what, who should know",
    ]
