"""The form and the text: two views of one thing, so that nothing is lost on the way, either way."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rules.written.test_reading import SCHEMA

from throughline.catalogue import catalogue_for, installed
from throughline.rules.active import schema
from throughline.rules.workbench.reading import TEMPLATE
from throughline.rules.written import read_rules, rule_text
from throughline.rules.written.form import Condition, Counted, Example, Form, Outcome, Step, opened, printed
from throughline.rules.written.form.conditions import HOWS, Beyond, cel, rows
from throughline.rules.written.form.examples import given_of, lines_of
from throughline.rules.written.phrases import COUNTED, HARM, SAME
from throughline.sdk import CATEGORIES, FactKind, Trigger

EVERY = catalogue_for(frozenset(installed()))
KINDS = {name: fact.kind for name, fact in SCHEMA.facts.items()}

line = (
    st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
name = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
days = st.integers(1, 999).map(str)
word = line.filter(lambda text: "," not in text)


def conditions(facts):
    def row(fact):
        kind = facts[fact]
        values = {
            FactKind.BOOL: st.sampled_from(["yes", "no"]),
            FactKind.INT: st.integers(-(2**63), 2**63 - 1).map(str),
        }
        how = st.sampled_from(sorted(HOWS[kind]))
        several = st.lists(word, min_size=1, max_size=3).map(", ".join)
        return how.flatmap(
            lambda how: st.builds(
                Condition,
                st.just(fact),
                st.just(how),
                several if how == "one_of" else values.get(kind, line),
            )
        )

    return st.sampled_from(sorted(facts)).flatmap(row)


counts = st.builds(
    Counted,
    name,
    st.sampled_from(sorted(COUNTED)),
    st.sampled_from(["", *CATEGORIES]),
    st.sampled_from(["", *HARM]),
    st.lists(st.sampled_from(sorted(SAME)), min_size=1, max_size=2, unique=True).map(tuple),
    days,
    st.sampled_from(["", 'incident.category == "fall"', "incident.harm >= 2"]),
)
hours = st.integers(1, 99).map(lambda n: f"{n} hours")
roles = st.sampled_from(["unit_manager", "governance_lead", "executive"])
escalations = st.builds(
    lambda to, within, chain: Outcome("escalate", (("to", to), ("acknowledge_within", within)), tuple(chain)),
    roles,
    hours,
    st.lists(st.builds(Step, roles, hours), max_size=2),
)
others = st.one_of(
    line.map(lambda text: Outcome("notify", (("to", "executive"), ("words", text)))),
    st.tuples(name, line).map(lambda one: Outcome("set_flag", (("key", one[0]), ("title", one[1])))),
    hours.map(lambda within: Outcome("start_clock", (("key", "a"), ("title", "A"), ("within", within)))),
    st.just(Outcome("open_obligation", (("duty", "obligations.safeguarding"),))),
    st.sampled_from(["every unit", "acute_adult, older_adult"]).map(
        lambda who: Outcome("require_share", (("with", who), ("within", "5 working days")))
    ),
)
givens = st.dictionaries(
    st.sampled_from(["incident.category", "incident.harm", "incident.confidential", "n"]),
    st.one_of(line, st.integers(-(2**63), 2**63 - 1), st.booleans(), st.lists(line, max_size=2)),
    max_size=3,
)
examples = st.builds(Example, givens.map(lines_of), st.sampled_from(["yes", "no"]))


@st.composite
def forms(draw):
    looked_at = draw(st.lists(counts, max_size=2, unique_by=lambda one: one.name))
    facts = KINDS | {one.name: FactKind.INT for one in looked_at}
    return Form(
        key=draw(name), title=draw(line), why=draw(line), owner=draw(st.one_of(st.just(""), line)), budget=draw(st.sampled_from(["", "3 a day"])),
        statement=draw(line), reference=draw(line), quote=draw(st.one_of(st.just(""), line)),
        jurisdiction="England", confidence="sourced", applies_from=draw(st.sampled_from(["", "2026-04-01"])),
        provider_kinds=draw(st.sampled_from([(), ("care_home", "home_care")])),
        on=tuple(draw(st.lists(st.sampled_from([one.value for one in Trigger]), max_size=2, unique=True))),
        counts=tuple(looked_at),
        conditions=tuple(draw(st.lists(conditions(facts), min_size=1, max_size=3))),
        outcomes=tuple(draw(st.lists(st.one_of(escalations, others), max_size=3))),
        examples=tuple(draw(st.lists(examples, max_size=2))),
    )  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(forms())
def test_what_the_form_says_comes_back_from_its_text(form):
    text = printed(form, SCHEMA).text
    found = opened(text, SCHEMA)
    assert found.form == form, (text, found.unshown)
    assert found.comments == ()


@settings(max_examples=150, deadline=None)
@given(st.lists(conditions(KINDS), min_size=1, max_size=4))
def test_conditions_come_back_from_cel(some):
    assert rows(" && ".join(cel(one, KINDS) for one in some), KINDS) == tuple(some)


@given(givens)
def test_what_an_example_gives_comes_back_from_its_lines(values):
    assert given_of(lines_of(values)) == (values, [])


@pytest.mark.parametrize("key", sorted(EVERY.rules))
def test_a_rule_of_a_plugin_is_shown_whole_or_not_at_all(key):
    rule, facts = EVERY.rules[key], schema(EVERY)
    text = rule_text(rule)
    (before,) = read_rules(text, facts).rules
    found = opened(text, facts)
    if found.form is None:
        assert all(1 <= one.line <= text.count("\n") and one.message for one in found.unshown)
        return
    (after,) = read_rules(printed(found.form, facts).text, facts).rules
    assert replace(after.rule, when="") == replace(before.rule, when="")
    assert rows(after.rule.when, _kinds(rule, facts)) == rows(before.rule.when, _kinds(rule, facts))


def _kinds(rule, facts):
    return {one: fact.kind for one, fact in facts.facts.items()} | {
        asked.name: FactKind.INT for asked in rule.let
    }


def test_most_rules_fit_the_form():
    shown = [key for key, rule in EVERY.rules.items() if opened(rule_text(rule), schema(EVERY)).form]
    assert len(shown) > len(EVERY.rules) / 2, sorted(set(EVERY.rules) - set(shown))


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("recent >= 2", "(recent >= 2 || incident.harm > 2)"), 11, "no row"),
        (("recent >= 2", "recent >= incident.harm"), 11, "no row"),
        (("recent >= 2", "recent >= 1 + 1"), 11, "no row"),
        (("recent >= 2", "recnt >= 2"), 11, "no row"),
        (("&& recent", "// and again\n  && recent"), 12, "comment"),
        (('== "self_harm" && recent', '== r"self_harm" && recent'), 11, "no row"),
        (("- escalate: {", "- conjure: {"), 13, "conjure"),
        (("why: ", "colour: blue\nwhy: "), 3, "colour"),
        (("on: [", "on: {a: ["), 9, ""),
        (("title: Self", "title: &a Self"), 2, "anchor"),
        (("{to: unit_manager", "{to: {person: a@calder.example}"), 13, "person"),
        (("reference: Local policy", "reference: [a]"), 6, "text"),
    ],
)
def test_what_the_form_cannot_show_is_named_by_line(change, line, said):
    text = TEMPLATE.replace(*change)
    if change[0] == "&& recent":
        text = TEMPLATE.replace("when: ", "when: |\n  ").replace(*change)
    assert text != TEMPLATE
    found = opened(text, SCHEMA)
    assert found.form is None
    assert (found.unshown[0].line, said in found.unshown[0].message) == (line, True), found.unshown


def test_comments_are_named_and_a_hash_in_a_text_is_none():
    text = TEMPLATE.replace("Local policy", '"Policy #4 # 2"').replace("why: ", "# why we ask\nwhy: ")
    assert opened(text, SCHEMA).comments == (3,)
    assert opened(TEMPLATE.replace("recent >= 2\n", "recent >= 2  # twice\n"), SCHEMA).comments == (11,)


@pytest.mark.parametrize("words", ["'fall'", '"fall"', '"\\u0066all"'])
def test_each_way_to_write_a_text_is_the_same_row(words):
    assert rows(f"incident.category=={words}", KINDS) == (Condition("incident.category", "is", "fall"),)


@pytest.mark.parametrize(
    "when", ["true", "", "a == ", '"x" in incident.harm', 'incident.harm == "3"', "&&", "((("]
)
def test_a_condition_without_a_row_is_beyond_the_form(when):
    with pytest.raises(Beyond):
        rows(when, KINDS)


GOOD = opened(TEMPLATE, SCHEMA).form


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"key": "Not a key"}, "rule_key"),
        ({"applies_from": "soon"}, "applies_from"),
        ({"confidence": "certain"}, "confidence"),
        ({"on": ("incident.reported", "nothing")}, "on"),
        ({"outcomes": ()}, "add-outcome"),
        ({"conditions": ()}, "add-condition"),
        ({"conditions": (Condition("incident.harm", "is", "1 || true"),)}, "condition-0-value"),
        ({"conditions": (*GOOD.conditions, Condition("incident.harm", "contains", "1"))}, "condition-2-how"),
        ({"conditions": (*GOOD.conditions, Condition("x) || (y", "is", "1"))}, "condition-2-fact"),
        ({"conditions": (GOOD.conditions[1], Condition("incident.category", "is", "fal"))}, "condition-1-value"),
        ({"counts": (replace(GOOD.counts[0], days="7.5"),)}, "count-0-days"),
        ({"counts": (replace(GOOD.counts[0], where="incident.harm >"),)}, "count-0-where"),
        ({"counts": (replace(GOOD.counts[0], same=()),)}, "count-0-same"),
        ({"counts": GOOD.counts * 2}, "count-1-name"),
        ({"outcomes": (Outcome("escalate", (("to", "unit_manager"), ("acknowledge_within", "soon"))),)},
         "outcome-0-acknowledge_within"),
        ({"outcomes": (replace(GOOD.outcomes[0], chain=(Step("executive", "later"),)),)}, "outcome-0-chain-0-after"),
        ({"examples": (Example("incident.category fall", "yes"),)}, "example-0-given"),
        ({"examples": (Example("incident.catgory: fall", "yes"),)}, "example-0-given"),
        ({"examples": (GOOD.examples[0], replace(GOOD.examples[0], fires="no"))}, "example-1-given"),
    ],
)  # fmt: skip
def test_a_mistake_is_beside_its_field(change, field):
    found = printed(replace(GOOD, **change), SCHEMA)
    assert field in found.errors, found.errors
    assert found.written.rules == ()


def test_a_sound_form_has_nothing_to_put_right():
    found = printed(GOOD, SCHEMA)
    assert (dict(found.errors), len(found.written.rules)) == ({}, 1)
