"""The method is whole: its stages stand in order and the platform can use it."""

import throughline_work_as_done
from throughline_work_as_done.framework import WORK_AS_DONE

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    assert check_plugin(throughline_work_as_done).frameworks == (WORK_AS_DONE,)


def test_a_review_takes_these_steps() -> None:
    assert [stage.title for stage in WORK_AS_DONE.stages] == [
        "As written",
        "As done",
        "The gap",
        "What keeps it safe",
        "What we learned",
        "What should change",
    ]
