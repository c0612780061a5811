"""Where the line is stuck: per unit and step, how many wait past their time, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from throughline.incidents.models import Incident
from throughline.reviews.models import Review, ReviewIncident
from throughline.tenancy.scope import Scope


@dataclass(frozen=True)
class Stuck:
    """A unit and a step at which incidents wait past their time. ``oldest`` is when the first was due."""

    unit_id: UUID
    step: str
    waiting: int
    oldest: datetime


def stuck(scope: Scope, unit_ids: Iterable[UUID] | None, limit: int = 8) -> list[Stuck]:
    """Return where incidents wait past their time for triage or review, most first."""
    triage = (
        select(Incident.unit_id, func.count(), func.min(Incident.triage_due))
        .where(Incident.triaged_at.is_(None), Incident.triage_due < scope.now())
        .group_by(Incident.unit_id)
    )
    done = (
        select(ReviewIncident.id)
        .join(Review, Review.id == ReviewIncident.review_id)
        .where(ReviewIncident.incident_id == Incident.id, Review.completed_at.is_not(None))
        .exists()
    )
    due_at = func.timezone(scope.tenant.timezone.key, Incident.review_due + timedelta(days=1))
    review = (
        select(Incident.unit_id, func.count(), func.min(due_at))
        .where(Incident.triage_decision == "review", Incident.review_due < scope.today(), ~done)
        .group_by(Incident.unit_id)
    )
    found = []
    for step, query in (("triaged", triage), ("reviewed", review)):
        narrowed = query if unit_ids is None else query.where(Incident.unit_id.in_(list(unit_ids)))
        found += [Stuck(unit, step, count, oldest) for unit, count, oldest in scope.session.execute(narrowed)]
    return sorted(found, key=lambda row: (-row.waiting, row.oldest))[:limit]
