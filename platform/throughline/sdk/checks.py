"""What makes a record sound, beyond its types: keys, shared words, and references that lead somewhere."""

import functools
from collections.abc import Iterable, Iterator

from throughline.sdk.bounds import (
    LONGEST_CLOCK_HOURS,
    LONGEST_CLOCK_WORKING_DAYS,
    LONGEST_WORDS,
    NAME,
    RESERVED,
    SPELLING,
    doubled,
    missing,
    unknown,
    variable_problems,
    version_problems,
)
from throughline.sdk.channels import Channel
from throughline.sdk.duties import Duty, DutyStep, letter_problems
from throughline.sdk.fields import Field, FieldKind, FieldSet
from throughline.sdk.frameworks import FactorGroup, Framework, Stage
from throughline.sdk.reports import ReportFormat
from throughline.sdk.rule_checks import authority_problems, rule_problems
from throughline.sdk.rules import (
    Rule,
)
from throughline.sdk.sector import SECTOR_THEMES
from throughline.sdk.shapes import misfits
from throughline.sdk.vocabulary import (
    CATEGORIES,
    REVIEW_KINDS,
    THEMES,
)

Record = FieldSet | Rule | Framework | ReportFormat | Channel | Duty


def problems_in(record: Record, plugin: str) -> Iterator[str]:
    """Say what is wrong with one record of ``plugin``, each a sentence that starts with the record's key."""
    key = str(getattr(record, "key", ""))
    shape = list(misfits(record, type(record)))
    found: Iterable[str] = shape or (*_key_problems(key, plugin), *sound(record))
    for problem in found:
        yield f"{key or type(record).__name__}: {problem}"


def _key_problems(key: str, plugin: str) -> Iterator[str]:
    prefix, _, name = key.partition(".")
    if prefix != plugin:
        yield f"the key should start with {plugin!r} and a dot"
    if not NAME.fullmatch(name):
        yield f"after the plugin's key and a dot, the key {SPELLING}"


@functools.singledispatch
def sound(record: Record) -> Iterator[str]:
    """Say what is wrong with the contents of a record whose types are right."""
    yield from missing(record, "title")


@sound.register
def _(record: FieldSet) -> Iterator[str]:
    yield from missing(record, "title", "applies_to", "fields")
    yield from unknown("category", record.applies_to, CATEGORIES)
    yield from doubled("field", (field.key for field in record.fields))
    if record.name in RESERVED:
        yield f"the name {record.name!r} is reserved and cannot be read in a rule"
    for field in record.fields:
        yield from (f"field {field.key!r}: {problem}" for problem in _field_problems(field))


def _field_problems(field: Field) -> Iterator[str]:
    yield from variable_problems("key", field.key)
    yield from missing(field, "label")
    yield from doubled("choice", (choice.key for choice in field.choices))
    is_choice = field.kind in (FieldKind.CHOICE, FieldKind.CHOICES)
    if is_choice and len(field.choices) < 2:  # noqa: PLR2004 - a choice has at least two answers
        yield "a choice needs at least two choices"
    if field.choices and not is_choice:
        yield f"a field of kind {field.kind.value!r} has no choices"
    for choice in field.choices:
        if not NAME.fullmatch(choice.key) or not choice.label.strip():
            yield f"choice {choice.key!r} needs a label, and its key {SPELLING}"


@sound.register
def _(record: Rule) -> Iterator[str]:
    yield from rule_problems(record)


@sound.register
def _(record: Framework) -> Iterator[str]:
    yield from missing(record, "title", "citation", "summary", "stages", "factors")
    yield from version_problems(record.version)
    yield from doubled("stage", (stage.key for stage in record.stages))
    yield from doubled("factor", (factor.key for factor in record.factors))
    yield from unknown("kind of review", record.usual_for, REVIEW_KINDS)
    yield from unknown("theme", (factor.theme for factor in record.factors), THEMES)
    asked = {factor.theme for factor in record.factors}
    for theme in SECTOR_THEMES if asked else ():
        if theme not in asked:
            yield f"no factor has the theme {theme!r}, which every review asks about (SECTOR_FACTORS has one)"
    parts: tuple[Stage | FactorGroup, ...] = (*record.stages, *record.factors)
    for part in parts:
        if not NAME.fullmatch(part.key):
            yield f"the key {part.key!r} {SPELLING}"
        yield from (f"{part.key!r}: {problem}" for problem in missing(part, "title", "prompt", "guidance"))
    for factor in record.factors:
        yield from (f"{factor.key!r}: {problem}" for problem in missing(factor, "examples"))


@sound.register
def _(record: Duty) -> Iterator[str]:
    yield from missing(record, "title", "why", "steps")
    yield from version_problems(record.version)
    yield from authority_problems(record.authority)
    yield from doubled("step", (step.key for step in record.steps))
    yield from doubled("question", (ask.key for ask in record.asks))
    yield from doubled("exemption", (one.key for one in record.exemptions))
    if record.steps and all(step.optional for step in record.steps):
        yield "every step is optional: nothing would have to be done"
    for ask in record.asks:
        yield from (f"question {ask.key!r}: {problem}" for problem in missing(ask, "title", "weigh"))
        if {answer.applies for answer in ask.answers} != {True, False}:
            yield f"question {ask.key!r} needs an answer with which the duty applies, and one without"
        yield from doubled("answer", (answer.key for answer in ask.answers))
    for one in record.exemptions:
        yield from (f"exemption {one.key!r}: {problem}" for problem in missing(one, "title", "record"))
    before: list[str] = []
    for step in record.steps:
        yield from (f"step {step.key!r}: {problem}" for problem in _step_problems(step, before, record))
        before.append(step.key)
    keys = [one.key for some in (record.steps, record.asks, record.exemptions) for one in some]
    for key in (*keys, *(answer.key for ask in record.asks for answer in ask.answers)):
        if not NAME.fullmatch(key):
            yield f"the key {key!r} {SPELLING}"


def _step_problems(step: DutyStep, before: list[str], duty: Duty) -> Iterator[str]:
    yield from missing(step, "title", "means", "statutory")
    yield from unknown("step before it", step.after, before)
    yield from unknown("step", step.instead_of, (one.key for one in duty.steps if one is not step))
    if step.within_hours is not None and step.within_working_days is not None:
        yield "give either within_hours or within_working_days, and not both"
    if step.within_hours is not None and not 1 <= step.within_hours <= LONGEST_CLOCK_HOURS:
        yield f"within_hours should be from 1 to {LONGEST_CLOCK_HOURS}"
    days = step.within_working_days
    if days is not None and not 1 <= days <= LONGEST_CLOCK_WORKING_DAYS:
        yield f"within_working_days should be from 1 to {LONGEST_CLOCK_WORKING_DAYS}"
    if (step.within_hours is not None or days is not None) and not step.target_source.strip():
        yield "a target needs its source (target_source)"
    if len(step.title) > LONGEST_WORDS:
        yield f"the title is longer than {LONGEST_WORDS} characters"
    yield from letter_problems(step.letter)


@sound.register
def _(record: ReportFormat) -> Iterator[str]:
    yield from missing(record, "title", "audience", "summary", "template", "stylesheet")
    yield from version_problems(record.version)
