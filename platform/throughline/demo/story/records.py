"""What the story tells, as plain frozen records: no database, no identifiers but the story's own keys.

Times are aware and in UTC; days are those of the tenant's wall calendar. A record refers to another by its
key; a person who works there is known by their e-mail address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class StoryUser:
    """Somebody who works there. ``unit`` None is the whole tenant; ``job`` is what they would call it.

    ``persona`` says whether the demo gives them a password; the others are there to be named.
    """

    tenant: str
    email: str
    name: str
    membership: str
    unit: str | None
    job: str
    persona: bool = False


@dataclass(frozen=True)
class StoryUnitDay:
    """How many people were there at midnight (wards), or were supported that day (teams, homes)."""

    tenant: str
    unit: str
    day: date
    occupied: int


@dataclass(frozen=True)
class StoryPerson:
    """A person affected. ``reference`` is the provider's own number for them, such as ``CV-P-0417``."""

    tenant: str
    key: str
    reference: str


@dataclass(frozen=True)
class StoryIncident:
    """An incident as it was reported and triaged.

    ``reporter`` is an e-mail address, or None when it was reported anonymously. ``extra`` holds answers by
    field set key and field key. ``person_age`` and ``legal_status`` are of the person then. ``review_kind``
    and ``review_due`` are set when a review was asked for.
    """

    tenant: str
    key: str
    unit: str
    occurred_at: datetime
    reported_at: datetime
    reporter: str | None
    anonymous: bool
    confidential: bool
    category: str
    subcategory: str
    physical_harm: str
    psychological_harm: str
    what_happened: str
    immediate_action: str
    location: str
    person: str | None
    extra: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    person_age: int | None = None
    legal_status: str | None = None
    triage_due: datetime | None = None
    triaged_at: datetime | None = None
    triaged_by: str | None = None
    triage_decision: str | None = None
    triage_reason: str = ""
    review_kind: str | None = None
    review_due: date | None = None


@dataclass(frozen=True)
class StoryEscalation:
    """A rule that spoke on an incident, and one role that had to know by a time."""

    tenant: str
    incident: str
    rule: str
    to_role: str
    raised_at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str = ""


@dataclass(frozen=True)
class StoryFactor:
    """A contributory factor: ``group`` is a factor group's key in the framework, ``kind`` its effect."""

    group: str
    kind: str
    text: str
    evidence: str


@dataclass(frozen=True)
class StoryReview:
    """A learning response over one incident or many. ``answers`` goes by stage key."""

    tenant: str
    key: str
    title: str
    kind: str
    framework: str
    lead: str
    incidents: tuple[str, ...]
    opened_at: datetime
    opened_by: str
    due_on: date
    completed_at: datetime | None
    completed_by: str | None
    answers: Mapping[str, str]
    factors: tuple[StoryFactor, ...]


@dataclass(frozen=True)
class StoryShare:
    """A learning delivered to a unit, and when and by whom the unit answered."""

    unit: str
    shared_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True)
class StoryLearning:
    """What was learned from one review or several."""

    tenant: str
    key: str
    reviews: tuple[str, ...]
    title: str
    what_we_found: str
    what_changes: str
    why: str
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    shares: tuple[StoryShare, ...]


@dataclass(frozen=True)
class StoryAction:
    """A safety action. ``unit`` None is the whole tenant."""

    tenant: str
    key: str
    learnings: tuple[str, ...]
    title: str
    description: str
    kind: str
    strength: str
    unit: str | None
    owner: str
    due_on: date
    created_at: datetime
    created_by: str
    completed_on: date | None
    completion_note: str = ""


@dataclass(frozen=True)
class StoryMeasure:
    """How they meant to know, and what the months said. A trend measure counts incidents of a category."""

    tenant: str
    key: str
    actions: tuple[str, ...]
    title: str
    definition: str
    category: str
    unit: str | None
    direction: str
    baseline_start: date
    baseline_end: date
    review_on: date
    created_at: datetime
    created_by: str
    verdict: str | None
    verdict_reason: str
    verdict_at: datetime | None
    verdict_by: str | None
    kind: str = "trend"


@dataclass(frozen=True)
class StoryPeriod:
    """A whole calendar quarter that a report to a commissioner can cover; ``end`` is its last day."""

    tenant: str
    commissioner: str
    format: str
    start: date
    end: date


@dataclass(frozen=True)
class Story:
    """Everything, each list in the order in which it happened."""

    today: date
    start: date
    users: tuple[StoryUser, ...]
    unit_days: tuple[StoryUnitDay, ...]
    persons: tuple[StoryPerson, ...]
    incidents: tuple[StoryIncident, ...]
    escalations: tuple[StoryEscalation, ...]
    reviews: tuple[StoryReview, ...]
    learnings: tuple[StoryLearning, ...]
    actions: tuple[StoryAction, ...]
    measures: tuple[StoryMeasure, ...]
    periods: tuple[StoryPeriod, ...]
