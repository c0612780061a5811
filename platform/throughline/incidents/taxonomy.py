"""What kinds of incident there are and how harm is graded: the words of the report form, lists and charts.

Keys are stored and permanent; labels and definitions are what people read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from throughline.incidents.categories import CATEGORIES, Category, Subcategory

__all__ = [
    "CATEGORIES",
    "DEFINITIONS_ARE",
    "HARM_LEVELS",
    "PHYSICAL_HARM",
    "PSYCHOLOGICAL_HARM",
    "Category",
    "Grade",
    "Subcategory",
    "category_label",
    "harm_label",
    "subcategory_label",
    "worst_harm",
]


@dataclass(frozen=True)
class Grade:
    """A grade of harm on one of the two LFPSE scales.

    ``level`` counts up from 0 (none) to 4 (fatal). ``lfpse_code`` counts the other way: in the national
    taxonomy the lower number is the worse. ``definition`` is a paraphrase; the national wording decides.
    """

    key: str
    label: str
    level: int
    lfpse_code: str
    definition: str


DEFINITIONS_ARE = (
    "These definitions are a paraphrase in our own words. Where a grade is in doubt, the wording of NHS"
    " England's policy guidance on recording patient safety events and levels of harm decides."
)
"""Printed wherever the definitions are: they are not the national wording."""


def _scale(*grades: tuple[str, str, str, str]) -> Mapping[str, Grade]:
    return MappingProxyType(
        {
            key: Grade(key, label, level, code, definition)
            for level, (key, label, code, definition) in enumerate(grades)
        }
    )


PHYSICAL_HARM: Mapping[str, Grade] = _scale(
    ("none", "No physical harm", "5", "Nobody was physically harmed."),
    (
        "low",
        "Low physical harm",
        "4",
        "Extra observation or minor treatment was enough, such as a dressing, a short course of tablets or"
        " one visit to a doctor or clinic. Independence was not affected.",
    ),
    (
        "moderate",
        "Moderate physical harm",
        "3",
        "More healthcare than one visit was needed, but no life-saving treatment: less than two weeks more in"
        " hospital, less than six months of treatment, or independence limited for less than six months.",
    ),
    (
        "severe",
        "Severe physical harm",
        "2",
        "Permanent harm, life-saving treatment at once, a shorter life expectancy, two weeks or more in"
        " hospital, more than six months of treatment, or independence limited for six months or more.",
    ),
    ("fatal", "Fatal", "1", "The person has died and the incident may have contributed."),
)
"""LFPSE grades of physical harm, least first."""

PSYCHOLOGICAL_HARM: Mapping[str, Grade] = _scale(
    (
        "none",
        "No psychological harm",
        "4",
        "No particular distress beyond the unpleasantness of being involved.",
    ),
    (
        "low",
        "Low psychological harm",
        "3",
        "Distress for up to a few days, with no treatment beyond one contact, and no new or clearly worse"
        " mental-health condition.",
    ),
    (
        "moderate",
        "Moderate psychological harm",
        "2",
        "Distress for more than a few days, treatment for less than six months, or a new or worse condition"
        " from which recovery is expected within six months.",
    ),
    (
        "severe",
        "Severe psychological harm",
        "1",
        "Treatment for more than six months, daily life affected for more than six months, or a new or worse"
        " condition from which recovery is not expected within six months.",
    ),
)
"""LFPSE grades of psychological harm, least first. There is no fatal grade on this scale."""

HARM_LEVELS: tuple[str, ...] = ("None", "Low", "Moderate", "Severe", "Fatal")
"""The label of each level of an incident's worst harm; the position is the level."""


def worst_harm(physical: str, psychological: str) -> int:
    """Return the worse of the two grades as a level from 0 (none) to 4 (fatal).

    This is NHS England's own rule for one degree of harm per incident, ``min(physical code, psychological
    code + 1)`` where 1 is fatal, on our scale that counts the other way.

    Raises:
        KeyError: a grade is not one of its scale.
    """
    return max(PHYSICAL_HARM[physical].level, PSYCHOLOGICAL_HARM[psychological].level)


def category_label(key: str) -> str:
    """Return the label of a category; a key that is not known is shown as it is."""
    category = CATEGORIES.get(key)
    return category.label if category else key


def subcategory_label(category: str, key: str) -> str:
    """Return the label of a closer kind within a category; what is not known is shown as it is."""
    known = CATEGORIES.get(category)
    found = known.subcategory(key) if known else None
    return found.label if found else key


def harm_label(level: int) -> str:
    """Return the label of a level of harm, 0 to 4.

    Raises:
        IndexError: there is no such level.
    """
    if level < 0:
        raise IndexError(level)
    return HARM_LEVELS[level]
