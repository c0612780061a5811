"""Incidents to review, and the scope as different people see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

FRAMEWORK = "seips.work_system"


@pytest.fixture
def incident_on() -> Callable[..., Incident]:
    """Store an incident on a unit and return it."""

    def store(scope: Scope, unit: str = "oak", **changes: Any) -> Incident:
        at: datetime = scope.now() - timedelta(days=3)
        number = str(uuid7()).replace("-", "")[:24].upper()
        facts: dict[str, Any] = {
            "id": uuid7(),
            "reference": f"CV-{number}",
            "unit_id": tree(scope).by_key(unit).id,
            "occurred_at": at,
            "reported_at": at,
            "category": "self_harm",
            "what_happened": "Found in the evening with a superficial wound.",
            "physical_harm": "low",
            "psychological_harm": "moderate",
            "harm": 2,
            "triage_due": at + timedelta(days=1),
        }
        incident = Incident(**{**facts, **changes})
        scope.session.add(incident)
        scope.session.flush()
        return incident

    return store


@pytest.fixture
def seen_by() -> Callable[[Scope, str], Scope]:
    """Return the same transaction as somebody else would have it."""

    def see(scope: Scope, email: str) -> Scope:
        user = scope.session.scalars(select(User).where(User.email == email)).one()
        person = Person(user.id, user.name, user.email, user.job_title)
        return replace(scope, actor=actor_for(scope, person, tree(scope)))

    return see
