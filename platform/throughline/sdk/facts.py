"""What a rule may know about an incident: the typed variables of its condition."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class FactKind(StrEnum):
    """The type of a variable in a condition; the value is the type's name in CEL."""

    BOOL = "bool"
    INT = "int"
    STRING = "string"
    STRING_LIST = "list<string>"

    @property
    def default(self) -> object:
        """What a variable of this kind holds when nobody has answered: ``False``, ``0``, ``""`` or ``()``."""
        return _DEFAULTS[self]

    def admits(self, value: object) -> bool:
        """Say whether a Python value may stand for this kind (a truth value is not a whole number here)."""
        if self is FactKind.STRING_LIST:
            return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
        if self is FactKind.INT:
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, bool if self is FactKind.BOOL else str)


_DEFAULTS: Mapping[FactKind, object] = MappingProxyType(
    {FactKind.BOOL: False, FactKind.INT: 0, FactKind.STRING: "", FactKind.STRING_LIST: ()}
)

CORE_FACTS: Mapping[str, FactKind] = MappingProxyType(
    {
        "incident.category": FactKind.STRING,
        "incident.subcategory": FactKind.STRING,
        "incident.physical_harm": FactKind.STRING,
        "incident.psychological_harm": FactKind.STRING,
        "incident.outcome_death": FactKind.BOOL,
        "incident.harm": FactKind.INT,
        "incident.unit": FactKind.STRING,
        "incident.unit_kind": FactKind.STRING,
        "incident.service_type": FactKind.STRING,
        "incident.confidential": FactKind.BOOL,
        "incident.anonymous": FactKind.BOOL,
        "incident.person_known": FactKind.BOOL,
        "incident.hour": FactKind.INT,
        "incident.weekend": FactKind.BOOL,
        "incident.delay_hours": FactKind.INT,
        "person.age": FactKind.INT,
        "person.legal_status": FactKind.STRING,
        "unit.key": FactKind.STRING,
        "unit.kind": FactKind.STRING,
        "unit.service_type": FactKind.STRING,
        "unit.beds": FactKind.INT,
        "unit.funding": FactKind.STRING,
        "unit.provider_kind": FactKind.STRING,
    }
)
"""The facts of every incident, of the person affected as they were then, and of the unit as it is now.

``incident.harm`` is the worse of the two scales: 0 none, 1 low, 2 moderate, 3 severe, 4 fatal.
``incident.hour`` is the tenant's local hour, 0 to 23. ``incident.delay_hours`` is the number of whole hours
from when it happened to when it was reported. ``person.age`` is in whole years, -1 when it is not known;
``person.legal_status`` is a key of ``LEGAL_STATUSES``, empty when it is not known. ``unit.key``,
``unit.kind`` and ``unit.service_type`` say the same as ``incident.unit``, ``incident.unit_kind`` and
``incident.service_type``; the facts of the unit can be read at a nightly scan too, where there is no
incident. ``unit.beds`` is 0 where there are none. ``unit.funding`` is a key of ``FUNDING`` and
``unit.provider_kind`` one of ``PROVIDER_KINDS``, each empty when the pack does not say.
"""

MOMENT_FACTS: Mapping[str, FactKind] = MappingProxyType({"clock.key": FactKind.STRING})
"""The facts of the moment at which a rule is looked at. ``clock.key`` is the key of the clock that is due
soon or was missed; at every other moment it is empty. They are no incident's, so history has none of them."""

CORE_DEFAULTS: Mapping[str, object] = MappingProxyType(
    {name: kind.default for name, kind in CORE_FACTS.items()}
    | {"incident.physical_harm": "none", "incident.psychological_harm": "none", "person.age": -1}
)
"""The value of each core fact when nothing else is said: what an inline rule test starts from."""
