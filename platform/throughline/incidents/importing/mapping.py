"""The mapping: which column of a file is what to us, and which of its words mean which of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

AFFECTED: Mapping[str, str] = {
    "patient": "Patient, resident or service user",
    "staff": "Member of staff",
    "visitor": "Visitor, carer or member of the public",
    "organisation": "The organisation",
}
"""Whom an incident affected, by key, with the label."""

FIELDS: Mapping[str, str] = {
    "external_id": "the other system's own number of the record",
    "reference_in_source": "the reference people use there",
    "unit": "the ward, team or home",
    "location": "the place within it",
    "occurred_date": "the day it happened",
    "occurred_time": "the time it happened",
    "reported_date": "the day it was reported",
    "reported_time": "the time it was reported",
    "category": "the kind of incident",
    "subcategory": "the closer kind",
    "what_happened": "what happened, in words",
    "immediate_action": "what was done at once",
    "physical_harm": "the severity or physical harm",
    "psychological_harm": "the psychological harm",
    "affected": "whom it affected",
    "person_age": "the age of the person affected, in years",
    "legal_status": "the legal status of the person affected",
    "source_state": "its state in the other system",
    "closed_on": "the day it was closed there",
}
"""The fields a column can fill, with what each means."""

REQUIRED: tuple[str, ...] = (
    "external_id",
    "unit",
    "occurred_date",
    "reported_date",
    "category",
    "what_happened",
    "physical_harm",
)
"""The fields a file must have a column for."""

DELIMITERS = (",", ";", "\t", "|")
DEFAULT_FILE = "default_mapping.toml"


@dataclass(frozen=True)
class ImportMapping:
    """A mapping, checked. Keys of every inner table are in the form that ``words.plain`` gives.

    ``columns`` maps a field to its possible headers, preferred first. ``values`` maps a field to word →
    our key; ``subcategories`` does so within a category. ``blank`` is the key an empty cell stands for.
    ``units`` maps an alias to a unit's name or key. ``encoding`` and ``delimiter`` are ``None`` when the
    file itself shall tell.
    """

    source: str
    columns: Mapping[str, tuple[str, ...]]
    personal: frozenset[str]
    values: Mapping[str, Mapping[str, str]]
    subcategories: Mapping[str, Mapping[str, str]]
    blank: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    unknown_times: frozenset[str] = frozenset()
    leave_out: frozenset[str] = frozenset()
    day_first: bool = True
    excel_serials: bool = True
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, order=True)
class MappingMistake:
    """Something in a mapping file that cannot be used: where it stands, and what would be right."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {key}{self.message}"


class MappingMistakes(Exception):
    """A mapping file cannot be used; ``mistakes`` names every reason, in the order of the file."""

    def __init__(self, mistakes: tuple[MappingMistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(map(str, mistakes)))


def default_text() -> str:
    """Return the mapping that ships with Throughline, as its file stands."""
    return files(__package__).joinpath(DEFAULT_FILE).read_text(encoding="utf-8")
