"""The facts of an incident as people say them: a label and a value in words, never a key."""

from collections.abc import Iterable, Mapping
from typing import Any

from throughline.incidents import followups
from throughline.incidents.taxonomy import (
    CATEGORIES,
    HARM_LEVELS,
    PHYSICAL_HARM,
    PSYCHOLOGICAL_HARM,
    category_label,
)
from throughline.sdk import FUNDING, LEGAL_STATUSES, PROVIDER_KINDS, Field
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

LABELS: Mapping[str, str] = {
    "incident.category": "Kind of incident",
    "incident.subcategory": "More exactly",
    "incident.physical_harm": "Physical harm",
    "incident.psychological_harm": "Psychological harm",
    "incident.outcome_death": "A person has died",
    "incident.harm": "Worst harm",
    "incident.unit": "Unit",
    "incident.unit_kind": "Kind of unit",
    "incident.service_type": "Service",
    "incident.confidential": "Reported in confidence",
    "incident.anonymous": "Reported without a name",
    "incident.person_known": "Person affected known",
    "incident.hour": "Hour it happened",
    "incident.weekend": "At a weekend",
    "incident.delay_hours": "Hours until it was reported",
    "person.age": "Age then",
    "person.legal_status": "Legal status then",
    "unit.key": "Unit",
    "unit.kind": "Kind of unit",
    "unit.service_type": "Service",
    "unit.beds": "Beds on the unit",
    "unit.funding": "Who pays for the care",
    "unit.provider_kind": "Kind of provider",
    "clock.key": "Clock",
}
_GRADES = {
    "incident.physical_harm": PHYSICAL_HARM,
    "incident.psychological_harm": PSYCHOLOGICAL_HARM,
}
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "incident.subcategory": {
        one.key: one.label for category in CATEGORIES.values() for one in category.subcategories
    },
    "person.legal_status": LEGAL_STATUSES,
    "unit.funding": FUNDING,
    "unit.provider_kind": PROVIDER_KINDS,
}


def in_words(scope: Scope, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (what, its value in words) for facts, or answers, by the names rules and trails use."""
    asked = _questions(scope)
    return [(_label(asked, name), _value(scope, asked, name, value)) for name, value in given.items()]


def is_asked(scope: Scope, name: str) -> bool:
    """Say whether a name is of a follow-up question."""
    return "." in name and name in _questions(scope)


def _questions(scope: Scope) -> dict[str, Field]:
    """Return the follow-up questions by both names: a condition's, and that of a stored answer."""
    return {
        f"{prefix}.{field.key}": field
        for field_set in scope.catalogue.field_sets.values()
        for field in field_set.fields
        for prefix in (field_set.name, field_set.key)
    }


def _label(asked: Mapping[str, Field], name: str) -> str:
    if name in LABELS:
        return LABELS[name]
    return asked[name].label if name in asked else _spoken(name)


def _value(scope: Scope, asked: Mapping[str, Field], name: str, value: Any) -> str:
    if value is None or value in ("", []) or (name == "person.age" and value == -1):
        return "Not known" if name.startswith("person.") else "Not given"
    if name in asked:
        return followups.in_words(asked[name], value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (list, tuple)):
        return ", ".join(_spoken(str(one)) for one in value)
    return _core(scope, name, value)


def _core(scope: Scope, name: str, value: Any) -> str:
    if name == "incident.category":
        return category_label(str(value))
    if name == "incident.harm" and value in range(len(HARM_LEVELS)):
        return str(HARM_LEVELS[value])
    if name in _GRADES and value in _GRADES[name]:
        return str(_GRADES[name][value].label)
    if name in ("incident.unit", "unit.key"):
        return _unit(scope, str(value))
    if name == "incident.hour":
        return f"{value:02}:00"
    return _CHOICES.get(name, {}).get(str(value)) or _spoken(str(value))


def _unit(scope: Scope, key: str) -> str:
    found: Iterable[str] = (unit.name for unit in tree(scope).units.values() if unit.key == key)
    return next(iter(found), _spoken(key))


def _spoken(key: str) -> str:
    text = key.replace(".", " ").replace("_", " ")
    return text[:1].upper() + text[1:]
