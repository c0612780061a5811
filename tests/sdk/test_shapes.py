"""A record holds what its annotations say."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

import marshmallow
import pytest

from throughline.sdk import Authority, Choice, Escalate, Field, FieldKind, Rule, RuleTest, Trigger
from throughline.sdk.shapes import misfits


def said(value: object, wanted: Any) -> list[str]:
    return list(misfits(value, wanted, "it"))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("text", str),
        (1, int),
        (True, bool),
        (None, date | None),
        (date(2026, 3, 1), date | None),
        ((), tuple[str, ...]),
        (("a", "b"), tuple[str, ...]),
        ({"a": 1}, Mapping[str, object]),
        ("sourced", Literal["sourced", "unverified"]),
        (len, Callable[[str], int]),
        (marshmallow.Schema, type[marshmallow.Schema] | None),
        (FieldKind.TEXT, FieldKind),
    ],
)
def test_it_accepts_what_fits(value: object, wanted: Any) -> None:
    assert said(value, wanted) == []


@pytest.mark.parametrize(
    ("value", "wanted", "message"),
    [
        (1, str, "it should be text, not 1"),
        (True, int, "it should be a whole number, not True"),
        (1, bool, "it should be true or false, not 1"),
        (["a"], tuple[str, ...], "it should be a tuple, not ['a']"),
        (("a", 2), tuple[str, ...], "it[1] should be text, not 2"),
        ({1: "a"}, Mapping[str, object], "a key of it should be text, not 1"),
        ("ab", Mapping[str, object], "it should be a mapping, not 'ab'"),
        ("maybe", Literal["yes", "no"], "it should be one of 'yes', 'no', not 'maybe'"),
        ("len", Callable[[str], int], "it should be a function, not 'len'"),
        (str, type[marshmallow.Schema], "it should be a subclass of Schema, not <class 'str'>"),
        ("today", date | None, "it should be a date or None, not 'today'"),
        ("text", FieldKind, "it should be a FieldKind, not 'text'"),
    ],
)
def test_it_names_what_does_not_fit(value: object, wanted: Any, message: str) -> None:
    assert said(value, wanted) == [message]


def test_it_names_the_part_deep_inside_a_record() -> None:
    choices: Any = (Choice("a", "A"), Choice("b", 2))  # type: ignore[arg-type]
    assert said(Field("x", "X", FieldKind.CHOICE, choices=choices), Field) == [
        "it.choices[1].label should be text, not 2"
    ]


def test_it_looks_inside_the_matching_part_of_a_union() -> None:
    rule = Rule(
        key="a.b",
        version=1,
        title="T",
        why="W",
        authority=Authority("S", "R"),
        on=(Trigger.INCIDENT_REPORTED,),
        when="true",
        then=(Escalate("executive", "soon"),),  # type: ignore[arg-type]
        tests=(RuleTest("nothing", fires=True),),  # type: ignore[arg-type]
    )
    assert said(rule, Rule) == [
        "it.then[0].acknowledge_within_hours should be a whole number, not 'soon'",
        "it.tests[0].given should be a mapping, not 'nothing'",
    ]


def test_a_long_value_is_cut_in_the_message() -> None:
    (message,) = said("x" * 5000, int)
    assert len(message) < 150


def test_records_cannot_be_changed() -> None:
    test = RuleTest({"incident.harm": 3}, fires=True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        test.fires = False  # type: ignore[misc]
    with pytest.raises(TypeError):
        test.given["incident.harm"] = 0  # type: ignore[index]
