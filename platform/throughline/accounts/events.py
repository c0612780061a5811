"""What accounts tell inside a tenant: the audit trail listens."""

from dataclasses import dataclass
from uuid import UUID

from throughline.kernel.events import Event


@dataclass(frozen=True)
class MembershipGiven(Event):
    """A person was given a role."""

    membership_id: UUID
    user_id: UUID
    role: str
    unit_id: UUID | None
