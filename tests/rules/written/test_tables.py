"""Decision tables: a row is a rule, rows do not overlap, and nothing is left out by accident."""

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.catalogue import catalogue_for
from throughline.rules.active import schema as schema_of_catalogue
from throughline.rules.engine import Finding, compile_rules
from throughline.rules.facts import schema_of
from throughline.rules.written import cells, read_rules, rule_text
from throughline.rules.written.coverage import Column, TooMany, uncovered
from throughline.sdk import Escalate, LookBack, RequireReview, RequireShare, Trigger

SCHEMA = schema_of_catalogue(catalogue_for(frozenset({"psirf"})))
TABLE = """\
tables:
  - key: response
    title: How we respond
    why: Who looks, and how soon, should not depend on who is on duty.
    authority: {statement: Our own choice., reference: Local response plan}
    on: [incident.reported]
    let:
      recent: count of incidents with the same unit and the same category within 14 days
    columns: [row, incident.category, incident.harm, recent, -> escalate.to, -> escalate.acknowledge_within, -> require_review.kind, -> require_review.start_within]
    rows:
      - [worst,   self_harm | violence, ">= 3", any,    executive,       4 hours,  mdt, 5 working days]
      - [cluster, self_harm | violence, 0..2,   ">= 3", governance_lead, 24 hours, "",  ""]
      - [single,  self_harm | violence, 0..2,   "< 3",  "",              "",       "",  ""]
    otherwise: nothing
    tests:
      - given: {incident.category: violence, incident.harm: 4}
        row: worst
      - given: {incident.category: violence, incident.harm: 1, recent: 3}
        row: cluster
      - given: {incident.category: violence, incident.harm: 1, recent: 1}
        row: single
      - given: {incident.category: fall, incident.harm: 4}
        row: nothing
"""
PASTED = """\
tables:
  - key: response
    title: How we respond
    why: Who looks should not depend on who is on duty.
    authority: {statement: Our own choice., reference: Local response plan}
    on: [incident.reported]
    rows: |
      row,incident.harm,-> escalate.to,-> escalate.acknowledge_within,-> notify.to,-> notify.words
      worst,>= 3,executive,4 hours,governance_lead,"Please look, today"

      other,< 3,,,,
"""


def read(text):
    return read_rules(text, SCHEMA)


def told(text):
    return [(one.line, one.column, one.message) for one in read(text).mistakes]


def test_each_row_that_asks_for_something_is_a_rule():
    found = read(TABLE)
    assert [str(one) for one in found.mistakes] == []
    worst, cluster = (one.rule for one in found.rules)
    assert (worst.key, cluster.key) == ("local.response_worst", "local.response_cluster")
    assert worst.title == "How we respond: worst"
    assert worst.when == 'incident.category in ["self_harm", "violence"] && incident.harm >= 3'
    assert worst.then == (Escalate("executive", 4), RequireReview("mdt", 5))
    assert cluster.then == (Escalate("governance_lead", 24),)
    assert cluster.let == (LookBack("recent", 14, ("unit", "category")),)
    assert [test.fires for test in cluster.tests] == [False, True, False, False]
    for rule in (worst, cluster):
        assert read(rule_text(rule)).rules[0].rule == rule, "a row can go on as a rule of its own"


def test_the_rules_of_a_table_find_what_its_rows_say():
    compiled = compile_rules([one.rule for one in read(TABLE).rules], schema_of())
    (asked,) = compiled.lookbacks(Trigger.INCIDENT_REPORTED)
    for category, harm, recent in product(("self_harm", "violence", "fall"), range(5), range(5)):
        facts = {"incident.category": category, "incident.harm": harm}
        found = compiled.evaluate(Trigger.INCIDENT_REPORTED, facts, {asked: recent})
        ours = category != "fall"
        wanted = ["local.response_worst"] if ours and harm >= 3 else []
        wanted = ["local.response_cluster"] if ours and harm < 3 and recent >= 3 else wanted
        assert [one.rule_key for one in found if isinstance(one, Finding)] == wanted


def test_a_table_can_be_pasted_from_a_spreadsheet():
    found = read(PASTED)
    assert [str(one) for one in found.mistakes] == []
    (rule,) = (one.rule for one in found.rules)
    assert rule.when == "incident.harm >= 3"
    assert rule.then[1].words == "Please look, today"
    ((line, column, said),) = told(PASTED.replace("governance_lead", "governance_leed"))
    assert (line, column) == (9, 36)
    assert "Did you mean “governance_lead”" in said


@pytest.mark.parametrize(
    ("right", "wrong", "line", "column", "words"),
    [
        ('">= 3", any,    exec', '">= 2", any,    exec', 12, 10, "The rows “worst” and “cluster” both speak when"
         " incident.category is self_harm, incident.harm is 2, recent is 3"),
        ("    otherwise: nothing\n", "", 11, 7, "No row speaks when incident.category is restrictive_practice."),
        ("self_harm | violence, 0..2,   \"< 3\"", "self_harm, 0..2,   \"< 3\"", 20, 9,
         "This example expects “single”, and “nothing” speaks"),
        ("incident.harm, recent,", "incident.hram, recent,", 9, 39, "Did you mean “incident.harm”"),
        ("incident.harm, recent,", "recent, recent,", 9, 47, "a column “recent” already"),
        ("-> escalate.to", "-> escalate.too", 9, 62, "Did you mean “escalate.to”"),
        ("worst,   self_harm", "worst,   selfharm", 11, 19, "is never “selfharm”. Did you mean “self_harm”"),
        ('">= 3", any,    exec', '"=> 3", any,    exec', 11, 41, "write such as 3, >= 3 or 2..5"),
        ("0..2,   \">= 3\"", "2..0,   \">= 3\"", 12, 41, "the smaller one first"),
        ("executive,       4 hours", "executif,       4 hours", 11, 57, "Did you mean “executive”"),
        ("executive,       4 hours", "executive,       4 hors", 11, 74, "no length of time"),
        ("- [worst,  ", "- [Worst,  ", 11, 10, "should be of lower-case letters"),
        ("- [cluster,", "- [worst,", 12, 10, "There is a row “worst” already"),
        ("columns: [row,", "columns: [name,", 9, 15, "The first column is named “row”"),
        ("row: single", "row: simple", 21, 14, "Did you mean “single”"),
        ("5 working days]", "5 working days, more]", 11, 10, "has 9 cells, and there are 8 columns"),
        ("    why: Who", "    whi: Who", 4, 5, "Did you mean “why”"),
        ("otherwise: nothing", "otherwise: something", 14, 16, "There are: nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_named_where_it_stands(right, wrong, line, column, words):
    assert right in TABLE
    found = told(TABLE.replace(right, wrong, 1))
    assert any(words in said and (at, col) == (line, column) for at, col, said in found), found


def test_a_table_that_is_too_large_to_try_says_so():
    names = [f"c{number}" for number in range(12)]
    let = "".join(
        f"      {name}: count of incidents with the same unit within {n + 1} days\n"
        for n, name in enumerate(names)
    )
    columns = "".join(f", {name}" for name in names)
    text = (
        TABLE[: TABLE.index("    let:")]
        + f"    let:\n{let}    columns: [row{columns}, -> set_flag.key, -> set_flag.title]\n"
        + f"    rows:\n      - [one{', 3..5' * 12}, flag, A flag]\n    otherwise: nothing\n"
    )
    assert "too many combinations" in told(text)[0][2]
    with pytest.raises(TooMany):
        list(uncovered([Column("a", range(1000), [None], str)] * 2, 1))


@pytest.mark.parametrize(
    "rows",
    [
        "".join(f"      r{n},any\n" for n in range(100)),
        "      r0," + "any," * 50_000 + "\n",
        "      r,any\n" * 20_000,
        "".join(f"      r{n},{' | '.join('x' * 40 for _ in range(50))}\n" for n in range(100)),
        '      r0,"any\n' * 90,
    ],
    ids=["all overlap", "wide", "long", "many words", "quotes"],
)
def test_a_hostile_table_is_refused_in_a_moment(rows):
    text = PASTED[: PASTED.index("      row,")] + "      row,incident.unit\n" + rows
    began = time.perf_counter()
    found = read(text)
    assert time.perf_counter() - began < 10, "it takes a fraction of a second here"
    assert found.rules == ()
    assert found.mistakes


_HARM = SCHEMA.facts["incident.harm"]
_CELL = st.one_of(
    st.just("any"),
    st.integers(0, 4).map(str),
    st.tuples(st.sampled_from([">=", "<=", ">", "<"]), st.integers(0, 5)).map(
        lambda one: f"{one[0]} {one[1]}"
    ),
    st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda one: f"{min(one)}..{max(one)}"),
)


@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=5))
def test_overlaps_and_gaps_are_those_that_trying_every_value_finds(rows):
    """Harm goes from 0 to 4, so that every pair of values can be tried."""
    grid = [[cells.cell(_HARM, text) for text in column] for column in zip(*rows, strict=True)]
    columns = [
        Column(name, cells.values(_HARM, column), [one.holds if one else None for one in column], str)
        for name, column in zip("ab", grid, strict=True)
    ]
    found = list(uncovered(columns, len(rows)))
    pairs, gap = set(), False
    for values in product(range(5), range(5)):
        held = [
            number
            for number, row in enumerate(zip(*grid, strict=True))
            if all(one is None or one.holds(value) for one, value in zip(row, values, strict=True))
        ]
        gap |= not held
        pairs |= {(a, b) for a in held for b in held if a < b}
    assert {one.rows for one in found if one.rows} == pairs
    assert any(not one.rows for one in found) == gap


def test_a_row_may_name_a_person_and_an_audience():
    text = """\
tables:
  - key: told
    title: Who hears
    why: It matters.
    authority: {statement: Ours., reference: Local}
    on: [incident.reported]
    rows: |
      row,   incident.category, -> escalate.to,      -> escalate.acknowledge_within, -> require_share.with,      -> require_share.within
      fire,  fire,              Duty@Calder.example, 4 hours,                        acute_adult | older_adult,  5 working days
      falls, fall,              on_call,             1 day,                          every unit,                 5 working days
    otherwise: nothing
"""
    found = read_rules(text, SCHEMA)
    assert found.mistakes == ()
    assert [one.rule.then for one in found.rules] == [
        (Escalate("person:duty@calder.example", 4), RequireShare(("acute_adult", "older_adult"), 5, "")),
        (Escalate("on_call", 24), RequireShare((), 5, "")),
    ]
    wrong = read_rules(text.replace("acute_adult |", "Acute adult |"), SCHEMA).mistakes
    assert [(one.line, one.column, "type of service is a word" in one.message) for one in wrong] == [
        (9, 86, True)
    ]
    wrong = read_rules(text.replace("Duty@Calder.example", "Duty@              "), SCHEMA).mistakes
    assert [(one.line, one.column, "e-mail address" in one.message) for one in wrong] == [(9, 33, True)]
