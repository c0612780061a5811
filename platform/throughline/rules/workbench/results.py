"""What slices of a back-test found, as data that is kept and added up, and as a back-test again.

Slices meet on Mondays, so no week is in two of them and the busiest week is the busiest of any slice.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from throughline.rules.backtest import BackTest, Example, RoleLoad

EXAMPLES = 20
Data = Mapping[str, Any]


def as_json(found: BackTest) -> dict[str, Any]:
    """Return a back-test as data."""
    return {
        "rule": [found.rule_key, found.version],
        "period": [found.start.isoformat(), found.end.isoformat()],
        "looked_at": found.looked_at,
        "fired": found.fired,
        "unanswered": found.unanswered,
        "weeks": [[week.isoformat(), n] for week, n in found.weeks],
        "by_unit": {str(unit_id): n for unit_id, n in found.by_unit.items()},
        "by_category": dict(found.by_category),
        "examples": [
            [str(one.id), one.reference, one.reported_at.isoformat(), str(one.unit_id), one.category]
            for one in found.examples
        ],
        "loads": [[load.role, load.alarms, load.notices, load.busiest_week] for load in found.loads],
    }


def from_json(data: Data) -> BackTest:
    """Return the back-test that data holds."""
    start, end = (datetime.fromisoformat(moment) for moment in data["period"])
    rule_key, version = data["rule"]
    return BackTest(
        rule_key,
        version,
        start,
        end,
        data["looked_at"],
        data["fired"],
        data["unanswered"],
        tuple((date.fromisoformat(week), n) for week, n in data["weeks"]),
        {UUID(unit_id): n for unit_id, n in data["by_unit"].items()},
        data["by_category"],
        tuple(
            Example(UUID(one), reference, datetime.fromisoformat(at), UUID(unit_id), category)
            for one, reference, at, unit_id, category in data["examples"]
        ),
        tuple(RoleLoad(*load) for load in data["loads"]),
    )


def added(before: Data, more: Data) -> dict[str, Any]:
    """Return what earlier slices found with what the next one found, for each rule."""
    return {
        name: as_json(_together(from_json(before[name]), from_json(found))) if name in before else found
        for name, found in more.items()
    }


def _together(before: BackTest, after: BackTest) -> BackTest:
    weeks = Counter(dict(before.weeks))
    weeks.update(dict(after.weeks))
    newest = sorted((*before.examples, *after.examples), key=lambda one: (one.reported_at, one.id))
    return replace(
        before,
        end=after.end,
        looked_at=before.looked_at + after.looked_at,
        fired=before.fired + after.fired,
        unanswered=before.unanswered + after.unanswered,
        weeks=tuple(sorted(weeks.items())),
        by_unit=_sum(before.by_unit, after.by_unit),
        by_category=_sum(before.by_category, after.by_category),
        examples=tuple(reversed(newest))[:EXAMPLES],
        loads=tuple(_loads(before, after)),
    )


def _sum(before: Mapping[Any, int], after: Mapping[Any, int]) -> dict[Any, int]:
    return {key: before.get(key, 0) + after.get(key, 0) for key in (*before, *after)}


def _loads(before: BackTest, after: BackTest) -> list[RoleLoad]:
    found = {load.role: load for load in before.loads}
    for load in after.loads:
        known = found.get(load.role, RoleLoad(load.role, 0, 0, 0))
        busiest = max(known.busiest_week, load.busiest_week)
        found[load.role] = RoleLoad(
            load.role, known.alarms + load.alarms, known.notices + load.notices, busiest
        )
    return sorted(found.values(), key=lambda load: (-load.alarms - load.notices, load.role))
