"""The evidence document: plain values, checked by a schema, with one canonical form and fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from throughline.evidence.agreement import disagreements

SCHEMA = "throughline.evidence/2"
FIRST = "throughline.evidence/1"
"""What came before: without duties. What was frozen in it stays whole, and its fingerprint holds."""
UNITS = ("count", "percent", "per 1,000 bed days", "days")
DIRECTIONS = ("lower", "higher", "neutral")
VARIATIONS = (
    "common_cause",
    "special_cause_improvement",
    "special_cause_concern",
    "special_cause_neutral_high",
    "special_cause_neutral_low",
)
ASSURANCES = ("consistently_pass", "consistently_fail", "inconsistent")
STEPS = ("reported", "triaged", "reviewed", "analysed", "learned", "acted", "improved")


class _Strict(Schema):
    """Refuses what it does not know: a number without a definition has no place in evidence."""

    class Meta:
        unknown = RAISE


class _Real(fields.Float):
    """A number that is a number already: text that looks like one is a mistake of whoever compiled it."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, (str, bool)):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def _text() -> fields.String:
    return fields.String(required=True)


def _number(*, nullable: bool = False) -> fields.Float:
    return _Real(required=True, allow_none=nullable, allow_nan=False)


def _whole(*, nullable: bool = False) -> fields.Integer:
    least = validate.Range(min=0)
    return fields.Integer(required=True, allow_none=nullable, strict=True, validate=least)


def _day(*, nullable: bool = False) -> fields.Date:
    return fields.Date(required=True, allow_none=nullable)


def _moment() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True)


def _one_of(choices: tuple[str, ...], *, nullable: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=nullable, validate=validate.OneOf(choices))


def _many(schema: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), required=True)


class _Named(_Strict):
    name, slug = _text(), _text()


class _Provider(_Named):
    kind = _text()


class _Format(_Strict):
    key, title = _text(), _text()
    version = _whole()


class _Version(_Strict):
    name, version = _text(), _text()


class _Unit(_Strict):
    key, name, kind, service_type = _text(), _text(), _text(), _text()


class _Period(_Strict):
    start, end, label = _day(), _day(), _text()


class _Prepared(_Strict):
    at, by = _moment(), _text()


class _SignOff(_Strict):
    name, role, at, statement = _text(), _text(), _moment(), _text()


class _Figure(_Strict):
    key, title, definition, as_of = _text(), _text(), _text(), _moment()
    unit = _one_of(UNITS)
    numerator = _number()
    denominator, value, previous = _number(nullable=True), _number(nullable=True), _number(nullable=True)


class _Point(_Strict):
    start, label = _day(), _text()
    value, numerator = _number(), _whole()
    denominator = _whole(nullable=True)


class _Change(_Strict):
    date, label = _day(), _text()


class _Chart(_Strict):
    """What the process limits are: the newest mean and limits, and each point's kind.

    ``baseline`` is how many points they rest on, None when all.
    """

    profile, trial = _text(), fields.Boolean(required=True)
    baseline = _whole(nullable=True)
    mean = _number()
    lower, upper = _number(nullable=True), _number(nullable=True)
    kinds = fields.List(_one_of(VARIATIONS), required=True)


class _Measure(_Strict):
    """One headline measure. Its three sentences say what the chart shows, if it changed, what that means."""

    key, title, place, definition, unit, chart_svg = (_text() for _ in range(6))
    direction, variation = _one_of(DIRECTIONS), _one_of(VARIATIONS)
    assurance = _one_of(ASSURANCES, nullable=True)
    target = _number(nullable=True)
    points, changes = _many(_Point), _many(_Change)
    spc = fields.Nested(_Chart, required=True)
    sentences = fields.List(fields.String(), required=True, validate=validate.Length(equal=3))


class _Step(_Strict):
    key, title = _one_of(STEPS), _text()
    due, reached = _whole(), _whole()
    share, median_days = _number(nullable=True), _number(nullable=True)


class _Completed(_Strict):
    reference, title, category, unit, sentence = (_text() for _ in range(5))
    reported, improved = _day(), _day(nullable=True)


class _Broken(_Strict):
    reference, category, unit, stuck_at, sentence, closes_with = (_text() for _ in range(6))
    step, since = _one_of(STEPS), _day()


class _Line(_Strict):
    steps, completed, broken = _many(_Step), _many(_Completed), _many(_Broken)


class _Category(_Strict):
    label, total = _text(), _whole()
    counts = fields.List(_whole(), required=True)


class _ByUnit(_Strict):
    label = _text()
    count, previous = _whole(), _whole()


class _Incidents(_Strict):
    harms = fields.List(fields.String(), required=True)
    by_category, by_unit = _many(_Category), _many(_ByUnit)


class _Theme(_Strict):
    label, count = _text(), _whole()


class _ReviewKind(_Strict):
    label = _text()
    opened, completed, completed_on_time = _whole(), _whole(), _whole()


class _Reviews(_Strict):
    opened, completed, completed_on_time = _whole(), _whole(), _whole()
    by_kind, themes = _many(_ReviewKind), _many(_Theme)


class _Learning(_Strict):
    title, what_changed, why = _text(), _text(), _text()
    from_reviews, shared_with, acknowledged = _whole(), _whole(), _whole()


class _Action(_Strict):
    """An action; its owner is a role, not a person.

    ``review_on`` is the day its measure judges it; None says that no measure is declared.
    """

    title, strength, owner, state, sentence = (_text() for _ in range(5))
    due, review_on = _day(), _day(nullable=True)
    verdict = fields.String(required=True, allow_none=True)


class _Duty(_Strict):
    """How many obligations of one duty opened, and how they stand. None is hidden: see ``disclosure``."""

    key, title = _text(), _text()
    confidence = _one_of(("sourced", "unverified"))
    opened, in_time, late, without_target = (_whole(nullable=True) for _ in range(4))
    open, overdue, exempt, not_required = (_whole(nullable=True) for _ in range(4))


class _Exemption(_Strict):
    duty, exemption = _text(), _text()
    count = _whole(nullable=True)


class _Duties(_Strict):
    by_duty, exemptions = _many(_Duty), _many(_Exemption)


class _Definition(_Strict):
    term, text = _text(), _text()


class DocumentSchema(_Strict):
    """The whole of an evidence document. Days and moments are ISO 8601 text; counts are whole numbers."""

    schema = _one_of((FIRST, SCHEMA))
    run = fields.UUID(required=True)
    provider = fields.Nested(_Provider, required=True)
    commissioner = fields.Nested(_Named, required=True)
    format = fields.Nested(_Format, required=True)
    versions = _many(_Version)
    units = _many(_Unit)
    period = fields.Nested(_Period, required=True)
    cut_at = _moment()
    prepared = fields.Nested(_Prepared, required=True)
    sign_off = fields.Nested(_SignOff, required=True, allow_none=True)
    summary = fields.List(fields.String(), required=True)
    figures = _many(_Figure)
    measures = _many(_Measure)
    line = fields.Nested(_Line, required=True)
    incidents = fields.Nested(_Incidents, required=True)
    reviews = fields.Nested(_Reviews, required=True)
    learning = _many(_Learning)
    actions = _many(_Action)
    duties = fields.Nested(_Duties)
    data_quality = fields.List(fields.String(), required=True)
    definitions = _many(_Definition)

    @validates_schema(skip_on_field_errors=True)
    def agrees(self, document: dict[str, Any], **_: Any) -> None:
        """Refuse figures that contradict each other, and a part that is not of its schema."""
        if (document["schema"] == SCHEMA) != ("duties" in document):
            raise ValidationError({"duties": [f"It is a part of {SCHEMA}, and of it alone"]})
        found = disagreements(document)
        if found:
            raise ValidationError(found)


def validated(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the document if it holds everything it must, nothing else, and agrees with itself.

    Raises:
        marshmallow.ValidationError: naming each part that is missing, wrong, unknown or contradicted.
    """
    DocumentSchema().load(document)
    return deepcopy(dict(document))


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one form of a document that is hashed: sorted keys, UTF-8, no spaces.

    Raises:
        ValueError: a number in it is not finite; JSON has no word for that.
    """
    return json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def unsigned(document: Mapping[str, Any]) -> bytes:
    """Return the canonical form of a document without its sign-off: what is fingerprinted and attached."""
    return canonical({**document, "sign_off": None})


def fingerprint(document: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of a document without its sign-off: signing does not change the figures."""
    return hashlib.sha256(unsigned(document)).hexdigest()
