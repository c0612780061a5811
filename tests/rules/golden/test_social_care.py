"""Golden cases of ``social_care``: episodes in a home, and exactly the rules that speak about the last one."""

import pytest
from tests.rules.golden.conftest import Told

PLUGIN = "social_care"
HEAD = {"fall": {"head": True, "thins_blood": "yes", "checked_after": True}}
CHECKED = {"fall": {"checked_after": True, "witnessed": True}}
UPSET = {"distress": {"resident_hurt": True, "plan": "helped"}}
NO_WAY = {"distress": {"plan": "could_not"}}


def fall(**more):
    return Told("fall/witnessed", answers=CHECKED, **more)


def medicine(kind="wrong_dose", **more):
    return Told(f"medication/{kind}", **more)


CASES = {
    "a fall, seen and checked": ([fall()], set()),
    "a fall with a head injury on a blood thinner": (
        [Told("fall/witnessed", answers=HEAD)],
        {"head_injury_on_blood_thinner"},
    ),
    "the same without the blood thinner": (
        [Told("fall/witnessed", answers={"fall": {"head": True, "thins_blood": "no"}})],
        set(),
    ),
    "the same, and nobody knows about a blood thinner": (
        [Told("fall/witnessed", answers={"fall": {"head": True, "thins_blood": "not_known"}})],
        {"head_injury_blood_thinner_not_known"},
    ),
    "the same, and nobody was asked about a blood thinner": (
        [Told("fall/witnessed", answers={"fall": {"head": True}})],
        {"head_injury_blood_thinner_not_known"},
    ),
    "found on the floor and moved without a check": (
        [Told("fall/unwitnessed", answers={"fall": {"head": False}})],
        {"fall_not_seen_nor_checked"},
    ),
    "found on the floor and checked": ([Told("fall/unwitnessed", answers=CHECKED)], set()),
    "a third fall of one person in a month": (
        [fall(days=25), fall(days=9), fall()],
        {"falls_by_one_person"},
    ),
    "the first of three was 31 days ago": ([fall(days=31), fall(days=9), fall()], set()),
    "three falls of three people": (
        [fall(days=9, person="P1"), fall(days=5, person="P2"), fall(person="P3")],
        set(),
    ),
    "three falls of nobody known": (
        [fall(days=9, person=""), fall(days=5, person=""), fall(person="")],
        set(),
    ),
    "a third fall at night, three people": (
        [
            fall(days=20, hour=23, person="P1"),
            fall(days=10, hour=3, person="P2"),
            fall(hour=6, person="P3"),
        ],
        {"falls_at_night"},
    ),
    "two at night and one by day": (
        [
            fall(days=20, hour=23, person="P1"),
            fall(days=10, hour=14, person="P2"),
            fall(hour=6, person="P3"),
        ],
        set(),
    ),
    "three at night in two homes": (
        [
            fall(days=20, hour=23, person="P1"),
            fall(days=10, hour=3, person="P2", unit="fern-cottage"),
            fall(hour=6, person="P3"),
        ],
        set(),
    ),
    "three at night by one person": (
        [fall(days=20, hour=23), fall(days=10, hour=3), fall(hour=6)],
        {"falls_at_night", "falls_by_one_person"},
    ),
    "a Parkinson's medicine late": (
        [medicine("wrong_time", answers={"medicine": {"time_critical": "parkinsons", "doses": 1}})],
        {"time_critical_medicine"},
    ),
    "insulin left out for three doses": (
        [medicine("omission", answers={"medicine": {"time_critical": "insulin", "doses": 3}})],
        {"time_critical_medicine", "several_doses"},
    ),
    "a vitamin left out": (
        [medicine("omission", answers={"medicine": {"time_critical": "no", "doses": 1}})],
        set(),
    ),
    "insulin of the wrong dose": (
        [medicine("wrong_dose", answers={"medicine": {"time_critical": "insulin", "doses": 1}})],
        set(),
    ),
    "a fourth medicine incident in a home in four weeks": (
        [
            medicine(days=27),
            medicine(days=14, person="P2"),
            medicine(days=3, person=""),
            medicine(person="P4"),
        ],
        {"medicines_in_one_home"},
    ),
    "a third": ([medicine(days=27), medicine(days=14), medicine()], set()),
    "somebody choked": ([Told("physical_health/choking")], {"choking"}),
    "the same person again, two months later": (
        [Told("physical_health/choking", days=60), Told("physical_health/choking")],
        {"choking", "choking_again"},
    ),
    "somebody else, two months later": (
        [Told("physical_health/choking", days=60, person="P2"), Told("physical_health/choking")],
        {"choking"},
    ),
    "a seizure after a choking": (
        [Told("physical_health/choking", days=6), Told("physical_health/seizure")],
        set(),
    ),
    "pressure damage of category 3": (
        [Told("physical_health/pressure_ulcer", answers={"skin": {"category": "three"}})],
        {"pressure_damage"},
    ),
    "pressure damage of category 2": (
        [Told("physical_health/pressure_ulcer", answers={"skin": {"category": "two"}})],
        set(),
    ),
    "missing, at risk, not found": (
        [Told("absence/missing", answers={"missing_person": {"at_risk": "yes", "found": False}})],
        {"missing_and_at_risk"},
    ),
    "missing, at risk, found by the time of the report": (
        [Told("absence/missing", answers={"missing_person": {"at_risk": "yes", "found": True}})],
        set(),
    ),
    "went out alone, as always": (
        [Told("absence/missing", answers={"missing_person": {"at_risk": "no"}})],
        set(),
    ),
    "missing, and nobody knows whether at risk": (
        [Told("absence/missing", answers={"missing_person": {"at_risk": "not_known"}})],
        {"missing_risk_not_known"},
    ),
    "missing, and nothing is answered": ([Told("absence/missing")], {"missing_risk_not_known"}),
    "nobody knew, and found by the time of the report": (
        [Told("absence/missing", answers={"missing_person": {"at_risk": "not_known", "found": True}})],
        set(),
    ),
    "a bed rail that the plan does not name": (
        [Told("restrictive_practice/physical_restraint", answers={"restriction": {"agreed": "not_agreed"}})],
        {"restriction_not_agreed"},
    ),
    "a hold that the plan names": (
        [Told("restrictive_practice/physical_restraint", answers={"restriction": {"agreed": "agreed"}})],
        set(),
    ),
    "a restriction of which nobody knows the plan": (
        [Told("restrictive_practice/physical_restraint", answers={"restriction": {"agreed": "not_known"}})],
        {"restriction_not_known"},
    ),
    "people who live together hurt a third time in four weeks": (
        [
            Told("violence/assault_on_patient", days=21, answers=UPSET),
            Told("violence/verbal", days=8, person="P2", answers=UPSET),
            Told("violence/assault_on_patient", answers=UPSET),
        ],
        {"hurt_by_another"},
    ),
    "a plan that could not be followed, the third time in two months": (
        [
            Told("violence/verbal", days=55, answers=NO_WAY),
            Told("restrictive_practice/physical_restraint", days=20, person="P2", answers=NO_WAY),
            Told("self_harm/head_banging", answers=NO_WAY),
        ],
        {"plan_could_not_be_followed"},
    ),
    "plans that helped, three times": (
        [Told("violence/verbal", days=d, answers={"distress": {"plan": "helped"}}) for d in (40, 20, 0)],
        set(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_exactly_these_rules_speak(speaks, name):
    episodes, rules = CASES[name]
    assert speaks(PLUGIN, *episodes) == rules
