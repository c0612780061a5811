"""What came of an alarm about a unit: a review of its incidents or an action planned there, in its time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.rules.scanning.conftest import as_, people, reported, said, unit_of

from throughline.actions.models import Action
from throughline.kernel.actor import SYSTEM
from throughline.reviews import service as reviews
from throughline.rules import escalating
from throughline.rules.models import Escalation
from throughline.rules.workbench.load import loads

__all__ = ["as_", "people", "reported", "said", "unit_of"]


@pytest.fixture
def acknowledged(said, as_, clock):
    """Rules spoke about Oak, and its manager acknowledged it without a note."""
    said()
    clock.move(timedelta(minutes=10))
    with as_("manager") as scope:
        escalating.acknowledge(scope, scope.session.scalars(select(Escalation.id)).one(), "")


def idle(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        (found,) = loads(scope, scope.now() - timedelta(days=28))
    return found.idle


def review(as_, people, incident):
    with as_("lead") as scope:
        due = scope.today() + timedelta(days=20)
        wanted = reviews.Opening(
            "A look at Oak", "mdt", "seips.work_system", people["lead"], due, (incident.id,), uuid4()
        )
        reviews.open_review(scope, wanted)


def planned(as_, people, unit_id):
    with as_("lead") as scope:
        scope.session.add(
            Action(
                title="Change the rota", description="So that two are there.", kind="staffing",
                strength="stronger", unit_id=unit_id, owner_id=people["lead"], due_on=scope.today(),
                created_at=scope.now(),
            )
        )  # fmt: skip


def test_nothing_came_of_it(scopes, calder, acknowledged, clock):
    clock.move(timedelta(days=8))
    assert idle(scopes, calder) == 1


def test_a_review_of_the_unit_s_incidents_came_of_it(
    scopes, calder, acknowledged, clock, reported, as_, people
):
    review(as_, people, reported(unit="oak"))
    clock.move(timedelta(days=8))
    assert idle(scopes, calder) == 0


def test_a_review_elsewhere_or_too_late_did_not(scopes, calder, acknowledged, clock, reported, as_, people):
    review(as_, people, reported(unit="hazel"))
    clock.move(timedelta(days=8))
    review(as_, people, reported(unit="oak"))
    assert idle(scopes, calder) == 1


def test_an_action_planned_for_the_unit_came_of_it(scopes, calder, acknowledged, clock, as_, people, unit_of):
    planned(as_, people, unit_of("oak"))
    clock.move(timedelta(days=8))
    assert idle(scopes, calder) == 0
