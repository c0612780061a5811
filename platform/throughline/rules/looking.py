"""What the rules see: the facts of an incident, and the counts their look-backs ask for."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, false, func, or_, select

from throughline.catalogue import Catalogue, catalogue_for
from throughline.incidents.models import Incident
from throughline.rules.engine import RuleSet, compile_rules
from throughline.rules.facts import schema_of
from throughline.sdk import CORE_DEFAULTS, LookBack
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_WEEKEND = 5


def rule_set(catalogue: Catalogue) -> RuleSet:
    """Return the compiled rules of a catalogue: once for each distinct set of plugins in a process."""
    return _compiled(frozenset(catalogue.plugins))


@lru_cache(maxsize=256)
def _compiled(plugins: frozenset[str]) -> RuleSet:
    catalogue = catalogue_for(plugins)
    return compile_rules(catalogue.rules.values(), schema_of(catalogue.field_sets.values()))


def facts_of(scope: Scope, incident: Incident) -> Mapping[str, Any]:
    """Return an incident's facts by their full names; a follow-up nobody answered has its default."""
    unit = tree(scope).units[incident.unit_id]
    local = scope.local(incident.occurred_at)
    delay = incident.reported_at - incident.occurred_at
    facts: dict[str, Any] = {name: kind.default for name, kind in scope.catalogue.facts().items()}
    facts |= dict(CORE_DEFAULTS)
    for field_set in scope.catalogue.field_sets.values():
        for key, value in incident.extra.get(field_set.key, {}).items():
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
        "incident.delay_hours": int(delay.total_seconds() // 3600),
    }


def look_back(scope: Scope, incident: Incident, wanted: Iterable[LookBack]) -> dict[LookBack, int]:
    """Count what the look-backs ask for, all of them in one query. The incident itself is counted."""
    asked = list(dict.fromkeys(wanted))
    if not asked:
        return {}
    longest = max(found.within_days for found in asked)
    reach = [Incident.unit_id == incident.unit_id, Incident.category == incident.category]
    if incident.person_id is not None:
        reach.append(Incident.person_id == incident.person_id)
    query = select(*(func.count().filter(_condition(incident, found)) for found in asked)).where(
        Incident.occurred_at > incident.occurred_at - timedelta(days=longest),
        Incident.occurred_at <= incident.occurred_at,
        or_(*reach) if all(found.same for found in asked) else Incident.tenant_id == scope.tenant.id,
    )
    return dict(zip(asked, scope.session.execute(query).one(), strict=True))


def _condition(incident: Incident, asked: LookBack) -> Any:
    conditions: list[Any] = [Incident.occurred_at > incident.occurred_at - timedelta(days=asked.within_days)]
    if "person" in asked.same:
        known = incident.person_id is not None
        conditions.append(Incident.person_id == incident.person_id if known else false())
    if "unit" in asked.same:
        conditions.append(Incident.unit_id == incident.unit_id)
    if "category" in asked.same:
        conditions.append(Incident.category == incident.category)
    if asked.category is not None:
        conditions.append(Incident.category == asked.category)
    if asked.min_harm is not None:
        conditions.append(Incident.harm >= asked.min_harm)
    return and_(*conditions)
