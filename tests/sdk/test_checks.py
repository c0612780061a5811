"""What is wrong with a record, beyond its types."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from throughline.sdk import (
    SECTOR_FACTORS,
    Authority,
    Channel,
    Choice,
    Escalate,
    FactorGroup,
    Field,
    FieldKind,
    FieldSet,
    Framework,
    LookBack,
    Message,
    Receipt,
    ReportFormat,
    RequireReview,
    Rule,
    RuleTest,
    SinceLast,
    Stage,
    Trigger,
)
from throughline.sdk.checks import Record, problems_in

RULE = Rule(
    key="demo.rule",
    version=1,
    title="A rule",
    why="Because.",
    authority=Authority("Said so.", "A policy"),
    on=(Trigger.INCIDENT_REPORTED,),
    when="incident.harm >= 3 && recent >= 2",
    then=(Escalate("executive", 4), RequireReview("psii", 3)),
    let=(LookBack("recent", 14, ("person",), category="self_harm", min_harm=1),),
    tests=(RuleTest({"incident.harm": 3, "recent": 2}, fires=True),),
)
FIELDS = FieldSet(
    "demo.fields",
    "Fields",
    ("self_harm",),
    (
        Field("how", "How?", FieldKind.CHOICE, choices=(Choice("a", "A"), Choice("b", "B"))),
        Field("minutes", "Minutes?", FieldKind.NUMBER),
    ),
)
FRAMEWORK = Framework(
    "demo.framework",
    1,
    "A framework",
    "A book",
    "A method.",
    (Stage("one", "One", "What?", "Ask."),),
    (FactorGroup("tasks", "Tasks", "What?", "Ask.", ("An example",), "task"), *SECTOR_FACTORS),
)
FORMAT = ReportFormat(
    "demo.format", 1, "A format", "ICB", "A report.", "<p>x</p>", "p {}", lambda document, settings: {}
)


def sent(message: Message, address: str, settings: Any) -> Receipt:
    return Receipt(True, message.id, "")


CHANNEL = Channel("demo.channel", "A channel", "email", sent)


def said(record: Record) -> list[str]:
    return list(problems_in(record, "demo"))


@pytest.mark.parametrize("record", [RULE, FIELDS, FRAMEWORK, FORMAT, CHANNEL], ids=lambda record: record.key)
def test_a_sound_record_has_no_problem(record: Record) -> None:
    assert said(record) == []


@pytest.mark.parametrize(
    "key", ["rule", "other.rule", "demo.", "demo.Rule", "demo.a-b", "demo.a.b", "demo.1a", ""]
)
def test_a_key_is_the_plugin_s_key_a_dot_and_a_name(key: str) -> None:
    assert any("key" in problem for problem in said(replace(RULE, key=key)))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"title": " "}, "title is empty"),
        ({"why": ""}, "why is empty"),
        ({"when": ""}, "when is empty"),
        ({"on": ()}, "on is empty"),
        ({"then": ()}, "then is empty"),
        ({"version": 0}, "version should be at least 1"),
        ({"version": True}, "version should be a whole number, not True"),
        ({"when": "true || " * 300 + "true"}, "longer than 2000 characters"),
        ({"on": (Trigger.INCIDENT_REPORTED,) * 2}, "appears 2 times"),
        ({"authority": Authority("", "A policy")}, "authority needs a statement"),
        (
            {"authority": Authority("S", "R", quote="so " * 26)},
            "the authority's quote has 26 words: quote at most 25",
        ),
        (
            {"authority": Authority("S", "R", provider_kinds=("hospital",))},
            "there is no kind of provider 'hospital'; there are nhs_body,",
        ),
        ({"authority": Authority("S", "R", provider_kinds=("care_home",) * 2)}, "appears 2 times"),
        (
            {"authority": Authority("S", "R", applies_from=date(2026, 4, 1), applies_to=date(2026, 3, 31))},
            "the authority's applies_to is before its applies_from",
        ),
        (
            {"authority": Authority("S", "R", verified_on=date(2026, 4, 1), review_due=date(2026, 3, 31))},
            "the authority's review_due is before its verified_on",
        ),
        ({"status": "shelved"}, "status should be one of 'draft', 'shadow', 'live', 'retired'"),
        ({"then": (Escalate("boss", 4),)}, "there is no role 'boss'"),
        ({"then": (Escalate("executive", 0),)}, "acknowledge_within_hours should be at least 1"),
        ({"then": (RequireReview("rca", 4),)}, "there is no kind of review 'rca'"),
        ({"then": (RequireReview("aar", 0),)}, "start_within_working_days should be at least 1"),
        ({"let": (LookBack("in", 14, ("unit",)),)}, "may not be a reserved word"),
        ({"let": (LookBack("incident", 14, ("unit",)),)}, "may not be a reserved word"),
        ({"let": (LookBack("recent", 0, ("unit",)),)}, "within_days should be from 1 to 366"),
        ({"let": (LookBack("recent", 1, ()),)}, "same needs at least one"),
        ({"let": (LookBack("recent", 1, ("unit",), category="falls"),)}, "there is no category 'falls'"),
        ({"let": (LookBack("recent", 1, ("unit",), min_harm=5),)}, "min_harm should be from 0"),
        ({"let": (LookBack("recent", 1, ("unit",)),) * 2}, "'recent' appears 2 times"),
        (
            {"let": (LookBack("recent", 1, ("ward",)),)},
            "same[0] should be one of 'person', 'unit', 'location'",
        ),
        ({"let": (LookBack("recent", 1, ("unit", "unit")),)}, "'unit' appears 2 times"),
        (
            {"let": (LookBack("recent", 1, ("unit",), of="beds"),)},
            "of should be one of 'incidents', 'people'",
        ),
        ({"let": (LookBack("recent", 1, ("person",), of="people"),)}, "never more than one"),
        ({"let": (LookBack("recent", 1, ("location",), of="units"),)}, "use 'subtree' in place of it"),
        ({"let": (LookBack("recent", 1, ("unit",), where="  "),)}, "where is blank"),
        ({"let": (LookBack("recent", 1, ("unit",), where="x" * 2001),)}, "where is longer than 2000"),
        ({"let": (SinceLast("quiet", 0, ("unit",)),)}, "within_days should be from 1 to 366"),
        ({"let": (SinceLast("quiet", 9, ()),)}, "same needs at least one"),
        ({"let": ("recent",)}, "let[0] should be a LookBack or a SinceLast"),
        (
            {"tests": (RuleTest({"incident.severity": 3}, fires=True),)},
            "there is no fact 'incident.severity'",
        ),
        ({"tests": (RuleTest({"incident.harm": "3"}, fires=True),)}, "is of kind int"),
    ],
)
def test_it_says_what_is_wrong_with_a_rule(change: dict[str, Any], part: str) -> None:
    (problem,) = said(replace(RULE, **change))
    assert problem.startswith("demo.rule: ")
    assert part in problem


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"applies_to": ()}, "applies_to is empty"),
        ({"applies_to": ("falls",)}, "there is no category 'falls'"),
        ({"key": "demo.incident"}, "'incident' is reserved"),
        ({"fields": FIELDS.fields[1:] * 2}, "the field 'minutes' appears 2 times"),
        ({"fields": (Field("for", "For?", FieldKind.TEXT),)}, "may not be a reserved word"),
        ({"fields": (Field("how", "", FieldKind.TEXT),)}, "label is empty"),
        ({"fields": (Field("how", "How?", FieldKind.CHOICE),)}, "needs at least two choices"),
        ({"fields": (Field("n", "N?", FieldKind.NUMBER, choices=(Choice("a", "A"),)),)}, "has no choices"),
        (
            {"fields": (Field("n", "N?", FieldKind.CHOICE, choices=(Choice("A b", "A"), Choice("c", "C"))),)},
            "choice 'A b' needs a label, and its key should be",
        ),
    ],
)
def test_it_says_what_is_wrong_with_a_field_set(change: dict[str, Any], part: str) -> None:
    (problem,) = said(replace(FIELDS, **change))
    assert part in problem


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"stages": ()}, "stages is empty"),
        ({"factors": ()}, "factors is empty"),
        ({"citation": ""}, "citation is empty"),
        ({"stages": FRAMEWORK.stages * 2}, "the stage 'one' appears 2 times"),
        ({"stages": (Stage("one", "One", "", "Ask."),)}, "'one': prompt is empty"),
        (
            {"factors": (replace(FRAMEWORK.factors[0], theme="luck"), *SECTOR_FACTORS)},
            "there is no theme 'luck'",
        ),
        (
            {"factors": FRAMEWORK.factors[:-1]},
            "no factor has the theme 'policy', which every review asks about",
        ),
        ({"objections": "none"}, "objections should be a function, not 'none'"),
        (
            {"factors": (replace(FRAMEWORK.factors[0], examples=()), *SECTOR_FACTORS)},
            "'tasks': examples is empty",
        ),
        ({"factors": (replace(FRAMEWORK.factors[0], key="A"), *SECTOR_FACTORS)}, "the key 'A' should be"),
    ],
)
def test_it_says_what_is_wrong_with_a_framework(change: dict[str, Any], part: str) -> None:
    (problem,) = said(replace(FRAMEWORK, **change))
    assert part in problem


def test_it_says_what_is_wrong_with_a_format_or_a_channel() -> None:
    assert said(replace(FORMAT, template="")) == ["demo.format: template is empty"]
    assert said(replace(CHANNEL, title="")) == ["demo.channel: title is empty"]
    assert "'post'" in said(replace(CHANNEL, address_kind="post"))[0]  # type: ignore[arg-type]
