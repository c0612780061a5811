"""A tenant's pack as typed values, and the schema that checks its file.

Files say what a tenant *is* (reviewed, versioned, in git); the database says what its people *did*.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from throughline.sdk import FUNDING, PROVIDER_KINDS
from throughline.tenancy.models import MOST_BEDS

TENANT_KINDS = ("mental_health", "social_care")
UNIT_KINDS = ("division", "site", "ward", "team", "home")
MOST_TRAITS = 20
NATIONS = ("ENG", "WLS", "SCT", "NIR")
KEY = validate.Regexp(
    r"^[a-z][a-z0-9-]{0,39}$", error="Use lower-case letters, digits and hyphens, at most 40."
)
_NAME = validate.Length(min=1, max=120, error="Write a name of 1 to 120 characters.")


@dataclass(frozen=True)
class Targets:
    """How soon each step is due; the tenant's own settings, in working days unless named otherwise.

    ``alarms_per_rule_per_day`` is how often one rule may alarm on a local day, unless it says so itself.
    """

    triage_working_days: int = 2
    review_working_days: int = 20
    learning_days: int = 28
    acknowledge_hours: int = 24
    alarms_per_rule_per_day: int = 50


@dataclass(frozen=True)
class Schedule:
    """Work that repeats: a report format to a commissioner, every month, at a local wall-clock time."""

    job: str
    format: str
    commissioner: str
    every: str
    day: int
    at: time


@dataclass(frozen=True)
class Pack:
    """Everything a tenant's files say, checked.

    ``rules`` holds the text of each file of rules by its name; what it says is the rules' own business.
    ``two_person_rules`` asks for a second person to put a rule live that was written on a page.
    """

    name: str
    kind: str
    timezone: ZoneInfo
    nation: str
    reference_prefix: str
    plugins: Mapping[str, Mapping[str, Any]]
    targets: Targets
    schedules: tuple[Schedule, ...]
    closures: frozenset[date]
    raw: Mapping[str, Any]
    rules: Mapping[str, str] = field(default_factory=dict)
    two_person_rules: bool = False


class UnitSchema(Schema):
    """One ``[units.<key>]`` table."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=_NAME)
    kind = fields.String(required=True, validate=validate.OneOf(UNIT_KINDS))
    parent = fields.String(load_default=None)
    service_type = fields.String(load_default="")
    beds = fields.Integer(load_default=None, strict=True, validate=validate.Range(min=1, max=MOST_BEDS))
    funding = fields.String(load_default="", validate=validate.OneOf(tuple(FUNDING)))
    provider_kind = fields.String(load_default="", validate=validate.OneOf(tuple(PROVIDER_KINDS)))
    aliases = fields.List(fields.String(validate=_NAME), load_default=list)
    traits = fields.List(
        fields.String(validate=KEY), load_default=list, validate=validate.Length(max=MOST_TRAITS)
    )
    closed = fields.Raw(load_default=None)


class TargetsSchema(Schema):
    """The ``[targets]`` table."""

    class Meta:
        unknown = RAISE

    triage_working_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=60))
    review_working_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=250))
    learning_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=365))
    acknowledge_hours = fields.Integer(strict=True, validate=validate.Range(min=1, max=336))
    alarms_per_rule_per_day = fields.Integer(strict=True, validate=validate.Range(min=1, max=1000))


class AgreementSchema(Schema):
    """One ``[agreements.<commissioner>]`` table."""

    class Meta:
        unknown = RAISE

    purpose = fields.String(
        required=True, validate=validate.Length(min=10, error="Say the purpose in a sentence.")
    )
    lawful_basis = fields.String(
        required=True, validate=validate.Length(min=5, error="Name the lawful basis.")
    )
    formats = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    units = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    valid_from = fields.Raw(required=True)
    valid_to = fields.Raw(load_default=None)


class ScheduleSchema(Schema):
    """One ``[[schedules]]`` table."""

    class Meta:
        unknown = RAISE

    job = fields.String(required=True, validate=validate.OneOf(("evidence",)))
    format = fields.String(required=True)
    commissioner = fields.String(required=True)
    every = fields.String(required=True, validate=validate.OneOf(("month",)))
    day = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=28))
    at = fields.Time(
        required=True, format="%H:%M", error_messages={"invalid": 'Write a time such as "06:00".'}
    )


class PackSchema(Schema):
    """The whole of a ``tenant.toml``."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=_NAME)
    kind = fields.String(required=True, validate=validate.OneOf(TENANT_KINDS))
    provider_kind = fields.String(load_default="", validate=validate.OneOf(tuple(PROVIDER_KINDS)))
    timezone = fields.String(load_default="Europe/London")
    nation = fields.String(load_default="ENG", validate=validate.OneOf(NATIONS))
    reference_prefix = fields.String(
        required=True, validate=validate.Regexp(r"^[A-Z]{1,5}$", error="Use 1 to 5 capital letters.")
    )
    units = fields.Dict(keys=fields.String(validate=KEY), values=fields.Nested(UnitSchema), required=True)
    plugins = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String()), load_default=dict)
    targets = fields.Nested(TargetsSchema, load_default=dict)
    agreements = fields.Dict(
        keys=fields.String(validate=KEY), values=fields.Nested(AgreementSchema), load_default=dict
    )
    schedules = fields.List(fields.Nested(ScheduleSchema), load_default=list)
    closures = fields.List(fields.Raw(), load_default=list)
    two_person_rules = fields.Boolean(load_default=False, truthy={True}, falsy={False})

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Say an unknown key in words that help."""
        _reword(error.messages)


def _reword(messages: Any) -> None:
    if isinstance(messages, dict):
        for key, value in messages.items():
            if value == ["Unknown field."]:
                messages[key] = ["This key is not known. See tenants/README.md for the keys."]
            elif value == ["Missing data for required field."]:
                messages[key] = ["This key is missing."]
            else:
                _reword(value)


def known_timezone(name: str) -> bool:
    """Say whether the time zone database has this name."""
    return name in available_timezones()


def pack_of(raw: Mapping[str, Any]) -> Pack:
    """Return a pack from its checked, JSON-shaped form (as the tenant's row keeps it)."""
    return Pack(
        name=raw["name"],
        kind=raw["kind"],
        timezone=ZoneInfo(raw.get("timezone", "Europe/London")),
        nation=raw.get("nation", "ENG"),
        reference_prefix=raw["reference_prefix"],
        plugins=MappingProxyType({key: dict(value) for key, value in raw.get("plugins", {}).items()}),
        targets=Targets(**raw.get("targets", {})),
        schedules=tuple(
            Schedule(**{**found, "at": time.fromisoformat(found["at"])}) for found in raw.get("schedules", ())
        ),
        closures=frozenset(date.fromisoformat(day) for day in raw.get("closures", ())),
        raw=MappingProxyType(dict(raw)),
        rules=MappingProxyType(dict(raw.get("rules", {}))),
        two_person_rules=raw.get("two_person_rules", False),
    )
