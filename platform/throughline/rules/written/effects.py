"""What a rule asks for, as it is written under ``then``: one key that names it, and its own keys below."""

from collections.abc import Mapping
from typing import Any

import yaml

from throughline.rules.written.mistakes import Mistake, at, did_you_mean
from throughline.rules.written.nodes import place_of
from throughline.rules.written.phrases import duration
from throughline.rules.written.proving import unknown_duty
from throughline.rules.written.shape import Reader
from throughline.rules.written.words import Unclear
from throughline.sdk import (
    ESCALATION_ROLES,
    ON_CALL,
    PERSON,
    REVIEW_KINDS,
    ChainStep,
    Effect,
    Escalate,
    Notify,
    OpenObligation,
    RequireReview,
    RequireShare,
    SetFlag,
    StartClock,
)
from throughline.sdk.bounds import ADDRESS, NAME

EFFECT_KEYS: dict[str, tuple[str, ...]] = {
    "escalate": ("to", "acknowledge_within", "chain"),
    "require_review": ("kind", "start_within"),
    "require_share": ("with", "within", "words"),
    "start_clock": ("key", "title", "within", "warn_before"),
    "set_flag": ("key", "title"),
    "notify": ("to", "words"),
    "open_obligation": ("duty",),
}
PERSON_KEYS = ("person",)
CHAIN_KEYS = ("to", "after")
EVERY_UNIT = "every unit"


def effect_of(
    text: str, node: yaml.Node, mistakes: list[Mistake], duties: Mapping[str, str]
) -> Effect | None:
    """Return one effect; None when something about it is wrong, which is then among the mistakes."""
    if not (isinstance(node, yaml.MappingNode) and len(node.value) == 1):
        place = place_of(node)
        message = f"Each line under “then” names one effect.{did_you_mean('', EFFECT_KEYS)}"
        mistakes.append(at(text, place.line, place.column, message))
        return None
    key, value = node.value[0]
    name = key.value if isinstance(key, yaml.ScalarNode) else "?"
    if name not in EFFECT_KEYS:
        place = place_of(key)
        message = f"“{name}” is nothing that a rule can ask for.{did_you_mean(name, EFFECT_KEYS)}"
        mistakes.append(at(text, place.line, place.column, message))
        return None
    before = len(mistakes)
    reader = Reader(text, value, mistakes, EFFECT_KEYS[name], name)
    found = _MAKERS[name](reader)
    if isinstance(found, OpenObligation) and found.duty and found.duty not in duties:
        reader.wrong(reader.values["duty"], unknown_duty(found.duty, duties))
    return found if len(mistakes) == before else None


def _escalate(reader: Reader) -> Effect:
    to = _target(reader)
    chain, told = [], {to}
    for item in reader.items("chain"):
        step = Reader(reader.text, item, reader.mistakes, CHAIN_KEYS, "a step of the chain")
        target = _target(step)
        if target in told and "to" in step.values:
            named = target.removeprefix(PERSON)
            step.wrong(step.values["to"], f"The chain comes back to {named}, who has been told already.")
        told.add(target)
        chain.append(ChainStep(target, _hours(step, "after", required=True)))
    return Escalate(to, _hours(reader, "acknowledge_within", required=True), tuple(chain))


def _require_review(reader: Reader) -> Effect:
    kind = reader.choice("kind", REVIEW_KINDS, "local", required=True)
    number, unit = _duration(reader, "start_within", required=True)
    if unit == "hours" and "start_within" in reader.values:
        reader.wrong(
            reader.values["start_within"],
            "A review starts within working days: write such as 5 working days.",
        )
    return RequireReview(kind, number)


def _require_share(reader: Reader) -> Effect:
    number, unit = _duration(reader, "within", required=True)
    if unit == "hours" and "within" in reader.values:
        reader.wrong(
            reader.values["within"], "A share is due within working days: write such as 10 working days."
        )
    return RequireShare(_audience(reader), number, " ".join(reader.text_of("words").split()))


def _audience(reader: Reader) -> tuple[str, ...]:
    """Return the types of service under ``with``: a list of them, or the words for every unit."""
    node = reader.values.get("with")
    if isinstance(node, yaml.ScalarNode):
        if node.value.strip() != EVERY_UNIT:
            reader.wrong(
                node, f"“with” is a list of types of service, such as [acute_adult], or: {EVERY_UNIT}."
            )
        return ()
    found = []
    for item in reader.items("with", required=True):
        if isinstance(item, yaml.ScalarNode) and NAME.fullmatch(item.value):
            found.append(item.value)
        else:
            reader.wrong(item, "A type of service is a word of a unit in the pack, such as acute_adult.")
    return tuple(found)


def _start_clock(reader: Reader) -> Effect:
    number, unit = _duration(reader, "within", required=True)
    return StartClock(
        reader.text_of("key", required=True),
        reader.text_of("title", required=True),
        hours=number if unit == "hours" else None,
        working_days=number if unit == "working days" else None,
        warn_before_hours=_hours(reader, "warn_before") if "warn_before" in reader.values else 24,
    )


def _set_flag(reader: Reader) -> Effect:
    return SetFlag(reader.text_of("key", required=True), reader.text_of("title", required=True))


def _notify(reader: Reader) -> Effect:
    return Notify(_role(reader), " ".join(reader.text_of("words", required=True).split()))


def _open_obligation(reader: Reader) -> Effect:
    return OpenObligation(reader.text_of("duty", required=True))


def _role(reader: Reader) -> str:
    return reader.choice("to", ESCALATION_ROLES, ESCALATION_ROLES[0], required=True)


def _target(reader: Reader) -> str:
    """Return whom an alarm goes to: a role, on_call, or a person under “person”."""
    node = reader.values.get("to")
    if not isinstance(node, yaml.MappingNode):
        return reader.choice("to", (*ESCALATION_ROLES, ON_CALL), ESCALATION_ROLES[0], required=True)
    person = Reader(reader.text, node, reader.mistakes, PERSON_KEYS, "to")
    address = person.scalar("person", required=True)
    if address is None:
        return ON_CALL
    found = address.value.strip().lower()
    if not ADDRESS.fullmatch(found):
        person.wrong(address, "A person is named by their e-mail address, such as manager@calder.example.")
    return f"{PERSON}{found}"


def _hours(reader: Reader, name: str, *, required: bool = False) -> int:
    number, unit = _duration(reader, name, required=required)
    if unit == "working days":
        reader.wrong(reader.values[name], f"“{name}” is counted in hours or days, not in working days.")
    return number


def _duration(reader: Reader, name: str, *, required: bool = False) -> tuple[int, str]:
    node = reader.scalar(name, required=required)
    if node is None:
        return 1, "hours"
    try:
        return duration(node.value)
    except Unclear as unclear:
        reader.wrong(node, unclear.message)
        return 1, "hours"


_MAKERS: dict[str, Any] = {
    "escalate": _escalate,
    "require_review": _require_review,
    "require_share": _require_share,
    "start_clock": _start_clock,
    "set_flag": _set_flag,
    "notify": _notify,
    "open_obligation": _open_obligation,
}
