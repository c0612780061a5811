"""The people affected: who was where and when, and what each is likelier to be reported for."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from throughline.demo.story.chance import source
from throughline.demo.story.dates import Calendar
from throughline.demo.story.places import SERVICES, TEAM, TENANTS, Service
from throughline.demo.story.records import StoryPerson

# How unevenly a category falls on people: few harm themselves often, anybody may miss a dose.
_UNEVEN = {
    "self_harm": 1.25,
    "violence": 1.0,
    "restrictive_practice": 1.0,
    "absence": 0.9,
    "fall": 0.9,
    "substance": 0.9,
}
_LIKE = {"restrictive_practice": "violence"}  # who is held is mostly who was violent in distress
_EVEN = 0.3
_COMES_BACK = 0.14
_KNOWN_TO_A_TEAM = 0.22  # of a caseload, those a report is ever about
_AWAY_AT_LEAST = timedelta(days=21)


@dataclass(frozen=True)
class Stay:
    """One person on one unit from a day until a day that is not in it."""

    person: str
    unit: str
    start: date
    end: date
    leanings: Mapping[str, float] = field(compare=False)

    def leaning(self, category: str) -> float:
        """Return how likely this person is to be the one, against the others on the unit."""
        return self.leanings.get(_LIKE.get(category, category), self.leanings[""])


class People:
    """Everybody who stayed anywhere in the two years."""

    def __init__(self, calendar: Calendar, seed: int) -> None:
        self._calendar = calendar
        self._rng = source(seed, "people")
        self._numbers: dict[str, int] = defaultdict(lambda: 130)
        self._stays: dict[str, list[Stay]] = {}
        self._left: dict[str, list[Stay]] = defaultdict(list)
        self._aliases: dict[str, str] = {}
        for service in SERVICES.values():
            self._stays[service.key] = self._fill(service)

    def affected(self, unit: str, category: str, day: date, rng: random.Random) -> str | None:
        """Return the person an incident happens to, of those who were there that day."""
        there = [stay for stay in self._stays[unit] if stay.start <= day < stay.end]
        if not there:
            return None
        return rng.choices(there, [stay.leaning(category) for stay in there])[0].person

    def called(self, tenant: str, alias: str) -> str:
        """Return the reference of somebody a line tells of, the same for the same alias."""
        if alias not in self._aliases:
            self._aliases[alias] = self._new(tenant)
        return self._aliases[alias]

    def _fill(self, service: Service) -> list[Stay]:
        """Return the stays of a unit, one after the other in each of its places."""
        count = round(service.places * _KNOWN_TO_A_TEAM) if service.kind == TEAM else service.places
        stays = [stay for _ in range(count) for stay in self._one_place(service)]
        self._left[_kin(service)] += stays
        return stays

    def _one_place(self, service: Service) -> Iterable[Stay]:
        day = self._calendar.start - timedelta(days=self._rng.randint(0, service.stay))
        while day < self._calendar.today:
            length = max(2, round(self._rng.expovariate(1 / service.stay)))
            end = day + timedelta(days=length)
            if end > self._calendar.start:
                yield self._stay(service, day, end)
            day = end

    def _stay(self, service: Service, start: date, end: date) -> Stay:
        before = [stay for stay in self._left[_kin(service)] if stay.end + _AWAY_AT_LEAST < start]
        if before and self._rng.random() < _COMES_BACK:
            known = self._rng.choice(before)
            return Stay(known.person, service.key, start, end, known.leanings)
        leanings = {category: self._rng.lognormvariate(0, uneven) for category, uneven in _UNEVEN.items()}
        leanings[""] = self._rng.lognormvariate(0, _EVEN)
        return Stay(self._new(service.tenant), service.key, start, end, leanings)

    def _new(self, tenant: str) -> str:
        self._numbers[tenant] += 1
        return f"{TENANTS[tenant]}-P-{self._numbers[tenant]:04d}"


_KNOWN = 0.7
_AGES = {"older_adult": (67, 92), "supported_living": (24, 71)}
_ADULT = (18, 64)
_STATUS = {
    "low_secure": (("forensic", 70), ("detained_s3", 30)),
    "picu": (("detained_s2", 45), ("detained_s3", 55)),
    "acute_adult": (("informal", 45), ("detained_s2", 30), ("detained_s3", 25)),
    "rehabilitation": (("detained_s3", 60), ("informal", 40)),
    "older_adult": (("informal", 50), ("detained_s2", 20), ("detained_s3", 30)),
    "community_adult": (("cto", 10),),
    "supported_living": (("dols", 15),),
}


def circumstances(service: Service, person: str | None, day: date) -> tuple[int | None, str | None]:
    """Return somebody's age and legal status then, as far as the report knew; nobody changes but in age."""
    if person is None:
        return None, None
    one = source(0, "circumstances", person)
    if one.random() > _KNOWN:
        return None, None
    youngest, oldest = _AGES.get(service.service_type, _ADULT)
    born = 2026 - one.randint(youngest + 2, oldest)
    statuses = dict(_STATUS.get(service.service_type, ()))
    drawn = one.choices([*statuses, None], [*statuses.values(), max(0, 100 - sum(statuses.values()))])[0]
    return day.year - born, drawn


def _kin(service: Service) -> str:
    """Return the units among which a person may come back; nobody moves between provider groups."""
    adult = service.service_type in {"acute_adult", "picu", "crisis", "community_adult", "rehabilitation"}
    return "adult" if adult else service.key


def persons(references: Iterable[tuple[str, str]]) -> tuple[StoryPerson, ...]:
    """Return the people named by (tenant, reference), each once, in order of reference."""
    return tuple(StoryPerson(tenant, reference, reference) for tenant, reference in sorted(set(references)))
