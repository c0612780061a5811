"""The ordinary run of incidents: each with its time, its words, its harm, its person and its reporter."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from throughline.demo.story import answers, hours
from throughline.demo.story.cast import Cast
from throughline.demo.story.chance import source
from throughline.demo.story.dates import STEP, Calendar, local
from throughline.demo.story.harm import graded
from throughline.demo.story.people import People, circumstances
from throughline.demo.story.places import SERVICES, Service
from throughline.demo.story.records import StoryIncident
from throughline.demo.story.telling import Filling, Sentence, Setting, Words, words_of
from throughline.demo.story.volume import Slot

_TRIES = 8  # before a telling may be the same as an earlier one on the unit
_BEFORE, _AFTER, _MORE_DONE = 0.34, 0.5, 0.55
_ANONYMOUS, _CONFIDENTIAL = 0.036, 0.028
_GUARDED = {"staffing": 3.0, "safeguarding": 1.8, "sexual_safety": 1.6, "violence": 1.2, "medication": 1.2}
_TURNS = {  # unit and category -> months ago that its story turned, and what it is called
    ("oak", "self_harm"): (STEP, "oak"),
    ("willow", "restrictive_practice"): (11, "willow"),
    ("rowan", "absence"): (11, "rowan"),
    ("quay-view", "violence"): (8, "quay"),
    ("beech", "medication"): (0, "beech"),
}


class Teller:
    """Tells ordinary incidents. Two on the same unit never read the same if that can be helped."""

    def __init__(self, calendar: Calendar, people: People, cast: Cast, seed: int) -> None:
        self._calendar, self._people, self._cast = calendar, people, cast
        self._rng = source(seed, "stream")
        self._told: set[tuple[str, str]] = set()

    def tell(self, slots: Sequence[Slot]) -> list[StoryIncident]:
        """Return an incident for each slot, but for those that would still be going on when today begins."""
        found = [incident for slot in slots if (incident := self._one(slot)) is not None]
        found.sort(key=lambda incident: (incident.reported_at, incident.unit, incident.what_happened))
        return [_keyed(incident, number) for number, incident in enumerate(found, start=1)]

    def _one(self, slot: Slot) -> StoryIncident | None:
        rng, service, words = self._rng, SERVICES[slot.unit], words_of(slot.category)
        occurred = hours.happened(service, slot.category, slot.day, rng)
        months_ago = self._calendar.months_ago(slot.day)
        setting = Setting(
            service, hours.band(occurred), slot.day.month, _stories(slot.unit, slot.category, months_ago)
        )
        for _ in range(_TRIES):
            sentence = words.of("told", setting, rng)
            if sentence is None:
                raise LookupError(f"nothing to tell of {slot.category} on {slot.unit} by {setting.band}")
            incident = self._telling(slot, words, sentence, setting, occurred, months_ago)
            if incident is None or (slot.unit, incident.what_happened) not in self._told:
                break
        if incident is not None:
            self._told.add((slot.unit, incident.what_happened))
        return incident

    def _telling(
        self,
        slot: Slot,
        words: Words,
        sentence: Sentence,
        setting: Setting,
        occurred: datetime,
        months_ago: int,
    ) -> StoryIncident | None:
        rng, service = self._rng, setting.service
        facts = answers.before_telling(service, sentence, occurred, months_ago, rng)
        reported = self._reported(service, occurred, facts.until or occurred)
        if reported is None:
            return None
        subcategory = rng.choice(sentence.sub) if sentence.sub else ""
        physical, psychological = graded(slot.category, sentence, rng)
        place, phrase = words.place(sentence, service.kind, rng)
        filling = Filling(words, facts.known | {"place": phrase}, rng)
        fitting = Setting(
            service,
            setting.band,
            setting.month,
            setting.stories,
            subcategory,
            physical,
            bool(sentence.held),
            place,
        )
        what_happened, done = _composed(words, sentence, fitting, filling, rng)
        answers.after_telling(service, slot.category, subcategory, physical, filling.chosen, facts, rng)
        anonymous, confidential = self._guarded(slot.category)
        person = self._people.affected(slot.unit, slot.category, slot.day, rng) if sentence.person else None
        age, status = circumstances(service, person, slot.day)
        return StoryIncident(
            tenant=service.tenant,
            key="",
            unit=slot.unit,
            occurred_at=occurred,
            reported_at=reported,
            reporter=None if anonymous else self._cast.reporter(slot.unit, rng),
            anonymous=anonymous,
            confidential=confidential,
            category=slot.category,
            subcategory=subcategory,
            physical_harm=physical,
            psychological_harm=psychological,
            what_happened=what_happened,
            immediate_action=done,
            location=_location(words, sentence, place, what_happened, service.kind),
            person=person,
            extra=facts.extra,
            person_age=age,
            legal_status=status,
        )

    def _reported(self, service: Service, occurred: datetime, over: datetime) -> datetime | None:
        soon = over + timedelta(minutes=self._rng.randint(9, 40))
        later = max(occurred + hours.delay(service, self._rng), soon)
        return next((moment for moment in (later, soon) if moment < self._calendar.until), None)

    def _guarded(self, category: str) -> tuple[bool, bool]:
        more = _GUARDED.get(category, 0.9)
        if self._rng.random() < _ANONYMOUS * more:
            return True, False
        return False, self._rng.random() < _CONFIDENTIAL * more


def _location(words: Words, sentence: Sentence, place: str, told: str, kind: str) -> str:
    """Return the place for the report's form: the one that is told of, or none where none is."""
    if "{place}" not in sentence.text and not sentence.places:
        said = told.lower()
        named = (key for key in words.places[kind] if re.search(rf"\b{key.replace('_', '[ -]')}\b", said))
        place = next(named, "")
        place = place or ("bedroom" if " bed " in told and "bedroom" in words.places[kind] else "")
    return place.replace("_", " ").capitalize()


def _composed(
    words: Words, sentence: Sentence, setting: Setting, filling: Filling, rng: random.Random
) -> tuple[str, str]:
    """Return what happened and what was done at once, as somebody on the shift would write it."""
    parts = [sentence.text]
    if rng.random() < _BEFORE and (before := words.of("before", setting, rng)):
        parts.insert(0, before.text)
    if rng.random() < _AFTER and (after := words.of("after", setting, rng)):
        parts.append(after.text)
    done: list[Sentence] = []
    while (more := words.of("done", setting, rng, without=done)) and len(done) < 2:  # noqa: PLR2004 - two do
        done.append(more)
        if rng.random() > _MORE_DONE:
            break
    told = filling.fill(" ".join(parts))
    return told, filling.fill(" ".join(one.text for one in done))


def _stories(unit: str, category: str, months_ago: int) -> frozenset[str]:
    if (unit, category) not in _TURNS:
        return frozenset()
    turn, name = _TURNS[unit, category]
    return frozenset({f"{name}_{'before' if months_ago > turn else 'after'}"})


def _keyed(incident: StoryIncident, number: int) -> StoryIncident:
    return replace(incident, key=f"{incident.unit}-{local(incident.occurred_at):%y%m%d}-{number}")
