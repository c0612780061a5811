"""An incident on Oak, committed, and the scope as different people have it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope, Scopes, TenantContext

As = Callable[[str], AbstractContextManager[Scope]]


@pytest.fixture
def as_(scopes: Scopes, calder: TenantContext) -> As:
    """Return a function that opens a transaction as somebody of calder; it commits."""

    @contextmanager
    def opened(name: str) -> Iterator[Scope]:
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            user = scope.session.scalars(select(User).where(User.email == f"{name}@calder.test")).one()
            person = Person(user.id, user.name, user.email, user.job_title)
            scope.actor = actor_for(scope, person, tree(scope))
            yield scope

    return opened


@pytest.fixture
def people(scopes: Scopes, calder: TenantContext) -> dict[str, UUID]:
    """The ids of the people of calder, by the name in their address."""
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        ours = select(User).where(User.email.endswith("@calder.test"))
        return {user.email.split("@")[0]: user.id for user in scope.session.scalars(ours)}


@pytest.fixture
def reported(scopes: Scopes, calder: TenantContext) -> Callable[..., Incident]:
    """Return a function that commits a report, of which no rule speaks."""

    def report(unit: str = "oak", tenant: TenantContext | None = None, **changes: object) -> Incident:
        with scopes.tenant(tenant or calder, SYSTEM, "test") as scope:
            values: dict[str, object] = {
                "submission_key": uuid4(),
                "unit_id": tree(scope).by_key(unit).id,
                "occurred_at": scope.now() - timedelta(hours=3),
                "category": "fall",
                "what_happened": "Slipped in the corridor.",
                "physical_harm": "low",
                "psychological_harm": "none",
            }
            return incidents.report(scope, incidents.Report(**(values | changes))).incident  # type: ignore[arg-type]

    return report


@pytest.fixture
def incident(reported: Callable[..., Incident]) -> Incident:
    """One report on Oak."""
    return reported()
