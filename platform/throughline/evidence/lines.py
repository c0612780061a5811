"""The lines an evidence document tells: some that reached improvement, and those that are broken."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from throughline.evidence.periods import Period
from throughline.incidents.models import Incident
from throughline.incidents.taxonomy import category_label
from throughline.line.queries import lines_of
from throughline.line.steps import Step, first_gap
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

LOOKED_AT = timedelta(days=540)
MOST = 400
SHOWN = 6
STEP_WORDS = {
    "triaged": "waiting to be triaged",
    "reviewed": "waiting for its review",
    "analysed": "waiting for its analysis",
    "learned": "waiting for its learning",
    "acted": "waiting for action",
    "improved": "waiting for proof that it helped",
}


def completed_and_broken(
    scope: Scope, unit_ids: Sequence[UUID], period: Period
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return lines that were completed, and lines that are late or have a gap, longest stuck first."""
    until = datetime.combine(period.after, time.min, tzinfo=scope.tenant.timezone)
    query = (
        select(Incident)
        .where(
            Incident.unit_id.in_(unit_ids),
            Incident.triage_decision == "review",
            Incident.reported_at >= until - LOOKED_AT,
            Incident.reported_at < until,
        )
        .order_by(Incident.reported_at.desc(), Incident.id.desc())
        .limit(MOST)
    )
    incidents = scope.session.scalars(query).all()
    lines = lines_of(scope, incidents)
    units = tree(scope).units
    done, broken = [], []
    for incident in incidents:
        steps = lines[incident.id]
        here = {
            "reference": incident.reference,
            "category": category_label(incident.category),
            "unit": units[incident.unit_id].name,
        }
        gap = first_gap(steps)
        if steps[-1].state == "done":
            done.append((steps[-1].at, here | _completed(scope, incident, steps[-1])))
        elif gap is not None:
            broken.append((_since(steps, gap), here | _broken(scope, steps, gap)))
    done.sort(key=lambda found: found[0] or until, reverse=True)
    broken.sort(key=lambda found: found[0])
    return _distinct([found for _, found in done]), _distinct([found for _, found in broken])


def _completed(scope: Scope, incident: Incident, last: Step) -> dict[str, Any]:
    return {
        "title": category_label(incident.category),
        "reported": scope.local(incident.reported_at).date().isoformat(),
        "improved": scope.local(last.at).date().isoformat() if last.at else None,
        "sentence": last.note,
    }


def _broken(scope: Scope, steps: Sequence[Step], gap: Step) -> dict[str, Any]:
    return {
        "step": gap.key,
        "stuck_at": STEP_WORDS[gap.key],
        "since": scope.local(_since(steps, gap)).date().isoformat(),
        "sentence": gap.gap.sentence if gap.gap else "",
        "closes_with": gap.gap.close.label if gap.gap and gap.gap.close else "",
    }


def _since(steps: Sequence[Step], gap: Step) -> datetime:
    """Return since when a line has been stuck: the step's due date, else when the last step was done."""
    if gap.due is not None:
        return gap.due
    done = [step.at for step in steps if step.state == "done" and step.at is not None]
    return max(done)


def _distinct(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first few that tell different stories: one a sentence and unit."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for line in found:
        told.setdefault((line["unit"], line["sentence"]), line)
    return list(told.values())[:SHOWN]
