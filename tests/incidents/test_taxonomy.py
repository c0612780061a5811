"""The categories and grades agree with the plugin API, the database and the national rule."""

import pytest

from throughline import sdk
from throughline.incidents import models, taxonomy


def test_it_has_the_categories_that_plugins_know():
    assert tuple(taxonomy.CATEGORIES) == sdk.CATEGORIES


def test_it_has_the_grades_that_plugins_and_the_database_know():
    assert tuple(taxonomy.PHYSICAL_HARM) == sdk.PHYSICAL_HARM == models.PHYSICAL
    assert tuple(taxonomy.PSYCHOLOGICAL_HARM) == sdk.PSYCHOLOGICAL_HARM == models.PSYCHOLOGICAL


@pytest.mark.parametrize("category", taxonomy.CATEGORIES.values(), ids=lambda category: category.key)
def test_every_category_can_be_chosen_by_somebody_in_a_hurry(category):
    assert category.label
    assert category.hint.endswith(".")
    keys = [one.key for one in category.subcategories]
    assert len(set(keys)) == len(keys)
    assert keys[-1] == "other"


@pytest.mark.parametrize("physical", taxonomy.PHYSICAL_HARM)
@pytest.mark.parametrize("psychological", taxonomy.PSYCHOLOGICAL_HARM)
def test_it_takes_the_worst_of_both_scales_as_the_national_rule_does(physical, psychological):
    codes = (
        int(taxonomy.PHYSICAL_HARM[physical].lfpse_code),
        int(taxonomy.PSYCHOLOGICAL_HARM[psychological].lfpse_code) + 1,
    )
    assert taxonomy.worst_harm(physical, psychological) == 5 - min(codes)


def test_it_grades_the_published_example_as_moderate():
    codes = {grade.lfpse_code: key for key, grade in taxonomy.PHYSICAL_HARM.items()}
    mental = {grade.lfpse_code: key for key, grade in taxonomy.PSYCHOLOGICAL_HARM.items()}
    patients = [taxonomy.worst_harm(codes["4"], mental["2"]), taxonomy.worst_harm(codes["5"], mental["4"])]
    assert taxonomy.harm_label(max(patients)) == "Moderate"


def test_it_refuses_a_grade_that_is_not_on_the_scale():
    with pytest.raises(KeyError):
        taxonomy.worst_harm("none", "fatal")


def test_it_shows_a_key_it_does_not_know_as_it_is():
    assert taxonomy.category_label("fall") == "Slips, trips and falls"
    assert taxonomy.category_label("mystery") == "mystery"
    assert taxonomy.subcategory_label("fall", "unwitnessed") == "Unwitnessed fall"
    assert taxonomy.subcategory_label("fall", "mystery") == "mystery"
    assert taxonomy.subcategory_label("mystery", "unwitnessed") == "unwitnessed"
    with pytest.raises(IndexError):
        taxonomy.harm_label(-1)
