"""Episodes as a home would report them, one after the other, and which rules spoke about the last."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.conftest import rolled_back

from throughline.incidents.service import Report, report
from throughline.kernel.actor import SYSTEM
from throughline.rules.models import Firing
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope


@dataclass(frozen=True)
class Told:
    """One report: the category and closer kind, how many days and hours ago, where, of whom, and answers."""

    what: str
    days: float = 0
    unit: str = "larch-house"
    person: str = "P1"
    hour: int | None = None
    harm: str = "low"
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Speaks = Callable[..., set[str]]


@pytest.fixture
def home(scopes, hollins) -> Iterator[Scope]:
    """A scope inside the social-care group whose writes vanish."""
    with rolled_back(scopes, hollins, SYSTEM) as opened:
        yield opened


@pytest.fixture
def speaks(home: Scope) -> Speaks:
    """Return a function that reports some episodes and names one plugin's rules that spoke about the last."""

    def do(plugin: str, *episodes: Told) -> set[str]:
        for one in episodes:
            incident = _report(home, plugin, one)
        keys = home.session.scalars(select(Firing.rule_key).where(Firing.incident_id == incident.id))
        return {name for owner, _, name in (key.partition(".") for key in keys) if owner == plugin}

    return do


def _report(scope: Scope, plugin: str, told: Told) -> Any:
    category, _, subcategory = told.what.partition("/")
    at = scope.now() - timedelta(days=told.days)
    if told.hour is not None:
        # By the wall clock of the home; a later hour of today is yesterday's.
        at = scope.local(at).replace(hour=told.hour, minute=15)
        at -= timedelta(days=1) if at > scope.now() else timedelta()
    sent = Report(
        submission_key=uuid4(),
        unit_id=tree(scope).by_key(told.unit).id,
        occurred_at=at,
        category=category,
        subcategory=subcategory,
        what_happened="What the home told of it.",
        physical_harm=told.harm,
        psychological_harm="none",
        person_reference=told.person,
        extra={f"{plugin}.{name}": dict(given) for name, given in told.answers.items()},
    )
    return report(scope, sent).incident
