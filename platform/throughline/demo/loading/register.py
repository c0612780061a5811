"""The people affected, the incidents with their references and triage, and the days to count them over."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from throughline.demo.loading.desk import Desk
from throughline.demo.story.records import StoryIncident
from throughline.incidents.models import Incident, Person
from throughline.incidents.people import take_numbers
from throughline.incidents.service import UNNAMED
from throughline.incidents.taxonomy import worst_harm
from throughline.trends import counts, denominators

_PURPOSE = "person-reference"  # as incidents.people seals and finds them


def write(desk: Desk, suggested: Mapping[str, str]) -> None:
    """Write people, incidents, counts and unit days.

    ``suggested`` is the kind of review that rules ask for, by the key of an incident nobody has triaged yet.
    """
    _people(desk)
    incidents: list[StoryIncident] = desk.own(desk.story.incidents)
    references = _references(desk, incidents)
    rows = [_row(desk, incident, references[incident.key], suggested) for incident in incidents]
    desk.write(Incident, rows)
    for incident, row in zip(incidents, rows, strict=True):
        _note(desk, incident, row)
    counts.rebuild(desk.scope)
    denominators.record_days(
        desk.scope,
        {(desk.units.by_key(one.unit).id, one.day): one.occupied for one in desk.own(desk.story.unit_days)},
    )


def _people(desk: Desk) -> None:
    scope = desk.scope
    first: dict[str, datetime] = {}
    for incident in desk.own(desk.story.incidents):
        if incident.person:
            first.setdefault(incident.person, incident.reported_at)
    numbers = take_numbers(scope, "person", 0, len(first))
    desk.write(
        Person,
        [
            {
                "id": desk.new(reference),
                "pseudonym": f"P-{number:05d}",
                "reference_sealed": scope.keys.encrypt(_PURPOSE, scope.tenant.id, reference),
                "reference_index": scope.keys.blind_index(_PURPOSE, scope.tenant.id, reference),
                "created_at": at,
            }
            for number, (reference, at) in zip(numbers, first.items(), strict=True)
        ],
    )


def _references(desk: Desk, incidents: list[StoryIncident]) -> dict[str, str]:
    """Number the incidents by year in the order they were reported, and leave the sequences there."""
    scope = desk.scope
    years = {incident.key: scope.local(incident.reported_at).year for incident in incidents}
    numbers = {
        year: iter(take_numbers(scope, "incident", year, many))
        for year, many in Counter(years.values()).items()
    }
    prefix = scope.tenant.pack.reference_prefix
    return {key: f"{prefix}-{year}-{next(numbers[year]):05d}" for key, year in years.items()}


def _row(desk: Desk, incident: StoryIncident, reference: str, suggested: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": desk.new(incident.key),
        "reference": reference,
        "unit_id": desk.unit(incident.unit),
        "occurred_at": incident.occurred_at,
        "reported_at": incident.reported_at,
        "category": incident.category,
        "subcategory": incident.subcategory,
        "what_happened": incident.what_happened,
        "immediate_action": incident.immediate_action,
        "location": incident.location,
        "physical_harm": incident.physical_harm,
        "psychological_harm": incident.psychological_harm,
        "harm": worst_harm(incident.physical_harm, incident.psychological_harm),
        "person_id": desk.ids[incident.person] if incident.person else None,
        "person_age": incident.person_age,
        "legal_status": incident.legal_status,
        "reporter_id": desk.who(incident.reporter),
        "anonymous": incident.anonymous,
        "confidential": incident.confidential,
        "extra": dict(incident.extra),
        "triage_due": incident.triage_due,
        "triaged_at": incident.triaged_at,
        "triaged_by": desk.who(incident.triaged_by),
        "triage_decision": incident.triage_decision,
        "triage_reason": incident.triage_reason if incident.triaged_at else None,
        "review_kind": incident.review_kind if incident.triaged_at else suggested.get(incident.key),
        "review_due": incident.review_due,
    }


def _note(desk: Desk, incident: StoryIncident, row: Mapping[str, Any]) -> None:
    subject: tuple[str, UUID] = ("incident", row["id"])
    kept = ("reference", "unit_id", "occurred_at", "category", "physical_harm", "psychological_harm")
    facts = {name: row[name] for name in (*kept, "anonymous", "confidential")} | {"source": None}
    desk.note(
        incident.reported_at, incident.reporter, "incident.reported", subject, facts, unnamed=UNNAMED.name
    )
    if incident.triaged_at is not None:
        after = {
            "decision": incident.triage_decision,
            "reason": incident.triage_reason,
            "review_kind": incident.review_kind,
            "review_due": incident.review_due,
        }
        desk.note(incident.triaged_at, incident.triaged_by, "incident.triaged", subject, after)
