"""The lead finds what is missing in the whole organisation, and follows one learning back and forth."""

from datetime import timedelta

import pytest
from tests.line.conftest import travelled

__all__ = ["travelled"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
    lead.peek("whole")
    lead.follow("Learningword")
    lead.follow("The line through this learning")
    lead.sees("what led to it, and what came of it")
    lead.peek("thread")
    lead.go("/t/calder/line/gaps/undecided")
    lead.title("Nobody has decided")
    lead.peek("gaps")
