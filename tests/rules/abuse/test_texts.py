"""Texts made to harm: each is refused in words, at its place, in a moment; nothing raises."""

import pytest
from tests.rules.written.test_reading import HEAD, SCHEMA, SOUND, TAIL

from throughline.rules.written import read_rules

DEEP = "(" * 10_000 + "true" + ")" * 10_000
LONG = "true && " * 12_500 + "true"  # 100 kB
DIGITS = "9" * 5_000  # more than Python itself makes a number of
COUNTED = "count of incidents with the same unit within 9 days"
EXPLODING = "incident.unit.matches('(a+)+$')"
TABLE = """\
tables:
  - key: a_table
    title: A table
    why: It matters.
    authority: {statement: Our own., reference: Policy 1}
    on: [incident.reported]
    rows: |
      row, incident.harm, -> escalate.to, -> escalate.acknowledge_within
      one, CELL, unit_manager, 24 hours
    otherwise: nothing
"""


def when(condition: str) -> str:
    return SOUND.replace("incident.harm >= 3", condition)


def let(said: str) -> str:
    return HEAD + f"let:\n  n: {said}\nwhen: n > 1\n" + TAIL


def example(value: str) -> str:
    return SOUND + f"tests:\n  - given: {{incident.harm: {value}}}\n    fires: true\n"


def within(hours: str) -> str:
    return SOUND.replace("24 hours", hours)


def then(effect: str) -> str:
    return SOUND + f"  - {effect}\n"


TEXTS = {
    "when of 100 kB": (when(LONG), 6, "longer than 2000 characters"),
    "when 10,000 deep": (when(DEEP), 6, "longer than 2000 characters"),
    "when 900 deep": (when("(" * 900 + "true" + ")" * 900), 6, "more than 400 words"),
    "where of 100 kB": (let(f"{COUNTED} where {LONG}"), 7, "longer than 2000 characters"),
    "where 10,000 deep": (let(f"{COUNTED} where {DEEP}"), 7, "longer than 2000 characters"),
    "where 100 deep": (let(f"{COUNTED} where {'(' * 100}true{')' * 100}"), 7, "nested more than 12 deep"),
    "where with a pattern": (let(f"{COUNTED} where {EXPLODING}"), 7, "cannot be looked up"),
    "where that divides by zero": (let(f"{COUNTED} where 1 / 0 == 1"), 7, "divides by zero"),
    "let 10,000 deep": (let(DEEP), 7, "This should say what is counted"),
    "let of blanks": (let("count" + " " * 200_000), 7, "This should say what is counted"),
    "let of 10,000 days": (let(COUNTED.replace("9", "10000") + " where incident.harm > 1"), 7, "10000"),
    "let of 9,999 days": (let(COUNTED.replace("9", "9999")), 7, "from 1 to 366"),
    "let of a number too long": (let(COUNTED.replace("9", DIGITS)), 7, "A whole number of days"),
    "3,000 look-backs": (
        HEAD + "let:\n" + "".join(f"  n{n}: {COUNTED}\n" for n in range(3_000)) + "when: n0 > 1\n" + TAIL,
        7,
        "more than 20 parts",
    ),
    "3,000 effects": (SOUND + "  - notify: {to: executive, words: x}\n" * 3_000, 8, "more than 20 parts"),
    "value 10,000 deep": (SOUND.replace("It matters.", "[" * 10_000), 3, "nested more than 12 deep"),
    "table 10,000 deep": (TABLE.replace("CELL", "(" * 10_000), 9, "is a whole number"),
    "table of a number too long": (TABLE.replace("CELL", DIGITS), 9, "is a whole number"),
    "example of a number too long": (example(DIGITS), 10, "is str, not a whole number"),
    "example of a number below all": (example(f"-{DIGITS}"), 10, "is str, not a whole number"),
    "example of 2**63": (example(str(2**63)), 10, "too large to compare"),
    "example without end": (example(".inf"), 10, "is str, not a whole number"),
    "version too long": (SOUND.replace("title:", f"version: {DIGITS}\ntitle:"), 2, "from 1 to 9999"),
    "hours without end": (within(f"{DIGITS} hours"), 8, "no length of time"),
    "hours past the calendar": (within("9999 hours"), 8, "at most 8784"),
    "chain past the calendar": (
        within("24 hours, chain: [{to: executive, after: 9999 hours}]"),
        8,
        "more than 8784 hours",
    ),
    "review past the calendar": (
        then("require_review: {kind: mdt, start_within: 999 working days}"),
        9,
        "at most 366",
    ),
    "clock past the calendar": (
        then("start_clock: {key: x, title: X, within: 9999 hours}"),
        9,
        "from 1 to 8784",
    ),
    "chain to itself": (
        within("24 hours, chain: [{to: unit_manager, after: 1 hours}]"),
        8,
        "comes back to",
    ),
    "chain in a circle": (
        within("24 hours, chain: [{to: executive, after: 1 hours}, {to: unit_manager, after: 1 hours}]"),
        8,
        "comes back to",
    ),
    "division by zero": (when("1 / 0 == 1"), 6, "divides by zero"),
    "a number past its end": (when("9223372036854775807 + 1 > 0"), 6, "too large"),
    "a number that is none": (when(f"incident.harm > {DIGITS[:1_500]}"), 6, "too large"),
    "a missing fact": (when("incident.nothing == 1"), 6, "There is no fact"),
    "pattern of large repeats": (when("incident.unit.matches('((a{100}){100}){100}')"), 6, "pattern"),
    "pattern that explodes": (when(EXPLODING), 6, "cannot be looked up"),
    "NUL": (SOUND.replace("A rule", "A\0rule"), 2, "cannot stand in a text"),
    "NUL as an escape": (SOUND.replace("A rule", r'"A\0rule"'), 2, "The character U+0000"),
    "bell as an escape": (SOUND.replace("A rule", r'"A\a rule"'), 2, "The character U+0007"),
    "text that turns round": (SOUND.replace("A rule", "A \u202e rule"), 2, "The character U+202E"),
    "half a character": (SOUND.replace("A rule", "A\ud800rule"), 2, "half a character"),
    "half as an escape": (SOUND.replace("A rule", r'"A\ud800"'), 2, "not YAML"),
    "title of 200 kB": (SOUND.replace("A rule", "x" * 200_000), 2, "longer than 200 characters"),
    "10 MB": (SOUND + "#" + "x" * 10_000_000, 1, "larger than 256 kB"),
    "tag": (SOUND.replace("A rule", "!!python/object/apply:os.system [ls]"), 2, "A tag"),
    "merge of keys": ("<<: {title: B}\n" + SOUND, 1, "is not a key of a rule"),
    "key twice": (SOUND + "title: B\n", 9, "given twice"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_made_to_harm_is_refused_in_words_at_its_place(name):
    text, line, words = TEXTS[name]
    found = read_rules(text, SCHEMA)
    assert found.rules == ()
    assert found.mistakes, "it should be refused"
    one = found.mistakes[0]
    assert (one.line, words.lower() in one.message.lower()) == (line, True), str(one)[:400]
    assert len(one.message) < 400, "a message is for people"


@pytest.mark.parametrize(
    "text",
    [SOUND.replace("\n", "\r\n"), "\ufeff" + SOUND, "\ufeff" + SOUND.replace("\n", "\r\n")],
    ids=["CRLF", "BOM", "both"],
)
def test_what_an_honest_editor_writes_is_read_as_it_is(text):
    found = read_rules(text, SCHEMA)
    assert found.mistakes == ()
    assert found.rules[0].rule == read_rules(SOUND, SCHEMA).rules[0].rule
