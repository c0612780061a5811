"""What is worked out about rules is kept for one provider, and never stands in for another rule's answer."""

from dataclasses import replace

from throughline.rules.engine import compile_rules
from throughline.sdk import LookBack, RuleTest, Trigger

RECENT = LookBack("recent", 14, ("person",), category="self_harm")


def compiled(schema, *rules):
    return {found.rule.key: found for found in compile_rules(rules, schema).rules}


def test_a_rule_that_did_not_change_is_compiled_once_for_a_provider(schema, rule):
    ours = replace(schema, whose="ours")
    first = compiled(ours, rule(key="a.same"), rule(key="a.changed"))
    second = compiled(replace(ours), rule(key="a.same"), rule("incident.harm >= 4", key="a.changed"))
    assert second["a.same"] is first["a.same"]
    assert second["a.changed"].rule.when == "incident.harm >= 4"
    assert second["a.changed"].condition.source == "incident.harm >= 4"


def test_nothing_is_kept_for_another_provider_or_for_nobody(schema, rule):
    of_ours = compiled(replace(schema, whose="ours"), rule(key="a.same"))
    assert compiled(replace(schema, whose="theirs"), rule(key="a.same"))["a.same"] is not of_ours["a.same"]
    of_nobody = compiled(schema, rule(key="a.same"))
    assert compiled(schema, rule(key="a.same"))["a.same"] is not of_nobody["a.same"]


def test_a_failed_rule_stays_one_and_its_mended_form_is_in_use(schema, rule):
    ours = replace(schema, whose="ours")
    wrong = rule(key="a.wrong", tests=(RuleTest({"incident.harm": 0}, True),))
    told = [compile_rules([wrong], ours).problems for _ in range(2)]
    assert told[0] == told[1]
    assert told[0][0].test == 1
    mended = compile_rules([replace(wrong, tests=(RuleTest({"incident.harm": 3}, True),))], ours)
    assert not mended.problems
    assert [found.rule.key for found in mended.rules] == ["a.wrong"]


def test_counts_of_one_name_keep_their_own_meaning(schema, rule):
    ours = replace(schema, whose="ours")
    longer = replace(RECENT, within_days=28)
    short = rule("recent >= 3", key="a.one", let=(RECENT,))
    long = rule("recent >= 3", key="a.two", let=(longer,))
    found = compile_rules([short, long], ours).evaluate(Trigger.INCIDENT_REPORTED, {}, {RECENT: 1, longer: 3})
    assert [(one.rule_key, one.inputs["recent"]) for one in found] == [("a.two", 3)]
    assert "28 days" in found[0].explanation


def test_facts_of_other_plugins_make_another_rule_of_it(schema, rule):
    ours = replace(schema, whose="ours")
    asks = rule("restraint.injection", key="a.asks")
    assert compiled(ours, asks)
    fewer = {name: fact for name, fact in schema.facts.items() if name != "restraint.injection"}
    assert compile_rules([asks], replace(ours, facts=fewer)).problems
