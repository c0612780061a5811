"""What tenancy tells: the audit trail listens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class PackApplied(Event):
    """A change from a pack took effect. ``before`` and ``after`` hold the fields that differ."""

    subject: str
    subject_id: UUID
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
