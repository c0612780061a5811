"""A learning to act on, and the scope as different people see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.kernel.database import uuid7
from throughline.learning.models import Learning
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope


@pytest.fixture
def learned() -> Callable[[Scope], Learning]:
    """Store an approved learning and return it."""

    def store(scope: Scope) -> Learning:
        learning = Learning(
            id=uuid7(),
            title="Handover when two are late",
            what_we_found="It was cut short.",
            what_changes="We wait for all.",
            why="It is safer.",
            created_at=scope.now() - timedelta(days=9),
            approved_at=scope.now() - timedelta(days=8),
        )
        scope.session.add(learning)
        scope.session.flush()
        return learning

    return store


@pytest.fixture
def seen_by() -> Callable[[Scope, str], Scope]:
    """Return the same transaction as somebody else would have it."""

    def see(scope: Scope, email: str) -> Scope:
        user = scope.session.scalars(select(User).where(User.email == email)).one()
        person = Person(user.id, user.name, user.email, user.job_title)
        return replace(scope, actor=actor_for(scope, person, tree(scope)))

    return see
