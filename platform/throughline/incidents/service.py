"""Report an incident, correct its grade, decide its response."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from throughline.audit.service import record
from throughline.incidents import policy
from throughline.incidents.events import IncidentChanged, IncidentGraded, IncidentReported, IncidentTriaged
from throughline.incidents.models import Draft, Incident, Person
from throughline.incidents.people import next_number, person_of
from throughline.incidents.queries import find
from throughline.incidents.taxonomy import worst_harm
from throughline.kernel.actor import Actor
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.tenancy.scope import Scope
from throughline.tenancy.working_days import add_working_days

UNNAMED = Actor(id=None, name="A reporter who stayed anonymous")
GRADED = (
    "category",
    "subcategory",
    "physical_harm",
    "psychological_harm",
    "unit_id",
    "occurred_at",
    "person_age",
    "legal_status",
)


@dataclass(frozen=True)
class Report:
    """What a reporter sends, checked. Times aware; ``extra`` holds the answers of field sets by key.

    ``person_age`` and ``legal_status`` are of the person affected at the time; without one they are not kept.
    """

    submission_key: UUID
    unit_id: UUID
    occurred_at: datetime
    category: str
    what_happened: str
    physical_harm: str
    psychological_harm: str
    subcategory: str = ""
    immediate_action: str = ""
    location: str = ""
    person_reference: str = ""
    person_age: int | None = None
    legal_status: str = ""
    anonymous: bool = False
    confidential: bool = False
    occurred_time_known: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """What a reporter gets back. ``code`` lets an anonymous one follow the incident; it is shown once."""

    incident: Incident
    code: str | None
    again: bool


def report(scope: Scope, sent: Report) -> Sent:
    """Store a report once, however often it is sent, and tell the rules and the counts.

    Raises:
        Invalid: it happened in the future.
    """
    # Two presses of one button may arrive together: the second waits here for the first to be stored.
    scope.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(str(sent.submission_key), 0)))
    )
    known = scope.session.scalar(select(Incident).where(Incident.submission_key == sent.submission_key))
    if known is not None:
        return Sent(known, None, again=True)
    if sent.occurred_at > scope.now():
        raise Invalid({"occurred_at": ["This is in the future. Enter when it happened."]})
    code = secrets.token_hex(4).upper() if sent.anonymous else None
    person_id = person_of(scope, sent.person_reference)
    _forget_draft(scope, sent.submission_key)
    incident = Incident(
        id=uuid7(),
        reference=new_reference(scope),  # from here the tenant's other reports wait for this one
        reported_at=scope.now(),
        triage_due=triage_due(scope),
        harm=worst_harm(sent.physical_harm, sent.psychological_harm),
        person_id=person_id,
        person_age=None if person_id is None else sent.person_age,
        legal_status=None if person_id is None else sent.legal_status or None,
        reporter_id=None if sent.anonymous else scope.actor.id,
        follow_digest=code_digest(scope, code) if code else None,
        submission_key=sent.submission_key,
        **{
            name: getattr(sent, name)
            for name in (
                "unit_id",
                "occurred_at",
                "occurred_time_known",
                "category",
                "subcategory",
                "what_happened",
                "immediate_action",
                "location",
                "physical_harm",
                "psychological_harm",
                "anonymous",
                "confidential",
                "extra",
            )
        },
    )
    scope.session.add(incident)
    scope.session.flush()
    record(
        scope,
        "incident.reported",
        "incident",
        incident.id,
        after=facts_of_record(incident),
        actor=UNNAMED if sent.anonymous else None,
    )
    scope.emit(IncidentReported(incident.id))
    return Sent(incident, code, again=False)


def new_reference(scope: Scope) -> str:
    """Return the next human reference of the tenant, such as ``CV-2026-00417``."""
    year = scope.today().year
    return f"{scope.tenant.pack.reference_prefix}-{year}-{next_number(scope, 'incident', year):05d}"


def triage_due(scope: Scope) -> datetime:
    """Return when an incident reported now should have been triaged: the end of that working day."""
    pack = scope.tenant.pack
    day = add_working_days(pack.nation, scope.today(), pack.targets.triage_working_days, pack.closures)
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=scope.tenant.timezone)


def code_digest(scope: Scope, code: str) -> bytes:
    """Return what is stored of an anonymous reporter's code."""
    key = scope.keys.derive("follow-code", scope.tenant.id)
    return hashlib.blake2b(code.strip().upper().encode(), key=key, digest_size=32).digest()


def facts_of_record(incident: Incident) -> dict[str, Any]:
    """Return what the trail keeps of a report: its facts, not its narrative (the incident holds that)."""
    kept = ("reference", "unit_id", "occurred_at", "category", "physical_harm", "psychological_harm")
    return {name: getattr(incident, name) for name in kept} | {
        "anonymous": incident.anonymous,
        "confidential": incident.confidential,
        "source": incident.source,
    }


def save_draft(scope: Scope, key: UUID, answers: dict[str, Any]) -> Draft | None:
    """Keep a report as it is typed. Returns None when it was already sent under this key.

    Raises:
        Forbidden: the key belongs to somebody else's draft.
    """
    sent = select(Incident.id).where(Incident.submission_key == key)
    if scope.session.scalar(sent) is not None or scope.actor.id is None:
        return None
    draft = scope.session.scalar(select(Draft).where(Draft.key == key).with_for_update())
    if draft is None:
        draft = Draft(id=uuid7(), key=key, user_id=scope.actor.id)
        scope.session.add(draft)
    if draft.user_id != scope.actor.id:
        raise Forbidden("somebody else's draft")
    draft.answers, draft.updated_at = answers, scope.now()
    scope.session.flush()
    return draft


def discard_draft(scope: Scope, key: UUID) -> None:
    """Throw one's own draft away."""
    draft = scope.session.scalar(select(Draft).where(Draft.key == key, Draft.user_id == scope.actor.id))
    if draft is not None:
        scope.session.delete(draft)


def _forget_draft(scope: Scope, key: UUID) -> None:
    forgotten = delete(Draft).where(Draft.key == key)
    scope.session.execute(forgotten.execution_options(synchronize_session=False))


def grade(scope: Scope, incident_id: UUID, version: int, changes: dict[str, Any], reason: str) -> Incident:
    """Correct what is recorded of an incident, keeping what it was before.

    ``changes`` names what differs: category, harm, unit, time, the person's circumstances, whether it is read
    in confidence, and ``person_reference``, the local reference of another person (empty for nobody).

    Raises:
        Forbidden: the actor may not grade it.
        Conflict: somebody changed it since the actor read ``version``.
        Invalid: nothing differs, or no reason was given.
    """
    incident = find(scope, incident_id)
    _must_triage(scope, incident)
    held_at(scope, incident, version)
    wanted = dict(changes)
    if "person_reference" in wanted:
        wanted["person_id"] = person_of(scope, wanted.pop("person_reference"))
    differing = {name: value for name, value in wanted.items() if getattr(incident, name) != value}
    if not differing:
        raise Invalid({"category": ["Nothing differs from what is recorded."]})
    if not reason.strip():
        raise Invalid({"reason": ["Say why, so that whoever reads the trail understands."]})
    before = _as_recorded(scope, incident)
    for name, value in differing.items():
        setattr(incident, name, value)
    incident.harm = worst_harm(incident.physical_harm, incident.psychological_harm)
    scope.session.flush()
    after = _as_recorded(scope, incident)
    changed = [name for name in before if before[name] != after[name]]
    graded = any(name in GRADED for name in changed)
    record(
        scope,
        "incident.graded" if graded else "incident.corrected",
        "incident",
        incident.id,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed} | {"reason": reason.strip()},
    )
    if graded:
        kept = (*GRADED, "harm")
        was, now = ({name: one[name] for name in kept} for one in (before, after))
        scope.emit(IncidentGraded(incident.id, was, now))
    scope.emit(IncidentChanged(incident.id))
    return incident


def _as_recorded(scope: Scope, incident: Incident) -> dict[str, Any]:
    """Return what a correction may change, the person by their pseudonym."""
    person = scope.session.get(Person, (scope.tenant.id, incident.person_id)) if incident.person_id else None
    values = {name: getattr(incident, name) for name in (*GRADED, "harm", "confidential")}
    return values | {"person_affected": person.pseudonym if person else None}


def triage(
    scope: Scope,
    incident_id: UUID,
    version: int,
    decision: str,
    reason: str,
    review_kind: str | None = None,
    review_due: date | None = None,
) -> Incident:
    """Decide what response an incident needs: a review of a kind by a date, or none and why.

    Raises:
        Forbidden: the actor may not triage it.
        Conflict: it was triaged already, or changed since the actor read ``version``.
        Invalid: a reason is missing where no review follows.
    """
    incident = find(scope, incident_id)
    _must_triage(scope, incident)
    if incident.triaged_at is not None:
        raise Conflict("already triaged")
    held_at(scope, incident, version)
    if decision == "no_review" and not reason.strip():
        raise Invalid({"reason": ["Say why no review is needed."]})
    if decision == "review" and (review_kind is None or review_due is None):
        raise Invalid({"review_kind": ["Choose the kind of review and its date."]})
    incident.triaged_at, incident.triaged_by = scope.now(), scope.actor.id
    incident.triage_decision, incident.triage_reason = decision, reason.strip()
    incident.review_kind = review_kind if decision == "review" else None
    incident.review_due = review_due if decision == "review" else None
    scope.session.flush()
    after = {
        "decision": decision,
        "reason": reason.strip(),
        "review_kind": incident.review_kind,
        "review_due": incident.review_due,
    }
    record(scope, "incident.triaged", "incident", incident.id, after=after)
    scope.emit(IncidentTriaged(incident.id, decision))
    return incident


def _must_triage(scope: Scope, incident: Incident) -> None:
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not triage here")


def held_at(scope: Scope, incident: Incident, version: int) -> None:
    """Hold an incident for a change, if it is as the actor read it; whoever comes at the same time waits.

    Raises:
        Conflict: somebody changed it since the actor read ``version``.
    """
    scope.session.refresh(incident, with_for_update=True)
    if incident.version != version:
        raise Conflict("changed since it was read")
