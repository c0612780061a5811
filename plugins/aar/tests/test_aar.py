"""The method is whole: its stages stand in order and the platform can use it."""

import throughline_aar
from throughline_aar.framework import AAR

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_aar).frameworks == (AAR,)


def test_a_review_takes_these_steps() -> None:
    assert [stage.title for stage in AAR.stages] == [
        "What was expected",
        "What actually happened",
        "Why there was a difference",
        "What has been learned",
    ]
