"""Plugins that are used together do not ask one person the same thing twice in one report."""

import re

import pytest

from throughline.incidents import followups
from throughline.kernel.actor import SYSTEM
from throughline.sdk import CATEGORIES


@pytest.mark.parametrize("slug", ["calder", "hollins"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_nothing_is_asked_twice_and_the_police_once(scopes, slug, category):
    with scopes.tenant(scopes.find_tenant(slug), SYSTEM) as scope:
        sets = followups.field_sets(scope, category)
    asked = [field.label for one in sets for field in one.fields]
    assert len(asked) == len(set(asked))
    assert sum(bool(re.search(r"\bpolice\b", label)) for label in asked) <= 1


def test_of_an_absence_the_police_are_asked_about(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        sets = followups.field_sets(scope, "absence")
    assert [one.key for one in sets for field in one.fields if field.key == "police"] == [
        "obligations.events"
    ]
