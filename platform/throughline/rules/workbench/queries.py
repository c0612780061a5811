"""Reads of a tenant's own rules: what is in use, how often each spoke, what shadows would have done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text, column, exists, func, select
from sqlalchemy.dialects.postgresql import array, distinct_on
from sqlalchemy.orm import aliased

from throughline.incidents.models import Incident
from throughline.rules.models import Escalation, Firing, ScanNight
from throughline.rules.workbench.models import RulePutAside, RuleVersion, ShadowFiring
from throughline.tenancy.scope import Scope

MANY = 200
MOST_LISTED = 2_000


@dataclass(frozen=True)
class Spoke:
    """How often a rule spoke since a moment, and how its alarms were answered."""

    firings: int = 0
    last_at: datetime | None = None
    alarms: int = 0
    acknowledged: int = 0
    without_note: int = 0
    held_back: int = 0


@dataclass(frozen=True)
class Shadowed:
    """One thing a shadow would have done: nothing of the incident that names a person or tells its story.

    About a unit as a whole, there is no category and no harm.
    """

    at: datetime
    unit_id: UUID
    category: str | None
    harm: int | None
    explanation: str


def current(scope: Scope) -> Sequence[RuleVersion]:
    """Return the versions that are drafts, shadows or live, and the newest retired one of each other key."""
    in_use = aliased(RuleVersion)
    followed = exists().where(
        in_use.tenant_id == RuleVersion.tenant_id,
        in_use.rule_key == RuleVersion.rule_key,
        in_use.status.in_(("shadow", "live")),
    )
    ended = (
        select(RuleVersion)
        .where(RuleVersion.status == "retired", ~followed)
        .order_by(RuleVersion.rule_key, RuleVersion.number.desc())
        .ext(distinct_on(RuleVersion.rule_key))
        .limit(MOST_LISTED)
    )
    query = select(RuleVersion).where(RuleVersion.status.in_(("draft", "shadow", "live"))).limit(MOST_LISTED)
    return [*scope.session.scalars(query), *scope.session.scalars(ended)]


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
            func.count(func.distinct(Firing.id)).filter(Firing.held_back),
        )
        .outerjoin(Escalation, Escalation.firing_id == Firing.id)
        .where(Firing.at >= since)
        .group_by(Firing.rule_key)
    )
    return {row[0]: Spoke(*row[1:]) for row in scope.session.execute(query)}


def last_spoke(scope: Scope, rule_keys: Iterable[str]) -> Mapping[str, datetime]:
    """Return when each of these rules spoke last, however long ago; those that never did are left out."""
    wanted = sorted(set(rule_keys))
    if not wanted:
        return {}
    # One look into the index for each rule, however many firings there are.
    keys = func.unnest(array(wanted, type_=Text()))
    named = keys.table_valued(column("rule_key", Text()), name="named").render_derived()
    last = (
        select(func.max(Firing.at))
        .where(Firing.tenant_id == scope.tenant.id, Firing.rule_key == named.c.rule_key)
        .scalar_subquery()
    )
    rows = scope.session.execute(select(named.c.rule_key, last.label("at")))
    return {row.rule_key: row.at for row in rows if row.at is not None}


def shadows_spoke(scope: Scope, rule_keys: Iterable[str], since: datetime) -> Mapping[tuple[str, int], Spoke]:
    """Return how often each version of these rules would have spoken in shadow, by key and number."""
    query = (
        select(
            ShadowFiring.rule_key,
            ShadowFiring.rule_version,
            func.count().filter(ShadowFiring.at >= since),
            func.max(ShadowFiring.at),
        )
        .where(ShadowFiring.rule_key.in_(sorted(set(rule_keys))))
        .group_by(ShadowFiring.rule_key, ShadowFiring.rule_version)
    )
    return {(row[0], row[1]): Spoke(row[2], row[3]) for row in scope.session.execute(query)}


def shadowed(scope: Scope, rule_key: str, number: int, limit: int = 50) -> tuple[int, list[Shadowed]]:
    """Return how often a version would have spoken in shadow, and the newest of those times."""
    mine = (ShadowFiring.rule_key == rule_key, ShadowFiring.rule_version == number)
    total = scope.session.scalar(select(func.count()).select_from(ShadowFiring).where(*mine)) or 0
    query = (
        select(
            ShadowFiring.at,
            func.coalesce(ShadowFiring.unit_id, Incident.unit_id),
            Incident.category,
            Incident.harm,
            ShadowFiring.explanation,
        )
        .outerjoin(Incident, Incident.id == ShadowFiring.incident_id)
        .where(*mine)
        .order_by(ShadowFiring.at.desc(), ShadowFiring.id.desc())
        .limit(limit)
    )
    return total, [Shadowed(*row) for row in scope.session.execute(query)]


@dataclass(frozen=True)
class Unanswered:
    """About how many units a rule had no answer on the last night, because a figure was missing."""

    rule_key: str
    units: int
    looked_at: int
    night: date


def unanswered(scope: Scope) -> Mapping[str, Unanswered]:
    """Return the rules that had no answer about some units on the last night, by key."""
    last = scope.session.scalar(select(ScanNight))
    if last is None:
        return {}
    return {key: Unanswered(key, n, last.units, last.night) for key, n in sorted(last.unanswered.items())}


def live_spoke(scope: Scope, rule_key: str, since: datetime) -> int:
    """Return how often the live version of a rule spoke since a moment."""
    query = select(func.count()).select_from(Firing).where(Firing.rule_key == rule_key, Firing.at >= since)
    return scope.session.scalar(query) or 0
