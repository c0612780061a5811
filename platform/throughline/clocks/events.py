"""What clocks tell."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class ClockDueSoon(Event):
    """A clock came within its warning time."""

    clock_id: UUID
    incident_id: UUID
    key: str
    due_at: datetime


@dataclass(frozen=True)
class ClockMissed(Event):
    """A clock's end has passed and nobody has said that it is met."""

    clock_id: UUID
    incident_id: UUID
    key: str
    due_at: datetime
