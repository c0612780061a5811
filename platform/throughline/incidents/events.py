"""What incidents tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class IncidentReported(Event):
    """An incident was reported."""

    incident_id: UUID


@dataclass(frozen=True)
class IncidentsImported(Event):
    """A file brought incidents in. ``cells`` counts them by (occurred at, unit id, category, worst harm)."""

    import_id: UUID
    cells: Mapping[tuple[Any, ...], int]


@dataclass(frozen=True)
class IncidentGraded(Event):
    """Harm, category, unit or time was corrected. ``before`` and ``after`` hold what differs."""

    incident_id: UUID
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class IncidentChanged(Event):
    """A fact of an incident was added or corrected after it was reported: a grade, or a follow-up answer."""

    incident_id: UUID


@dataclass(frozen=True)
class IncidentTriaged(Event):
    """Somebody decided what response the incident needs."""

    incident_id: UUID
    decision: str
