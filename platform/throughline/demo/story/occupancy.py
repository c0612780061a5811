"""How many people were on each ward at midnight, or supported by a team or home, day by day."""

from throughline.demo.story.chance import source
from throughline.demo.story.dates import Calendar
from throughline.demo.story.places import SERVICES, TEAM, WARD, Service
from throughline.demo.story.records import StoryUnitDay

_DRIFT = 0.9  # how much of today's difference from the usual is still there tomorrow
_WANDER = {WARD: 0.022, TEAM: 0.006}
_CHRISTMAS = ((12, 24), (12, 25), (12, 26))
_ON_LEAVE = 0.88


def unit_days(calendar: Calendar, seed: int) -> tuple[StoryUnitDay, ...]:
    """Return a figure for every unit and day of the story."""
    found: list[StoryUnitDay] = []
    for service in SERVICES.values():
        rng = source(seed, "occupied", service.key)
        away = 0.0
        for day in calendar.days():
            away = _DRIFT * away + rng.gauss(0, _WANDER.get(service.kind, 0.008))
            share = service.occupancy + away
            if (day.month, day.day) in _CHRISTMAS and service.kind == WARD:
                share *= _ON_LEAVE
            found.append(StoryUnitDay(service.tenant, service.key, day, _people(service, share)))
    return tuple(found)


def _people(service: Service, share: float) -> int:
    most = service.places if service.kind != TEAM else round(service.places * 1.15)
    return min(most, max(round(service.places * 0.6), round(service.places * share)))
