"""Explanations: the facts that made a rule speak, and no others, in words for a ward."""

import pytest

from throughline.rules.engine import compile_rules
from throughline.sdk import Trigger


@pytest.fixture
def explained(schema, rule):
    def explaining(when, facts):
        ruleset = compile_rules([rule(when)], schema)
        assert not ruleset.problems, ruleset.problems
        (finding,) = ruleset.evaluate(Trigger.INCIDENT_REPORTED, facts, {})
        return finding.explanation

    return explaining


@pytest.mark.parametrize(
    ("when", "facts", "said"),
    [
        (
            "incident.outcome_death || incident.physical_harm == 'fatal' || incident.category == 'death'",
            {"incident.physical_harm": "fatal", "incident.category": "fall"},
            "Because physical harm is graded fatal.",
        ),
        (
            "incident.outcome_death || incident.category == 'death'",
            {"incident.outcome_death": True, "incident.category": "death"},
            "Because a person has died and the category is Death.",
        ),
        (
            "'prone' in restraint.positions && restraint.minutes > 5",
            {"restraint.positions": ("prone", "seated"), "restraint.minutes": 12},
            "Because “Which positions?” was answered “Prone, face down” and “Seated” and “How many minutes?”"
            " was answered 12 (the rule asks for more than 5).",
        ),
        (
            "5 < restraint.minutes",
            {"restraint.minutes": 12},
            "Because “How many minutes?” was answered 12 (the rule asks for more than 5).",
        ),
        (
            "restraint.injection && !(incident.confidential || incident.weekend)",
            {"restraint.injection": True},
            "Because “Was an injection given?” was answered yes, it was not reported in confidence and it"
            " happened on a weekday.",
        ),
        (
            "person.age < 18 && unit.provider_kind == 'care_home'",
            {"unit.provider_kind": "care_home"},
            "Because the age of the person affected is not known and the kind of provider is “Care homes”.",
        ),
        (
            "!(incident.harm >= 3)",
            {"incident.harm": 1},
            "Because the worst harm is low.",
        ),
        (
            "!(incident.weekend && incident.anonymous)",
            {"incident.weekend": True},
            "Because the reporter gave their name.",
        ),
        (
            "(incident.hour >= 22 || incident.hour < 6) && incident.delay_hours > 24",
            {"incident.hour": 3, "incident.delay_hours": 30},
            "Because it happened in the hour from 03:00 and it was reported 30 (the rule asks for more than"
            " 24) hours after it happened.",
        ),
        (
            "restraint.tried.contains('space')",
            {"restraint.tried": "time,\nspace"},
            "Because “What was tried {first}?” was answered time, space.",
        ),
        (
            "incident.harm >= 3 ? incident.weekend : incident.anonymous",
            {"incident.anonymous": True},
            "Because it was reported anonymously, the worst harm is none and it happened on a weekday.",
        ),
        ("restraint.began == ''", {}, "Because “When did it begin?” was answered not given."),
        ("true", {}, "The condition of the rule holds for every incident."),
        ("1 < 2 || incident.weekend", {}, "The condition of the rule holds for every incident."),
        (
            "restraint.positions.exists(one, one != 'seated')",
            {"restraint.positions": ["side"]},
            "Because “Which positions?” was answered “On the side”.",
        ),
        (
            "incident.weekend || 10 / (restraint.minutes - 5) > 1",
            {"incident.weekend": True, "restraint.minutes": 5},
            "Because it happened at a weekend.",
        ),
        (
            "incident.category == 'fall' // the first\n && incident.person_known // the second",
            {"incident.category": "fall", "incident.person_known": True},
            "Because the category is Slips, trips and falls and the person affected is known.",
        ),
        (
            "incident.subcategory == 'seclusion' && incident.unit_kind == 'ward'"
            " && incident.service_type == 'low_secure'",
            {
                "incident.subcategory": "seclusion",
                "incident.unit_kind": "ward",
                "incident.service_type": "low_secure",
            },
            "Because the closer kind is Seclusion, the unit is a ward and the service is low secure.",
        ),
    ],
)
def test_it_says_what_made_the_rule_speak(explained, when, facts, said):
    assert explained(when, facts) == said


def test_a_long_answer_is_cut(explained):
    said = explained("restraint.tried.contains('space')", {"restraint.tried": "space " * 100})
    assert len(said) < 200
    assert said.endswith("….")
