"""What actions tell."""

from dataclasses import dataclass
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class ActionCompleted(Event):
    """An action was done. Whether it helped is for its measure to say."""

    action_id: UUID


@dataclass(frozen=True)
class VerdictGiven(Event):
    """A measure was judged."""

    measure_id: UUID
    verdict: str
