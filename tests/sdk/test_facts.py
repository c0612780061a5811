"""The variables of a condition: their kinds, their defaults, and how answers become facts."""

import pytest

from throughline.sdk import CORE_DEFAULTS, CORE_FACTS, Choice, FactKind, Field, FieldKind, FieldSet


def test_every_core_fact_has_a_default_of_its_kind() -> None:
    assert set(CORE_DEFAULTS) == set(CORE_FACTS)
    assert all(CORE_FACTS[name].admits(value) for name, value in CORE_DEFAULTS.items())


def test_an_ungraded_incident_is_taken_to_have_no_harm() -> None:
    assert CORE_DEFAULTS["incident.physical_harm"] == CORE_DEFAULTS["incident.psychological_harm"] == "none"
    assert CORE_DEFAULTS["incident.harm"] == 0


@pytest.mark.parametrize("kind", FactKind)
def test_the_default_of_a_kind_is_of_that_kind_only(kind: FactKind) -> None:
    admitting = {other for other in FactKind if other.admits(kind.default)}
    assert admitting == {kind}


def test_an_answer_becomes_a_variable_under_the_set_s_own_name() -> None:
    field_set = FieldSet(
        key="psirf.restraint",
        title="Restraint",
        applies_to=("restrictive_practice",),
        fields=(
            Field("positions", "Positions", FieldKind.CHOICES, choices=(Choice("a", "A"), Choice("b", "B"))),
            Field("minutes", "Minutes", FieldKind.NUMBER),
            Field("debrief", "Debrief", FieldKind.YES_NO),
            Field("ended", "Ended", FieldKind.DATE_TIME),
        ),
    )
    assert field_set.name == "restraint"
    assert field_set.facts() == {
        "restraint.positions": FactKind.STRING_LIST,
        "restraint.minutes": FactKind.INT,
        "restraint.debrief": FactKind.BOOL,
        "restraint.ended": FactKind.STRING,
    }
