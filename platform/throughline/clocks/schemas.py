"""What the form that starts a clock must hold, with messages that say what would put it right."""

from marshmallow import EXCLUDE, Schema, fields, validate

from throughline.sdk.bounds import LONGEST_CLOCK_HOURS, LONGEST_CLOCK_WORKING_DAYS, LONGEST_WORDS

_WHOLE = "Write a whole number, such as 10"


def _number(most: int) -> fields.Integer:
    return fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=most, error=f"Write a number from 1 to {most}"),
        error_messages=dict.fromkeys(("required", "invalid", "null", "too_large"), _WHOLE),
    )


class StartForm(Schema):
    """A clock a person starts: what is to be done, and by when."""

    class Meta:
        unknown = EXCLUDE

    title = fields.String(
        required=True,
        validate=[
            validate.Length(min=1, error="Say what is to be done"),
            validate.Length(max=LONGEST_WORDS, error=f"Use {LONGEST_WORDS} characters or fewer"),
        ],
        error_messages={"required": "Say what is to be done"},
    )
    counts = fields.String(
        required=True,
        validate=validate.OneOf(("hours", "working_days"), error="Choose hours or working days"),
        error_messages={"required": "Choose hours or working days"},
    )
    length = _number(LONGEST_CLOCK_HOURS)


MOST = {"hours": LONGEST_CLOCK_HOURS, "working_days": LONGEST_CLOCK_WORKING_DAYS}
