"""Escalation rules: a condition on an incident, why it matters, on whose authority, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class Trigger(StrEnum):
    """The moments at which a rule is looked at."""

    INCIDENT_REPORTED = "incident.reported"
    INCIDENT_GRADED = "incident.graded"
    INCIDENT_TRIAGED = "incident.triaged"


@dataclass(frozen=True)
class Authority:
    """Where a rule comes from, said honestly.

    ``confidence`` is ``"sourced"`` when the statement was seen in the reference named, otherwise
    ``"unverified"``: then it is a starting point for the organisation's own decision. ``jurisdiction`` is a
    nation's name.
    """

    statement: str
    reference: str
    jurisdiction: str = "England"
    confidence: Literal["sourced", "unverified"] = "unverified"
    verified_on: date | None = None
    review_due: date | None = None


@dataclass(frozen=True)
class LookBack:
    """A count of earlier incidents, which the condition reads as a whole number under ``name``.

    Counts the tenant's incidents by when they happened, in the window of ``within_days`` days that ends
    with this incident and includes it, that share with it everything in ``same`` and, if given, are of
    ``category`` and of at least ``min_harm`` on the scale of ``incident.harm``. If the person is not known,
    ``same`` person counts 0.
    """

    name: str
    within_days: int
    same: tuple[Literal["person", "unit", "category"], ...]
    category: str | None = None
    min_harm: int | None = None


@dataclass(frozen=True)
class Escalate:
    """Bring the incident to the holders of a role for its unit, to be acknowledged within so many hours."""

    to: str
    acknowledge_within_hours: int


@dataclass(frozen=True)
class RequireReview:
    """Ask for a learning response of a kind, to start within so many working days.

    It is a recommendation: a person decides, and gives the reason.
    """

    kind: str
    start_within_working_days: int


Effect = Escalate | RequireReview
"""What a rule can cause. Effects are data: the platform carries them out."""


@dataclass(frozen=True)
class RuleTest:
    """An example the rule must satisfy: with these facts it fires, or it does not.

    Facts go by their full names (``incident.category``); what is not given is at its default.
    """

    given: Mapping[str, object] = field(hash=False)
    fires: bool

    def __post_init__(self) -> None:
        if isinstance(self.given, Mapping):
            object.__setattr__(self, "given", MappingProxyType(dict(self.given)))


@dataclass(frozen=True)
class Rule:
    """One escalation rule: ``when`` is a condition in CEL (Common Expression Language).

    The condition reads the facts of the incident, the answers of field sets, and the counts in ``let``.
    A change of meaning is a new ``version``: firings are stored with the version that made them.
    """

    key: str
    version: int
    title: str
    why: str
    authority: Authority
    on: tuple[Trigger, ...]
    when: str
    then: tuple[Effect, ...]
    let: tuple[LookBack, ...] = ()
    tests: tuple[RuleTest, ...] = ()
