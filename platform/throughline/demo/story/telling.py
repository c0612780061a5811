"""Sentences with slots, chosen so that they fit the place, the hour, the harm and the time in the story.

``words/<category>.toml`` holds them: ``told`` what happened, ``before`` and ``after`` what may stand around
it, ``done`` what was done at once. A sentence says what it fits; what it does not say, it fits.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from throughline.demo.story import packaged
from throughline.demo.story.places import Service

_SLOT = re.compile(r"\{([a-z_]+)\}")
_OWN_STORY = 9.0  # how much likelier a sentence is that was written for this very part of the story


@dataclass(frozen=True)
class Setting:
    """Where a sentence has to fit. ``stories`` names the parts of the story an incident belongs to."""

    service: Service
    band: str
    month: int
    stories: frozenset[str] = frozenset()
    subcategory: str | None = None
    harm: str | None = None
    held: bool | None = None
    place: str | None = None


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it fits. An empty tuple fits anything."""

    text: str
    sub: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    harm: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    story: str | None = None
    held: bool | None = None
    person: bool = True
    weight: float = 1.0

    def fits(self, setting: Setting) -> bool:
        """Say whether it can be said in a setting; what the setting leaves open, it fits."""
        within = (
            (self.where, setting.service.kind),
            (self.services, setting.service.service_type),
            (self.times, setting.band),
            (self.months, setting.month),
            (self.sub, setting.subcategory),
            (self.harm, setting.harm),
            (self.places, setting.place),
        )
        return (
            all(not allowed or value is None or value in allowed for allowed, value in within)
            and (self.held is None or setting.held is None or self.held == setting.held)
            and (self.story is None or self.story in setting.stories)
        )


@dataclass(frozen=True)
class Words:
    """The sentences of a category and the words their slots take, each word under a key."""

    told: tuple[Sentence, ...]
    before: tuple[Sentence, ...]
    after: tuple[Sentence, ...]
    done: tuple[Sentence, ...]
    slots: Mapping[str, Mapping[str, str]]
    usual: tuple[str, ...]
    places: Mapping[str, Mapping[str, str]]

    def place(self, sentence: Sentence, kind: str, rng: random.Random) -> tuple[str, str]:
        """Return a place that a sentence fits, as its key and as the sentence says it."""
        known = self.places[kind]
        allowed = [key for key in (sentence.places or self.usual or tuple(known)) if key in known]
        key = rng.choice(allowed or list(known))
        return key, known[key] if sentence.person else _nobodys(known[key])

    def of(
        self,
        part: str,
        setting: Setting,
        rng: random.Random,
        without: Sequence[Sentence] = (),
        wanted: Callable[[Sentence], bool] = lambda sentence: True,
    ) -> Sentence | None:
        """Choose a sentence of a part that fits, or None when there is none."""
        known: tuple[Sentence, ...] = getattr(self, part)
        found = [
            sentence
            for sentence in known
            if sentence.fits(setting) and sentence not in without and wanted(sentence)
        ]
        if not found:
            return None
        return rng.choices(found, [_OWN_STORY if one.story else one.weight for one in found])[0]


def _nobodys(place: str) -> str:
    """Return a place as a sentence says it that tells of nobody in particular."""
    return place.replace("their en-suite", "an en-suite").replace("their ", "a ")


def words_of(category: str) -> Words:
    """Return the sentences of a category."""
    return _words(category)


@lru_cache
def _words(category: str) -> Words:
    raw = packaged.table(f"words/{category}.toml")
    shared = packaged.table("words/_shared.toml")
    told, before, after, done = (
        tuple(_sentence(one) for one in raw.get(part, ())) for part in ("told", "before", "after", "done")
    )
    return Words(
        told=told,
        before=before,
        after=after,
        done=done,
        slots={name: _keyed(values) for name, values in (shared["slots"] | raw.get("slots", {})).items()},
        usual=tuple(raw.get("usual", ())),
        places=shared["places"],
    )


def _sentence(raw: str | Mapping[str, Any]) -> Sentence:
    if isinstance(raw, str):
        return Sentence(raw)
    read: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()
    }
    return Sentence(**read)


def _keyed(values: Any) -> Mapping[str, str]:
    return values if isinstance(values, dict) else {str(number): text for number, text in enumerate(values)}


class Filling:
    """Fills slots. A slot keeps its word through one telling, so that the parts agree with each other."""

    def __init__(self, words: Words, known: Mapping[str, str], rng: random.Random) -> None:
        self._words = words
        self._rng = rng
        self.chosen: dict[str, str] = {}  # the key of each word that was drawn, by its slot
        self._texts = dict(known)

    def fill(self, text: str) -> str:
        """Return a text with its slots filled.

        Raises:
            KeyError: a slot has no words.
        """
        return re.sub(
            r"(^|[.!?] )([a-z])", lambda found: found[1] + found[2].upper(), self._without_slots(text)
        )

    def _without_slots(self, text: str) -> str:
        return _SLOT.sub(lambda found: self._word(found[1]), text)

    def _word(self, slot: str) -> str:
        if slot not in self._texts:
            words = self._words.slots[slot]
            key = self._rng.choice(sorted(words))
            self.chosen[slot] = key
            self._texts[slot] = self._without_slots(words[key])
        return self._texts[slot]
