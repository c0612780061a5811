"""What a report's form must hold, with messages that say what would put it right."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from throughline.incidents.models import OLDEST
from throughline.sdk import CATEGORIES, LEGAL_STATUSES, PHYSICAL_HARM, PSYCHOLOGICAL_HARM, REVIEW_KINDS

LONGEST_STORY = 8000
_EARLIEST = date(1990, 1, 1)
_AGAIN = "Load the page again, so that what you send fits what is there"
_PROTECTIONS = ("", "confidential", "anonymous")


def _choice(keys: tuple[str, ...], message: str) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.OneOf(keys, error=message),
        error_messages={"required": message, "null": message},
    )


def _text(longest: int) -> fields.String:
    too_long = f"Use {longest:,} characters or fewer"
    return fields.String(load_default="", validate=validate.Length(max=longest, error=too_long))


def _required_text(message: str, longest: int) -> fields.String:
    return fields.String(
        required=True,
        validate=[
            validate.Length(min=1, error=message),
            validate.Length(max=longest, error=f"Use {longest:,} characters or fewer"),
        ],
        error_messages={"required": message},
    )


def _legal_status() -> fields.String:
    known = validate.OneOf(("", *LEGAL_STATUSES), error="Choose from the list")
    return fields.String(load_default="", validate=known)


class Age(fields.Field[int]):
    """Whole years; nothing when nothing was written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | None:  # type: ignore[override]
        text = str(value)
        if not text:
            return None
        if not text.isascii() or not text.isdecimal() or int(text[:4]) > OLDEST:
            raise ValidationError(f"Write the age in whole years, 0 to {OLDEST}")
        return int(text)


class ReportForm(Schema):
    """The report form, but for the moment and the follow-ups, which are read by themselves."""

    class Meta:
        unknown = EXCLUDE

    key = fields.UUID(required=True, error_messages=dict.fromkeys(("required", "invalid_uuid"), _AGAIN))
    unit = _required_text("Choose where it happened", 60)
    category = _choice(CATEGORIES, "Choose the kind of incident")
    subcategory = _text(80)
    what_happened = _required_text("Say what happened, in your own words", LONGEST_STORY)
    immediate_action = _text(LONGEST_STORY)
    location = _text(120)
    physical_harm = _choice(PHYSICAL_HARM, "Choose the physical harm; choose none if there was none")
    psychological_harm = _choice(
        PSYCHOLOGICAL_HARM, "Choose the psychological harm; choose none if you know of none"
    )
    person_reference = _text(60)
    person_age = Age(load_default=None)
    legal_status = _legal_status()
    protection = fields.String(
        load_default="", validate=validate.OneOf(_PROTECTIONS, error="Choose from the list")
    )


class TriageForm(Schema):
    """The triage form."""

    class Meta:
        unknown = EXCLUDE

    version = fields.Integer(required=True, error_messages=dict.fromkeys(("required", "invalid"), _AGAIN))
    decision = _choice(("review", "no_review"), "Choose whether a review is needed")
    reason = _text(2000)
    review_kind = fields.String(
        load_default="", validate=validate.OneOf(("", *REVIEW_KINDS), error="Choose from the list")
    )
    review_due = fields.String(load_default="")


class GradeForm(Schema):
    """The form that corrects category, harm, the person affected and who reads the report."""

    class Meta:
        unknown = EXCLUDE

    version = fields.Integer(required=True, error_messages=dict.fromkeys(("required", "invalid"), _AGAIN))
    category = _choice(CATEGORIES, "Choose the kind of incident")
    physical_harm = _choice(PHYSICAL_HARM, "Choose the physical harm")
    psychological_harm = _choice(PSYCHOLOGICAL_HARM, "Choose the psychological harm")
    person_reference = _text(60)
    nobody = fields.String(
        load_default="", validate=validate.OneOf(("", "yes"), error="Choose from the list")
    )
    person_age = Age(load_default=None)
    legal_status = _legal_status()
    protection = fields.String(
        load_default="", validate=validate.OneOf(("", "confidential"), error="Choose from the list")
    )
    reason = _required_text("Say why, so that whoever reads the trail understands", 2000)


def load(schema: Schema, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the values that are right and the errors of those that are not. NUL characters are refused."""
    stripped = {name: value.strip() for name, value in form.items()}
    bad = {
        name: ["Take out the characters that cannot be read"]
        for name, value in stripped.items()
        if "\x00" in value
    }
    try:
        values: dict[str, Any] = schema.load(
            {name: value for name, value in stripped.items() if name not in bad}
        )
    except ValidationError as error:
        return dict(error.valid_data or {}), {**error.messages_dict, **bad}
    return values, {name: found for name, found in bad.items() if name in schema.fields}


def moment(form: Mapping[str, str], name: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment of a pair of fields, ``<name>_date`` and ``<name>_time``, as UTC.

    Raises:
        ValueError: with a sentence that says what would be right.
    """
    try:
        day = date.fromisoformat(form.get(f"{name}_date", "").strip())
    except ValueError as wrong:
        raise ValueError("Choose the day it happened") from wrong
    try:
        at = time.fromisoformat(form.get(f"{name}_time", "").strip() or "00:00")
    except ValueError as wrong:
        raise ValueError("Write the time as hours and minutes, such as 21:35") from wrong
    if day < _EARLIEST:
        raise ValueError("Check the year")
    found = datetime.combine(day, at.replace(tzinfo=None), tzinfo=zone).astimezone(UTC)
    if found > now:
        raise ValueError("This is in the future. Enter when it happened")
    return found
