"""Whoever writes rules for one tenant learns nothing of another: by no number, no message, no plan, no cache."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.conftest import ROOT
from tests.isolation.test_doors import signed_in
from tests.rules.stored import store

from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.rules import active as activity
from throughline.rules.active import active
from throughline.rules.backtest import backtest, compare
from throughline.rules.looking import look_back
from throughline.rules.models import Firing, Problem
from throughline.rules.workbench import reading
from throughline.rules.written import read_rules
from throughline.rules.written.packs import facts_of_pack
from throughline.sdk import Authority, Escalate, LookBack, Rule, SinceLast, Trigger
from throughline.tenancy import check, service
from throughline.tenancy.queries import tree

MAIL = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
PERSON = "NHS 943 476 5919"  # a number made for tests, the same in both tenants
LOOKS = (
    LookBack("same_person", 300, ("person",)),
    LookBack("people", 300, ("category",), of="people"),
    LookBack("theirs", 300, ("category",), where='incident.unit == "larch-house"'),
    SinceLast("quiet", 300, ("person",)),
)
RULE = """\
key: theirs
title: Theirs
why: It matters.
authority: {statement: Our own., reference: Policy 1}
on: [incident.reported]
let:
  n: count of incidents with the same person within 300 days where incident.unit != "WHERE"
when: incident.unit == "UNIT" || n >= LEAST
then:
  - set_flag: {key: theirs, title: Theirs}
"""


def rule(when: str, key: str = "local.all") -> Rule:
    on, then = (Trigger.INCIDENT_REPORTED,), (Escalate("governance_lead", 24),)
    return Rule(key, 1, "t", "w", Authority("A statement.", "A reference."), on, when, then, LOOKS)


RULES = (
    rule("true"),
    rule('incident.unit == "larch-house" || incident.unit == "quay-view"'),
    rule("same_person >= 2 || theirs > 0"),
    rule("people > 2 || quiet < 300"),
)


def reported(scopes, slug, count=1):
    """Report falls of one person, whose number is the same in every tenant; return the ids."""
    found = []
    for hours in range(count):
        with scopes.tenant(scopes.find_tenant(slug), SYSTEM, "test") as scope:
            sent = incidents.Report(
                submission_key=uuid4(),
                unit_id=tree(scope).services()[0].id,
                occurred_at=scope.now() - timedelta(hours=hours + 1),
                category="fall",
                what_happened="Slipped.",
                physical_harm="low",
                psychological_harm="none",
                person_reference=PERSON,
            )
            found.append(incidents.report(scope, sent).incident.id)
    return found


def told(scope, ours) -> str:
    """Return, in words, all that the rules' owner can be told: numbers, weeks, units, examples, explanations."""
    tests = [backtest(scope, one, BEGIN, END, examples=100) for one in RULES]
    both = compare(scope, RULES[0], RULES[2], BEGIN, END, examples=100)
    counted = [
        look_back(scope, scope.session.get_one(Incident, (scope.tenant.id, one)), LOOKS) for one in ours
    ]
    return re.sub(r" at 0x[0-9a-f]+", "", repr((tests, both, counted)))


def test_what_is_told_is_the_same_to_the_byte_whatever_another_tenant_holds(guarded):
    with guarded.tenant(guarded.find_tenant("calder"), SYSTEM) as scope:
        store(scope, 30, 7)
    ours = reported(guarded, "calder", 2)
    with guarded.tenant(guarded.find_tenant("calder"), SYSTEM) as scope:
        before = told(scope, ours)
    theirs = reported(guarded, "hollins", 5)
    with guarded.tenant(guarded.find_tenant("hollins"), SYSTEM) as scope:
        store(scope, 60, 7)
        last = scope.session.get_one(Incident, (scope.tenant.id, theirs[0]))
        assert look_back(scope, last, LOOKS[:1]) == {LOOKS[0]: 5}, "or this test sees nothing"
    with guarded.tenant(guarded.find_tenant("calder"), SYSTEM) as scope:
        after = told(scope, ours)
        first = scope.session.get_one(Incident, (scope.tenant.id, ours[0]))
        assert look_back(scope, first, LOOKS[:1]) == {LOOKS[0]: 2}
    assert after == before


@pytest.fixture
def put_in(scopes) -> Iterator:
    """Return a function that applies the packs with other rules in them; the old ones are put back."""
    folder = check.read_folder(ROOT / "tenants", {**os.environ, **MAIL})
    assert folder.all_mistakes == ()

    def apply(**rules: str) -> None:
        packs = [
            replace(pack, raw={**pack.raw, "rules": {"own.yaml": rules[pack.slug]}})
            if pack.slug in rules
            else pack
            for pack in folder.packs
        ]
        service.apply(scopes, replace(folder, packs=tuple(packs)), SYSTEM)
        scopes._tenants.clear()

    yield apply
    apply()


def written(unit: str, least: int = 99) -> str:
    return RULE.replace("UNIT", unit).replace("WHERE", unit).replace("LEAST", str(least))


def spoke(scopes, slug, incident_id) -> set[str]:
    with scopes.tenant(scopes.find_tenant(slug), SYSTEM) as scope:
        found = scope.session.scalars(select(Firing).where(Firing.incident_id == incident_id))
        return {one.rule_key for one in found if one.rule_key.startswith("local.")}


def test_a_rule_that_names_a_unit_of_another_tenant_is_as_one_that_names_none(scopes, put_in):
    """A pack may not name it, nor may a page, in the same words as for a unit that nobody has; one kept from before never holds."""
    folder = check.read_folder(ROOT / "tenants", {**os.environ, **MAIL}, "calder")
    facts = facts_of_pack(folder.packs[0].raw)
    said = {
        unit: [one.message.replace(unit, "X") for one in read_rules(written(unit), facts).mistakes]
        for unit in ("larch-house", "nobody-home")
    }
    assert said["larch-house"], "a unit that is not the pack's is refused"
    known = [re.sub(r"Did you mean .*", "", one) for one in said["larch-house"]]
    assert known == [re.sub(r"Did you mean .*", "", one) for one in said["nobody-home"]]
    for one in (*said["larch-house"], *said["nobody-home"]):
        assert not re.search("fern-cottage|mill-lane|quay-view|heron-court|Hollins", one)
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        told = {
            unit: [one.message.replace(unit, "X") for one in reading.read(scope, written(unit)).mistakes]
            for unit in said
        }
    assert told["larch-house"] == told["nobody-home"] != [], "a page refuses it in the same words"
    put_in(calder=written("larch-house"))
    reported(scopes, "hollins", 3)
    (ours,) = reported(scopes, "calder")
    assert spoke(scopes, "calder", ours) == set()


def test_the_same_rules_and_the_same_person_in_both_tenants_are_counted_apart(scopes, put_in):
    put_in(calder=written("nowhere", 3), hollins=written("nowhere", 3))
    theirs = reported(scopes, "hollins", 3)
    ours = reported(scopes, "calder", 2)
    assert spoke(scopes, "hollins", theirs[-1]) == set(), "counted up to its own moment"
    assert spoke(scopes, "calder", ours[0]) == spoke(scopes, "calder", ours[1]) == set()
    (third,) = reported(scopes, "calder")
    assert spoke(scopes, "calder", third) == {"local.theirs"}


def test_what_is_kept_for_packs_with_the_same_digest_and_edition_is_still_each_tenant_s_own(scopes, put_in):
    put_in(calder=written("oak"), hollins=written("larch-house"))
    tenants = {
        slug: replace(scopes.find_tenant(slug), pack_digest="the same", rules_edition=5)
        for slug in ("calder", "hollins")
    }
    activity._known.clear()
    for slug in ("calder", "hollins", "calder", "hollins"):
        with scopes.tenant(tenants[slug], SYSTEM) as scope:
            (own,) = [one.rule for one in active(scope).live.rules if one.rule.key == "local.theirs"]
        assert ("larch-house" in own.when) == (slug == "hollins")
    activity._known.clear()


def test_one_compiled_where_names_each_tenant_s_own_units(guarded):
    """The compiled condition is shared by the text; the units it speaks of are looked up in the tenant."""
    look = LookBack("n", 300, ("category",), where='incident.unit_kind == "home"')
    counted = {}
    for slug in ("calder", "hollins", "calder"):
        (found,) = reported(guarded, slug)
        with guarded.tenant(guarded.find_tenant(slug), SYSTEM) as scope:
            incident = scope.session.get_one(Incident, (scope.tenant.id, found))
            counted[slug] = look_back(scope, incident, [look])[look]
    assert counted == {"calder": 0, "hollins": 1}


def test_no_message_of_a_rule_that_fails_on_one_tenant_s_data_is_another_s(scopes, put_in):
    put_in(hollins=written("mill-lane").replace("n >= 99", "100 / (n - 1) > 7"))
    (theirs,) = reported(scopes, "hollins")
    reported(scopes, "calder")
    with scopes.tenant(scopes.find_tenant("hollins"), SYSTEM) as scope:
        (problem,) = scope.session.scalars(select(Problem))
        assert (problem.subject_id, "divides by zero" in problem.message) == (theirs, True)
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        assert scope.session.scalars(select(Problem)).all() == []
        assert active(scope).problems == ()


@pytest.mark.parametrize("word", ["explain", "EXPLAIN ANALYZE select 1", "pg_class.reltuples", "now()"])
def test_no_condition_reaches_the_planner(scopes, word):
    """What a consultant writes is values and operators of a closed list; nothing of it is SQL."""
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        facts = activity.schema(scope.catalogue)
        for text in (f"{word} > 0", f"incident.unit == {word}", f"incident.harm >= 3; {word}"):
            found = read_rules(written("x").replace('incident.unit == "x"', text), facts)
            assert found.rules == ()
            assert found.mistakes


def test_no_page_of_the_workbench_tells_a_plan_or_a_number_of_rows(app, scopes):
    with scopes.tenant(scopes.find_tenant("hollins"), SYSTEM) as scope:
        store(scope, 40, 7)
    browser = signed_in(app, "consultant@calder.test")
    for path in ("", "/new"):
        page = browser.get(f"/t/calder/rules{path}").get_data(as_text=True)
        assert not re.search(r"rows=\d+ width|cost=|Seq Scan|Index Scan|Planning Time", page)
        assert "larch-house" not in page and "Hollins" not in page
