"""The engine: what rules find, and that one rule's trouble stays its own."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from throughline.rules.engine import Finding, RuleFailure, compile_rules
from throughline.rules.facts import schema_of
from throughline.sdk import LookBack, RuleTest, SinceLast, Trigger

REPORTED, GRADED = Trigger.INCIDENT_REPORTED, Trigger.INCIDENT_GRADED
RECENT = LookBack("recent", 14, ("person",), category="self_harm")


def find(schema, rules, facts=None, counts=None, trigger=REPORTED):
    return compile_rules(rules, schema).evaluate(trigger, facts or {}, counts or {})


def test_a_rule_that_matches_is_a_finding_with_its_effects(schema, rule):
    severe = rule()
    (finding,) = find(schema, [severe], {"incident.harm": 3})
    assert isinstance(finding, Finding)
    assert (finding.rule_key, finding.version, finding.title) == ("local.severe", 1, "Severe harm")
    assert finding.effects == severe.then
    assert finding.explanation == "Because the worst harm is severe (the rule asks for at least severe)."
    assert find(schema, [severe], {"incident.harm": 2}) == ()


def test_only_the_rules_of_the_trigger_are_looked_at(schema, rule):
    rules = [rule(key="a.one"), rule(key="a.two", on=(GRADED,)), rule(key="a.three", on=(REPORTED, GRADED))]
    facts = {"incident.harm": 4}
    assert [found.rule_key for found in find(schema, rules, facts)] == ["a.one", "a.three"]
    assert [found.rule_key for found in find(schema, rules, facts, trigger=GRADED)] == ["a.three", "a.two"]


@pytest.mark.parametrize("status", ["draft", "shadow", "retired"])
def test_only_a_live_rule_speaks_and_costs_a_look_back(schema, rule, status):
    quiet = rule("recent >= 0", let=(RECENT,), status=status)
    ruleset = compile_rules([quiet], schema)
    assert [found.rule for found in ruleset.rules] == [quiet]
    assert ruleset.lookbacks(REPORTED) == ()
    assert ruleset.evaluate(REPORTED, {"incident.harm": 4}, {RECENT: 1}) == ()


def test_the_order_is_that_of_the_keys_whatever_order_rules_come_in(schema, rule):
    rules = [
        rule(key=f"a.{letter}", let=(LookBack("n", days, ("unit",)),))
        for days, letter in enumerate("cabed", 1)
    ]
    counts = {one.let[0]: 1 for one in rules}
    expected = find(schema, rules, {"incident.harm": 3}, counts)
    assert [found.rule_key for found in expected] == ["a.a", "a.b", "a.c", "a.d", "a.e"]
    for _ in range(5):
        random.shuffle(rules)
        assert find(schema, rules, {"incident.harm": 3}, counts) == expected


def test_a_fact_nobody_gave_is_at_its_default(schema, rule):
    quiet = rule("incident.physical_harm == 'none' && !restraint.injection && restraint.positions == []")
    (finding,) = find(schema, [quiet], {"restraint.injection": None})
    assert isinstance(finding, Finding)


def test_a_fact_of_another_set_of_plugins_is_passed_over(schema, rule):
    assert len(find(schema, [rule()], {"incident.harm": 3, "seclusion.room": object()})) == 1


def test_a_count_is_read_under_its_name(schema, rule):
    pattern = rule("recent >= 3 && incident.category == 'self_harm'", let=(RECENT,))
    ruleset = compile_rules([pattern], schema)
    assert ruleset.lookbacks(REPORTED) == (RECENT,)
    assert ruleset.lookbacks(GRADED) == ()
    facts = {"incident.category": "self_harm"}
    assert ruleset.evaluate(REPORTED, facts, {RECENT: 2}) == ()
    (finding,) = ruleset.evaluate(REPORTED, facts, {RECENT: 3})
    assert finding.explanation == (
        "Because the number of incidents in the category Self-harm affecting the same person, in the 14 days"
        " up to this one, is 3 (the rule asks for at least 3) and the category is Self-harm."
    ) or finding.explanation.startswith("Because the category is Self-harm and the number of incidents")


def test_two_rules_may_mean_different_counts_by_one_name(schema, rule):
    week, month = LookBack("recent", 7, ("unit",)), LookBack("recent", 30, ("unit",), min_harm=2)
    rules = [
        rule("recent >= 2", key="a.week", let=(week,)),
        rule("recent >= 5", key="a.month", let=(month,)),
        rule("recent >= 2", key="a.week_too", let=(week,)),
    ]
    ruleset = compile_rules(rules, schema)
    assert set(ruleset.lookbacks(REPORTED)) == {week, month}
    found = ruleset.evaluate(REPORTED, {}, {week: 2, month: 4})
    assert [finding.rule_key for finding in found] == ["a.week", "a.week_too"]
    assert "with at least moderate harm on the same unit, in the 30 days" in str(
        ruleset.evaluate(REPORTED, {}, {week: 0, month: 5})
    )


def test_a_rule_that_has_no_answer_fails_alone_and_by_name(schema, rule):
    rules = [rule(key="a.first"), rule("100 / (incident.hour - 5) > 1", key="b.fragile"), rule(key="c.last")]
    found = find(schema, rules, {"incident.harm": 3, "incident.hour": 5})
    assert [type(outcome) for outcome in found] == [Finding, RuleFailure, Finding]
    assert found[1].message == "b.fragile could not be evaluated: it divides by zero."


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"incident.harm": "severe"}, "incident.harm is str, not a whole number"),
        ({"incident.harm": True}, "incident.harm is bool, not a whole number"),
        ({"incident.harm": 2.5}, "incident.harm is float, not a whole number"),
        ({"incident.harm": 2**63}, "incident.harm is a number too large to compare"),
        ({"incident.harm": [3]}, "incident.harm is list, not a whole number"),
    ],
)
def test_a_value_of_the_wrong_kind_fails_only_the_rules_that_read_it(schema, rule, facts, said):
    rules = [rule(key="a.harm"), rule("incident.weekend", key="b.weekend")]
    failure, finding = find(schema, rules, facts | {"incident.weekend": True})
    assert failure == RuleFailure("a.harm", 1, f"a.harm could not be evaluated: {said}.")
    assert finding.rule_key == "b.weekend"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x" * 20_001, "is longer than 20,000 characters"),
        ("half \ud83d", "holds half a character"),
        (5, "is int, not a text"),
        (b"bytes", "is bytes, not a text"),
    ],
)
def test_a_text_that_cannot_be_compared_fails_its_rules(schema, rule, value, said):
    (failure,) = find(schema, [rule("restraint.tried.contains('space')")], {"restraint.tried": value})
    assert said in failure.message


@pytest.mark.parametrize("value", [["prone"] * 201, ["half \ud83d"], ["prone", 1], "prone", {"prone"}])
def test_a_list_that_cannot_be_searched_fails_its_rules(schema, rule, value):
    (failure,) = find(schema, [rule("'prone' in restraint.positions")], {"restraint.positions": value})
    assert isinstance(failure, RuleFailure)


def test_a_count_that_was_not_made_fails_its_rules(schema, rule):
    rules = [rule("recent >= 0", key="a.counts", let=(RECENT,)), rule("incident.harm == 0", key="b.none")]
    failure, finding = find(schema, rules)
    assert failure.message == "a.counts could not be evaluated: recent was not counted."
    assert finding.rule_key == "b.none"


def test_odd_but_honest_text_is_compared_as_it_is(schema, rule):
    for text in ("\x00", "😀", "e\u0301", "\u202e", "'; drop table incident; --", "a\nb"):
        literal = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\x00", "\\x00")
        if text.isprintable() or "\n" in text:
            (finding,) = find(schema, [rule(f"restraint.tried == '{literal}'")], {"restraint.tried": text})
            assert isinstance(finding, Finding)
        assert find(schema, [rule("restraint.tried == 'other'")], {"restraint.tried": text}) == ()


def test_the_digest_is_of_the_rule_and_what_it_read(schema, rule):
    severe = rule("incident.harm >= 3 || 'prone' in restraint.positions")
    facts = {"incident.harm": 3, "restraint.positions": ("prone",)}
    (first,) = find(schema, [severe], facts)
    (again,) = find(schema, [severe], facts | {"incident.unit": "oak", "restraint.positions": ["prone"]})
    (worse,) = find(schema, [severe], facts | {"incident.harm": 4})
    (newer,) = find(schema, [rule(severe.when, version=2)], facts)
    assert first.digest == again.digest
    assert len({first.digest, worse.digest, newer.digest}) == 3
    assert len(first.digest) == 32


def test_an_inline_test_that_fails_keeps_the_rule_out_and_is_named(schema, rule):
    tests = (RuleTest({"incident.harm": 3}, fires=True), RuleTest({"incident.harm": 2}, fires=True))
    ruleset = compile_rules([rule(key="a.wrong", tests=tests), rule(key="b.right")], schema)
    assert [found.rule.key for found in ruleset.rules] == ["b.right"]
    (problem,) = ruleset.problems
    assert problem.message == "Rule a.wrong cannot be used: its test 2 expects it to fire, and it does not"
    assert (problem.record_key, problem.test) == ("a.wrong", 2)


@pytest.mark.parametrize(
    ("given", "fires", "said"),
    [
        ({"incident.harm": 3}, False, "its test 1 expects it not to fire, and it does"),
        (
            {"incident.harn": 3},
            True,
            "gives “incident.harn”, which is not a fact. Did you mean “incident.harm”?",
        ),
        ({"incident.harm": "3"}, True, "gives “incident.harm”, which is str, not a whole number"),
        ({"recent": 1}, True, "gives “recent”, which is not a fact"),
    ],
)
def test_an_inline_test_that_makes_no_sense_is_named(schema, rule, given, fires, said):
    ruleset = compile_rules([rule(tests=(RuleTest(given, fires),))], schema)
    assert ruleset.rules == ()
    assert said in ruleset.problems[0].message


def test_an_inline_test_without_an_answer_is_named(schema, rule):
    tests = (RuleTest({"incident.hour": 5}, fires=True),)
    (problem,) = compile_rules([rule("100 / (incident.hour - 5) > 1", tests=tests)], schema).problems
    assert "its test 1 has no answer: it divides by zero" in problem.message


def test_an_inline_test_may_give_a_count(schema, rule):
    tests = (RuleTest({"recent": 3}, fires=True), RuleTest({}, fires=False))
    assert compile_rules([rule("recent >= 3", let=(RECENT,), tests=tests)], schema).problems == ()


def test_a_condition_that_does_not_compile_is_a_problem_with_its_place(schema, rule):
    ruleset = compile_rules([rule("incident.harn > 3", key="a.bad"), rule(key="b.good")], schema)
    assert [found.rule.key for found in ruleset.rules] == ["b.good"]
    (problem,) = ruleset.problems
    assert (problem.record_key, problem.line, problem.column) == ("a.bad", 1, 1)
    assert problem.message.startswith(
        "Rule a.bad cannot be used: line 1, column 1: there is no fact “incident.harn”."
    )


def test_a_count_of_another_rule_is_not_known_here(schema, rule):
    rules = [rule("recent >= 3", key="a.has", let=(RECENT,)), rule("recent >= 3", key="b.has_not")]
    (problem,) = compile_rules(rules, schema).problems
    assert "b.has_not" in problem.message
    assert "there is no fact “recent”" in problem.message


def test_a_second_rule_of_one_key_is_a_problem(schema, rule):
    ruleset = compile_rules([rule(), rule(version=2)], schema)
    assert [found.rule.version for found in ruleset.rules] == [1]
    assert "another rule has the same key" in ruleset.problems[0].message


def test_what_an_earlier_incident_must_meet_is_a_condition_that_can_be_looked_up(schema, rule):
    night = LookBack("nights", 14, ("unit",), where="incident.hour >= 21 || incident.hour < 7")
    assert compile_rules([rule("nights >= 3", let=(night,))], schema).problems == ()


@pytest.mark.parametrize(
    ("where", "place", "said"),
    [
        ("incident.hours >= 21", (1, 1), "there is no fact “incident.hours”. Did you mean “incident.hour”?"),
        ("true &&\n nights >= 1", (2, 2), "there is no fact “nights”"),
        ("incident.hour", (1, 1), "this gives a whole number, but a condition is true or false"),
        (
            "incident.unit.matches('oak.*')",
            (1, 15),
            "“matches” cannot be looked up in the history of incidents",
        ),
    ],
)
def test_a_where_that_cannot_be_used_is_a_problem_with_its_place(schema, rule, where, place, said):
    night = LookBack("nights", 14, ("unit",), where=where)
    (problem,) = compile_rules([rule("nights >= 3", let=(night,))], schema).problems
    assert problem.message.startswith("Rule local.severe cannot be used: in where of “nights”, line ")
    assert said in problem.message
    assert (problem.line, problem.column) == place


def test_the_days_since_the_last_one_are_read_under_their_name(schema, rule):
    quiet = SinceLast("quiet", 30, ("unit",), category="restrictive_practice")
    tests = (RuleTest({"quiet": 3}, fires=True), RuleTest({}, fires=False))
    ruleset = compile_rules([rule("quiet < 7", let=(quiet,), tests=tests)], schema)
    assert ruleset.problems == ()
    (finding,) = ruleset.evaluate(REPORTED, {}, {quiet: 2})
    assert finding.explanation == (
        "Because the number of whole days since the latest earlier incident in the category Restrictive practice"
        " on the same unit, 30 when there is none as late, is 2 (the rule asks for less than 7)."
    )
    assert ruleset.evaluate(REPORTED, {}, {quiet: 30}) == ()


def test_a_count_may_not_take_the_name_of_a_set_of_facts(schema, rule):
    (problem,) = compile_rules([rule(let=(LookBack("restraint", 7, ("unit",)),))], schema).problems
    assert "the count “restraint” has the name of a set of facts" in problem.message


def test_stored_answers_become_facts(schema):
    extra = {"psirf.restraint": {"positions": ["prone"], "minutes": 3, "gone": "x"}, "other.plugin": {"a": 1}}
    assert schema.answers(extra) == {"restraint.positions": ["prone"], "restraint.minutes": 3}


def test_schemas_of_the_same_questions_are_equal(schema):
    assert schema == schema_of(schema.field_sets)
    assert schema != schema_of()


def test_threads_may_share_a_rule_set(schema, rule):
    ruleset = compile_rules(
        [rule(key=f"a.r{number}", when=f"incident.harm >= {number}") for number in range(5)], schema
    )

    def fired(harm):
        return len(ruleset.evaluate(REPORTED, {"incident.harm": harm}, {}))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fired, [0, 1, 2, 3, 4] * 200)) == [1, 2, 3, 4, 5] * 200
