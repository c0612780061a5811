"""What makes a rule sound, beyond its types: its words, its look-backs, its effects and its examples."""

from collections.abc import Iterable, Iterator, Mapping

from throughline.sdk.bounds import (
    ADDRESS,
    CONDITION_LIMIT,
    LARGEST_BUDGET,
    LONGEST_CLOCK_HOURS,
    LONGEST_CLOCK_WORKING_DAYS,
    LONGEST_QUOTE,
    LONGEST_TEXTS,
    LONGEST_WORDS,
    MOST,
    NAME,
    SPELLING,
    doubled,
    missing,
    unknown,
    variable_problems,
    version_problems,
)
from throughline.sdk.facts import CORE_FACTS
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
from throughline.sdk.vocabulary import (
    CATEGORIES,
    ESCALATION_ROLES,
    ON_CALL,
    PERSON,
    PROVIDER_KINDS,
    REVIEW_KINDS,
)
from throughline.sdk.wording import shown


def rule_problems(record: Rule) -> Iterator[str]:
    """Say what is wrong with the contents of a rule whose types are right."""
    yield from missing(record, "title", "why", "on", "when", "then")
    yield from version_problems(record.version)
    yield from _too_much(record)
    yield from doubled("trigger", record.on)
    yield from doubled("count in let", (count.name for count in record.let))
    yield from authority_problems(record.authority)
    if len(record.when) > CONDITION_LIMIT:
        yield f"the condition is longer than {CONDITION_LIMIT} characters"
    scan = not ABOUT_UNITS.isdisjoint(record.on)
    for count in record.let:
        found = (*_count_problems(count), *_moment_problems(count, scan=scan))
        yield from (f"let {count.name!r}: {problem}" for problem in found)
    if scan:
        yield from _scan_problems(record)
    for effect in record.then:
        yield from effect_problems(effect, scan=scan)
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


def authority_problems(authority: Authority) -> Iterator[str]:
    """Say what is wrong with an authority."""
    if not authority.statement.strip() or not authority.reference.strip():
        yield "the authority needs a statement and a reference"
    words = len(authority.quote.split())
    if words > LONGEST_QUOTE:
        yield f"the authority's quote has {words} words: quote at most {LONGEST_QUOTE}"
    yield from unknown("kind of provider", authority.provider_kinds, PROVIDER_KINDS)
    yield from doubled("kind of provider", authority.provider_kinds)
    for first, last in (("applies_from", "applies_to"), ("verified_on", "review_due")):
        before, after = getattr(authority, first), getattr(authority, last)
        if before and after and after < before:
            yield f"the authority's {last} is before its {first}"


def _scan_problems(record: Rule) -> Iterator[str]:
    if len(record.on) > 1:
        yield "nightly.scan looks at a unit and the other triggers at an incident: write two rules"


def _moment_problems(count: Asked, *, scan: bool) -> Iterator[str]:
    if not scan:
        if not isinstance(count, Earlier):
            yield "this can be asked only at nightly.scan, of a unit as a whole"
    elif isinstance(count, SinceLast):
        yield "nightly.scan has no incident to count from: ask for the days since the last report on the unit"
    elif isinstance(count, LookBack) and (count.same != ("unit",) or count.of == "units"):
        yield "nightly.scan looks at a unit: count incidents, or people in them, on the unit"


def _count_problems(count: Asked) -> Iterator[str]:
    yield from variable_problems("name", count.name)
    if isinstance(count, Signal):
        if not 12 <= count.periods <= 104:  # noqa: PLR2004 - fewer are a trial; two years of weeks
            yield "periods should be from 12 to 104"
    elif not 1 <= count.within_days <= 366:  # noqa: PLR2004 - a year
        yield "within_days should be from 1 to 366"
    if isinstance(count, Rate | Signal) and count.category is not None:
        yield from unknown("category", (count.category,), CATEGORIES)
    if isinstance(count, Earlier):
        yield from _earlier_problems(count)


def _earlier_problems(count: Earlier) -> Iterator[str]:
    if not count.same:
        yield "same needs at least one of 'person', 'unit', 'location', 'subtree', 'category'"
    yield from doubled("word in same", count.same)
    yield from unknown("category", (count.category,) if count.category is not None else (), CATEGORIES)
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


def effect_problems(effect: Effect, *, scan: bool) -> Iterator[str]:
    """Say what is wrong with one effect; ``scan`` when its rule looks at units at night."""
    if scan and isinstance(effect, (OpenObligation, SetFlag, StartClock, RequireShare)):
        yield f"{type(effect).__name__} needs an incident, and nightly.scan looks at a unit"
    yield from _effect_problems(effect)


def _effect_problems(effect: Effect) -> Iterator[str]:
    match effect:
        case Escalate():
            yield from _target_problems(effect.to)
            if not 1 <= effect.acknowledge_within_hours <= LONGEST_CLOCK_HOURS:
                yield f"acknowledge_within_hours should be at least 1, and at most {LONGEST_CLOCK_HOURS}"
            yield from _chain_problems(effect)
        case RequireReview():
            yield from unknown("kind of review", (effect.kind,), REVIEW_KINDS)
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
    yield from unknown("role", (effect.to,), ESCALATION_ROLES)
    yield from missing(effect, "words")
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
        yield from unknown("role", (to,), (*ESCALATION_ROLES, ON_CALL))


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
            yield f"the type of service {service_type!r} {SPELLING}"
    yield from doubled("type of service", share.audience)
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
        yield f"the key {SPELLING}"
    yield from missing(effect, "title")
    if len(effect.title) > LONGEST_WORDS:
        yield f"the title is longer than {LONGEST_WORDS} characters"


def _given_problems(given: Mapping[str, object], let: Iterable[Asked]) -> Iterator[str]:
    kinds = {**CORE_FACTS, **{count.name: kind_of(count) for count in let}}
    for name, value in given.items():
        if name.startswith(("incident.", "person.", "unit.")) and name not in kinds:
            yield f"there is no fact {name!r}"
        elif name in kinds and not kinds[name].admits(value):
            yield f"{name} is of kind {kinds[name].value}, not {shown(value)}"
