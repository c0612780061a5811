"""Answers to the follow-up questions of ``social_care``, for what happens in homes."""

import random
from collections.abc import Callable, Mapping
from typing import Any

Answers = dict[str, Any]
_DOING = (("walking", 40), ("chair", 20), ("bed", 15), ("toilet", 15), ("not_known", 10))
_TIMED = (("no", 70), ("parkinsons", 8), ("epilepsy", 12), ("insulin", 5), ("blood_thinner", 5))
_PLANS = (("helped", 60), ("could_not", 15), ("none", 25))
_BEFORE = (
    "The television and the kettle were both on and it was loud.",
    "Waiting for the taxi, which was late.",
    "An unfamiliar member of staff helped with breakfast.",
    "The walk was put off because of the rain.",
    "Two people wanted the same chair.",
)


def answers(category: str, subcategory: str, physical: str, chance: random.Random) -> dict[str, Answers]:
    """Return what a home answered about an incident, by field set; empty when nothing is asked."""
    asked = _ASKED.get(category) or _ASKED.get(f"{category}/{subcategory}")
    if asked is None:
        return {}
    name, make = asked
    return {f"social_care.{name}": make(subcategory, physical, chance)}


def _weighted(table: tuple[tuple[str, int], ...], chance: random.Random) -> str:
    return chance.choices([key for key, _ in table], [weight for _, weight in table])[0]


def _fall(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {
        "witnessed": subcategory == "witnessed",
        "doing": "not_known" if subcategory == "unwitnessed" else _weighted(_DOING, chance),
        "head": physical in ("moderate", "severe") or chance.random() < 0.08,  # noqa: PLR2004 - a share
        "thins_blood": _shared(chance.random()),
        "checked_after": chance.random() < 0.9,  # noqa: PLR2004 - a share
        "aids_in_place": chance.choice(("all", "all", "some", "none_planned")),
    }


def _shared(drawn: float) -> str:
    return "yes" if drawn < 0.15 else "not_known" if drawn > 0.97 else "no"  # noqa: PLR2004 - shares


def _missing(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {"at_risk": "no", "found": True, "way_out": "front_door"}


def _restriction(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {"agreed": "agreed"}


def _medicine(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {
        "time_critical": _weighted(_TIMED, chance),
        "doses": chance.choice((1, 1, 1, 1, 2, 3)),
        "advice": chance.random() < 0.8,  # noqa: PLR2004 - a share
    }


def _choking(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {"texture": chance.choice(("as_planned", "otherwise", "no_plan")), "first_aid": True}


def _skin(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {
        "category": "three" if physical == "moderate" else chance.choice(("one", "two")),
        "on_arrival": False,
    }


def _distress(subcategory: str, physical: str, chance: random.Random) -> Answers:
    return {
        "resident_hurt": subcategory == "assault_on_patient",
        "plan": _weighted(_PLANS, chance),
        "before": chance.choice(_BEFORE),
    }


_ASKED: Mapping[str, tuple[str, Callable[[str, str, random.Random], Answers]]] = {
    "fall": ("fall", _fall),
    "medication": ("medicine", _medicine),
    "physical_health/choking": ("eating", _choking),
    "physical_health/pressure_ulcer": ("skin", _skin),
    "violence": ("distress", _distress),
    "absence": ("missing_person", _missing),
    "restrictive_practice": ("restriction", _restriction),
}
