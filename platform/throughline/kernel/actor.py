"""Who acts. Detached from the database, passed as an argument, never ambient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

WHOLE_TENANT: None = None


@dataclass(frozen=True)
class Actor:
    """A person or the system, with what they may do and where.

    ``grants`` maps a permission's value to the ids of the units it covers; ``None`` is the whole tenant.
    """

    id: UUID | None
    name: str
    roles: frozenset[str] = frozenset()
    grants: Mapping[str, frozenset[UUID] | None] = field(default_factory=dict)
    unlimited: bool = False
    email: str = ""

    def may(self, permission: str, unit_id: UUID | None = None) -> bool:
        """Say whether the actor holds a permission, in one unit if one is named, else anywhere."""
        if self.unlimited:
            return True
        if permission not in self.grants:
            return False
        units = self.grants[permission]
        return units is WHOLE_TENANT or unit_id is None or unit_id in units

    def units_for(self, permission: str) -> frozenset[UUID] | None:
        """Return the units a permission covers: ``None`` for the whole tenant, empty for nowhere."""
        if self.unlimited:
            return WHOLE_TENANT
        return self.grants.get(permission, frozenset())


SYSTEM = Actor(id=None, name="Throughline", roles=frozenset({"system"}), unlimited=True)
