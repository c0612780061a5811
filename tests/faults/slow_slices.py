"""A worker whose back-tests dawdle before each slice, so that a test can strike in the middle of one."""

import time

from throughline.rules.workbench import runs

_do_slice = runs.do_slice


def dawdle(*args: object) -> None:
    """Do a slice, slowly."""
    time.sleep(0.4)
    _do_slice(*args)  # type: ignore[arg-type]


runs.do_slice = dawdle  # type: ignore[assignment]
