"""What the rules see: the facts of an incident, and the counts their look-backs ask for."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from throughline.catalogue import Catalogue, catalogue_for
from throughline.incidents.models import Incident
from throughline.rules import earlier
from throughline.rules.engine import RuleSet, compile_rules
from throughline.rules.facts import schema_of
from throughline.rules.language import Condition, Language
from throughline.sdk import CORE_DEFAULTS, Asked, Earlier
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_WEEKEND = 5
UNKNOWN_AGE = -1


def rule_set(catalogue: Catalogue) -> RuleSet:
    """Return the compiled rules of a catalogue: once for each distinct set of plugins in a process."""
    return _compiled(frozenset(catalogue.plugins))


@lru_cache(maxsize=256)
def _compiled(plugins: frozenset[str]) -> RuleSet:
    catalogue = catalogue_for(plugins)
    schema = schema_of(catalogue.field_sets.values(), catalogue.duties.values())
    return compile_rules(catalogue.rules.values(), schema)


def facts_of(scope: Scope, incident: Incident) -> Mapping[str, Any]:
    """Return an incident's facts by their full names; a follow-up nobody answered has its default."""
    unit = tree(scope).units[incident.unit_id]
    local = scope.local(incident.occurred_at)
    delay = incident.reported_at - incident.occurred_at
    facts: dict[str, Any] = {name: kind.default for name, kind in scope.catalogue.facts().items()}
    facts |= dict(CORE_DEFAULTS)
    for field_set in scope.catalogue.field_sets.values():
        answers = incident.extra.get(field_set.key)
        for key, value in answers.items() if isinstance(answers, Mapping) else ():
            facts[f"{field_set.name}.{key}"] = value
    return facts | {
        "incident.category": incident.category,
        "incident.subcategory": incident.subcategory,
        "incident.physical_harm": incident.physical_harm,
        "incident.psychological_harm": incident.psychological_harm,
        "incident.outcome_death": incident.physical_harm == "fatal" or incident.category == "death",
        "incident.harm": incident.harm,
        "incident.unit": unit.key,
        "incident.unit_kind": unit.kind,
        "incident.service_type": unit.service_type,
        "incident.confidential": incident.confidential,
        "incident.anonymous": incident.anonymous,
        "incident.person_known": incident.person_id is not None,
        "incident.hour": local.hour,
        "incident.weekend": local.weekday() >= _WEEKEND,
        "incident.delay_hours": delay // timedelta(hours=1),
        "person.age": UNKNOWN_AGE if incident.person_age is None else incident.person_age,
        "person.legal_status": incident.legal_status or "",
        **facts_of_unit(unit),
    }


def facts_of_unit(unit: Unit) -> Mapping[str, Any]:
    """Return the facts of a unit as it is now."""
    return {
        "unit.key": unit.key,
        "unit.kind": unit.kind,
        "unit.service_type": unit.service_type,
        "unit.beds": unit.beds or 0,
        "unit.funding": unit.funding,
        "unit.provider_kind": unit.provider_kind,
    }


def look_back(scope: Scope, incident: Incident, wanted: Iterable[Asked]) -> dict[Earlier, int]:
    """Return what look-backs find for an incident, all of them in one query. A count includes it."""
    return earlier.look_back(scope, incident, wanted, compiled_where(scope))


def compiled_where(scope: Scope) -> Callable[[str], Condition]:
    """Return what compiles the ``where`` of a look-back: once for each text and set of plugins."""
    plugins = frozenset(scope.catalogue.plugins)
    return lambda source: _where(plugins, source)


@lru_cache(maxsize=1024)
def _where(plugins: frozenset[str], source: str) -> Condition:
    return Language(_compiled(plugins).schema.facts).compile(source)
