"""The facts a condition may read: of every incident, and the answers to the enabled plugins' questions."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from throughline.incidents.taxonomy import CATEGORIES, HARM_LEVELS
from throughline.sdk import (
    ABOUT_UNITS,
    CORE_DEFAULTS,
    CORE_FACTS,
    FUNDING,
    LEGAL_STATUSES,
    MOMENT_FACTS,
    PHYSICAL_HARM,
    PROVIDER_KINDS,
    PSYCHOLOGICAL_HARM,
    Asked,
    Duty,
    Earlier,
    FactKind,
    FieldSet,
    LookBack,
    Rate,
    Signal,
    Silence,
    SinceLast,
    Trigger,
    UsualReports,
)

LONGEST_TEXT = 20_000
MOST_ITEMS = 200
INTEGER = range(-(2**63), 2**63)

FactValue = bool | int | str | list[str]
"""A value as a condition reads it. A list is of texts."""


@dataclass(frozen=True)
class Fact:
    """A typed variable of a condition.

    ``said`` is the clause that tells its value in an explanation, with ``{}`` for the value; ``denied`` is
    the clause for a truth value that is false. ``choices`` maps every value a text may have to its label;
    empty when any text may stand there. ``closed`` says whether another text can never occur.
    """

    name: str
    kind: FactKind
    default: object
    said: str
    denied: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    closed: bool = False

    def label(self, value: str) -> str:
        """Return how one text value reads."""
        return self.choices.get(value, value.replace("_", " "))


@dataclass(frozen=True)
class Filled:
    """Every fact with a value a condition can read, and why some given values could not be used."""

    values: Mapping[str, FactValue]
    unusable: Mapping[str, str]


@dataclass(frozen=True)
class FactSchema:
    """The facts by name, and the titles of the duties a rule may open by their keys.

    ``whose`` names who asks, so that what is worked out about their rules may be kept for them; without it
    nothing is kept. Two schemas made from the same field sets and duties are equal.
    """

    facts: Mapping[str, Fact]
    field_sets: tuple[FieldSet, ...] = ()
    duties: Mapping[str, str] = field(default_factory=dict)
    whose: str = field(default="", compare=False)

    @cached_property
    def digest(self) -> str:
        """A digest of all that a rule can be checked against, and for whom: the facts and the duties."""
        said = [self.whose, *sorted(map(repr, self.facts.values())), *sorted(map(repr, self.duties.items()))]
        return hashlib.sha256("\n".join(said).encode(errors="surrogatepass")).hexdigest()

    def fill(self, given: Mapping[str, object]) -> Filled:
        """Return all facts: as given, or at their default where nothing (or ``None``) is given.

        A value of the wrong kind leaves its fact at the default and is named, so that only the rules that
        read it are affected. Names that are not in the schema are passed over: another set of plugins may
        have asked for them.
        """
        values: dict[str, FactValue] = {}
        unusable: dict[str, str] = {}
        for name, fact in self.facts.items():
            value = given.get(name)
            reason = "" if value is None else why_unusable(fact.kind, value)
            if reason:
                unusable[name] = reason
            usable = fact.default if value is None or reason else value
            values[name] = list(usable) if isinstance(usable, (list, tuple)) else usable  # type: ignore[assignment]
        return Filled(values, unusable)

    def answers(self, extra: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
        """Turn stored answers, by field set key and field key, into facts by name."""
        return {
            f"{field_set.name}.{one.key}": extra[field_set.key][one.key]
            for field_set in self.field_sets
            for one in field_set.fields
            if one.key in extra.get(field_set.key, {})
        }


def why_unusable(kind: FactKind, value: object) -> str:
    """Say why a value cannot stand for a kind of fact; empty when it can."""
    if not kind.admits(value):
        return f"is {type(value).__name__}, not {NAMES[kind]}"
    if isinstance(value, int) and value not in INTEGER:
        return "is a number too large to compare"
    if isinstance(value, str):
        return _why_unusable_text(value)
    if isinstance(value, (list, tuple)):
        if len(value) > MOST_ITEMS:
            return f"has more than {MOST_ITEMS} items"
        return next(filter(None, map(_why_unusable_text, value)), "")
    return ""


def _why_unusable_text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        return f"is longer than {LONGEST_TEXT:,} characters"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds half a character"
    return ""


NAMES: Mapping[FactKind, str] = {
    FactKind.BOOL: "true or false",
    FactKind.INT: "a whole number",
    FactKind.STRING: "a text",
    FactKind.STRING_LIST: "a list of texts",
}
"""Each kind of fact in plain words."""

_SAID: Mapping[str, tuple[str, str]] = {
    "incident.category": ("the category is {}", ""),
    "incident.subcategory": ("the closer kind is {}", ""),
    "incident.physical_harm": ("physical harm is graded {}", ""),
    "incident.psychological_harm": ("psychological harm is graded {}", ""),
    "incident.outcome_death": ("a person has died", "no death is recorded"),
    "incident.harm": ("the worst harm is {}", ""),
    "incident.unit": ("the unit is {}", ""),
    "incident.unit_kind": ("the unit is a {}", ""),
    "incident.service_type": ("the service is {}", ""),
    "incident.confidential": ("it was reported in confidence", "it was not reported in confidence"),
    "incident.anonymous": ("it was reported anonymously", "the reporter gave their name"),
    "incident.person_known": ("the person affected is known", "the person affected is not known"),
    "incident.hour": ("it happened in the hour from {}:00", ""),
    "incident.weekend": ("it happened at a weekend", "it happened on a weekday"),
    "incident.delay_hours": ("it was reported {} hours after it happened", ""),
    "person.age": ("the age of the person affected is {}", ""),
    "person.legal_status": ("the legal status of the person affected is {}", ""),
    "unit.key": ("the unit is {}", ""),
    "unit.kind": ("the unit is a {}", ""),
    "unit.service_type": ("the service is {}", ""),
    "unit.beds": ("the number of beds on the unit is {}", ""),
    "unit.funding": ("the care there is paid for by {}", ""),
    "unit.provider_kind": ("the kind of provider is {}", ""),
}
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "incident.category": {key: category.label for key, category in CATEGORIES.items()},
    "incident.subcategory": {
        one.key: one.label for category in CATEGORIES.values() for one in category.subcategories
    },
    "incident.physical_harm": {key: key for key in PHYSICAL_HARM},
    "incident.psychological_harm": {key: key for key in PSYCHOLOGICAL_HARM},
    "person.legal_status": {key: f"“{label}”" for key, label in LEGAL_STATUSES.items()},
    "unit.funding": {key: f"“{label}”" for key, label in FUNDING.items()},
    "unit.provider_kind": {key: f"“{label}”" for key, label in PROVIDER_KINDS.items()},
}

_MOMENT: Mapping[str, Fact] = {
    name: Fact(name, kind, kind.default, "the clock is {}") for name, kind in MOMENT_FACTS.items()
}
_CORE: Mapping[str, Fact] = {
    name: Fact(name, kind, CORE_DEFAULTS[name], *_SAID[name], _CHOICES.get(name, {}), name in _CHOICES)
    for name, kind in CORE_FACTS.items()
}


def schema_of(field_sets: Iterable[FieldSet] = (), duties: Iterable[Duty] = ()) -> FactSchema:
    """Return the facts of every incident and of the answers to some field sets; with duties, those too."""
    kept = tuple(field_sets)
    facts = {**_CORE, **_MOMENT}
    for field_set in kept:
        for one in field_set.fields:
            name = f"{field_set.name}.{one.key}"
            question = f"“{one.label}” was answered"
            formatted = question.replace("{", "{{").replace("}", "}}") + " {}"
            facts[name] = Fact(
                name,
                one.kind.fact,
                one.kind.fact.default,
                f"{question} yes" if one.kind.fact is FactKind.BOOL else formatted,
                f"{question} no, or not at all",
                {choice.key: f"“{choice.label}”" for choice in one.choices},
                closed=bool(one.choices),
            )
    return FactSchema(MappingProxyType(facts), kept, {duty.key: duty.title for duty in duties})


NO_INCIDENT = " A nightly scan looks at a unit, and reads no incident."


def seen_at(schema: FactSchema, on: Iterable[Trigger]) -> FactSchema:
    """Return the facts that a rule of some triggers can read: at a nightly scan, only those of the unit."""
    if ABOUT_UNITS.isdisjoint(on):
        return schema
    kept = {name: fact for name, fact in schema.facts.items() if name.startswith("unit.")}
    return FactSchema(MappingProxyType(kept), whose=schema.whose)


def count_of(asked: Asked, *, scan: bool = False) -> Fact:
    """Return the fact that a look-back gives to the condition; at its default nothing was found.

    ``scan``: it is asked of a unit, at a nightly scan.
    """
    if isinstance(asked, Signal):
        closed = {key: f"“{words}”" for key, words in SIGNAL_WORDS.items()}
        return Fact(asked.name, FactKind.STRING, "none", _signal_said(asked), "", closed, closed=True)
    if isinstance(asked, Rate):
        said = (
            f"the number of incidents{_in_category(asked.category)} for every 10,000 occupied bed days"
            f"{_there(below=asked.below)}, over the last {asked.within_days} days, is {{}}"
        )
        return Fact(asked.name, FactKind.INT, 0, said)
    if isinstance(asked, Silence):
        return Fact(asked.name, FactKind.INT, 0, "the number of whole days without any report is {}")
    if isinstance(asked, UsualReports):
        usual = f"the usual number of reports a week, over the last {asked.within_days} days, is {{}}"
        return Fact(asked.name, FactKind.INT, 0, usual)
    if isinstance(asked, SinceLast):
        return Fact(asked.name, FactKind.INT, asked.within_days, _since_said(asked))
    return Fact(asked.name, FactKind.INT, 0, _count_said(asked, scan=scan))


def _signal_said(asked: Signal) -> str:
    return (
        f"the chart of incidents{_in_category(asked.category)} in each of the last {asked.periods}"
        f" {asked.every}s{_there(below=asked.below)} says {{}}"
    )


def _in_category(category: str | None) -> str:
    return f" in the category {CATEGORIES[category].label}" if category else ""


def _there(*, below: bool) -> str:
    return " on the unit and everything below it" if below else " on the unit"


SIGNAL_WORDS = {
    "none": "usual ups and downs",
    "too_few": "too few points to say",
    **{
        f"{side}_{rule}": f"{words}, {where} than usual"
        for side, where in (("high", "higher"), ("low", "lower"))
        for rule, words in (
            ("outside", "a point outside the limits"),
            ("trend", "a run in one direction"),
            ("two_of_three", "two of three points near a limit"),
            ("shift", "a run on one side of the average"),
        )
    },
}
"""What a control chart says of its last point, by the words of ``Signal``."""


def _count_said(asked: LookBack, *, scan: bool) -> str:
    if scan:
        return (
            f"the number of {_OF[asked.of]}{_which(asked)}, over the last {asked.within_days} days, is {{}}"
        )
    days = "day" if asked.within_days == 1 else f"{asked.within_days} days"
    return f"the number of {_OF[asked.of]}{_which(asked)}, in the {days} up to this one, is {{}}"


def _since_said(asked: SinceLast) -> str:
    return (
        f"the number of whole days since the latest earlier incident{_which(asked)},"
        f" {asked.within_days} when there is none as late, is {{}}"
    )


def _which(asked: Earlier) -> str:
    category = f" in the category {CATEGORIES[asked.category].label}" if asked.category else ""
    harm = f" with at least {HARM_LEVELS[asked.min_harm].lower()} harm" if asked.min_harm else ""
    same = " and ".join(_SAME[what] for what in asked.same)
    where = ", of those that the rule looks for" if asked.where else ""
    return f"{category}{harm} {same}{where}"


_OF = {
    "incidents": "incidents",
    "people": "different people affected by incidents",
    "units": "different units with incidents",
}
_SAME = {
    "person": "affecting the same person",
    "unit": "on the same unit",
    "location": "at the same location",
    "subtree": "on the same unit or one beside it",
    "category": "of the same category",
}
