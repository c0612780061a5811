"""What slices of a back-test found, as data that is kept and added up, and as a back-test again.

Slices meet on Mondays, so no week is in two of them and the busiest week is the busiest of any slice.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from throughline.rules.backtest import BackTest, Example, Portion, RoleLoad
from throughline.rules.workbench.proof import Portions, Tested

EXAMPLES = 20
Data = Mapping[str, Any]


def as_json(tested: Tested) -> dict[str, Any]:
    """Return what a back-test found as data: ``mine``, and of a comparison ``live`` and ``portions``."""
    found: dict[str, Any] = {
        "mine": _backtest_data(tested.mine),
        "about_units": tested.about_units,
        "unlike": tested.unlike,
    }
    if tested.live is not None:
        found["live"] = _backtest_data(tested.live)
    if tested.portions is not None:
        parts = (tested.portions.only_mine, tested.portions.only_live, tested.portions.both)
        found["portions"] = [[one.fired, _examples_data(one.examples)] for one in parts]
    return found


def from_json(data: Data) -> Tested:
    """Return what data holds."""
    return Tested(
        _backtest(data["mine"]),
        _backtest(data["live"]) if "live" in data else None,
        _portions(data["portions"]) if "portions" in data else None,
        about_units=data.get("about_units", False),
        unlike=data.get("unlike", False),
    )


def added(before: Data, more: Tested) -> dict[str, Any]:
    """Return what earlier slices found with what the next one found."""
    if not before:
        return as_json(more)
    known = from_json(before)
    live = _together(known.live, more.live) if known.live and more.live else None
    portions = _parts(known.portions, more.portions)
    return as_json(replace(more, mine=_together(known.mine, more.mine), live=live, portions=portions))


def _backtest_data(found: BackTest) -> dict[str, Any]:
    return {
        "rule": [found.rule_key, found.version],
        "period": [found.start.isoformat(), found.end.isoformat()],
        "looked_at": found.looked_at,
        "fired": found.fired,
        "unanswered": found.unanswered,
        "weeks": [[week.isoformat(), n] for week, n in found.weeks],
        "by_unit": {str(unit_id): n for unit_id, n in found.by_unit.items()},
        "by_category": dict(found.by_category),
        "examples": _examples_data(found.examples),
        "loads": [[load.role, load.alarms, load.notices, load.busiest_week] for load in found.loads],
    }


def _examples_data(found: Iterable[Example]) -> list[list[str]]:
    return [
        [str(one.id), one.reference, one.reported_at.isoformat(), str(one.unit_id), one.category]
        for one in found
    ]


def _backtest(data: Data) -> BackTest:
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
        _examples(data["examples"]),
        tuple(RoleLoad(*load) for load in data["loads"]),
    )


def _examples(data: Iterable[list[str]]) -> tuple[Example, ...]:
    return tuple(
        Example(UUID(one), reference, datetime.fromisoformat(at), UUID(unit_id), category)
        for one, reference, at, unit_id, category in data
    )


def _portions(data: Iterable[list[Any]]) -> Portions:
    return Portions(*(Portion(fired, _examples(examples)) for fired, examples in data))


def _parts(before: Portions | None, after: Portions | None) -> Portions | None:
    if before is None or after is None:
        return None
    return Portions(
        _joined(before.only_mine, after.only_mine),
        _joined(before.only_live, after.only_live),
        _joined(before.both, after.both),
    )


def _joined(before: Portion, after: Portion) -> Portion:
    return Portion(before.fired + after.fired, _newest(before.examples, after.examples))


def _together(before: BackTest, after: BackTest) -> BackTest:
    weeks = Counter(dict(before.weeks))
    weeks.update(dict(after.weeks))
    return replace(
        before,
        end=after.end,
        looked_at=before.looked_at + after.looked_at,
        fired=before.fired + after.fired,
        unanswered=before.unanswered + after.unanswered,
        weeks=tuple(sorted(weeks.items())),
        by_unit=_sum(before.by_unit, after.by_unit),
        by_category=_sum(before.by_category, after.by_category),
        examples=_newest(before.examples, after.examples),
        loads=tuple(_loads(before, after)),
    )


def _newest(before: Iterable[Example], after: Iterable[Example]) -> tuple[Example, ...]:
    ordered = sorted((*before, *after), key=lambda one: (one.reported_at, one.id))
    return tuple(reversed(ordered))[:EXAMPLES]


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
