"""At what time of day things happen and when they are written down."""

import random
from datetime import date, datetime, time, timedelta

from throughline.demo.story.dates import at, local
from throughline.demo.story.places import TEAM, Service

# How likely each hour is, from midnight on.
_HOURS: dict[str, list[float]] = {
    "self_harm": [3, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 4, 5, 7, 9, 10, 10, 8, 5],
    "violence": [1, 1, 1, 1, 1, 1, 2, 4, 5, 5, 6, 7, 8, 6, 5, 5, 6, 8, 9, 8, 7, 5, 3, 2],
    "restrictive_practice": [2, 1, 1, 1, 1, 1, 1, 3, 4, 5, 6, 6, 6, 6, 5, 5, 6, 8, 9, 9, 9, 7, 5, 3],
    "absence": [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 5, 6, 6, 6, 7, 8, 9, 9, 9, 8, 6, 4, 2, 1],
    "medication": [1, 0, 0, 0, 0, 0, 1, 8, 12, 6, 3, 3, 7, 5, 2, 1, 2, 7, 8, 3, 4, 9, 6, 1],
    "fall": [5, 6, 6, 6, 7, 8, 8, 6, 4, 4, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5],
    "staffing": [2, 1, 1, 1, 1, 1, 2, 9, 6, 3, 2, 2, 2, 3, 3, 2, 2, 3, 4, 7, 9, 8, 4, 2],
    "substance": [1, 1, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 5, 6, 8, 9, 9, 8, 6, 3, 2],
    "sexual_safety": [3, 2, 2, 1, 1, 1, 1, 1, 2, 3, 3, 4, 4, 4, 4, 4, 5, 5, 6, 7, 7, 7, 6, 4],
}
_ALL_DAY: list[float] = [1, 1, 1, 1, 1, 1, 2, 4, 5, 6, 6, 6, 6, 6, 6, 6, 5, 5, 5, 4, 4, 3, 2, 1]
_OFFICE: list[float] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 9, 10, 10, 7, 8, 10, 9, 7, 3, 1, 0, 0, 0, 0, 0]
_CRISIS: list[float] = [1, 1, 1, 0, 0, 0, 0, 1, 3, 6, 7, 7, 6, 6, 7, 7, 7, 7, 6, 6, 6, 5, 3, 2]
_WAKING: list[float] = [0, 0, 0, 0, 0, 0, 1, 3, 6, 8, 9, 9, 8, 8, 8, 8, 8, 7, 6, 5, 4, 3, 1, 0]
_BY_DAY = frozenset({"access", "environment", "information", "infection", "legal", "other", "safeguarding"})
_AT_ANY_HOUR = frozenset({"self_harm", "violence", "substance", "physical_health"})
DAY, EVENING, NIGHT = "day", "evening", "night"
_EVENING_FROM, _NIGHT_FROM, _NIGHT_UNTIL = 17, 22, 7
_LATE = 0.05
_WEEK_MINUTES = 7 * 24 * 60


def happened(service: Service, category: str, day: date, rng: random.Random) -> datetime:
    """Return the moment on a day at which an incident of a category happens."""
    (hour,) = rng.choices(range(24), _hours(service, category))
    return at(day, time(hour, rng.choice((0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, rng.randrange(60)))))


def _hours(service: Service, category: str) -> list[float]:
    if service.kind == TEAM:
        urgent = service.service_type == "crisis" and category in _AT_ANY_HOUR
        return _CRISIS if urgent else _OFFICE
    return _HOURS.get(category, _WAKING if category in _BY_DAY else _ALL_DAY)


def band(moment: datetime) -> str:
    """Return the part of the day: day, evening or night."""
    hour = local(moment).hour
    if hour >= _NIGHT_FROM or hour < _NIGHT_UNTIL:
        return NIGHT
    return EVENING if hour >= _EVENING_FROM else DAY


def delay(service: Service, rng: random.Random) -> timedelta:
    """Return how long it takes until somebody writes it down: within the shift as a rule, days at times."""
    if rng.random() < _LATE:
        return timedelta(minutes=rng.randint(26 * 60, 2 * _WEEK_MINUTES))
    usual = 330 if service.kind == TEAM else 85
    minutes = rng.lognormvariate(0, 0.95) * usual
    return timedelta(minutes=min(_WEEK_MINUTES, max(6, round(minutes))))
