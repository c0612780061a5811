"""Answers to the follow-up questions of ``psirf``, and the words a narrative needs to agree with them."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from throughline.demo.story import homes
from throughline.demo.story.dates import local
from throughline.demo.story.places import HOME, TEAM, WARD, Service
from throughline.demo.story.telling import Sentence

Extra = dict[str, dict[str, Any]]
_HOLDS = {
    "seated": (0.34, "in a seated position"),
    "standing": (0.26, "standing"),
    "escort": (0.2, "in a supported walk to a quieter space"),
    "supine": (0.14, "lying on their back"),
    "side": (0.1, "on their side"),
    "kneeling": (0.04, "kneeling"),
}
_GENTLE = ("seated", "standing", "escort")  # what older people and people in homes are ever held in
_PRONE_WORDS = "face down on the floor for a short time"
_PRONE_EARLY, _PRONE_LATE, _PRONE_ELSEWHERE = 0.15, 0.06, 0.045
_PRONE_CHANGED_MONTHS_AGO = 11
_LONGEST_HOLD = 25
_EFFORTS = (
    "Talked with them in the corridor and offered the garden.",
    "Offered time in the low-stimulus room and a drink.",
    "Asked the nurse they get on with best to come and sit with them.",
    "Offered medicine by mouth twice and gave them time to think about it.",
    "Cleared the lounge so that they had space and moved the others away.",
    "Tried the steps in their own plan: music, then a walk, then one person talking.",
    "Agreed a phone call home and waited ten minutes to see if that helped.",
    "Gave space and watched from a distance for as long as it was safe.",
    "Went through the calm-down card they made with the psychologist.",
    "Lowered the lights and the noise and one person did the talking.",
)
_OBSERVED = {
    WARD: (("general", 45), ("intermittent", 40), ("within_eyesight", 12), ("within_arms_length", 3)),
    HOME: (("not_inpatient", 1),),
    TEAM: (("not_inpatient", 1),),
}
_ABSENT = {"awol": "awol", "failed_return": "failed_to_return", "missing": "missing", "attempted": "attempt"}
_POLICE_AFTER = timedelta(hours=2)
_HOURS_AWAY = (0.4, 30.0)


@dataclass
class Facts:
    """What is known of one incident besides its words; ``known`` are the words of the slots it decides."""

    extra: Extra = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    until: datetime | None = None  # when what happened was over, if that took time


def before_telling(
    service: Service, sentence: Sentence, occurred: datetime, months_ago: int, rng: random.Random
) -> Facts:
    """Return the facts that the narrative has to agree with: a hold, an absence, the time of day."""
    facts = Facts(known={"time": f"{local(occurred):%H:%M}"})
    if sentence.held:
        _hold(service, sentence, months_ago, facts, rng)
    for subcategory in sentence.sub:
        if subcategory in _ABSENT and sentence.where != (TEAM,):
            _absence(service, subcategory, occurred, facts, rng)
    return facts


def _hold(service: Service, sentence: Sentence, months_ago: int, facts: Facts, rng: random.Random) -> None:
    gentle = service.kind == HOME or service.service_type == "older_adult"
    holds = {key: weight for key, (weight, _) in _HOLDS.items() if not gentle or key in _GENTLE}
    first = rng.choices(list(holds), list(holds.values()))[0]
    positions = [first]
    if not gentle and rng.random() < _prone_chance(service, months_ago):
        positions = ["prone", first] if rng.random() < 0.6 else ["prone"]  # noqa: PLR2004 - a share
    elif rng.random() < 0.22:  # noqa: PLR2004 - a share
        positions.append(rng.choice([key for key in holds if key != first]))
    words = [_PRONE_WORDS if key == "prone" else _HOLDS[key][1] for key in positions]
    longest = 4 if positions == ["prone"] else _LONGEST_HOLD
    minutes = min(longest, max(1, round(rng.lognormvariate(1.5, 0.6))))
    facts.known["hold"] = ", then ".join(words)
    facts.known["minutes"] = "one minute" if minutes == 1 else f"{minutes} minutes"
    facts.extra["psirf.restraint"] = {
        "positions": positions,
        "duration_minutes": minutes,
        "rapid_tranquillisation": "rapid_tranquillisation" in sentence.sub,
        "in_care_plan": rng.random() < 0.55,  # noqa: PLR2004 - a share
        "efforts_to_avoid": rng.choice(_EFFORTS),
        "debrief_person": rng.random() < 0.78,  # noqa: PLR2004 - a share
        "debrief_staff": rng.random() < 0.72,  # noqa: PLR2004 - a share
    }


def _prone_chance(service: Service, months_ago: int) -> float:
    if service.key != "willow":
        return _PRONE_ELSEWHERE
    return _PRONE_EARLY if months_ago > _PRONE_CHANGED_MONTHS_AGO else _PRONE_LATE


def _absence(
    service: Service, subcategory: str, occurred: datetime, facts: Facts, rng: random.Random
) -> None:
    kind = "missing" if service.kind == HOME and subcategory == "awol" else _ABSENT[subcategory]
    answers: dict[str, Any] = {"kind": kind}
    if kind != "attempt":
        shortest, longest = _HOURS_AWAY
        away = timedelta(hours=min(longest, max(shortest, rng.lognormvariate(0.9, 0.9))))
        away -= timedelta(seconds=away.seconds % 300)
        facts.until = occurred + away
        overnight = local(facts.until).date() > local(occurred).date()
        answers |= {
            "past_midnight": overnight,
            "last_seen": _form(occurred),
            "returned": _form(facts.until),
            "harm_while_absent": False,
        }
        facts.extra["obligations.events"] = {"police": overnight or away > _POLICE_AFTER}
        facts.known["back"] = f"{local(facts.until):%H:%M}" + (" the next day" if overnight else "")
        facts.known["away"] = _words_for(away)
    facts.extra["psirf.absence"] = answers


def _form(moment: datetime) -> str:
    """Return a moment as the report form stores it: on the wall clock, to the minute."""
    return local(moment).replace(tzinfo=None).isoformat(timespec="minutes")


def _words_for(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    if hours < 1:
        return f"about {round(hours * 60 / 10) * 10} minutes"
    whole = round(hours)
    return "about an hour" if whole == 1 else f"about {whole} hours"


def after_telling(
    service: Service,
    category: str,
    subcategory: str,
    physical: str,
    chosen: Mapping[str, str],
    facts: Facts,
    rng: random.Random,
) -> None:
    """Add the answers that follow from what was told: method, ligature, treatment, what homes are asked."""
    if service.kind == HOME:
        # By chances of its own, so that the rest of the story stays as it is.
        seed = f"{service.key} {subcategory} {sorted(facts.known.items())}"
        own = random.Random(seed)  # noqa: S311 - a story
        facts.extra |= homes.answers(category, subcategory, physical, own)
    if category != "self_harm":
        return
    levels = _OBSERVED[service.kind]
    answers: dict[str, Any] = {
        "method": subcategory,
        "observation_level": rng.choices([key for key, _ in levels], [weight for _, weight in levels])[0],
        "hospital_treatment": physical == "moderate",
    }
    if "point" in chosen:
        answers["ligature_point"] = chosen["point"]
    if subcategory.startswith("ligature") and "cloth" in chosen:
        answers["ligature_item"] = chosen["cloth"]
    facts.extra["psirf.self_harm"] = answers
