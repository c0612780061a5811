"""What every part of the loading needs: the scope, who is who, and rows in bulk with their trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from throughline.audit.models import AuditEvent
from throughline.demo.story.records import Story
from throughline.kernel.database import Base, uuid7
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import Scope

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Somebody:
    """A person with an account, as the trail names them."""

    id: UUID
    name: str


@dataclass
class Desk:
    """One tenant's part of the story on its way into the database. ``ids`` go by the story's keys."""

    scope: Scope
    story: Story
    units: Tree
    people: Mapping[str, Somebody]
    ids: dict[str, UUID] = field(default_factory=dict)
    _trail: list[dict[str, Any]] = field(default_factory=list)

    def own(self, records: Sequence[Any]) -> list[Any]:
        """Return the records of this tenant."""
        return [one for one in records if one.tenant == self.scope.tenant.slug]

    def unit(self, key: str | None) -> UUID | None:
        """Return a unit's id; None for the whole tenant."""
        return self.units.by_key(key).id if key else None

    def who(self, email: str | None) -> UUID | None:
        """Return the account of somebody who works here."""
        return self.people[email].id if email else None

    def new(self, key: str) -> UUID:
        """Give a record of the story its id."""
        self.ids[key] = uuid7()
        return self.ids[key]

    def write(self, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows of one table, many at a time."""
        connection = self.scope.session.connection()
        owner = {"tenant_id": self.scope.tenant.id}
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            batch = [{**owner, "id": uuid7(), **row} for row in rows[start : start + _ROWS_AT_ONCE]]
            connection.execute(insert(model), batch)

    def note(
        self,
        at: datetime,
        email: str | None,
        action: str,
        subject: tuple[str, UUID],
        after: Mapping[str, Any],
        *,
        unnamed: str = "Throughline",
    ) -> None:
        """Keep a line for the trail; ``unnamed`` stands where nobody with an account did it."""
        who = self.people[email] if email else None
        self._trail.append(
            {
                "at": at,
                "actor_id": who.id if who else None,
                "actor_name": who.name if who else unnamed,
                "origin": "",
                "action": action,
                "subject_type": subject[0],
                "subject_id": subject[1],
                "before": None,
                "after": {name: _plain(value) for name, value in after.items()},
            }
        )

    def write_trail(self) -> None:
        """Insert the trail in the order in which things happened."""
        self.write(AuditEvent, sorted(self._trail, key=lambda row: row["at"]))
        self._trail.clear()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (datetime, date, UUID)) else value
