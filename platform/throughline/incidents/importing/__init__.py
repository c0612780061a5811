"""Bringing in what another system exported: a file and a mapping in, a plan of incidents and refusals out."""

from throughline.incidents.importing.mapping import (
    AFFECTED,
    FIELDS,
    REQUIRED,
    ImportMapping,
    MappingMistake,
    MappingMistakes,
    default_text,
)
from throughline.incidents.importing.mapping_file import load_mapping, read_mapping
from throughline.incidents.importing.reading import read_file
from throughline.incidents.importing.result import ImportedIncident, ImportPlan, Note, Refusal

__all__ = [
    "AFFECTED",
    "FIELDS",
    "REQUIRED",
    "ImportMapping",
    "ImportPlan",
    "ImportedIncident",
    "MappingMistake",
    "MappingMistakes",
    "Note",
    "Refusal",
    "default_text",
    "load_mapping",
    "read_file",
    "read_mapping",
]
