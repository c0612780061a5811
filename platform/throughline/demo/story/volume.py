"""How many incidents there are, where, of which category and on which days."""

import random
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import exp

from throughline.demo.story import packaged, steady
from throughline.demo.story.chance import source
from throughline.demo.story.dates import MONTHS, Calendar, is_weekend
from throughline.demo.story.places import SERVICES, TEAM, Service

Cell = tuple[str, str, int]  # unit, category, months ago
_GROWTH = 0.06  # over the whole story: more of what goes wrong is reported, and most of that harms nobody
_BUSIER_AT_WEEKENDS = frozenset({"self_harm", "violence", "restrictive_practice", "staffing", "medication"})
_WEEKEND_WARD, _WEEKEND_CRISIS, _WEEKEND_TEAM = 1.3, 0.8, 0.03


@dataclass(frozen=True)
class Slot:
    """A place in the story for one incident."""

    unit: str
    category: str
    day: date


@lru_cache
def _levels() -> Mapping[str, Mapping[str, float]]:
    return {key: table for key, table in packaged.table("levels.toml").items() if key in SERVICES}


@lru_cache
def shapes() -> Mapping[tuple[str, str], steady.Shape]:
    """Return the series that behave, by unit and category."""
    tables = packaged.table("levels.toml")["shapes"]
    return {
        (unit, category): steady.Shape(**table)
        for unit, categories in tables.items()
        for category, table in categories.items()
    }


def slots(calendar: Calendar, told: Mapping[Cell, int], seed: int) -> list[Slot]:
    """Return a slot for every incident that is not told on its own (``told`` counts those)."""
    found: list[Slot] = []
    for service in SERVICES.values():
        for (unit, category), counts in _counts(service, calendar, seed).items():
            rng = source(seed, "days", unit, category)
            for (first, end), ago, count in zip(
                calendar.months(), range(MONTHS, -1, -1), counts, strict=True
            ):
                left = max(0, count - told.get((unit, category, ago), 0))
                even = (unit, category) in shapes()
                days = _days(first, end, left, _weights(service, category), rng, even=even)
                found += [Slot(unit, category, day) for day in days]
    return found


def _counts(service: Service, calendar: Calendar, seed: int) -> dict[tuple[str, str], list[int]]:
    """Return the months of each category of a unit, oldest first, the last of them the part until today."""
    part = (calendar.today - calendar.month(0)).days / monthrange(calendar.today.year, calendar.today.month)[
        1
    ]
    found: dict[tuple[str, str], list[int]] = {}
    for (unit, category), shape in shapes().items():
        if unit == service.key:
            rng = source(seed, "shape", unit, category)
            found[unit, category] = [
                *steady.months(shape, MONTHS, rng),
                round(steady.level_now(shape) * part),
            ]
    for category, level in _levels()[service.key].items():
        rng = source(seed, "level", service.key, category)
        season = packaged.table("levels.toml")["seasons"].get(category, [1.0] * 12)
        found[service.key, category] = [
            _by_chance(
                level
                * season[first.month - 1]
                * (1 + _GROWTH * (MONTHS / 2 - ago) / MONTHS)
                * (1 if ago else part),
                rng,
            )
            for (first, _), ago in zip(calendar.months(), range(MONTHS, -1, -1), strict=True)
        ]
    return found


def _by_chance(mean: float, rng: random.Random) -> int:
    """Draw a Poisson count (Knuth's method; the means here are small)."""
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _weights(service: Service, category: str) -> Sequence[float]:
    """Return how likely a weekday and a weekend day are."""
    if service.kind == TEAM:
        return (1.0, _WEEKEND_CRISIS if service.service_type == "crisis" else _WEEKEND_TEAM)
    return (1.0, _WEEKEND_WARD if category in _BUSIER_AT_WEEKENDS else 1.0)


def _days(
    first: date, end: date, count: int, weights: Sequence[float], rng: random.Random, *, even: bool
) -> list[date]:
    """Return days of a month, spread evenly over it where the series must also behave by the week."""
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    if not days or not count:
        return []
    if not even:
        return rng.choices(days, [weights[is_weekend(day)] for day in days], k=count)
    found = []
    for n in range(count):
        part = days[n * len(days) // count : max(n * len(days) // count + 1, (n + 1) * len(days) // count)]
        found += rng.choices(part, [weights[is_weekend(day)] for day in part])
    return found
