"""A tenant opened as one of its people, and incidents reported in it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import TENANT_KEPT_SECONDS


@pytest.fixture
def inside(scopes, monkeypatch):
    """Return a function that opens a tenant as one of its people, seeing what was committed just now."""
    monkeypatch.setattr("throughline.tenancy.scope.TENANT_KEPT_SECONDS", -1.0)
    assert TENANT_KEPT_SECONDS > 0

    def opened(slug="calder", email="consultant@calder.test"):
        tenant = scopes.find_tenant(slug)
        with scopes.tenant(tenant, SYSTEM) as scope:
            user = scope.session.scalars(select(User).where(User.email == email)).one()
            actor = actor_for(scope, Person(user.id, user.name, user.email, ""), tree(scope))
        return scopes.tenant(tenant, actor)

    return opened


@pytest.fixture
def fell(inside):
    """Return a function that reports a fall in a tenant."""

    def report(slug="calder", email="nurse@calder.test", category="fall"):
        with inside(slug, email) as scope:
            sent = incidents.Report(
                submission_key=uuid4(),
                unit_id=tree(scope).services()[0].id,
                occurred_at=scope.now() - timedelta(hours=1),
                category=category,
                what_happened="Something happened.",
                physical_harm="none",
                psychological_harm="none",
            )
            return incidents.report(scope, sent).incident.id

    return report
