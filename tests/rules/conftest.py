"""The facts that conditions read in these tests: every incident's, and one plugin's questions."""

from datetime import date

import pytest
from hypothesis import settings

from throughline.rules.facts import FactSchema, schema_of
from throughline.rules.language import Language
from throughline.sdk import Authority, Choice, Escalate, Field, FieldKind, FieldSet, Rule, Trigger

# A deadline per example measures how busy the machine is, not the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

RESTRAINT = FieldSet(
    "psirf.restraint",
    "If force was used",
    ("restrictive_practice",),
    (
        Field(
            "positions",
            "Which positions?",
            FieldKind.CHOICES,
            choices=(
                Choice("prone", "Prone, face down"),
                Choice("seated", "Seated"),
                Choice("side", "On the side"),
            ),
        ),
        Field("minutes", "How many minutes?", FieldKind.NUMBER),
        Field("injection", "Was an injection given?", FieldKind.YES_NO),
        Field("tried", "What was tried {first}?", FieldKind.TEXT),
        Field("began", "When did it begin?", FieldKind.DATE_TIME),
    ),
)


@pytest.fixture
def schema() -> FactSchema:
    return schema_of([RESTRAINT])


@pytest.fixture
def language(schema):
    return Language(schema.facts)


@pytest.fixture
def rule():
    """Return a function that makes a rule from its condition and whatever else matters to a test."""

    def making(when="incident.harm >= 3", key="local.severe", **more):
        given = {
            "version": 1,
            "title": "Severe harm",
            "why": "Somebody's life may have changed.",
            "authority": Authority("A statement.", "A reference.", verified_on=date(2026, 1, 1)),
            "on": (Trigger.INCIDENT_REPORTED,),
            "then": (Escalate("governance_lead", 24),),
        }
        return Rule(key=key, when=when, **(given | more))

    return making
