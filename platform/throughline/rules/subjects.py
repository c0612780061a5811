"""What a firing is about: an incident, or a unit as a whole."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from throughline.accounts.permissions import Permission
from throughline.incidents.models import Incident
from throughline.incidents.policy import visible
from throughline.rules.models import Escalation
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope


@dataclass(frozen=True)
class Subject:
    """An incident, or a unit, as firings and escalations speak of it.

    ``id`` is the incident's or the unit's; ``unit_id`` the unit whose people are asked; ``name`` what people
    call it (a reference, or the unit's name); ``place`` the same with its unit, for a sentence. What is about
    a unit is never confidential: it holds counts, and nothing of any one incident.
    """

    kind: Literal["incident", "unit"]
    id: UUID
    unit_id: UUID
    name: str
    place: str
    confidential: bool = False
    incident: Incident | None = None

    @property
    def columns(self) -> dict[str, UUID | None]:
        """Return what a firing keeps of it: one of its two columns is set."""
        incident_id = self.id if self.kind == "incident" else None
        return {"incident_id": incident_id, "unit_id": self.id if incident_id is None else None}

    def page(self, slug: str, firing_id: UUID) -> str:
        """Return the address of the page where its alarms are read."""
        if self.kind == "incident":
            return f"/t/{slug}/incidents/{self.name}/escalations"
        return f"/t/{slug}/alarms/{firing_id}"


def of_incident(scope: Scope, incident: Incident) -> Subject:
    """Return an incident as a subject."""
    place = f"{incident.reference} at {tree(scope).units[incident.unit_id].name}"
    return Subject(
        "incident",
        incident.id,
        incident.unit_id,
        incident.reference,
        place,
        incident.confidential,
        incident,
    )


def of_unit(scope: Scope, unit_id: UUID) -> Subject:
    """Return a unit as a subject."""
    name = tree(scope).units[unit_id].name
    return Subject("unit", unit_id, unit_id, name, name)


def of_escalation(scope: Scope, escalation: Escalation) -> Subject:
    """Return what an escalation is about."""
    if escalation.incident_id is None:
        return of_unit(scope, escalation.unit_id)
    return of_incident(scope, scope.session.get_one(Incident, (scope.tenant.id, escalation.incident_id)))


def may_read(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for escalations about what the actor may read; joins ``Incident`` from outside."""
    return or_(
        and_(Escalation.incident_id.is_not(None), visible(scope)),
        and_(Escalation.incident_id.is_(None), in_units_read(scope, Escalation.unit_id)),
    )


def in_units_read(scope: Scope, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Return the condition for the units whose alarms the actor may read."""
    units = scope.actor.units_for(Permission.READ)
    return true() if units is None else column.in_(units)
