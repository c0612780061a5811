"""The rules say what they mean: each condition is compiled and evaluated as the platform does it."""

from datetime import date

import pytest
import throughline_psirf
from cel_expr_python import cel
from throughline_psirf.fields import FIELD_SETS, POSITIONS
from throughline_psirf.rules import RULES

from throughline.sdk import CORE_DEFAULTS, CORE_FACTS, Escalate, FactKind, LookBack, RequireReview, Rule
from throughline.sdk.rules import kind_of
from throughline.sdk.testing import check_plugin

KINDS = {
    FactKind.BOOL: cel.Type.BOOL,
    FactKind.INT: cel.Type.INT,
    FactKind.STRING: cel.Type.STRING,
    FactKind.STRING_LIST: cel.Type.List(cel.Type.STRING),
}
ANSWERS = {name: kind for field_set in FIELD_SETS for name, kind in field_set.facts().items()}
BY_KEY = {rule.key: rule for rule in RULES}


def fires(rule: Rule, **given: object) -> bool:
    counts = {count.name: kind_of(count) for count in rule.let}
    facts = {**CORE_FACTS, **ANSWERS, **counts}
    values = {name: kind.default for name, kind in facts.items()} | dict(CORE_DEFAULTS) | given
    condition = cel.NewEnv(variables={name: KINDS[kind] for name, kind in facts.items()}).compile(rule.when)
    assert condition.return_type() == cel.Type.BOOL
    found = condition.eval(data={name: list(v) if isinstance(v, tuple) else v for name, v in values.items()})
    outcome = found.plain_value()
    assert isinstance(outcome, bool)
    return outcome


def test_it_is_a_sound_plugin() -> None:
    contribution = check_plugin(throughline_psirf)
    assert {field_set.name for field_set in contribution.field_sets} == {"restraint", "self_harm", "absence"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_does_what_its_own_tests_say(rule: Rule) -> None:
    for test in rule.tests:
        assert fires(rule, **test.given) is test.fires, test


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_no_rule_fires_when_nothing_is_known(rule: Rule) -> None:
    assert not fires(rule)


def test_the_four_rules_of_the_plan_are_there() -> None:
    assert fires(BY_KEY["psirf.severe_harm"], **{"incident.physical_harm": "severe"})
    assert fires(BY_KEY["psirf.death"], **{"incident.outcome_death": True})
    assert fires(BY_KEY["psirf.prone_restraint"], **{"restraint.positions": ("seated", "prone")})
    assert BY_KEY["psirf.repeated_self_harm"].let == (
        LookBack("recent", 14, ("person",), category="self_harm"),
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_brings_the_incident_to_somebody(rule: Rule) -> None:
    assert any(isinstance(effect, Escalate) for effect in rule.then)
    assert all(isinstance(effect, (Escalate, RequireReview)) for effect in rule.then)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_says_whether_its_authority_was_seen_and_when_to_look_again(rule: Rule) -> None:
    assert rule.authority.jurisdiction == "England"
    assert rule.authority.review_due is not None
    assert rule.authority.review_due > date(2026, 11, 1)


def test_positions_carry_the_codes_of_the_data_set() -> None:
    codes = {choice.key: choice.label[-3:-1] for choice in POSITIONS}
    assert codes == {
        "prone": "01",
        "standing": "07",
        "escort": "08",
        "supine": "09",
        "side": "10",
        "seated": "11",
        "kneeling": "12",
        "other": "13",
    }


def test_no_question_has_to_be_answered_before_an_incident_can_be_reported() -> None:
    assert not any(field.required for field_set in FIELD_SETS for field in field_set.fields)


def test_the_words_look_at_systems() -> None:
    words = " ".join(
        [f"{rule.title} {rule.why}" for rule in RULES]
        + [f"{field.label} {field.hint}" for field_set in FIELD_SETS for field in field_set.fields]
    ).lower()
    assert not [
        word for word in ("blame", "fault", "error", "failed", "perpetrator", "culprit") if word in words
    ]
