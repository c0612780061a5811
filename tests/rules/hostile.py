"""Compile and evaluate one hostile condition, in a process of its own with little memory and time.

Prints ``refused: <first line>``, ``failed: <message>``, ``found`` or ``silent``. Run by test_hostile.py.
"""

import resource
import sys

from throughline.rules.engine import Finding, compile_rules
from throughline.rules.facts import schema_of
from throughline.sdk import Authority, Escalate, Field, FieldKind, FieldSet, Rule, Trigger

MEGABYTE = 1024 * 1024
SPARE = 300 * MEGABYTE
NOTES = FieldSet(
    "plugin.notes",
    "Notes",
    ("other",),
    (Field("text", "Text", FieldKind.TEXT), Field("words", "Words", FieldKind.CHOICES)),
)
LOOPS = 8

CONDITIONS = {
    "100 kB": "incident.weekend || " * 5_000 + "true",
    "100 kB text": f"incident.unit == '{'x' * 100_000}'",
    "100 kB name": "x" * 100_000,
    "brackets 10,000 deep": "(" * 10_000 + "true" + ")" * 10_000,
    "lists 10,000 deep": "[" * 10_000 + "]" * 10_000 + " == []",
    "brackets 990 deep": "(" * 990 + "true" + ")" * 990,
    "brackets 13 deep": "(" * 13 + "true" + ")" * 13,
    "never closing": "(" * 1_999,
    "closing first": ")" * 1_999,
    "nots": "!" * 1_990 + "true",
    "minuses": "-" * 1_990 + "1 == 1",
    "sums": "+".join("1" * 150) + " > 0",
    "choices": "false ? false : " * 100 + "true",
    "choices in range": "false ? false : " * 12 + "true",
    "comparisons": "<".join("1" * 199),
    "items": "notes.words" + "[0]" * 120 + " == ''",
    "parts": "incident.unit" + ".a" * 900,
    "words": " ".join(["true"] * 390),
    "quotes": "'" * 1_999,
    "long quotes": '"""' * 600,
    "backslashes": "'" + "\\" * 1_990 + "'",
    "comment": "//" + "x" * 1_900,
    "loops in loops": "".join(f"notes.words.all(x{i}, " for i in range(LOOPS)) + "true" + ")" * LOOPS,
    "loops over lists": "".join(f"[0,1,2,3,4,5,6,7,8,9].exists(x{i}, " for i in range(LOOPS))
    + "false"
    + ")" * LOOPS,
    "a doubling text": "notes.words.map(x, notes.words.map(y, notes.text + notes.text)).size() > 0",
    "a doubling text in exists": "notes.words.exists(x, (notes.text + notes.text + notes.text).size() < 0)",
    "one long loop": "notes.words.all(x, notes.text.contains('b') || notes.text.endsWith('c') || x != '')",
    "a long sum of texts": " + ".join(["notes.text"] * 25) + " == ''",
    "exploding regex": "notes.text.matches('(a+)+$') || notes.text.matches('(x+x+)+y')",
    "regex of repeats": "notes.text.matches('((a{0,30}){0,30})b$')",
    "regex too large": "notes.text.matches('((a{1000}){1000}){1000}')",
    "regex of stars": "notes.text.matches('" + "(.*)" * 40 + "[^ab]{500}$')",
    "regex in a loop": "notes.words.exists(x, x.matches('(a|aa)+$') && notes.text.matches('(a|aa)+$'))",
    "many in a loop": "notes.words.all(x, !(" + " || ".join(["notes.text.contains('b')"] * 48) + "))",
    "many regexes": " || ".join(["notes.text.matches('(a|aa)+b(c|cc)+$')"] * 40),
    "division by zero": "1 / 0 == 1",
    "division by a fact": "1 / (incident.hour - 5) == 1",
    "overflow": "incident.hour * 9223372036854775807 > 1",
    "least number": "-9223372036854775808 / -1 > incident.hour",
    "unknown": "import_os.system('x')",
    "private": "incident.__class__ == incident.__dict__",
    "wrong type": "incident.hour == 'five' && 1 == 1.0 || null",
    "not a question": "incident.hour + 1",
    "missing": "notes.words[5] == 'x' || notes.nothing == 1",
    "unicode": "incidеnt.hour == 5",  # a Cyrillic letter
    "right to left": "\u202etrue\u202c",
    "nul": "true\x00false",
    "surrogate": "incident.unit == '\ud800'",
    "emoji": "notes.text != '😀' && notes.text.size() > 0",
}


def rule(when: str) -> Rule:
    authority = Authority("s", "r")
    return Rule(
        "a.hostile", 1, "t", "w", authority, (Trigger.INCIDENT_REPORTED,), when, (Escalate("executive", 1),)
    )


def main(name: str) -> None:
    schema = schema_of([NOTES])
    with open("/proc/self/statm") as statm:  # noqa: PTH123
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE, used + SPARE))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    ruleset = compile_rules([rule(CONDITIONS[name])], schema)
    if ruleset.problems:
        print("refused:", ruleset.problems[0].message.splitlines()[0])
        return
    facts = {"incident.hour": 5, "notes.text": "a" * 19_999 + "!", "notes.words": ["a" * 19_999] * 200}
    outcomes = ruleset.evaluate(Trigger.INCIDENT_REPORTED, facts, {})
    if not outcomes:
        print("silent")
    for outcome in outcomes:
        print("found" if isinstance(outcome, Finding) else f"failed: {outcome.message}")


if __name__ == "__main__":
    main(sys.argv[1])
