"""What notifications tell."""

from dataclasses import dataclass
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class DeliveryFailed(Event):
    """A channel refused a message for good, or was given up."""

    delivery_id: UUID
    channel: str
    detail: str
