"""One list of every rule: of plugins, the pack and pages, in every status, narrowed by the address."""

import csv
import io
from dataclasses import replace
from uuid import uuid4

import pytest
from tests.rules.workbench.texts import TEXT

from throughline.kernel.errors import Forbidden
from throughline.rules.workbench import service
from throughline.rules.workbench.listing import Wanted, listing

RULES = "/t/calder/rules"
PACK = """\
rules:
  - key: written_in_git
    title: Written in git
    why: It matters.
    owner: Clinical lead
    status: retired
    authority: {statement: Our own., reference: Policy 1}
    on: [incident.reported]
    when: incident.category == "fall"
    then: [{notify: {to: unit_manager, words: A fall.}}]
"""


def begun(scope, key, owner=""):
    text = TEXT.replace("any_fall", key).replace("Any fall", f"Rule {key}")
    return service.begin(scope, uuid4(), text + (f"owner: {owner}\n" if owner else ""))


@pytest.fixture
def many(inside, fell):
    """A tenant's own rules in every status, one of which spoke and one would have."""
    with inside() as scope:
        begun(scope, "still_draft")
        service.begin(scope, uuid4(), "owner: Nobody reads this yet")
        service.shadow(scope, begun(scope, "in_shadow", "Mary").id)
        service.put_live(scope, begun(scope, "is_live", "Ward safety").id)
        service.put_live(scope, begun(scope, "is_live", "Ward safety").id)
        ended = service.put_live(scope, begun(scope, "has_ended").id)
        service.retire(scope, ended.id, "Enough.")
        service.put_aside(scope, "psirf.death", "We use our own.")
    fell()
    fell()


def by_key(scope, **wanted):
    return {one.key: one for one in listing(scope, Wanted(**wanted)).rules}


def test_every_status_and_source_with_what_it_did(inside, many):
    with inside() as scope:
        found = by_key(scope)
        expected = {
            "local.still_draft": "draft",
            "local.in_shadow": "shadow",
            "local.is_live": "live",
            "local.has_ended": "retired",
            "": "draft",
            "psirf.death": "aside",
            "psirf.severe_harm": "live",
        }
        assert {key: found[key].status for key in expected} == expected
        assert found["psirf.severe_harm"].source == "psirf"
        live, shadow = found["local.is_live"], found["local.in_shadow"]
        assert (live.version, live.owner, live.did.firings) == (2, "Ward safety", 2)
        assert shadow.did.firings == 2
        assert None not in (live.last_at, shadow.last_at)
        assert [one.key for one in listing(scope, Wanted()).rules].count("local.is_live") == 1


def test_the_filters_narrow_and_the_counts_are_of_what_is_left(inside, many):
    with inside() as scope:
        assert set(by_key(scope, owner="Mary")) == {"local.in_shadow"}
        assert "local.has_ended" in by_key(scope, owner="-")
        assert "local.in_shadow" not in by_key(scope, owner="-")
        assert set(by_key(scope, status="shadow", source="page")) == {"local.in_shadow"}
        assert set(by_key(scope, words="RULE live")) == {"local.is_live"}
        ours = listing(scope, Wanted(source="page"))
        assert ours.counts == {"": 5, "draft": 2, "shadow": 1, "live": 1, "retired": 1}
        assert ours.sources[-1] == "page"
        assert {"Mary", "Ward safety"} <= set(ours.owners)


def test_a_rule_of_the_pack_that_does_nothing_is_there_too(inside):
    with inside() as scope:
        tenant = scope.tenant
        pack = replace(tenant.pack, rules={"git.yaml": PACK})
        scope.tenant = replace(tenant, pack=pack, pack_digest="other")
        found = by_key(scope, source="pack")["local.written_in_git"]
        assert (found.status, found.owner, found.version_id) == ("retired", "Clinical lead", None)


def test_nobody_else_lists_rules(inside):
    with inside(email="lead@calder.test") as scope, pytest.raises(Forbidden):
        listing(scope, Wanted())


def test_the_page_and_the_file_are_narrowed_alike(client_for, many):
    consultant = client_for("consultant@calder.test")
    page = consultant.get(f"{RULES}?status=live&owner=Ward+safety").get_data(as_text=True)
    assert "Rule is_live" in page
    assert "Rule in_shadow" not in page
    assert "Remove filter" in page
    file = consultant.get(f"{RULES}/rules.csv?owner=Ward+safety").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert [(row["Rule"], row["Status"], row["Spoke in 28 days"]) for row in rows] == [
        ("Rule is_live", "live", "2")
    ]
    assert "No rule fits" in consultant.get(f"{RULES}?q=nowhere").get_data(as_text=True)
    for status, words in (
        ("shadow", "Rule in_shadow"),
        ("retired", "Rule has_ended"),
        ("aside", "psirf.death"),
    ):
        assert words in consultant.get(f"{RULES}?status={status}").get_data(as_text=True)


def test_a_file_holds_no_formula(client_for, inside):
    with inside() as scope:
        begun(scope, "sly", '"=cmd()"')
    file = client_for("consultant@calder.test").get(f"{RULES}/rules.csv").get_data(as_text=True)
    assert "'=cmd()" in file


@pytest.mark.parametrize("query", ["from=999999999", "from=-1", "status=%00", "source=x&owner=y", "from=é"])
def test_rubbish_in_the_address_narrows_or_is_left_out(client_for, query):
    assert client_for("consultant@calder.test").get(f"{RULES}?{query}").status_code == 200
