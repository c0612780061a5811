"""A review to learn from, and the scope as different people see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for, colleagues
from throughline.accounts.signin import Person
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.reviews.models import Review, ReviewIncident
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope


@pytest.fixture
def review_on() -> Callable[..., Review]:
    """Store a signed-off review of an incident on a unit and return it."""

    def store(scope: Scope, unit: str = "oak", confidential: bool = False) -> Review:
        at = scope.now() - timedelta(days=30)
        incident = Incident(
            id=uuid7(),
            reference=f"CV-{uuid7()}".upper(),
            unit_id=tree(scope).by_key(unit).id,
            occurred_at=at,
            reported_at=at,
            category="self_harm",
            what_happened="Found in the evening.",
            physical_harm="low",
            psychological_harm="none",
            harm=1,
            triage_due=at,
            confidential=confidential,
        )
        review = Review(
            id=uuid7(),
            title=f"Evenings on {unit}",
            kind="mdt",
            framework_key="seips.work_system",
            framework_version=1,
            lead_id=colleagues(scope, ["governance_lead"])[0].id,
            opened_at=at,
            due_on=at.date() + timedelta(days=28),
            answers={"what_happened": "Written."},
            completed_at=scope.now() - timedelta(days=2),
        )
        scope.session.add_all([incident, review])
        scope.session.flush()
        scope.session.add(ReviewIncident(review_id=review.id, incident_id=incident.id))
        scope.session.flush()
        return review

    return store


@pytest.fixture
def seen_by() -> Callable[[Scope, str], Scope]:
    """Return the same transaction as somebody else would have it."""

    def see(scope: Scope, email: str) -> Scope:
        user = scope.session.scalars(select(User).where(User.email == email)).one()
        person = Person(user.id, user.name, user.email, user.job_title)
        return replace(scope, actor=actor_for(scope, person, tree(scope)))

    return see
