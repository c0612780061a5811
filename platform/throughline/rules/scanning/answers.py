"""What look-backs say of a unit on a night: pure over what was counted, live and replayed alike.

A night is a day on the tenant's calendar. It sees the days before it and nothing later.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from throughline.rules.scanning.days import NONE, Days
from throughline.sdk import Asked, LookBack, Rate, Signal, Silence, UsualReports
from throughline.trends.measures import BASELINE
from throughline.trends.series import next_month
from throughline.trends.spc import NEUTRAL_HIGH, xmr

DAY = timedelta(days=1)
PER = 10_000  # occupied bed days, so that a whole number is exact enough
_RULES = {"outside": "outside", "trend": "trend", "two_in_three": "two_of_three", "shift": "shift"}
Value = int | str | None


@dataclass(frozen=True)
class Seen:
    """What was counted in a tenant, by what was asked and by unit.

    ``counted`` holds incidents by day; ``people`` each day and person; ``beds`` occupied beds by day;
    ``reported`` reports by the day they were made; ``first`` the first day on which anything was counted.
    ``below`` holds the services of each unit: itself, if care happens there, and those below it.
    """

    counted: Mapping[Asked, Mapping[UUID, Days]]
    people: Mapping[Asked, Mapping[UUID, Sequence[tuple[date, UUID]]]]
    beds: Mapping[UUID, Days]
    reported: Mapping[UUID, Days]
    first: Mapping[UUID, date]
    below: Mapping[UUID, tuple[UUID, ...]]
    charts: dict[tuple[Asked, UUID, date], str] = field(default_factory=dict)


def answer(seen: Seen, asked: Asked, unit_id: UUID, night: date) -> Value:
    """Return what one look-back says of a unit on a night; None when a figure it needs is not there."""
    if isinstance(asked, Signal):
        return _signal(seen, asked, unit_id, night)
    start = night - asked.within_days * DAY
    if isinstance(asked, Rate):
        return _rate(seen, asked, unit_id, start, night)
    if isinstance(asked, Silence):
        last = seen.reported.get(unit_id, NONE).last_before(night)
        return asked.within_days if last is None else min(asked.within_days, (night - last).days - 1)
    if isinstance(asked, UsualReports):
        return seen.reported.get(unit_id, NONE).total(start, night) * 7 // asked.within_days
    if isinstance(asked, LookBack) and asked.of == "people":
        met = seen.people.get(asked, {}).get(unit_id, ())
        return len({person for day, person in met if start <= day < night})
    return seen.counted[asked].get(unit_id, NONE).total(start, night)


def _rate(seen: Seen, asked: Rate, unit_id: UUID, start: date, night: date) -> int | None:
    units = seen.below[unit_id] if asked.below else (unit_id,)
    beds = [seen.beds.get(one, NONE) for one in units]
    if not beds or any(days.known(start, night) < asked.within_days for days in beds):
        return None
    occupied = sum(days.total(start, night) for days in beds)
    if not occupied:
        return None
    happened = sum(seen.counted[asked].get(one, NONE).total(start, night) for one in units)
    return (2 * PER * happened + occupied) // (2 * occupied)


def _signal(seen: Seen, asked: Signal, unit_id: UUID, night: date) -> str:
    edges = period_edges(asked, night)
    key = (asked, unit_id, edges[-1])
    if key not in seen.charts:
        seen.charts[key] = _charted(seen, asked, unit_id, edges)
    return seen.charts[key]


def period_edges(asked: Signal, night: date) -> list[date]:
    """Return the first days of the last whole weeks or months before a night, and the day after the last."""
    if asked.every == "week":
        last = night - night.weekday() * DAY
        return [last - 7 * back * DAY for back in range(asked.periods, -1, -1)]
    months = night.year * 12 + night.month - 1 - asked.periods
    edges = [date(months // 12, months % 12 + 1, 1)]
    while len(edges) <= asked.periods:
        edges.append(next_month(edges[-1]))
    return edges


def _charted(seen: Seen, asked: Signal, unit_id: UUID, edges: Sequence[date]) -> str:
    units = seen.below[unit_id] if asked.below else (unit_id,)
    firsts = [seen.first[one] for one in units if one in seen.first]
    if not firsts:
        return "too_few"
    whole = [edge for edge in edges if edge >= min(firsts)]
    values = [
        float(sum(seen.counted[asked].get(one, NONE).total(start, end) for one in units))
        for start, end in itertools.pairwise(whole)
    ]
    if len(values) < BASELINE:
        return "too_few"
    last = xmr(values, fix_after=BASELINE if len(values) > BASELINE else None).points[-1]
    if not last.rule:
        return "none"
    return f"{'high' if last.kind == NEUTRAL_HIGH else 'low'}_{_RULES[last.rule]}"
