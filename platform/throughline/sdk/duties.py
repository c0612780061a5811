"""Duties: what the law or a contract asks after an incident, as questions, steps, letters and exemptions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Template

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from throughline.sdk.rules import Authority

AS_SOON_AS_PRACTICABLE = "As soon as reasonably practicable"
LETTER_WORDS: Mapping[str, str] = {
    "reference": "the incident's reference",
    "provider": "the organisation's name",
    "unit": "the unit's name",
    "happened_on": "the day it happened, such as 3 March 2026",
    "today": "the day the letter is begun",
    "writer": "the name of who begins the letter",
}
"""What ``$word`` stands for in the text of a letter. None is of the person affected or the narrative."""


@dataclass(frozen=True)
class Answer:
    """An answer to a question. The duty applies if, for every one of its questions, ``applies`` is true."""

    key: str
    label: str
    applies: bool


@dataclass(frozen=True)
class Ask:
    """A question that needs a person's judgement. ``weigh`` holds the words to weigh, in short."""

    key: str
    title: str
    weigh: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class DutyStep:
    """Something that has to be done, and recorded with its day and where that can be seen.

    ``statutory`` is when, in the words of the law. A target in ``within_hours`` or ``within_working_days``
    (one of them, or neither) starts a clock when the obligation opens; ``target_source`` says where the
    number comes from, which is seldom the law. ``after`` names the steps that come first; the others may be
    done side by side. ``instead_of`` names those that need not be done when this one is. A step that is
    ``optional`` is recorded only where it arises. ``asks_who_was_told`` and ``asks_reference`` add a field
    to its record; who was told is a relation ("her daughter"), not a name. ``letter`` is the text a letter
    begins with; ``$word`` in it stands for a value of ``LETTER_WORDS``.
    """

    key: str
    title: str
    means: str
    statutory: str = AS_SOON_AS_PRACTICABLE
    within_hours: int | None = None
    within_working_days: int | None = None
    target_source: str = ""
    after: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    optional: bool = False
    asks_who_was_told: bool = False
    asks_reference: str = ""
    letter: str = ""


@dataclass(frozen=True)
class Exemption:
    """Why the duty need not be done although it applies; ``record`` says what has to be written down."""

    key: str
    title: str
    record: str


@dataclass(frozen=True)
class Duty:
    """A duty that an incident can bring. A rule opens it with ``OpenObligation``.

    Without ``asks`` it applies as soon as it is opened. A change of meaning is a new ``version``; an
    obligation that is open keeps the version it was opened with.
    """

    key: str
    version: int
    title: str
    why: str
    authority: Authority
    steps: tuple[DutyStep, ...]
    asks: tuple[Ask, ...] = ()
    exemptions: tuple[Exemption, ...] = ()


class TargetSchema(Schema):
    """An organisation's own target for one step of a duty, and where it comes from."""

    class Meta:
        unknown = RAISE

    hours = fields.Integer(strict=True, validate=validate.Range(min=1, max=8784))
    working_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=366))
    source = fields.String(
        required=True, validate=validate.Length(min=3, max=200, error="Say where the target comes from.")
    )


def targets_schema(duties: Iterable[Duty]) -> type[Schema]:
    """Return the settings schema of a plugin with duties: its ``targets``, by ``<duty>.<step>``.

    In a pack: ``[plugins.obligations.targets."candour.written"]`` with ``hours`` or ``working_days``, and
    ``source``.
    """
    known = frozenset(f"{duty.key.partition('.')[2]}.{step.key}" for duty in duties for step in duty.steps)

    class DutySettings(Schema):
        """The settings of a plugin with duties."""

        class Meta:
            unknown = RAISE

        targets = fields.Dict(
            keys=fields.String(),
            values=fields.Nested(TargetSchema),
            load_default=dict,
            validate=lambda found: _targets(found, known),
        )

    return DutySettings


def _targets(found: Mapping[str, Mapping[str, object]], known: frozenset[str]) -> bool:
    for name, target in found.items():
        if name not in known:
            raise ValidationError(f"there is no step {name!r}; there are {', '.join(sorted(known))}")
        if ("hours" in target) == ("working_days" in target):
            raise ValidationError(f"{name!r}: give either hours or working_days, and not both")
    return True


def letter_problems(text: str) -> Iterator[str]:
    """Say what is wrong with the text of a letter."""
    template = Template(text)
    if not template.is_valid():
        yield "the letter has a $ that stands for nothing; write $$ for the sign itself"
        return
    for word in template.get_identifiers():
        if word not in LETTER_WORDS:
            yield f"the letter has no word ${word}; there are {', '.join(LETTER_WORDS)}"
