"""A share that a rule asks for: a gap on the line, suggested in the form, closed by sharing."""

from datetime import timedelta

import pytest
from tests.clocks.conftest import as_, people, reported
from tests.rules.in_time.conftest import a_rule, with_rules

from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.learning import service as learning
from throughline.reviews import service as reviews
from throughline.sdk import RequireShare

__all__ = ["as_", "people", "reported", "with_rules"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_lead_sees_the_gap_and_closes_it(visit, with_rules, reported, as_, people, size):
    with_rules(a_rule(RequireShare(("acute_adult",), 10, "Both acute wards have the same rails.")))
    told = reported()
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, told.id))
        due = scope.today() + timedelta(days=20)
        incidents.triage(scope, found.id, found.version, "review", "Words", "mdt", due)
        opening = ("Rails", "mdt", "seips.work_system", people["lead"], due, (found.id,), uuid7())
        review = reviews.open_review(scope, reviews.Opening(*opening))
        words = learning.Words("Rails that bend", "They bend.", "New rails.", "They hold.")
        learning.write(scope, words, [review.id])
    lead = visit("lead@calder.test", size=size)
    lead.go(f"/t/calder/incidents/{told.reference}")
    lead.sees("share what is learned with every unit for acute adult by 2 December 2026")
    lead.peek("share-gap")
    lead.follow("Choose the units")
    assert (
        lead.page.get_by_label("Oak Ward").is_checked() and lead.page.get_by_label("Hazel Ward").is_checked()
    )
    lead.peek("share-form")
    lead.press("Approve and share")
    lead.sees("Shared with 2 more units.")
    lead.go(f"/t/calder/incidents/{told.reference}")
    assert lead.page.get_by_text("A rule asks to share").count() == 0
