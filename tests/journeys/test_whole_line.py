"""The lead finds what is missing in the whole organisation, and follows one learning back and forth."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from tests.line.conftest import travelled

__all__ = ["travelled"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEPT = os.environ.get("THROUGHLINE_LOOK_AT", "")  # a folder for pictures, while somebody looks at them


def look(visitor, name):
    visitor.look()
    if KEPT:
        visitor.page.screenshot(path=str(Path(KEPT) / f"{name}-{visitor.size}.png"), full_page=True)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_from_the_whole_to_a_gap_and_along_a_thread(visit, travelled, clock, size):
    for upto in ("reported", "triaged", "reviewed", "learned", "acted"):
        travelled(upto)
        clock.move(timedelta(days=20))
    travelled("reported")
    clock.move(timedelta(days=30))
    lead = visit("lead@calder.test", size=size)
    lead.go("/t/calder/")
    lead.follow("What is missing")
    lead.title("The line")
    lead.sees("Nobody has decided what it needs")
    look(lead, "whole")
    lead.follow("Learningword")
    lead.follow("The line through this learning")
    lead.sees("what led to it, and what came of it")
    look(lead, "thread")
    lead.go("/t/calder/line/gaps/undecided")
    lead.title("Nobody has decided")
    look(lead, "gaps")
