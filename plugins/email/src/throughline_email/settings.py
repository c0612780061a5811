"""The settings of the mail server, as a tenant's file writes them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from throughline.sdk import SECRET

HERE = frozenset({"localhost", "127.0.0.1", "::1"})

_ADDRESS = "Write an address such as incidents@example.org."


class EmailSettings(Schema):
    """The table ``[plugins.email]``."""

    host = fields.String(
        required=True,
        validate=validate.Regexp(
            r"^[A-Za-z0-9.:-]{1,253}\Z", error="Write the name of the mail server, without spaces."
        ),
    )
    port = fields.Integer(
        load_default=587,
        validate=validate.Range(min=1, max=65535, error="Write a port from 1 to 65535; 587 is usual."),
    )
    from_address = fields.Email(
        required=True,
        validate=validate.Regexp(r"^[\x21-\x7e]{3,254}\Z", error=_ADDRESS),
        error_messages={"invalid": _ADDRESS},
    )
    from_name = fields.String(
        load_default="Throughline",
        validate=validate.Regexp(
            r"^[^\x00-\x1f\x7f]{1,100}\Z", error="Write a name on one line, at most 100 characters."
        ),
    )
    starttls = fields.Boolean(load_default=True)
    username = fields.String(load_default="")
    password = fields.String(load_default="", metadata=SECRET)
    timeout_seconds = fields.Integer(
        load_default=10, validate=validate.Range(min=1, max=60, error="Write 1 to 60 seconds.")
    )

    @validates_schema
    def _sign_in_is_whole_and_safe(self, data: dict[str, Any], **kwargs: Any) -> None:
        if bool(data.get("username")) != bool(data.get("password")):
            raise ValidationError("Give a username and a password, or neither.", "username")
        if data.get("username") and not data["starttls"] and data["host"] not in HERE:
            raise ValidationError("Without STARTTLS the password would travel in the clear.", "starttls")
