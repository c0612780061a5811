"""The section of an evidence document that tells of duties: what the law and others asked for, and was done.

It counts, and names nobody: no reference, no reason that somebody wrote.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from throughline.evidence.disclosure import masked
from throughline.evidence.periods import Period
from throughline.evidence.sections import day_start
from throughline.evidence.table import STATES
from throughline.incidents.models import Incident
from throughline.obligations import queries
from throughline.obligations.models import Obligation, ObligationDecision
from throughline.obligations.queries import Standing
from throughline.tenancy.scope import Scope


def duties(scope: Scope, unit_ids: Sequence[UUID], period: Period) -> dict[str, Any]:
    """Return, for each duty that opened in the period, how many and how they stand; and the exemptions."""
    start, end = day_start(scope, period.start), day_start(scope, period.after)
    rows = scope.session.scalars(
        select(Obligation)
        .join(
            Incident, (Incident.tenant_id == Obligation.tenant_id) & (Incident.id == Obligation.incident_id)
        )
        .where(
            Obligation.tenant_id == scope.tenant.id,
            Obligation.opened_at >= start,
            Obligation.opened_at < end,
            Incident.unit_id.in_(unit_ids),
        )
    ).all()
    by_duty: dict[str, list[Standing]] = defaultdict(list)
    for one in queries.standing(scope, rows):
        by_duty[one.row.duty_key].append(one)
    claimed = _exemptions(scope, rows)
    told = [_duty(key, found, claimed) for key, found in by_duty.items()]
    told.sort(key=lambda pair: (-pair[0], pair[1]["title"]))
    return {
        "by_duty": [row for _, row, _ in told],
        "exemptions": [one for _, _, exemptions in told for one in exemptions],
    }


def state(one: Standing) -> str:
    """Return which of ``STATES`` an obligation is in. It is late when any of its targets was met late."""
    if one.row.outcome in ("exempt", "not_required"):
        return str(one.row.outcome)
    if one.row.closed_at is None:
        return "overdue" if one.late else "open"
    clocks = [step.clock for step in one.steps if step.clock is not None and step.clock.due_at is not None]
    if not clocks:
        return "without_target"
    ended = [(clock.met_at or clock.stopped_at, clock.due_at) for clock in clocks]
    return "late" if any(at is not None and due is not None and at > due for at, due in ended) else "in_time"


def _exemptions(scope: Scope, rows: Iterable[Obligation]) -> dict[UUID, str]:
    """Return the exemption of each obligation that is exempt: the newest that was claimed."""
    exempt = [row.id for row in rows if row.outcome == "exempt"]
    query = (
        select(ObligationDecision.obligation_id, ObligationDecision.exemption)
        .where(
            ObligationDecision.tenant_id == scope.tenant.id,
            ObligationDecision.obligation_id.in_(exempt),
            ObligationDecision.kind == "exempted",
        )
        .order_by(ObligationDecision.at, ObligationDecision.id)
    )
    return {row[0]: row[1] for row in scope.session.execute(query)}


def _duty(
    key: str, found: Sequence[Standing], claimed: dict[UUID, str]
) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """Return what orders the rows, then the row and its exemptions as they may be told."""
    counted = Counter(state(one) for one in found)
    opened, parts = masked(len(found), {name: counted[name] for name in STATES})
    duty = found[-1].duty
    confidence = duty.authority.confidence
    row = {"key": key, "title": duty.title, "confidence": confidence, "opened": opened, **parts}
    kinds = Counter(claimed.get(one.row.id, "") for one in found if one.row.outcome == "exempt")
    if parts["exempt"] is None:
        counts: dict[str, int | None] = dict.fromkeys(kinds)
    else:
        shown, counts = masked(sum(kinds.values()), kinds)
        counts = counts if shown is not None else dict.fromkeys(kinds)
    exemptions = [
        {"duty": duty.title, "exemption": exemption, "count": counts[exemption]}
        for exemption in sorted(kinds)
    ]
    return (opened or 0), row, exemptions
