"""The queue as a file for a spreadsheet: what the filters leave, without anybody's words about a person.

The story stays here: a file travels further than whoever may read it. What people typed and a spreadsheet
would take for a formula is written so that it is text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from throughline.incidents import taxonomy
from throughline.incidents.models import Incident
from throughline.kernel.spreadsheet import csv_of
from throughline.tenancy.queries import Tree
from throughline.tenancy.scope import Scope

_DECISIONS = {"review": "Review", "no_review": "No review needed", None: "Waiting for triage"}
COLUMNS = (
    "Reference",
    "Reported",
    "Happened",
    "Unit",
    "Where exactly",
    "Kind",
    "More exactly",
    "Physical harm",
    "Psychological harm",
    "Decision",
    "To triage by",
    "Triaged",
    "Review due",
)


@dataclass(frozen=True)
class _Day:
    """A moment of which only the day is known."""

    at: datetime


def as_csv(scope: Scope, units: Tree, incidents: Iterable[Incident]) -> str:
    """Return incidents as CSV, one a line under a heading; moments are on the tenant's wall clock."""
    rows = ([_cell(scope, value) for value in _row(units, incident)] for incident in incidents)
    return csv_of(COLUMNS, rows)


def _row(units: Tree, incident: Incident) -> Iterator[Any]:
    yield incident.reference
    yield incident.reported_at
    yield incident.occurred_at if incident.occurred_time_known else _Day(incident.occurred_at)
    yield units.units[incident.unit_id].name
    yield incident.location
    yield taxonomy.category_label(incident.category)
    yield taxonomy.subcategory_label(incident.category, incident.subcategory)
    yield incident.physical_harm
    yield incident.psychological_harm
    yield _DECISIONS[incident.triage_decision]
    yield incident.triage_due
    yield incident.triaged_at
    yield incident.review_due


def _cell(scope: Scope, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, _Day):
        return f"{scope.local(value.at):%Y-%m-%d}"
    if isinstance(value, datetime):
        return f"{scope.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
