"""Bring a file's incidents in: each once, by its source and the id it has there."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from throughline.audit.service import record
from throughline.incidents.events import IncidentsImported
from throughline.incidents.importing.result import ImportedIncident
from throughline.incidents.models import Incident
from throughline.incidents.people import take_numbers
from throughline.incidents.service import triage_due
from throughline.incidents.taxonomy import worst_harm
from throughline.kernel.database import uuid7
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Brought:
    """What an import did: how many rows were new, and how many were here already."""

    added: int
    known: int


def bring(scope: Scope, source: str, rows: Sequence[ImportedIncident], file_digest: str) -> Brought:
    """Store the rows that are not here yet, count them and write the trail. Again, it adds nothing.

    A row the source has closed arrives decided; the others wait in the queue.
    """
    keys = {unit.key: unit.id for unit in tree(scope).units.values()}
    fresh = _not_here_yet(scope, source, rows)
    numbers = iter(take_numbers(scope, "incident", scope.today().year, len(fresh)))
    due = triage_due(scope)
    cells: Counter[tuple[Any, ...]] = Counter()
    added = 0
    for start in range(0, len(fresh), _ROWS_AT_ONCE):
        values = [
            _values(scope, source, row, keys, next(numbers), due)
            for row in fresh[start : start + _ROWS_AT_ONCE]
        ]
        statement = insert(Incident).values(values)
        stored = scope.session.execute(
            statement.on_conflict_do_nothing(index_elements=["tenant_id", "source", "external_id"]).returning(
                Incident.occurred_at, Incident.unit_id, Incident.category, Incident.harm
            )
        ).all()
        added += len(stored)
        cells.update(tuple(row) for row in stored)
    if added:
        import_id = uuid7()
        after = {"source": source, "rows": added, "file_sha256": file_digest}
        record(scope, "incidents.imported", "import", import_id, after=after)
        scope.emit(IncidentsImported(import_id, dict(cells)))
    return Brought(added, len(rows) - added)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a file, by which the trail names it."""
    return hashlib.sha256(data).hexdigest()


def _not_here_yet(scope: Scope, source: str, rows: Sequence[ImportedIncident]) -> list[ImportedIncident]:
    known: set[str] = set()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        wanted = [row.external_id for row in rows[start : start + _ROWS_AT_ONCE]]
        query = select(Incident.external_id).where(
            Incident.source == source, Incident.external_id.in_(wanted)
        )
        known.update(found for found in scope.session.scalars(query) if found is not None)
    return [row for row in rows if row.external_id not in known]


def _values(
    scope: Scope, source: str, row: ImportedIncident, keys: dict[str, Any], number: int, due: datetime
) -> dict[str, Any]:
    closed = row.closed_on and datetime.combine(row.closed_on, time(12), tzinfo=scope.tenant.timezone)
    return {
        "tenant_id": scope.tenant.id,
        "id": uuid7(),
        "reference": f"{scope.tenant.pack.reference_prefix}-{scope.today().year}-{number:05d}",
        "unit_id": keys[row.unit_key],
        "occurred_at": row.occurred_at,
        "occurred_time_known": row.occurred_time_known,
        "reported_at": row.reported_at,
        "category": row.category,
        "subcategory": row.subcategory,
        "what_happened": row.what_happened,
        "immediate_action": row.immediate_action,
        "location": row.location,
        "physical_harm": row.physical_harm,
        "psychological_harm": row.psychological_harm,
        "harm": worst_harm(row.physical_harm, row.psychological_harm),
        "person_id": None,
        "person_age": row.person_age,
        "legal_status": row.legal_status or None,
        "anonymous": False,
        "confidential": False,
        "extra": {
            "import": {"affected": row.affected, "state": row.source_state, "ref": row.reference_in_source}
        },
        "source": source,
        "external_id": row.external_id,
        "triage_due": due,
        "triaged_at": max(closed, row.reported_at) if closed else None,
        "triage_decision": "no_review" if closed else None,
        "triage_reason": f"Closed in {source} before it was brought here." if closed else None,
        "version": 1,
    }
