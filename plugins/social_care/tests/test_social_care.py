"""Every rule says what it means, and no rule speaks about a report in which nothing is answered."""

import pytest
import throughline_social_care
from throughline_social_care.fields import FIELD_SETS
from throughline_social_care.rules import RULES

from throughline.rules.engine import compile_rules
from throughline.rules.facts import schema_of
from throughline.sdk import PROVIDER_KINDS, Rule, Trigger
from throughline.sdk.testing import check_plugin


def test_it_is_a_sound_plugin() -> None:
    contribution = check_plugin(throughline_social_care)
    assert contribution.rules == RULES
    assert {one.name for one in contribution.field_sets} == {
        "distress", "eating", "fall", "medicine", "missing_person", "restriction", "skin",
    }  # fmt: skip


def test_every_rule_can_be_used_and_passes_its_own_tests() -> None:
    compiled = compile_rules(RULES, schema_of(FIELD_SETS))
    assert compiled.problems == ()
    assert len(compiled.rules) == len(RULES) == 17


@pytest.mark.parametrize("trigger", [Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_GRADED])
def test_no_rule_speaks_when_nothing_is_known(trigger: Trigger) -> None:
    compiled = compile_rules(RULES, schema_of(FIELD_SETS))
    assert compiled.evaluate(trigger, {}, dict.fromkeys(compiled.lookbacks(trigger), 0)) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_is_honest_about_where_it_comes_from(rule: Rule) -> None:
    assert rule.authority.confidence == "unverified"
    assert rule.authority.review_due is not None
    assert set(rule.authority.provider_kinds) < set(PROVIDER_KINDS)


def test_a_report_asks_few_questions() -> None:
    for category in ("fall", "medication", "physical_health", "absence", "violence"):
        asked = [field for one in FIELD_SETS if category in one.applies_to for field in one.fields]
        assert len(asked) <= 6
        assert not any(field.required for field in asked)
