"""Rules of the nightly scan as they are written: read, printed, and refused where they stand."""

import re

import pytest

from throughline.rules.facts import schema_of
from throughline.rules.written import read_rules
from throughline.rules.written.phrases import Unclear, look_back, look_back_pattern, look_back_text
from throughline.rules.written.printing import rule_text
from throughline.sdk import LookBack, Rate, Signal, Silence, UsualReports

SENTENCES = {
    "count of incidents of category fall on the unit within 28 days where incident.harm >= 2": LookBack(
        "n", 28, ("unit",), category="fall", where="incident.harm >= 2"
    ),
    "count of people in incidents on the unit within 28 days": LookBack("n", 28, ("unit",), of="people"),
    "rate of incidents of category fall per 10,000 occupied bed days on the unit within 90 days": Rate(
        "n", 90, "fall"
    ),
    "rate of incidents per 10,000 occupied bed days on the unit and below within 1 day": Rate(
        "n", 1, below=True
    ),
    "signal in weekly count of incidents of category violence on the unit over 24 weeks": Signal(
        "n", "week", 24, "violence"
    ),
    "signal in monthly count of incidents on the unit and below over 36 months": Signal(
        "n", "month", 36, below=True
    ),
    "days since the last report on the unit within 60 days": Silence("n", 60),
    "usual reports a week on the unit within 84 days": UsualReports("n", 84),
}
RULE = """key: rising
title: More than usual
why: It matters.
authority: {statement: Ours., reference: Local}
on: [%s]
let:
  n: %s
when: %s
then:
  - %s
"""
TELL = "escalate: {to: unit_manager, acknowledge_within: 24 hours}"


def written(on="nightly.scan", let="count of incidents on the unit within 7 days", when="n >= 3", then=TELL):
    return read_rules(RULE % (on, let, when, then), schema_of())


@pytest.mark.parametrize(("text", "asked"), SENTENCES.items(), ids=lambda one: str(one)[:30])
def test_a_sentence_means_a_record_and_a_record_its_sentence(text, asked):
    assert look_back("n", text) == asked
    assert look_back_text(asked, scan=True) == text
    assert re.match(look_back_pattern(), text)


def test_a_rule_reads_back_to_itself():
    found = written(
        let="signal in weekly count of incidents on the unit over 24 weeks", when='n == "high_shift"'
    )
    assert found.mistakes == ()
    (one,) = found.rules
    (again,) = read_rules(rule_text(one.rule), schema_of()).rules
    assert again.rule == one.rule


@pytest.mark.parametrize(
    ("changes", "line", "column", "said"),
    [
        ({"when": "n >= 3 && incident.harm >= 2"}, 8, 17, "A nightly scan looks at a unit"),
        ({"on": "incident.reported", "let": "days since the last report on the unit within 9 days"}, 7, 6,
         "only at nightly.scan"),
        ({"on": "incident.reported", "let": "rate of incidents per 10,000 occupied bed days on the unit within 9 days"},
         7, 6, "only at nightly.scan"),
        ({"let": "count of incidents with the same person within 7 days"}, 7, 6, "looks at a unit"),
        ({"let": "days since the last incident with the same unit within 7 days"}, 7, 6, "no incident to count from"),
        ({"on": "nightly.scan, incident.reported"}, 1, 1, "write two rules"),
        ({"then": "set_flag: {key: f, title: Flag}"}, 10, 5, "“set_flag” needs an incident"),
        ({"then": "start_clock: {key: f, title: Flag, within: 2 days}"}, 10, 5, "“start_clock” needs an incident"),
        ({"then": TELL + "\n  - set_flag: {key: f, title: Flag}"}, 11, 5, "“set_flag” needs an incident"),
        ({"then": TELL + "\n  - require_share: {with: every unit, within: 5 working days}"}, 11, 5,
         "“require_share” needs an incident"),
        ({"let": "signal in weekly count of incidents on the unit over 9 weeks", "when": 'n == "none"'}, 7, 6,
         "from 12 to 104"),
        ({"let": "signal in weekly count of incidents on the unit over 24 weeks", "when": 'n == "hihg_shift"'}, 8, 12,
         "high_shift"),
        ({"let": "signal in yearly count of incidents on the unit over 24 weeks"}, 7, 16, "weekly or monthly"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named_where_it_stands(changes, line, column, said):
    found = written(**changes)
    assert found.rules == ()
    (mistake,) = found.mistakes
    assert said in mistake.message
    assert (mistake.line, mistake.column) == (line, column)


def test_a_sentence_that_stops_short_says_what_is_missing():
    with pytest.raises(Unclear) as unclear:
        look_back("n", "rate of incidents of category fall on the unit")
    assert "per 10,000 occupied bed days" in unclear.value.message
    assert unclear.value.at == len("rate of incidents of category fall ")
