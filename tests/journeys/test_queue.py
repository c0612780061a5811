"""The queue by keyboard, and an action whose plan no longer holds, on a phone and on a desk."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.actions import service as actions
from throughline.actions.schemas import Plan
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.learning.models import Learning
from throughline.tenancy.queries import tree

pytestmark = pytest.mark.browser
MANAGER = "manager@calder.test"


@pytest.fixture
def reports(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        for kind in ("self_harm", "fall", "violence"):
            sent = incidents.Report(
                submission_key=uuid4(),
                unit_id=tree(scope).by_key("oak").id,
                occurred_at=scope.now() - timedelta(hours=3),
                category=kind,
                what_happened="Found sitting on the floor of the corridor, unhurt.",
                physical_harm="none",
                psychological_harm="none",
                person_reference="",
            )
            incidents.report(scope, sent)


@pytest.fixture
def action(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        learning = Learning(
            id=uuid7(),
            title="Handover when two are late",
            what_we_found="It was cut short.",
            what_changes="We wait for all.",
            why="It is safer.",
            created_at=scope.now(),
            approved_at=scope.now(),
        )
        scope.session.add(learning)
        scope.session.flush()
        oak = tree(scope).by_key("oak").id
        owner = scope.session.scalars(select(User).where(User.email == MANAGER)).one().id
        wanted = Plan("A board for both", "", "information", "intermediate", oak, owner, date(2026, 12, 24))
        return actions.plan(scope, wanted, [learning.id])


def test_rows_are_walked_and_selected_by_keys(visit, reports):
    manager = visit(MANAGER)
    manager.go("/t/calder/incidents")
    for key in ("j", "x", "j", "x"):
        manager.page.keyboard.press(key)
    manager.sees("2 selected")
    manager.look()
    manager.press("Open one review of these")
    manager.title("Open a review")
    assert manager.page.locator("input[name=incident]").count() == 2
    manager.look()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_plan_that_does_not_hold_is_changed(visit, action, size):
    manager = visit(MANAGER, size)
    manager.go(f"/t/calder/actions/{action.id}")
    manager.follow("Change the plan")
    manager.press("Change the plan")
    manager.sees("There is something to put right")
    manager.look()
    manager.page.get_by_label("Due").fill("2027-02-01")
    manager.page.get_by_label("Why does the plan change?").fill("The boards arrive in January.")
    manager.press("Change the plan")
    manager.sees("The plan is changed, and whom it concerns is told.")
    manager.sees("The boards arrive in January.")
    manager.look()
