"""Shares that rules ask for: asked once, met by themselves, and noticed when they are overdue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.people import holders
from throughline.audit.service import record
from throughline.incidents.models import Incident
from throughline.jobs.watching import AT_ONE_LOOK, Watch
from throughline.kernel.database import uuid7
from throughline.learning.events import LearningShared
from throughline.learning.models import AskedShare, LearningReview, Share
from throughline.notifications.service import notify
from throughline.reviews.models import ReviewIncident
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope
from throughline.tenancy.working_days import add_working_days


@dataclass(frozen=True)
class Wanted:
    """What a rule asks: its title, for whom, within how many working days, and why if it says so."""

    title: str
    audience: tuple[str, ...]
    within_working_days: int
    words: str = ""


def audience_words(audience: Iterable[str]) -> str:
    """Return whom a share is for, in words."""
    named = [found.replace("_", " ") for found in audience]
    return f"every unit for {' or '.join(named)}" if named else "every unit"


def units_of(scope: Scope, audience: Iterable[str]) -> list[Unit]:
    """Return the open services that an audience stands for."""
    wanted = set(audience)
    return [
        unit
        for unit in tree(scope).services()
        if unit.closed_on is None and (not wanted or unit.service_type in wanted)
    ]


def ask(scope: Scope, incident: Incident, wanted: Wanted, rule_key: str, rule_version: int) -> bool:
    """Ask for a share about an incident, once for each rule; say whether there is anybody to share with."""
    if not units_of(scope, wanted.audience):
        return False
    pack = scope.tenant.pack
    due_on = add_working_days(pack.nation, scope.today(), wanted.within_working_days, pack.closures)
    asked = scope.session.scalars(
        insert(AskedShare)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            incident_id=incident.id,
            rule_key=rule_key,
            rule_version=rule_version,
            title=wanted.title,
            words=wanted.words,
            audience=list(wanted.audience),
            asked_at=scope.now(),
            due_on=due_on,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "incident_id", "rule_key"])
        .returning(AskedShare)
    ).one_or_none()
    if asked is not None:
        after = {"rule": rule_key, "with": audience_words(wanted.audience), "due_on": due_on}
        record(scope, "share.asked", "incident", incident.id, after=after)
        for learning_id in scope.session.scalars(_learnings_about(incident.id)):
            _see(scope, asked, learning_id)
    return True


def _learnings_about(incident_id: UUID) -> Select[UUID]:
    return (
        select(LearningReview.learning_id)
        .join(ReviewIncident, ReviewIncident.review_id == LearningReview.review_id)
        .where(ReviewIncident.incident_id == incident_id)
        .distinct()
    )


def on_shared(scope: Scope, event: LearningShared) -> None:
    """Meet what was asked of the incidents behind a learning, where it has now reached everybody."""
    for asked in open_for(scope, event.learning_id):
        _see(scope, asked, event.learning_id)


def open_for(scope: Scope, learning_id: UUID) -> Sequence[AskedShare]:
    """Return what is still asked of the incidents a learning comes from, by what is due next."""
    incidents = (
        select(ReviewIncident.incident_id)
        .join(LearningReview, LearningReview.review_id == ReviewIncident.review_id)
        .where(LearningReview.learning_id == learning_id)
    )
    query = select(AskedShare).where(AskedShare.incident_id.in_(incidents), AskedShare.met_at.is_(None))
    return scope.session.scalars(query.order_by(AskedShare.due_on, AskedShare.id)).all()


def suggested(scope: Scope, learning_id: UUID) -> dict[UUID, AskedShare]:
    """Return the units that rules ask to share a learning with, each with what is due first."""
    found: dict[UUID, AskedShare] = {}
    for asked in open_for(scope, learning_id):
        for unit in units_of(scope, asked.audience):
            found.setdefault(unit.id, asked)
    return found


def _see(scope: Scope, asked: AskedShare, learning_id: UUID) -> None:
    reached = set(scope.session.scalars(select(Share.unit_id).where(Share.learning_id == learning_id)))
    if asked.met_at is not None or any(unit.id not in reached for unit in units_of(scope, asked.audience)):
        return
    asked.met_at, asked.met_by = scope.now(), learning_id
    scope.session.flush()
    after = {"rule": asked.rule_key, "with": audience_words(asked.audience)}
    record(scope, "share.met", "incident", asked.incident_id, after=after)


def _overdue(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    # Where somebody has decided that no review is needed, nothing is learned that could be shared.
    decided = exists().where(
        Incident.id == AskedShare.incident_id,
        Incident.tenant_id == AskedShare.tenant_id,
        Incident.triage_decision == "no_review",
    )
    return (
        AskedShare.met_at.is_(None),
        AskedShare.told_at.is_(None),
        AskedShare.due_on < scope.today(),
        ~decided,
    )


def overdue_ones(scope: Scope) -> Sequence[UUID]:
    """Return the asked shares that passed their day and were not told of."""
    query = select(AskedShare.id).where(*_overdue(scope)).order_by(AskedShare.due_on, AskedShare.id)
    return scope.session.scalars(query.limit(AT_ONE_LOOK)).all()


def tell_overdue(scope: Scope, asked_id: UUID) -> bool:
    """Tell the governance lead and the unit's manager that a share is overdue, if that is still so."""
    query = select(AskedShare).where(AskedShare.id == asked_id, *_overdue(scope))
    asked = scope.session.scalar(query.with_for_update(skip_locked=True, of=AskedShare))
    if asked is None:
        return False
    asked.told_at = scope.now()
    scope.session.flush()
    incident = scope.session.get_one(Incident, (scope.tenant.id, asked.incident_id))
    units = tree(scope)
    # What was said in confidence goes past the unit.
    roles = ("governance_lead",) if incident.confidential else ("unit_manager", "governance_lead")
    told = notify(
        scope,
        [user.id for role in roles for user in holders(scope, role, units, incident.unit_id)],
        "learning",
        f"{incident.reference}: what was learned is not yet shared",
        f"A rule asks to share what is learned from {incident.reference} with "
        f"{audience_words(asked.audience)} by {asked.due_on.day} {asked.due_on:%B %Y}.\nSign in to see "
        "what is still to do.",
        f"/t/{scope.tenant.slug}/incidents/{incident.reference}",
        f"share overdue:{asked.id}",
    )
    after = {"rule": asked.rule_key, "due_on": asked.due_on, "people_told": told}
    record(scope, "share.overdue", "incident", incident.id, after=after)
    return True


def of_incidents(scope: Scope, incident_ids: Iterable[UUID]) -> Sequence[AskedShare]:
    """Return what is still asked about some incidents, by what is due next."""
    query = select(AskedShare).where(
        AskedShare.incident_id.in_(list(incident_ids)), AskedShare.met_at.is_(None)
    )
    return scope.session.scalars(query.order_by(AskedShare.due_on, AskedShare.id)).all()


WATCHES = (Watch("share overdue", overdue_ones, tell_overdue),)
