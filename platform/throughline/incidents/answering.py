"""Answer the follow-up questions later, or correct what was answered: some things are known days after."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from throughline.audit.service import record
from throughline.incidents import followups, policy
from throughline.incidents.events import IncidentChanged
from throughline.incidents.models import Incident
from throughline.incidents.queries import find
from throughline.incidents.service import held_at
from throughline.kernel.errors import Forbidden
from throughline.tenancy.scope import Scope

Answers = Mapping[str, Mapping[str, Any]]


def answer(scope: Scope, incident_id: UUID, version: int, answers: Answers) -> Incident:
    """Record the answers to the questions that concern an incident's category, in the place of the earlier.

    ``answers`` is checked, by field set key and field key; a question that is not in it has no answer any
    more. Answers to what is not asked now (another category, an older version of a plugin) stay.

    Raises:
        NotFound: the incident is not the actor's to see.
        Forbidden: the actor may not decide about it.
        Conflict: somebody changed it since the actor read ``version``.
    """
    incident = find(scope, incident_id)
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not answer for this incident")
    held_at(scope, incident, version)
    before = {key: dict(found) for key, found in incident.extra.items()}
    after = {key: dict(found) for key, found in before.items()}
    for field_set in followups.field_sets(scope, incident.category):
        kept = after.pop(field_set.key, {})
        asked = {field.key for field in field_set.fields}
        found = {key: value for key, value in kept.items() if key not in asked}
        found |= answers.get(field_set.key, {})
        if found:
            after[field_set.key] = found
    if after == before:
        return incident
    incident.extra = after
    scope.session.flush()
    record(scope, "incident.answered", "incident", incident.id, *_differing(before, after))
    scope.emit(IncidentChanged(incident.id))
    return incident


def _differing(before: Answers, after: Answers) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers that differ, by ``<field set>.<field>``; None where there was, or is, none."""
    was, now = (
        {f"{key}.{name}": value for key, found in one.items() for name, value in found.items()}
        for one in (before, after)
    )
    names = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    return {name: was.get(name) for name in names}, {name: now.get(name) for name in names}
