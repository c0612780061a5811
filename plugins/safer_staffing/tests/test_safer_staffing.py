"""The plugin is sound, its rules do what their examples say, and its words ask about plans."""

import throughline_safer_staffing
from throughline_safer_staffing.fields import SHIFT
from throughline_safer_staffing.rules import RULES

from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    contribution = check_plugin(throughline_safer_staffing)
    assert [field_set.name for field_set in contribution.field_sets] == ["shift"]
    assert {rule.key.partition(".")[2] for rule in contribution.rules} == {
        "under_plan",
        "often_under_plan",
        "rising",
    }


def test_nothing_has_to_be_answered_and_nobody_is_named() -> None:
    assert not any(field.required for field in SHIFT.fields)
    words = " ".join(
        [f"{rule.title} {rule.why}" for rule in RULES] + [f"{one.label} {one.hint}" for one in SHIFT.fields]
    ).lower()
    assert not [word for word in ("blame", "fault", "error", "failed", "culprit") if word in words]


def test_every_rule_says_that_its_numbers_are_the_organisation_s_own() -> None:
    assert {rule.authority.confidence for rule in RULES} == {"unverified"}
    assert all(rule.authority.review_due is not None for rule in RULES)
