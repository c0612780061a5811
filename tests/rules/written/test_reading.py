"""Rules as text: read back as they were written, and every mistake named where it stands."""

import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from throughline.catalogue import catalogue_for
from throughline.rules.active import schema as schema_of_catalogue
from throughline.rules.written import read_rules, rule_text
from throughline.rules.written.phrases import Unclear, duration, look_back, look_back_text
from throughline.sdk import (
    ChainStep,
    Escalate,
    LookBack,
    Notify,
    OpenObligation,
    RequireShare,
    SetFlag,
    SinceLast,
    StartClock,
)

PLUGINS = catalogue_for(frozenset({"psirf", "obligations", "seips", "email", "icb_quality"}))
SCHEMA = schema_of_catalogue(PLUGINS)
HEAD = """\
key: a_rule
title: A rule
why: It matters.
authority: {statement: Our own., reference: Policy 1}
on: [incident.reported]
"""
TAIL = """\
then:
  - escalate: {to: unit_manager, acknowledge_within: 24 hours}
"""
SOUND = HEAD + "when: incident.harm >= 3\n" + TAIL


def mistakes(text):
    return [(one.line, one.column, one.message) for one in read_rules(text, SCHEMA).mistakes]


@pytest.mark.parametrize("rule", PLUGINS.rules.values(), ids=lambda rule: rule.key)
def test_every_rule_of_our_plugins_reads_back_as_it_was(rule):
    found = read_rules(rule_text(rule), SCHEMA)
    assert found.mistakes == ()
    assert replace(found.rules[0].rule, key=rule.key) == rule


def test_every_effect_reads_back_as_it_was():
    rule = read_rules(SOUND, SCHEMA).rules[0].rule
    effects = (
        Escalate("unit_manager", 24, (ChainStep("governance_lead", 24), ChainStep("executive", 48))),
        Escalate("on_call", 2, (ChainStep("person:lead@calder.test", 2), ChainStep("executive", 4))),
        Escalate("person:lead@calder.test", 2),
        StartClock("letter", "Write to the family", working_days=10, warn_before_hours=48),
        StartClock("call", "Call the family", hours=4, warn_before_hours=1),
        SetFlag("candour", "Duty of candour"),
        Notify("executive", "Please read it before the board meets."),
        RequireShare(("acute_adult", "picu"), 10),
        RequireShare((), 5, "Every unit has this pump."),
        OpenObligation("obligations.safeguarding"),
    )
    changed = replace(rule, then=effects, budget=20)
    found = read_rules(rule_text(changed), SCHEMA)
    assert found.mistakes == ()
    assert found.rules[0].rule == changed


@pytest.mark.parametrize(
    "asked",
    [
        LookBack("n", 14, ("person",), where='incident.category == "self_harm"'),
        LookBack("n", 1, ("unit", "category"), "absence", 2, "", "people"),
        LookBack("n", 30, ("subtree", "location"), of="units"),
        SinceLast("n", 90, ("unit",), where="incident.harm > 1"),
    ],
)
def test_a_look_back_reads_back_as_it_was(asked):
    assert look_back("n", look_back_text(asked)) == asked


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("count of falls with the same unit within 2 days", 0, "count of incidents"),
        ("count of incidents with the same persn within 2 days", 33, "Did you mean “person”"),
        ("count of incidents with the same unit within two days", 45, "whole number"),
        ("count of incidents with the same unit within 2 days were x", 52, "Only “where”"),
        ("count of incidents of category falls with the same unit within 2 days", 31, "“fall”"),
        ("count of incidents with the same unit within 2 days where", 57, "A condition"),
        ("count of incidents within 2 days", 19, "“with the same” is expected"),
    ],
)
def test_a_look_back_that_says_nothing_is_told_where(text, at, words):
    with pytest.raises(Unclear) as unclear:
        look_back("n", text)
    assert (unclear.value.at, words in unclear.value.message) == (at, True), unclear.value.message


def test_lengths_of_time():
    assert [duration(text) for text in ("24h", "24 hours", "2 days", "5 working days", "1 working day")] == [
        (24, "hours"), (24, "hours"), (48, "hours"), (5, "working days"), (1, "working days"),
    ]  # fmt: skip
    with pytest.raises(Unclear):
        duration("soon")


@pytest.mark.parametrize(
    ("changed", "line", "column", "words"),
    [
        (("title:", "titel:"), 2, 1, "Did you mean “title”"),
        (("incident.harm", "incident.hrm"), 6, 7, "Did you mean “incident.harm”"),
        (("incident.harm >= 3", "incident.category == 3"), 6, 25, ""),
        (("incident.harm >= 3", "incident.harm >= 3 &&"), 6, None, ""),
        (("unit_manager", "ward_manager"), 8, 20, "Did you mean “unit_manager”"),
        (("incident.reported", "incident.report"), 5, 6, "incident.reported"),
        (("24 hours", "a day"), 8, None, "no length of time"),
        (("24 hours", "2 working days"), 8, None, "not in working days"),
        (("Our own.", '""'), 4, None, "“statement” is empty"),
        (("key: a_rule", "key: A Rule"), 1, 6, "lower-case"),
        (("key: a_rule", "key: [a]"), 1, 6, "not a list"),
        (("  - escalate:", "  - explode:"), 8, 5, "nothing that a rule can ask for"),
    ],
)
def test_a_mistake_is_named_where_it_stands(changed, line, column, words):
    found = read_rules(SOUND.replace(*changed), SCHEMA).mistakes
    assert found, "it should be refused"
    one = next((one for one in found if words in one.message), found[0])
    assert words in one.message
    assert one.line == line
    assert column is None or one.column == column
    assert one.caret.endswith("^")


def test_a_condition_in_a_block_is_named_by_the_line_of_the_file():
    text = HEAD + 'when: |\n  incident.category == "absence"\n  && incident.hrm > 2\n' + TAIL
    assert [(line, column) for line, column, _ in mistakes(text)] == [(8, 6)]


def test_a_where_is_named_inside_its_sentence():
    text = HEAD + "let:\n  n: count of incidents with the same unit within 9 days where incident.hrm > 1\n"
    found = mistakes(text + "when: n > 1\n" + TAIL)
    assert [(line, column) for line, column, _ in found] == [(7, 64)]
    assert "In where of “n”" in found[0][2]


def test_an_example_that_fails_is_named():
    text = (
        SOUND
        + "tests:\n  - given: {incident.harm: 3}\n    fires: true\n  - given: {incident.harm: 4}\n    fires: false\n"
    )
    assert mistakes(text) == [(12, 5, "Its test 2 expects it not to fire, and it does: incident.harm is 4.")]


@pytest.mark.parametrize(
    ("written", "column", "words"),
    [
        ("{duty: obligations.safegarding}", 29, "Did you mean “obligations.safeguarding”"),
        ("{duty: other.duty}", 29, "No enabled plugin has the duty “other.duty”"),
        ("{duty: ''}", 29, "“duty” is empty"),
        ("{}", 22, "“duty” is missing"),
        ("{duty: obligations.safeguarding, by: today}", 55, "“by” is not a key of open_obligation"),
    ],
)
def test_a_duty_that_there_is_not_is_named_where_it_stands(written, column, words):
    text = SOUND.replace(TAIL, f"then:\n  - open_obligation: {written}\n")
    ((line, at, message),) = mistakes(text)
    assert (line, at) == (8, column)
    assert words in message


def test_a_duty_of_a_plugin_that_is_not_enabled_is_a_mistake():
    without = schema_of_catalogue(catalogue_for(frozenset({"psirf"})))
    text = SOUND.replace(TAIL, "then:\n  - open_obligation: {duty: obligations.safeguarding}\n")
    assert read_rules(text, SCHEMA).mistakes == ()
    (mistake,) = read_rules(text, without).mistakes
    assert "No enabled plugin has the duty" in mistake.message


def test_one_rule_that_is_wrong_leaves_the_others_in_use():
    text = "rules:\n" + "".join(
        "  - " + rule.replace("\n", "\n    ").rstrip() + "\n"
        for rule in (SOUND, SOUND.replace("a_rule", "b_rule").replace("harm", "hrm"), SOUND)
    )
    found = read_rules(text, SCHEMA)
    assert [one.rule.key for one in found.rules] == ["local.a_rule"]
    assert [one.rule for one in found.mistakes] == ["local.b_rule", "local.a_rule"]
    assert "used already, on line 2" in found.mistakes[1].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no rule here yet"),
        ("key: a\nkey: b", "given twice"),
        ("a: &x 1\nb: *x", "anchor or alias"),
        ("a: !!python/object:os.system x", "A tag"),
        ("[" * 5000, "nested more than"),
        ("x: " + "[" * 100_000, "nested more than"),
        ("a: \x01", "cannot stand in a text"),
        ("\t- x", "Use spaces"),
        ("title: a: b", "quotation marks"),
        ("--- \na: 1\n--- \nb: 2", "one document"),
        ("x: " + "a" * 300_000, "larger than"),
        ("- a", "set of keys"),
        (SOUND.replace("incident.harm >= 3", "true && " * 20_000 + "true"), "longer than"),
        (SOUND.replace("incident.harm >= 3", "(" * 150 + "true" + ")" * 150), "nested more than"),
    ],
)
def test_hostile_texts_are_refused_in_words(text, words):
    found = read_rules(text, SCHEMA)
    assert found.rules == ()
    assert words in found.mistakes[0].message


def test_a_bomb_of_aliases_is_refused_before_it_is_built():
    bomb = "a: &a [x,x,x]\n" + "".join(
        f"{c}: &{c} [*{p},*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "anchor or alias" in read_rules(bomb, SCHEMA).mistakes[0].message


@pytest.mark.parametrize(
    ("when", "line", "column"),
    [
        ("when: |\n    incident.category ==\n      'absence' && incident.hrm > 2\n", 8, 20),
        ("when: >\n  incident.category ==\n  'absence' &&\n\n  incident.hrm > 2\n", 10, 3),
        ("when: >-\n  incident.weekend   &&  incident.hrm > 2\n", 7, 26),
        ('when: "incident.category == \\"absence\\" && incident.hrm > 2"\n', 6, 44),
        ('when: "incident.weekend &&\\n \\\n   incident.hrm > 2"\n', 7, 4),
        ("when: 'incident.category == ''absence'' && incident.hrm > 2'\n", 6, 44),
        ("when: incident.category == 'absence'\n    && incident.hrm > 2\n", 7, 8),
        ("when: incident.category == 'é 😀' &&\n    incident.hrm > 2\n", 6, 28),
    ],
)
def test_a_place_inside_any_kind_of_text_is_the_place_in_the_file(when, line, column):
    (found,) = read_rules(HEAD + when + TAIL, SCHEMA).mistakes
    assert (found.line, found.column) == (line, column), str(found)


def test_all_that_is_wrong_with_a_rule_is_named_at_once():
    text = (
        HEAD
        + "let:\n"
        + "  a: count of incidents with the same unit within 9 days where incident.hrm > 1\n"
        + "  b: count of people in incidents with the same person within 9 days\n"
        + "when: a > 1 && incident.categry == 'fall'\n"
        + TAIL
    )
    assert [(one.line, "people" in one.message) for one in read_rules(text, SCHEMA).mistakes] == [(8, True)]
    found = read_rules(text.replace("people in incidents", "incidents"), SCHEMA).mistakes
    assert [(one.line, one.column) for one in found] == [(7, 64), (9, 16)]
    assert "Did you mean “incident.harm”" in found[0].message
    assert "Did you mean “incident.category”" in found[1].message


def test_every_example_that_fails_says_what_came_of_it():
    text = SOUND + (
        "tests:\n"
        "  - given: {incident.harm: 4, incident.category: fal}\n    fires: true\n"
        "  - given: {incident.harms: 4, incident.hour: x}\n    fires: true\n"
        "  - given: {}\n    fires: true\n"
    )
    assert mistakes(text) == [
        (10, 31, "Its test 1 gives “incident.category”, which is never “fal”. Did you mean “fall”?"),
        (12, 13, "Its test 2 gives “incident.harms”, which is not a fact. Did you mean “incident.harm”?"),
        (12, 32, "Its test 2 gives “incident.hour”, which is str, not a whole number"),
        (14, 5, "Its test 3 expects it to fire, and it does not: incident.harm is 0."),
    ]


def test_a_word_that_is_true_or_false_elsewhere_is_a_word_here():
    told = "incident.unit == 'no'"
    text = (
        SOUND.replace("incident.harm >= 3", told)
        + "tests:\n  - given: {incident.unit: no}\n    fires: true\n"
    )
    assert mistakes(text) == []


def test_a_condition_that_history_cannot_answer_is_refused():
    found = mistakes(SOUND.replace("incident.harm >= 3", "incident.unit.matches('(?i)oak')"))
    assert [(line, "history" in said) for line, _, said in found] == [(6, True)]


def test_a_large_file_is_read_in_a_moment():
    rule = "  - " + SOUND.replace("\n", "\n    ").rstrip() + "\n"
    text = "rules:\n" + "".join(rule.replace("a_rule", f"rule_{n}") for n in range(501))
    began = time.perf_counter()
    found = read_rules(text, SCHEMA)
    assert time.perf_counter() - began < 20, "it takes about a second here"
    assert len(found.rules) == 500
    assert "more than 500 rules" in found.mistakes[0].message


@given(st.text(max_size=300))
@example("? [a]\n: b")
@example("!!binary x")
@example("a: !<x> y")
def test_any_text_is_read_or_refused_in_words(text):
    for one in read_rules(text, SCHEMA).mistakes:
        assert one.message
        assert 1 <= one.line <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("{with: acute_adult, within: 10 working days}", 27, "or: every unit"),
        ("{with: [Acute Adult], within: 10 working days}", 28, "such as acute_adult"),
        ("{with: [], within: 10 working days}", 27, "“with” is empty"),
        ("{with: [picu], within: 10 days}", 43, "due within working days"),
        ("{within: 10 working days}", 20, "“with” is missing"),
        ("{with: [picu]}", 20, "“within” is missing"),
        ("{with: [picu], within: 10 working days, until: 3}", 60, "“until” is not a key"),
        ("{with: [picu, picu], within: 10 working days}", 5, "appears 2 times"),
        ("{with: [picu], within: 999 working days}", 5, "from 1 to 366"),
    ],
)
def test_a_share_that_cannot_be_asked_for_is_refused_where_it_stands(line, column, words):
    text = HEAD + f"when: incident.harm >= 3\nthen:\n  - require_share: {line}\n"
    found = [one for one in mistakes(text) if words in one[2]]
    assert found and found[0][1] == column, mistakes(text)


@pytest.mark.parametrize(
    ("to", "column", "words"),
    [
        ("to: on_cal", 20, "Did you mean “on_call”?"),
        ("to: {person: nobody}", 29, "named by their e-mail address"),
        ("to: {persn: a@b.test}", 21, "Did you mean “person”?"),
        ("to: {}", 20, "“person” is missing"),
        ("to: [on_call]", 20, "should be a text"),
        (
            "to: on_call, chain: [{to: executive, after: 1h}, {to: on_call, after: 1h}]",
            70,
            "comes back to on_call",
        ),
        (
            "to: {person: a@b.test}, chain: [{to: {person: A@B.test}, after: 1h}]",
            53,
            "comes back to a@b.test",
        ),
    ],
)
def test_whom_an_alarm_cannot_go_to_is_refused_where_it_stands(to, column, words):
    text = HEAD + f"when: incident.harm >= 3\nthen:\n  - escalate: {{{to}, acknowledge_within: 4h}}\n"
    found = [one for one in mistakes(text) if words in one[2]]
    assert found and (found[0][0], found[0][1]) == (8, column), mistakes(text)


@pytest.mark.parametrize(
    "said", ["20", "0 a day", "-1 a day", "1001 a day", "20 a week", "many a day", "[20]"]
)
def test_a_budget_that_is_none_is_refused_where_it_stands(said):
    (found,) = mistakes(SOUND + f"budget: {said}\n")
    assert found[:2] == (9, 9)


def test_a_budget_is_read_and_stands_in_a_table_too():
    assert read_rules(SOUND + "budget: 20 a day\n", SCHEMA).rules[0].rule.budget == 20
