"""The shared words of the plugin API are the words the platform uses."""

from throughline.accounts.permissions import ROLES
from throughline.incidents import taxonomy
from throughline.reviews.models import KINDS
from throughline.sdk import CATEGORIES, ESCALATION_ROLES, PHYSICAL_HARM, PSYCHOLOGICAL_HARM, REVIEW_KINDS


def test_the_categories_are_those_of_incidents() -> None:
    assert set(CATEGORIES) == set(taxonomy.CATEGORIES)


def test_the_grades_are_those_of_incidents_in_the_same_order() -> None:
    assert tuple(taxonomy.PHYSICAL_HARM) == PHYSICAL_HARM
    assert tuple(taxonomy.PSYCHOLOGICAL_HARM) == PSYCHOLOGICAL_HARM


def test_the_kinds_of_review_are_those_of_reviews() -> None:
    assert set(REVIEW_KINDS) == set(KINDS)


def test_an_incident_is_escalated_to_roles_that_exist() -> None:
    assert set(ESCALATION_ROLES) <= set(ROLES)
