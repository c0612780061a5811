"""Reads of a tenant's own rules: what is in use, how often each spoke, what shadows would have done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from throughline.incidents.models import Incident
from throughline.rules.models import Escalation, Firing
from throughline.rules.workbench.models import RulePutAside, RuleVersion, ShadowFiring
from throughline.tenancy.scope import Scope

MANY = 200


@dataclass(frozen=True)
class Spoke:
    """How often a rule spoke since a moment, and how its alarms were answered."""

    firings: int = 0
    last_at: datetime | None = None
    alarms: int = 0
    acknowledged: int = 0
    without_note: int = 0


@dataclass(frozen=True)
class Shadowed:
    """One thing a shadow would have done: nothing of the incident that names a person or tells its story."""

    at: datetime
    unit_id: UUID
    category: str
    harm: int
    explanation: str


def versions(scope: Scope, status: str = "") -> Sequence[RuleVersion]:
    """Return the tenant's own versions, newest first; all, or those of one status."""
    query = select(RuleVersion).order_by(RuleVersion.saved_at.desc(), RuleVersion.id.desc()).limit(MANY)
    return scope.session.scalars(query.where(RuleVersion.status == status) if status else query).all()


def of_key(scope: Scope, rule_key: str) -> Sequence[RuleVersion]:
    """Return the numbered versions of a rule, newest first."""
    query = (
        select(RuleVersion)
        .where(RuleVersion.rule_key == rule_key, RuleVersion.number.is_not(None))
        .order_by(RuleVersion.number.desc())
        .limit(MANY)
    )
    return scope.session.scalars(query).all()


def put_aside(scope: Scope) -> Mapping[str, RulePutAside]:
    """Return the rules of plugins and packs that the tenant does not use, by key."""
    return {row.rule_key: row for row in scope.session.scalars(select(RulePutAside))}


def spoke(scope: Scope, since: datetime) -> Mapping[str, Spoke]:
    """Return how often each rule spoke since a moment, by key."""
    query = (
        select(
            Firing.rule_key,
            func.count(func.distinct(Firing.id)),
            func.max(Firing.at),
            func.count(Escalation.id),
            func.count(Escalation.acknowledged_at),
            func.count().filter(Escalation.acknowledged_at.is_not(None), Escalation.note == ""),
        )
        .outerjoin(Escalation, Escalation.firing_id == Firing.id)
        .where(Firing.at >= since)
        .group_by(Firing.rule_key)
    )
    return {row[0]: Spoke(row[1], row[2], row[3], row[4], row[5]) for row in scope.session.execute(query)}


def shadowed(scope: Scope, rule_key: str, number: int, limit: int = 50) -> tuple[int, list[Shadowed]]:
    """Return how often a version would have spoken in shadow, and the newest of those times."""
    mine = (ShadowFiring.rule_key == rule_key, ShadowFiring.rule_version == number)
    total = scope.session.scalar(select(func.count()).select_from(ShadowFiring).where(*mine)) or 0
    query = (
        select(ShadowFiring.at, Incident.unit_id, Incident.category, Incident.harm, ShadowFiring.explanation)
        .join(Incident, Incident.id == ShadowFiring.incident_id)
        .where(*mine)
        .order_by(ShadowFiring.at.desc(), ShadowFiring.id.desc())
        .limit(limit)
    )
    return total, [Shadowed(*row) for row in scope.session.execute(query)]


def live_spoke(scope: Scope, rule_key: str, since: datetime) -> int:
    """Return how often the live version of a rule spoke since a moment."""
    query = select(func.count()).select_from(Firing).where(Firing.rule_key == rule_key, Firing.at >= since)
    return scope.session.scalar(query) or 0
