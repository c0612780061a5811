"""Rules of the tests in the place of a tenant's, and what is open of what they raised."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.clocks.conftest import as_, incident, people, reported

from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Notification
from throughline.rules import service as rule_service
from throughline.rules.active import Active
from throughline.rules.engine import compile_rules
from throughline.rules.facts import schema_of
from throughline.rules.models import Escalation
from throughline.sdk import Authority, ChainStep, Effect, Escalate, Rule, Trigger

__all__ = ["as_", "incident", "people", "reported"]

CHAIN = Escalate("unit_manager", 4, (ChainStep("governance_lead", 6), ChainStep("executive", 12)))


def a_rule(*then: Effect, on: Trigger = Trigger.INCIDENT_REPORTED, key: str = "test.chain") -> Rule:
    """Return a rule that speaks on every incident."""
    authority = Authority("Local.", "Policy 1")
    return Rule(key, 1, "Look at this", "It matters.", authority, (on,), "incident.harm >= 0", then)


@pytest.fixture
def with_rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that puts a few rules in the place of the tenant's."""

    def use(*rules: Rule) -> None:
        compiled = compile_rules(rules, schema_of())
        assert compiled.problems == ()
        none = compile_rules((), schema_of())
        monkeypatch.setattr(rule_service, "active", lambda _scope: Active(compiled, none, {}, ()))

    return use


@pytest.fixture
def raised(scopes, calder, with_rules, reported):
    """Return a function that reports under a rule with a chain, and gives the incident and what was raised."""

    def raise_(*then: Effect, **changes: object):
        with_rules(a_rule(*(then or (CHAIN,))))
        found = reported(**changes)
        with scopes.tenant(calder, SYSTEM) as scope:
            query = select(Escalation.id).where(Escalation.incident_id == found.id)
            return found, scope.session.scalars(query).first()

    return raise_


@pytest.fixture
def steps(scopes, calder):
    """Return a function that gives an incident's escalations in order, as they are now."""

    def read(incident_id: UUID) -> list[Escalation]:
        with scopes.tenant(calder, SYSTEM) as scope:
            query = select(Escalation).where(Escalation.incident_id == incident_id).order_by(Escalation.id)
            return list(scope.session.scalars(query))

    return read


@pytest.fixture
def letters(scopes, calder, people):
    """Return a function that gives who was asked, by name and link, in order."""
    names = {user_id: name for name, user_id in people.items()}

    def read() -> list[tuple[str, str]]:
        with scopes.tenant(calder, SYSTEM) as scope:
            query = select(Notification).where(Notification.kind == "escalation").order_by(Notification.id)
            return [(names[row.user_id], row.link) for row in scope.session.scalars(query)]

    return read
