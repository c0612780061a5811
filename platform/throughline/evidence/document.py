"""The evidence document: plain values, checked by a schema, with one canonical form and fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

SCHEMA = "throughline.evidence/1"
UNITS = ("count", "percent", "per 1,000 bed days", "days")
DIRECTIONS = ("lower", "higher", "neutral")


class _Strict(Schema):
    """Refuses what it does not know: a number without a definition has no place in evidence."""

    class Meta:
        unknown = RAISE


def _text() -> fields.String:
    return fields.String(required=True)


def _number(*, nullable: bool = False) -> fields.Float:
    return fields.Float(required=True, allow_none=nullable, allow_nan=False)


def _whole(*, nullable: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=nullable)


def _many(schema: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), required=True)


class _Named(_Strict):
    name, slug = _text(), _text()


class _Provider(_Named):
    kind = _text()


class _Format(_Strict):
    key, title = _text(), _text()
    version = _whole()


class _Unit(_Strict):
    key, name, kind, service_type = _text(), _text(), _text(), _text()


class _Period(_Strict):
    start, end, label = _text(), _text(), _text()


class _Prepared(_Strict):
    at, by = _text(), _text()


class _SignOff(_Strict):
    name, role, at, statement = _text(), _text(), _text(), _text()


class _Figure(_Strict):
    key, title, definition, as_of = _text(), _text(), _text(), _text()
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    numerator = _number()
    denominator, value, previous = _number(nullable=True), _number(nullable=True), _number(nullable=True)


class _Point(_Strict):
    start, label = _text(), _text()
    value, numerator = _number(), _whole()
    denominator = _whole(nullable=True)


class _Change(_Strict):
    date, label = _text(), _text()


class _Measure(_Strict):
    key, title, place, definition, unit, chart_svg, variation = (_text() for _ in range(7))
    direction = fields.String(required=True, validate=validate.OneOf(DIRECTIONS))
    sentences = fields.List(fields.String(), required=True, validate=validate.Length(equal=3))
    points = _many(_Point)
    changes = _many(_Change)
    assurance = fields.String(required=True, allow_none=True)


class _Step(_Strict):
    key, title = _text(), _text()
    due, reached = _whole(), _whole()
    share, median_days = _number(nullable=True), _number(nullable=True)


class _Completed(_Strict):
    reference, title, category, unit, reported, sentence = (_text() for _ in range(6))
    improved = fields.String(required=True, allow_none=True)


class _Broken(_Strict):
    reference, category, unit, stuck_at, since, sentence, closes_with = (_text() for _ in range(7))


class _Line(_Strict):
    steps, completed, broken = _many(_Step), _many(_Completed), _many(_Broken)


class _Category(_Strict):
    label, total = _text(), _whole()
    counts = fields.List(fields.Integer(), required=True)


class _ByUnit(_Strict):
    label = _text()
    count, previous = _whole(), _whole()


class _Incidents(_Strict):
    harms = fields.List(fields.String(), required=True)
    by_category, by_unit = _many(_Category), _many(_ByUnit)


class _Theme(_Strict):
    label, count = _text(), _whole()


class _Reviews(_Strict):
    opened, completed, completed_on_time = _whole(), _whole(), _whole()
    themes = _many(_Theme)


class _Learning(_Strict):
    title, what_changed, why = _text(), _text(), _text()
    shared_with, acknowledged = _whole(), _whole()


class _Action(_Strict):
    title, strength, owner, due, state, sentence = (_text() for _ in range(6))
    verdict = fields.String(required=True, allow_none=True)


class _Definition(_Strict):
    term, text = _text(), _text()


class DocumentSchema(_Strict):
    """The whole of an evidence document. Days and moments are ISO 8601 text; counts are whole numbers."""

    schema = fields.String(required=True, validate=validate.Equal(SCHEMA))
    run = _text()
    provider = fields.Nested(_Provider, required=True)
    commissioner = fields.Nested(_Named, required=True)
    format = fields.Nested(_Format, required=True)
    units = _many(_Unit)
    period = fields.Nested(_Period, required=True)
    cut_at = _text()
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
    data_quality = fields.List(fields.String(), required=True)
    definitions = _many(_Definition)


def validated(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document if it holds everything it must and nothing else.

    Raises:
        marshmallow.ValidationError: naming each part that is missing, wrong or unknown.
    """
    DocumentSchema().load(document)
    return dict(document)


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one form of a document that is hashed and attached: sorted keys, UTF-8, no spaces."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def fingerprint(document: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of a document without its sign-off: signing does not change the figures."""
    return hashlib.sha256(canonical({**document, "sign_off": None})).hexdigest()
