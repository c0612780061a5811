"""An incident on Oak for which the duty of candour opens, committed, and the scope as different people."""

from datetime import timedelta

import pytest
from tests.clocks.conftest import as_, people, reported  # noqa: F401 - fixtures

from throughline.kernel.actor import SYSTEM
from throughline.obligations import queries

CANDOUR = "obligations.duty_of_candour_nhs"
APPLIES = {"unintended": "yes", "opinion": "resulted"}


@pytest.fixture
def incident(reported):  # noqa: F811
    """Somebody fell and was moderately hurt."""
    return reported(physical_harm="moderate")


@pytest.fixture
def standing(scopes, calder):
    """Return a function that gives how one of an incident's obligations stands."""

    def read(incident, key=CANDOUR):
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            found = {one.row.duty_key: one for one in queries.of_incident(scope, incident.id)}
            return found[key]

    return read


@pytest.fixture
def hours_ago(clock):
    """Return a function that gives a moment so many hours ago."""
    return lambda hours: clock.now() - timedelta(hours=hours)
