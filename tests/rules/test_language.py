"""Conditions: what may be written, and how each mistake is answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.rules.facts import schema_of
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.language import Language

EVERYTHING = {
    "incident.category": "self_harm",
    "incident.harm": 3,
    "incident.person_known": True,
    "incident.hour": 23,
    "restraint.positions": ["prone", "seated"],
    "restraint.minutes": 12,
    "restraint.tried": "Time, space and a “familiar” face 😀",
}


def answer(language, schema, source):
    return language.compile(source).holds(language.activation(schema.fill(EVERYTHING).values))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('incident.category == "self_harm" && incident.harm >= 3', True),
        ("incident.category == 'fall' || incident.harm < 3", False),
        ('incident.category in ["fall", "self_harm"]', True),
        ('"prone" in restraint.positions', True),
        ('!("prone" in restraint.positions)', False),
        ("size(restraint.positions) == 2 && restraint.positions.size() == 2", True),
        ('restraint.positions.exists(one, one == "side")', False),
        ('restraint.positions.all(one, one != "side" && one.contains("e"))', True),
        ('restraint.positions[0] == "prone"', None),
        ('restraint.tried.contains("😀") && restraint.tried.startsWith("Time")', True),
        (r'restraint.tried.matches("(?i)\\bSPACE\\b")', True),
        (r"restraint.tried.matches(r'spa.e')", True),
        ("(incident.hour >= 22 || incident.hour < 6) ? incident.person_known : false", True),
        ("restraint.minutes * 2 - 4 > 10 + 9", True),
        ("incident.harm >= 3 // severe\n  && incident.person_known", True),
        ('"""prone""" in restraint.positions', True),
        ('restraint.tried != "it\\"s"', True),
        ("0x0C == restraint.minutes", True),
    ],
)
def test_it_answers_a_condition(language, schema, source, expected):
    if expected is None:
        with pytest.raises(InvalidCondition, match="it asks for an item that the list does not have"):
            language.compile(source)
    else:
        assert answer(language, schema, source) is expected


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        ("", (1, 1), "the condition is empty"),
        ("  \n ", (1, 1), "the condition is empty"),
        (
            "incident.catgory == 'fall'",
            (1, 1),
            "there is no fact “incident.catgory”. Did you mean “incident.category”?",
        ),
        (
            "true &&\n category == 'fall'",
            (2, 2),
            "there is no fact “category”. Did you mean “incident.category”?",
        ),
        (
            "'prone' in restraint",
            (1, 12),
            "there is no fact “restraint”. Did you mean “restraint.positions”?",
        ),
        ("incident.harm >= 3 && qqq", (1, 23), "there is no fact “qqq”."),
        (
            "incident.harm == '3'",
            (1, 15),
            "“==” cannot be used with a whole number and a text: a text stands in quot",
        ),
        ("incident.harm >= 2.5", (1, 15), "“>=” cannot be used with a whole number and a decimal number"),
        (
            "incident.harm && incident.weekend",
            (1, 15),
            "“&&” cannot be used with a whole number and true or false",
        ),
        ("!incident.harm", (1, 1), "“!” cannot be used with a whole number"),
        ("'x' in incident.unit", (1, 5), "“in” cannot be used with a text and a text"),
        ("restraint.positions == 'prone'", (1, 21), "“==” cannot be used with a list of texts and a text"),
        ("size(incident.harm) > 1", (1, 5), "“size” cannot be used with a whole number"),
        ("incident.harm", (1, 1), "this gives a whole number, but a condition is true or false"),
        ("incident.unit", (1, 1), "this gives a text, but a condition is true or false"),
        ("incident.category = 'fall'", (1, 19), "to compare, write two equals signs: =="),
        ("incident.weekend and incident.anonymous", (1, 18), "for “and”, write &&"),
        ("not incident.weekend", (1, 1), "for “not”, write !"),
        ("incident.weekend & incident.anonymous", (1, 18), "for “and”, write &&"),
        ("incident.unit == “oak”", (1, 18), "use straight quotation marks: \" or '"),
        ("incident.unit == 'oak", (1, 18), "this quotation mark never closes"),
        ("incident.harm >=", (1, 17), "something is missing at the end"),
        ("(incident.harm > 1", (1, 19), "a “)” is missing here"),
        ("incident.harm > 1)", (1, 18), "“)” cannot stand here"),
        ("incident.weekend incident.weekend", (1, 18), "“incident.weekend” cannot stand here"),
        ("@incident.weekend", (1, 1), "“@” means nothing here"),
        ("incident.weekend\x00", (1, 17), "“\\x00” means nothing here"),
        ("incident.weekend\u202e", (1, 17), "“\\u202e” means nothing here"),
        ("incident . weekend", (1, 10), "write a name in one piece"),
        (".incident.weekend", (1, 1), "write a name in one piece"),
        ("incident.category.name == 'x'", (1, 1), "“incident.category” has no parts"),
        ("has(incident.category)", (1, 1), "every fact has a value, so “has” is not needed"),
        (
            "incident.unit.startWith('a')",
            (1, 15),
            "there is no function “startWith” here. Did you mean “startsWith”?",
        ),
        ("restraint.positions.map(x, x) == []", (1, 21), "there is no function “map” here."),
        ("timestamp('2026-01-01T00:00:00Z') > 1", (1, 1), "there is no function “timestamp” here."),
        ("incident.unit.startsWith('a', 'b')", (1, 15), "“startsWith” is not used like this"),
        ("{'a': 1}.size() > 0", (1, 1), "curly brackets have no use here"),
        ("incident.harm > 99999999999999999999", (1, 17), "this number is too large"),
        ("incident.unit.matches('(')", (1, 23), "this pattern cannot be used: missing ): ("),
        (
            "incident.unit.matches('(a{1000}){1000}')",
            (1, 23),
            "this pattern cannot be used: invalid repetition size",
        ),
        ("incident.unit.matches(incident.unit)", (1, 23), "write the pattern itself in quotation marks"),
        (f"incident.unit.matches('{'a' * 200}')", (1, 23), "the pattern is longer than 200 characters"),
        (
            "10 / incident.harm > 1",
            (1, 1),
            "this has no answer when nothing is known yet: it divides by zero",
        ),
        ("9223372036854775807 + 1 > incident.harm", (1, 1), "a number became too large"),
    ],
)  # fmt: skip - one mistake a line
def test_it_names_what_is_wrong_and_where(language, source, place, said):
    with pytest.raises(InvalidCondition) as caught:
        language.compile(source)
    assert said in caught.value.message
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "incident.category == 'selfharm'",
            "incident.category is never “selfharm”. Did you mean “self_harm”?",
        ),
        ("'Fall' != incident.category", "incident.category is never “Fall”. Did you mean “fall”?"),
        ("incident.physical_harm in ['severe', 'death']", "incident.physical_harm is never “death”."),
        ("incident.psychological_harm == 'fatal'", "incident.psychological_harm is never “fatal”."),
        ("'pronne' in restraint.positions", "restraint.positions is never “pronne”. Did you mean “prone”?"),
    ],
)
def test_it_refuses_a_comparison_with_a_word_that_never_occurs(language, source, said):
    with pytest.raises(InvalidCondition) as caught:
        language.compile(source)
    assert said in caught.value.message


def test_it_accepts_any_word_where_any_word_may_stand(language):
    language.compile(
        "incident.unit == 'a-ward-yet-to-open' && restraint.tried != '' && incident.category != ''"
    )


def test_an_error_shows_the_line_with_a_caret_under_the_place(language):
    with pytest.raises(InvalidCondition) as caught:
        language.compile("'é😀' == 'x' ||\n    incident.harn > 3")
    assert str(caught.value) == (
        "line 2, column 5: there is no fact “incident.harn”. Did you mean “incident.harm”?\n"
        "      incident.harn > 3\n"
        "      ^"
    )


def test_the_caret_stays_under_the_place_in_a_long_line(language):
    with pytest.raises(InvalidCondition) as caught:
        language.compile("incident.weekend || " * 60 + "incident.weekent")
    _, line, caret = str(caught.value).split("\n")
    assert line[caret.index("^") :].startswith("incident.weekent")
    assert len(line) < 120


def test_it_says_which_facts_a_condition_reads(language):
    condition = language.compile(
        "restraint.positions.exists(x, x == 'prone') && 'incident.unit'.size() > incident.harm"
    )
    assert condition.reads == ("incident.harm", "restraint.positions")


def test_an_answer_that_cannot_be_given_is_said_to_be_none(language, schema):
    condition = language.compile("10 / (restraint.minutes - 5) > 1")
    with pytest.raises(Unanswerable, match="it divides by zero"):
        condition.holds(language.activation(schema.fill({"restraint.minutes": 5}).values))


def test_an_or_is_answered_when_one_side_has_no_answer(language, schema):
    condition = language.compile("incident.weekend || 10 / (restraint.minutes - 5) > 1")
    values = schema.fill({"restraint.minutes": 5, "incident.weekend": True}).values
    assert condition.holds(language.activation(values))


@given(st.text(max_size=120))
def test_any_text_is_compiled_or_refused_with_a_place(text):
    language = Language(schema_of().facts)
    try:
        language.compile(text)
    except InvalidCondition as invalid:
        assert invalid.message
        assert invalid.line >= 1
        assert invalid.column >= 1


PIECES = st.sampled_from(
    [
        *("incident.harm", "incident.category", "incident.weekend", "3", "1.5", "'fall'", "true", "null"),
        *("==", "&&", "||", "!", "(", ")", "[", "]", "in", "?", ":", ",", ".", "+", "-", "\n", "//", "'"),
        *(".size()", ".exists(x, x)", "has("),
    ]
)


@given(st.lists(PIECES, max_size=14))
def test_any_jumble_of_the_language_is_compiled_or_refused(pieces):
    language = Language(schema_of().facts)
    try:
        language.compile(" ".join(pieces))
    except InvalidCondition as invalid:
        assert invalid.message
