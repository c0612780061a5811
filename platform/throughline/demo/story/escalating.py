"""Which incidents the rules of ``psirf`` speak on, and who had to know by when.

The rules themselves are the plugin's and are checked against this in the tests; here they are written out
in Python so that two years can be told without evaluating four thousand conditions.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.demo.story.cast import Cast
from throughline.demo.story.chance import source
from throughline.demo.story.dates import Calendar
from throughline.demo.story.places import SERVICES
from throughline.demo.story.records import StoryEscalation, StoryIncident

PATTERN = "psirf.repeated_self_harm"
_PATTERN_OF, _PATTERN_WITHIN = 3, timedelta(days=14)
_SECURE = frozenset({"low_secure", "medium_secure", "high_secure"})
_LATE, _LATE_ON = 0.1, {"beech": 0.3, "heron-court": 0.25}
_NOTES = (
    "",
    "",
    "",
    "Spoke to the nurse in charge.",
    "Read. Will come to the ward this morning.",
    "Seen at the safety huddle.",
    "Family have been rung; debrief is arranged.",
    "Looked at with the doctor on call.",
    "Picked up on return from leave.",
)


@dataclass(frozen=True)
class _Rule:
    key: str
    holds: Callable[[StoryIncident], bool]
    to: tuple[tuple[str, int], ...]  # role, hours to acknowledge


def _prone(incident: StoryIncident) -> bool:
    return "prone" in incident.extra.get("psirf.restraint", {}).get("positions", ())


def _past_midnight(incident: StoryIncident) -> bool:
    answers = incident.extra.get("psirf.absence", {})
    return (
        SERVICES[incident.unit].service_type in _SECURE
        and answers.get("kind") in {"awol", "failed_to_return"}
        and bool(answers.get("past_midnight"))
    )


_RULES = (
    _Rule("psirf.absence_past_midnight", _past_midnight, (("governance_lead", 4),)),
    _Rule(
        "psirf.death",
        lambda incident: incident.physical_harm == "fatal" or incident.category == "death",
        (("executive", 4), ("governance_lead", 4)),
    ),
    _Rule("psirf.prone_restraint", _prone, (("unit_manager", 24), ("governance_lead", 72))),
    _Rule(
        "psirf.severe_harm",
        lambda incident: incident.physical_harm == "severe",
        (("governance_lead", 24),),
    ),
    _Rule(
        "psirf.severe_psychological_harm",
        lambda incident: incident.psychological_harm == "severe",
        (("governance_lead", 24),),
    ),
)
_PATTERN_TO = (("governance_lead", 24),)


def firings(incidents: Sequence[StoryIncident]) -> Mapping[str, tuple[str, ...]]:
    """Return the rules that spoke on each incident when it was reported, by the incident's key."""
    repeated = _repeated(incidents)
    found = {}
    for incident in incidents:
        keys = [rule.key for rule in _RULES if rule.holds(incident)]
        keys += [PATTERN] if incident.key in repeated else []
        if keys:
            found[incident.key] = tuple(sorted(keys))
    return found


def _repeated(incidents: Iterable[StoryIncident]) -> frozenset[str]:
    """Return the incidents that were the third self-harm of one person in 14 days, or one after it.

    Counted at the moment of the report, among what had been reported by then.
    """
    by_person: dict[str, list[StoryIncident]] = defaultdict(list)
    found = set()
    for incident in sorted(incidents, key=lambda one: one.reported_at):
        if incident.category != "self_harm" or incident.person is None:
            continue
        earlier = by_person[incident.person]
        earlier.append(incident)
        since = incident.occurred_at - _PATTERN_WITHIN
        if sum(since < one.occurred_at <= incident.occurred_at for one in earlier) >= _PATTERN_OF:
            found.add(incident.key)
    return frozenset(found)


def escalations(
    incidents: Sequence[StoryIncident],
    fired: Mapping[str, Sequence[str]],
    acknowledged: Mapping[str, datetime],
    calendar: Calendar,
    cast: Cast,
    seed: int,
) -> tuple[StoryEscalation, ...]:
    """Return what was escalated, to whom, and when they said that they know.

    ``acknowledged`` says it for incidents that are told on their own; the others vary.
    """
    rng = source(seed, "escalations")
    to = {rule.key: rule.to for rule in _RULES} | {PATTERN: _PATTERN_TO}
    found: list[StoryEscalation] = []
    for incident in incidents:
        for rule in fired.get(incident.key, ()):
            for role, hours in _guarded(incident, to[rule]).items():
                known = acknowledged.get(incident.key) or _known_at(incident, hours, rng)
                known = max(known, incident.reported_at + timedelta(minutes=4))
                answered = known < calendar.until
                found.append(
                    StoryEscalation(
                        tenant=incident.tenant,
                        incident=incident.key,
                        rule=rule,
                        to_role=role,
                        raised_at=incident.reported_at,
                        acknowledge_by=incident.reported_at + timedelta(hours=hours),
                        acknowledged_at=known if answered else None,
                        acknowledged_by=cast.answering(incident.tenant, role, incident.unit)
                        if answered
                        else None,
                        note=rng.choice(_NOTES) if answered else "",
                    )
                )
    return tuple(found)


def _guarded(incident: StoryIncident, to: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the hours by role. What was said in confidence goes past the unit, and to nobody twice."""
    roles: dict[str, int] = {}
    for role, hours in to:
        past = incident.confidential and role == "unit_manager"
        roles.setdefault("governance_lead" if past else role, hours)
    return roles


def _known_at(incident: StoryIncident, hours: int, rng: random.Random) -> datetime:
    if rng.random() < _LATE_ON.get(incident.unit, _LATE):
        return incident.reported_at + timedelta(hours=hours * rng.uniform(1.1, 2.6))
    return incident.reported_at + timedelta(hours=hours * min(0.97, rng.betavariate(1.4, 3.2)))
