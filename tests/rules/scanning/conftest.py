"""Alarms about a unit as a whole, and the people who are asked about it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.clocks.conftest import as_, incident, people, reported
from tests.conftest import NOW
from tests.rules.in_time.conftest import CHAIN, letters, with_rules

from throughline.kernel.actor import SYSTEM
from throughline.rules import service as rules
from throughline.rules.active import Active
from throughline.rules.engine import Finding, compile_rules
from throughline.rules.facts import schema_of
from throughline.rules.models import Escalation, Firing
from throughline.rules.scanning import service as scanning
from throughline.rules.subjects import of_unit
from throughline.sdk import Asked, Authority, Effect, Rule, Trigger
from throughline.tenancy.queries import tree
from throughline.trends import counts

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


TODAY = NOW.date()
AUTHORITY = Authority("Local.", "Policy 1")


def a_scan(
    when: str, *let: Asked, key: str = "test.scan", then: tuple[Effect, ...] = (CHAIN,), version: int = 1
) -> Rule:
    """Return a rule of the nightly scan."""
    return Rule(
        key, version, "More than usual", "It matters.", AUTHORITY, (Trigger.NIGHTLY_SCAN,), when, then, let
    )


@pytest.fixture
def scan_rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that puts rules of the scan in the place of every tenant's, live or in shadow."""

    def use(*rules: Rule, shadow: tuple[Rule, ...] = ()) -> None:
        live, shadowed = compile_rules(rules, schema_of()), compile_rules(shadow, schema_of())
        assert (live.problems, shadowed.problems) == ((), ())
        monkeypatch.setattr(scanning, "active", lambda _scope: Active(live, shadowed, {}, ()))

    return use


@pytest.fixture
def happened(scopes, calder):
    """Return a function that counts incidents on a unit, on days before or after the first day of the test."""

    def count(days: dict[int, int], unit: str = "oak", category: str = "self_harm", tenant=calder) -> None:
        with scopes.tenant(tenant, SYSTEM) as scope:
            unit_id = tree(scope).by_key(unit).id
            cells = {(TODAY + timedelta(days=day), unit_id, category, 1): n for day, n in days.items()}
            counts.add(scope, cells)

    return count


@pytest.fixture
def spoken(scopes, calder):
    """Return a function that gives the units that were spoken of, in order."""

    def read(tenant=calder, table=Firing) -> list[str]:
        with scopes.tenant(tenant, SYSTEM) as scope:
            rows = scope.session.scalars(
                select(table.unit_id).where(table.unit_id.is_not(None)).order_by(table.id)
            )
            return [tree(scope).units[unit_id].key for unit_id in rows]

    return read
