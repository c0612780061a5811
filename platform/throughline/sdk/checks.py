"""What makes a record sound, beyond its types: keys, shared words, and references that lead somewhere."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from throughline.sdk.channels import Channel
from throughline.sdk.duties import Duty, DutyStep, letter_problems
from throughline.sdk.facts import CORE_FACTS
from throughline.sdk.fields import Field, FieldKind, FieldSet
from throughline.sdk.frameworks import FactorGroup, Framework, Stage
from throughline.sdk.reports import ReportFormat
from throughline.sdk.rules import (
    ABOUT_UNITS,
    Asked,
    Authority,
    Earlier,
    Effect,
    Escalate,
    LookBack,
    Notify,
    OpenObligation,
    Rate,
    RequireReview,
    RequireShare,
    Rule,
    SetFlag,
    Signal,
    SinceLast,
    StartClock,
    kind_of,
)
from throughline.sdk.sector import SECTOR_THEMES
from throughline.sdk.shapes import misfits
from throughline.sdk.vocabulary import (
    CATEGORIES,
    ESCALATION_ROLES,
    ON_CALL,
    PERSON,
    PROVIDER_KINDS,
    REVIEW_KINDS,
    THEMES,
)
from throughline.sdk.wording import shown

Record = FieldSet | Rule | Framework | ReportFormat | Channel | Duty

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""Lower-case letters, digits and underscores, starting with a letter: half of a key, or a variable of a
condition."""

ADDRESS = re.compile(r"[^@\sA-Z]{1,64}@[^@\sA-Z]{1,180}")
"""An e-mail address as an account has it."""

_SPELLING = "should be of lower-case letters, digits and underscores, and start with a letter"
CONDITION_LIMIT = 2000
LONGEST_CLOCK_HOURS, LONGEST_CLOCK_WORKING_DAYS = 8784, 366  # a year
LONGEST_WORDS = 120
LONGEST_QUOTE = 25  # words
LARGEST_BUDGET = 1000  # alarms of one rule on one day
LONGEST_TEXTS = {"title": 200, "why": 2000, "owner": 200}
MOST = {"let": 20, "then": 20, "tests": 200}
RESERVED = frozenset(
    [
        *(
            "as",
            "break",
            "const",
            "continue",
            "else",
            "false",
            "for",
            "function",
            "if",
            "import",
            "in",
            "let",
        ),
        *("loop", "namespace", "null", "package", "return", "true", "var", "void", "while"),
        *("incident", "person", "unit", "clock"),
    ]
)
"""Words that cannot name a variable: reserved by CEL, and the platform's own."""


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
        yield f"after the plugin's key and a dot, the key {_SPELLING}"


@functools.singledispatch
def sound(record: Record) -> Iterator[str]:
    """Say what is wrong with the contents of a record whose types are right."""
    yield from _missing(record, "title")


@sound.register
def _(record: FieldSet) -> Iterator[str]:
    yield from _missing(record, "title", "applies_to", "fields")
    yield from _unknown("category", record.applies_to, CATEGORIES)
    yield from _doubled("field", (field.key for field in record.fields))
    if record.name in RESERVED:
        yield f"the name {record.name!r} is reserved and cannot be read in a rule"
    for field in record.fields:
        yield from (f"field {field.key!r}: {problem}" for problem in _field_problems(field))


def _field_problems(field: Field) -> Iterator[str]:
    yield from _variable("key", field.key)
    yield from _missing(field, "label")
    yield from _doubled("choice", (choice.key for choice in field.choices))
    is_choice = field.kind in (FieldKind.CHOICE, FieldKind.CHOICES)
    if is_choice and len(field.choices) < 2:  # noqa: PLR2004 - a choice has at least two answers
        yield "a choice needs at least two choices"
    if field.choices and not is_choice:
        yield f"a field of kind {field.kind.value!r} has no choices"
    for choice in field.choices:
        if not NAME.fullmatch(choice.key) or not choice.label.strip():
            yield f"choice {choice.key!r} needs a label, and its key {_SPELLING}"


@sound.register
def _(record: Rule) -> Iterator[str]:
    yield from _missing(record, "title", "why", "on", "when", "then")
    yield from _version(record.version)
    yield from _too_much(record)
    yield from _doubled("trigger", record.on)
    yield from _doubled("count in let", (count.name for count in record.let))
    yield from _authority_problems(record.authority)
    if len(record.when) > CONDITION_LIMIT:
        yield f"the condition is longer than {CONDITION_LIMIT} characters"
    scan = not ABOUT_UNITS.isdisjoint(record.on)
    for count in record.let:
        found = (*_count_problems(count), *_moment_problems(count, scan=scan))
        yield from (f"let {count.name!r}: {problem}" for problem in found)
    if scan:
        yield from _scan_problems(record)
    for effect in record.then:
        yield from _effect_problems(effect)
    if record.budget is not None and not 1 <= record.budget <= LARGEST_BUDGET:
        yield f"budget should be from 1 to {LARGEST_BUDGET} a day; to tell nobody, put the rule in shadow"
    for number, test in enumerate(record.tests, start=1):
        yield from (f"test {number}: {problem}" for problem in _given_problems(test.given, record.let))


def _too_much(rule: Rule) -> Iterator[str]:
    for name, longest in LONGEST_TEXTS.items():
        if len(getattr(rule, name)) > longest:
            yield f"{name} is longer than {longest} characters"
    for name, most in MOST.items():
        if len(getattr(rule, name)) > most:
            yield f"{name} has more than {most} parts: split it into several rules"


def _authority_problems(authority: Authority) -> Iterator[str]:
    if not authority.statement.strip() or not authority.reference.strip():
        yield "the authority needs a statement and a reference"
    words = len(authority.quote.split())
    if words > LONGEST_QUOTE:
        yield f"the authority's quote has {words} words: quote at most {LONGEST_QUOTE}"
    yield from _unknown("kind of provider", authority.provider_kinds, PROVIDER_KINDS)
    yield from _doubled("kind of provider", authority.provider_kinds)
    for first, last in (("applies_from", "applies_to"), ("verified_on", "review_due")):
        before, after = getattr(authority, first), getattr(authority, last)
        if before and after and after < before:
            yield f"the authority's {last} is before its {first}"


def _scan_problems(record: Rule) -> Iterator[str]:
    if len(record.on) > 1:
        yield "nightly.scan looks at a unit and the other triggers at an incident: write two rules"
    for effect in record.then:
        if isinstance(effect, (OpenObligation, SetFlag, StartClock, RequireShare)):
            yield f"{type(effect).__name__} needs an incident, and nightly.scan looks at a unit"


def _moment_problems(count: Asked, *, scan: bool) -> Iterator[str]:
    if not scan:
        if not isinstance(count, Earlier):
            yield "this can be asked only at nightly.scan, of a unit as a whole"
    elif isinstance(count, SinceLast):
        yield "nightly.scan has no incident to count from: ask for the days since the last report on the unit"
    elif isinstance(count, LookBack) and (count.same != ("unit",) or count.of == "units"):
        yield "nightly.scan looks at a unit: count incidents, or people in them, on the unit"


def _count_problems(count: Asked) -> Iterator[str]:
    yield from _variable("name", count.name)
    if isinstance(count, Signal):
        if not 12 <= count.periods <= 104:  # noqa: PLR2004 - fewer are a trial; two years of weeks
            yield "periods should be from 12 to 104"
    elif not 1 <= count.within_days <= 366:  # noqa: PLR2004 - a year
        yield "within_days should be from 1 to 366"
    if isinstance(count, Rate | Signal) and count.category is not None:
        yield from _unknown("category", (count.category,), CATEGORIES)
    if isinstance(count, Earlier):
        yield from _earlier_problems(count)


def _earlier_problems(count: Earlier) -> Iterator[str]:
    if not count.same:
        yield "same needs at least one of 'person', 'unit', 'location', 'subtree', 'category'"
    yield from _doubled("word in same", count.same)
    yield from _unknown("category", (count.category,) if count.category is not None else (), CATEGORIES)
    if count.min_harm is not None and not 0 <= count.min_harm <= 4:  # noqa: PLR2004 - fatal
        yield "min_harm should be from 0 (none) to 4 (fatal)"
    if len(count.where) > CONDITION_LIMIT:
        yield f"where is longer than {CONDITION_LIMIT} characters"
    if count.where and not count.where.strip():
        yield "where is blank: leave it out, or write a condition on the earlier incidents"
    if isinstance(count, LookBack):
        yield from _distinct_problems(count)


def _distinct_problems(count: LookBack) -> Iterator[str]:
    if count.of == "people" and "person" in count.same:
        yield "people who are the same person are never more than one: leave 'person' out of same"
    if count.of == "units" and {"unit", "location"} & set(count.same):
        yield "units that are the same unit are never more than one: use 'subtree' in place of it"


def _effect_problems(effect: Effect) -> Iterator[str]:
    match effect:
        case Escalate():
            yield from _target_problems(effect.to)
            if not 1 <= effect.acknowledge_within_hours <= LONGEST_CLOCK_HOURS:
                yield f"acknowledge_within_hours should be at least 1, and at most {LONGEST_CLOCK_HOURS}"
            yield from _chain_problems(effect)
        case RequireReview():
            yield from _unknown("kind of review", (effect.kind,), REVIEW_KINDS)
            if not 1 <= effect.start_within_working_days <= LONGEST_CLOCK_WORKING_DAYS:
                most = LONGEST_CLOCK_WORKING_DAYS
                yield f"start_within_working_days should be at least 1, and at most {most}"
        case RequireShare():
            yield from _share_problems(effect)
        case StartClock():
            yield from (f"clock {effect.key!r}: {problem}" for problem in _clock_problems(effect))
        case SetFlag():
            yield from (f"flag {effect.key!r}: {problem}" for problem in _naming_problems(effect))
        case Notify():
            yield from _notice_problems(effect)
        case OpenObligation():
            yield from _duty_key_problems(effect.duty)


def _notice_problems(effect: Notify) -> Iterator[str]:
    yield from _unknown("role", (effect.to,), ESCALATION_ROLES)
    yield from _missing(effect, "words")
    if len(effect.words) > LONGEST_WORDS:
        yield f"the words to tell are longer than {LONGEST_WORDS} characters"


def _duty_key_problems(key: str) -> Iterator[str]:
    plugin, _, name = key.partition(".")
    if not (NAME.fullmatch(plugin) and NAME.fullmatch(name)):
        yield f"the duty {key!r} should be the key of one, such as 'obligations.safeguarding'"


def _target_problems(to: str) -> Iterator[str]:
    if to.startswith(PERSON):
        if not ADDRESS.fullmatch(to.removeprefix(PERSON)):
            yield f"{shown(to)} names nobody: write an e-mail address in lower-case letters after {PERSON!r}"
    else:
        yield from _unknown("role", (to,), (*ESCALATION_ROLES, ON_CALL))


def _chain_problems(effect: Escalate) -> Iterator[str]:
    told = [effect.to]
    for step in effect.chain:
        yield from _target_problems(step.to)
        if step.after_hours < 1:
            yield f"the step to {step.to!r} should come at least 1 hour after the one before (after_hours)"
        if step.after_hours > LONGEST_CLOCK_HOURS:
            yield f"the step to {step.to!r} comes more than {LONGEST_CLOCK_HOURS} hours after the one before"
        if step.to in told:
            yield f"the chain comes back to {step.to!r}: nobody would be told who has not been told already"
        told.append(step.to)


def _share_problems(share: RequireShare) -> Iterator[str]:
    for service_type in share.audience:
        if not NAME.fullmatch(service_type):
            yield f"the type of service {service_type!r} {_SPELLING}"
    yield from _doubled("type of service", share.audience)
    if not 1 <= share.within_working_days <= LONGEST_CLOCK_WORKING_DAYS:
        yield f"within_working_days should be from 1 to {LONGEST_CLOCK_WORKING_DAYS}"
    if len(share.words) > LONGEST_WORDS:
        yield f"the words of the share are longer than {LONGEST_WORDS} characters"


def _clock_problems(clock: StartClock) -> Iterator[str]:
    yield from _naming_problems(clock)
    if (clock.hours is None) == (clock.working_days is None):
        yield "give either hours or working_days, and not both"
    if clock.hours is not None and not 1 <= clock.hours <= LONGEST_CLOCK_HOURS:
        yield f"hours should be from 1 to {LONGEST_CLOCK_HOURS}"
    if clock.working_days is not None and not 1 <= clock.working_days <= LONGEST_CLOCK_WORKING_DAYS:
        yield f"working_days should be from 1 to {LONGEST_CLOCK_WORKING_DAYS}"
    if not 0 <= clock.warn_before_hours <= LONGEST_CLOCK_HOURS:
        yield f"warn_before_hours should be from 0 (no warning) to {LONGEST_CLOCK_HOURS}"
    elif clock.hours is not None and clock.hours <= clock.warn_before_hours:
        yield (
            f"warn_before_hours is {clock.warn_before_hours}, and the clock runs {clock.hours}: "
            "the warning would come as it starts"
        )


def _naming_problems(effect: StartClock | SetFlag) -> Iterator[str]:
    if not NAME.fullmatch(effect.key):
        yield f"the key {_SPELLING}"
    yield from _missing(effect, "title")
    if len(effect.title) > LONGEST_WORDS:
        yield f"the title is longer than {LONGEST_WORDS} characters"


def _given_problems(given: Mapping[str, object], let: Iterable[Asked]) -> Iterator[str]:
    kinds = {**CORE_FACTS, **{count.name: kind_of(count) for count in let}}
    for name, value in given.items():
        if name.startswith(("incident.", "person.", "unit.")) and name not in kinds:
            yield f"there is no fact {name!r}"
        elif name in kinds and not kinds[name].admits(value):
            yield f"{name} is of kind {kinds[name].value}, not {shown(value)}"


@sound.register
def _(record: Framework) -> Iterator[str]:
    yield from _missing(record, "title", "citation", "summary", "stages", "factors")
    yield from _version(record.version)
    yield from _doubled("stage", (stage.key for stage in record.stages))
    yield from _doubled("factor", (factor.key for factor in record.factors))
    yield from _unknown("theme", (factor.theme for factor in record.factors), THEMES)
    asked = {factor.theme for factor in record.factors}
    for theme in SECTOR_THEMES if asked else ():
        if theme not in asked:
            yield f"no factor has the theme {theme!r}, which every review asks about (SECTOR_FACTORS has one)"
    parts: tuple[Stage | FactorGroup, ...] = (*record.stages, *record.factors)
    for part in parts:
        if not NAME.fullmatch(part.key):
            yield f"the key {part.key!r} {_SPELLING}"
        yield from (f"{part.key!r}: {problem}" for problem in _missing(part, "title", "prompt", "guidance"))
    for factor in record.factors:
        yield from (f"{factor.key!r}: {problem}" for problem in _missing(factor, "examples"))


@sound.register
def _(record: Duty) -> Iterator[str]:
    yield from _missing(record, "title", "why", "steps")
    yield from _version(record.version)
    yield from _authority_problems(record.authority)
    yield from _doubled("step", (step.key for step in record.steps))
    yield from _doubled("question", (ask.key for ask in record.asks))
    yield from _doubled("exemption", (one.key for one in record.exemptions))
    if record.steps and all(step.optional for step in record.steps):
        yield "every step is optional: nothing would have to be done"
    for ask in record.asks:
        yield from (f"question {ask.key!r}: {problem}" for problem in _missing(ask, "title", "weigh"))
        if {answer.applies for answer in ask.answers} != {True, False}:
            yield f"question {ask.key!r} needs an answer with which the duty applies, and one without"
        yield from _doubled("answer", (answer.key for answer in ask.answers))
    for one in record.exemptions:
        yield from (f"exemption {one.key!r}: {problem}" for problem in _missing(one, "title", "record"))
    before: list[str] = []
    for step in record.steps:
        yield from (f"step {step.key!r}: {problem}" for problem in _step_problems(step, before, record))
        before.append(step.key)
    keys = [one.key for some in (record.steps, record.asks, record.exemptions) for one in some]
    for key in (*keys, *(answer.key for ask in record.asks for answer in ask.answers)):
        if not NAME.fullmatch(key):
            yield f"the key {key!r} {_SPELLING}"


def _step_problems(step: DutyStep, before: list[str], duty: Duty) -> Iterator[str]:
    yield from _missing(step, "title", "means", "statutory")
    yield from _unknown("step before it", step.after, before)
    yield from _unknown("step", step.instead_of, (one.key for one in duty.steps if one is not step))
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
    yield from _missing(record, "title", "audience", "summary", "template", "stylesheet")
    yield from _version(record.version)


def _missing(record: object, *names: str) -> Iterator[str]:
    for name in names:
        value = getattr(record, name)
        if not (value.strip() if isinstance(value, str) else value):
            yield f"{name} is empty"


def _version(version: int) -> Iterator[str]:
    if version < 1:
        yield "version should be at least 1"


def _variable(what: str, name: str) -> Iterator[str]:
    if not NAME.fullmatch(name) or name in RESERVED:
        yield f"the {what} {_SPELLING}, and may not be a reserved word"


def _doubled(what: str, keys: Iterable[str]) -> Iterator[str]:
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"the {what} {key!r} appears {count} times"


def _unknown(what: str, keys: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    known = tuple(known)
    for key in keys:
        if key not in known:
            yield f"there is no {what} {key!r}; there are {', '.join(known)}"
