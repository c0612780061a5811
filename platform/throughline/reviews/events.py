"""What reviews tell."""

from dataclasses import dataclass
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class ReviewOpened(Event):
    """Somebody began a learning response over some incidents."""

    review_id: UUID
    incident_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class ReviewCompleted(Event):
    """A review was signed off."""

    review_id: UUID
    incident_ids: tuple[UUID, ...]
