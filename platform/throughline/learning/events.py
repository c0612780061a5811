"""What learning tells."""

from dataclasses import dataclass
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class LearningApproved(Event):
    """A learning was approved: from now on everybody in the tenant may read it."""

    learning_id: UUID


@dataclass(frozen=True)
class LearningShared(Event):
    """A learning was delivered to units."""

    learning_id: UUID
    unit_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class ShareAcknowledged(Event):
    """A unit answered for a learning that was shared with it."""

    learning_id: UUID
    unit_id: UUID
