"""Alarms about a unit as a whole, and the people who are asked about it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.clocks.conftest import as_, incident, people, reported
from tests.rules.in_time.conftest import CHAIN, letters, with_rules

from throughline.kernel.actor import SYSTEM
from throughline.rules import service as rules
from throughline.rules.engine import Finding
from throughline.rules.models import Escalation
from throughline.rules.subjects import of_unit
from throughline.sdk import Effect, Trigger
from throughline.tenancy.queries import tree

__all__ = ["as_", "incident", "letters", "people", "reported", "with_rules"]


def seen(*then: Effect, digest: str = "1", key: str = "test.unit") -> Finding:
    """Return what a rule found about a unit."""
    return Finding(
        key, 1, "More than usual", "It matters.", "Because 9 were counted.", then or (CHAIN,), digest
    )


@pytest.fixture
def unit_of(scopes, calder) -> Callable[[str], UUID]:
    """Return a function that gives the id of a unit of calder by its key."""

    def find(key: str) -> UUID:
        with scopes.tenant(calder, SYSTEM) as scope:
            return tree(scope).by_key(key).id

    return find


@pytest.fixture
def said(scopes, calder, unit_of, people):
    """Return a function that lets a rule speak about Oak; it gives the firing's id and the escalations'."""

    def say(*then: Effect, digest: str = "1") -> tuple[UUID | None, list[UUID]]:
        with scopes.tenant(calder, SYSTEM) as scope:
            about = of_unit(scope, unit_of("oak"))
            fired = rules.say(scope, about, Trigger.INCIDENT_REPORTED, [seen(*then, digest=digest)])
            raised = select(Escalation.id).order_by(Escalation.id)
            return (fired[0].id if fired else None), list(scope.session.scalars(raised))

    return say
