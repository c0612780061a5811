"""The testing kit finds what is wrong before the platform does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import marshmallow
import pytest

from throughline.sdk import (
    API_VERSION,
    SECRET,
    Authority,
    Escalate,
    Message,
    PluginInfo,
    Rule,
    RuleTest,
    Trigger,
    hookimpl,
)
from throughline.sdk.testing import check_plugin

INFO = PluginInfo("demo", "Demo", "A demo.", "1.0", API_VERSION)
RULE = Rule(
    key="demo.rule",
    version=1,
    title="A rule",
    why="Because.",
    authority=Authority("Said so.", "A policy"),
    on=(Trigger.INCIDENT_REPORTED,),
    when='incident.harm >= 3 || incident.unit.startsWith("incident.nothing")',
    then=(Escalate("executive", 4),),
    tests=(RuleTest({"incident.harm": 3}, fires=True), RuleTest({}, fires=False)),
)


def plugin(info: PluginInfo = INFO, **hooks: Callable[[], object]) -> SimpleNamespace:
    marked = {name: hookimpl(hook) for name, hook in hooks.items()}
    return SimpleNamespace(plugin_info=hookimpl(lambda: info), **marked)


def with_rule(**change: Any) -> SimpleNamespace:
    return plugin(escalation_rules=lambda: [replace(RULE, **change)])


def test_it_returns_what_a_sound_plugin_contributes() -> None:
    contribution = check_plugin(with_rule())
    assert contribution.info == INFO
    assert contribution.rules == (RULE,)


@pytest.mark.parametrize(
    ("subject", "part"),
    [
        (SimpleNamespace(), "does not say who it is"),
        (plugin(replace(INFO, api=99)), "plugin API 99"),
        (plugin(replace(INFO, key="local")), "kept for the rules of an organisation's own pack"),
        (plugin(incident_feelds=lambda: []), "there is no hook 'incident_feelds'"),
        (plugin(escalation_rules=lambda: None), "escalation_rules: TypeError"),
        (plugin(escalation_rules=lambda: ["rule"]), "escalation_rules returned 'rule', not a Rule"),
        (plugin(escalation_rules=lambda: [RULE, RULE]), "demo.rule: the key is used by two records"),
        (with_rule(tests=RULE.tests[:1]), "should show once that it fires and once that it does not"),
        (with_rule(when="incident.severity >= 3"), "reads incident.severity, which does not exist"),
        (with_rule(tests=(*RULE.tests, RuleTest({"recnt": 3}, fires=True))), "gives 'recnt'"),
    ],
)
def test_it_names_what_is_wrong(subject: object, part: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_plugin(subject)
    assert part in str(caught.value)


class Lax(marshmallow.Schema):
    class Meta:
        unknown = marshmallow.INCLUDE

    pin = marshmallow.fields.Integer(metadata=SECRET)
    word = marshmallow.fields.String(metadata=SECRET, load_default="swordfish")


def test_it_wants_settings_that_refuse_what_they_do_not_know_and_keep_secrets_out() -> None:
    with pytest.raises(AssertionError) as caught:
        check_plugin(plugin(replace(INFO, settings_schema=Lax)))
    assert "should refuse unknown keys" in str(caught.value)
    assert "'pin' should be text" in str(caught.value)
    assert "'word' may not have a default" in str(caught.value)


def test_its_fixtures_serve_a_plugin_s_own_tests(
    sample_message: Message,
    sample_facts: dict[str, object],
    load_settings: Callable[[PluginInfo, Mapping[str, Any]], Mapping[str, Any]],
) -> None:
    assert sample_message.link.startswith("https://")
    assert sample_facts["incident.harm"] == 0
    assert load_settings(INFO, {}) == {}
    with pytest.raises(marshmallow.ValidationError):
        load_settings(INFO, {"colour": "blue"})
