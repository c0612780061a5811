"""The people of the demo: invented, one for each way of using the product. Data only."""

from dataclasses import dataclass

# Public on purpose, and so only ever set inside the demo, which listens on 127.0.0.1.
PASSWORD = "calm river stone lantern"  # noqa: S105


@dataclass(frozen=True)
class Persona:
    """Somebody who signs in.

    ``tenant`` is the slug of the provider group, or of the commissioner for ``membership`` "commissioner".
    ``membership`` is a key of the permission table; ``unit`` a unit's key, or None for the whole tenant.
    """

    role: str
    name: str
    email: str
    tenant: str
    membership: str
    unit: str | None = None


PERSONAS = (
    Persona("nurse", "Amina Khan", "amina.khan@calder.example", "calder", "reporter", "oak"),
    Persona("ward manager", "Joe Barnes", "joe.barnes@calder.example", "calder", "unit_manager", "oak"),
    Persona("governance lead", "Ruth Ellis", "ruth.ellis@calder.example", "calder", "governance_lead"),
    Persona("medical director", "Daniel Mensah", "daniel.mensah@calder.example", "calder", "executive"),
    Persona("consultant", "Tess Wilder", "tess.wilder@calder.example", "calder", "consultant"),
    Persona("administrator", "Sam Hughes", "sam.hughes@calder.example", "calder", "administrator"),
    Persona(
        "support worker", "Grace Osei", "grace.osei@hollins.example", "hollins", "reporter", "larch-house"
    ),
    Persona("quality lead", "Peter Lowe", "peter.lowe@hollins.example", "hollins", "governance_lead"),
    Persona("commissioner", "Helen Marsh", "helen.marsh@west-moors.example", "west-moors", "commissioner"),
)
