"""Reads of the unit tree. A tenant's tree is small, so it is read whole and walked in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from throughline.kernel.errors import NotFound
from throughline.tenancy.models import Unit
from throughline.tenancy.scope import Scope


@dataclass(frozen=True)
class Tree:
    """A tenant's units: by id, in the order of the pack, with their descendants."""

    units: Mapping[UUID, Unit]

    def by_key(self, key: str) -> Unit:
        """Return a unit by its key.

        Raises:
            NotFound: the tenant has no such unit.
        """
        for unit in self.units.values():
            if unit.key == key:
                return unit
        raise NotFound("no such unit")

    def children(self, unit_id: UUID | None) -> list[Unit]:
        """Return the units directly below one, or the roots."""
        return [unit for unit in self.units.values() if unit.parent_id == unit_id]

    def subtree(self, unit_id: UUID) -> frozenset[UUID]:
        """Return a unit's id and those of everything below it."""
        found = {unit_id}
        for child in self.children(unit_id):
            found |= self.subtree(child.id)
        return frozenset(found)

    def ancestors(self, unit_id: UUID) -> list[Unit]:
        """Return a unit and everything above it, nearest first."""
        chain: list[Unit] = []
        at: UUID | None = unit_id
        while at is not None:
            unit = self.units[at]
            chain.append(unit)
            at = unit.parent_id
        return chain

    def services(self, within: Iterable[UUID] | None = None) -> list[Unit]:
        """Return the units where care happens (no divisions or sites), all or those among some ids."""
        allowed = None if within is None else set(within)
        return [
            unit
            for unit in self.units.values()
            if unit.kind in ("ward", "team", "home") and (allowed is None or unit.id in allowed)
        ]

    def covered(self, keys: Iterable[str]) -> list[Unit]:
        """Return the services that a list of unit keys stands for; ``*`` is the whole tenant."""
        wanted: set[UUID] = set()
        for key in keys:
            wanted |= set(self.units) if key == "*" else self.subtree(self.by_key(key).id)
        return self.services(wanted)


_trees: dict[UUID, tuple[str, Tree]] = {}


def tree(scope: Scope) -> Tree:
    """Return the tenant's unit tree. Only a pack changes it, so it is read once for each pack applied."""
    digest, known = _trees.get(scope.tenant.id, ("", None))
    if known is not None and digest and digest == scope.tenant.pack_digest:
        return known
    rows = scope.session.scalars(select(Unit).order_by(Unit.position, Unit.id)).all()
    # Copies belong to no session: one that is rolled back would forget what its own rows say.
    found = Tree({unit.id: _copy(unit) for unit in rows})
    if rows:
        _trees[scope.tenant.id] = (scope.tenant.pack_digest, found)
    return found


def _copy(unit: Unit) -> Unit:
    return Unit(**{column.key: getattr(unit, column.key) for column in Unit.__mapper__.column_attrs})
