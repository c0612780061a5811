"""What actions tell."""

from dataclasses import dataclass
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class ActionPlanned(Event):
    """Somebody owns a change that follows from learnings."""

    action_id: UUID
    learning_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class ActionCompleted(Event):
    """An action was done. Whether it helped is for its measure to say."""

    action_id: UUID


@dataclass(frozen=True)
class MeasureDeclared(Event):
    """Somebody said how it will be known whether actions helped."""

    measure_id: UUID
    action_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class VerdictGiven(Event):
    """A measure was judged."""

    measure_id: UUID
    verdict: str
