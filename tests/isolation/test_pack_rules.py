"""A rule that stands in one tenant's pack speaks there, and nowhere else is it so much as named."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.conftest import ROOT
from tests.isolation.test_doors import signed_in

from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.rules.active import active
from throughline.rules.models import Firing, Problem
from throughline.tenancy import check, service
from throughline.tenancy.queries import tree

CANARY = "canarywordofthepack"
RULE = f"""\
key: canary
title: {CANARY}
why: {CANARY}
owner: {CANARY}
authority: {{statement: {CANARY}, reference: {CANARY}}}
on: [incident.reported]
let:
  near: count of incidents with the same unit within 1 day
when: near >= 1
then:
  - escalate: {{to: governance_lead, acknowledge_within: 24 hours}}
"""
BROKEN = RULE.replace("key: canary", "key: broken").replace("near >= 1", f"{CANARY} >= 1")
MAIL = {f"{slug}_SMTP_{key}": "1" for slug in ("CALDER", "HOLLINS") for key in ("HOST", "PORT")}


@pytest.fixture
def put_in(scopes) -> Iterator[None]:
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

    yield apply
    scopes._tenants.clear()
    apply()


def spoke(scopes, slug) -> dict[str, str]:
    """Report an incident in a tenant and return the title of each rule of a pack that spoke, by its key."""
    with scopes.tenant(scopes.find_tenant(slug), SYSTEM, "test") as scope:
        report = incidents.Report(
            submission_key=uuid4(),
            unit_id=tree(scope).services()[0].id,
            occurred_at=scope.now() - timedelta(hours=1),
            category="fall",
            what_happened="Slipped.",
            physical_harm="low",
            psychological_harm="none",
        )
        incident = incidents.report(scope, report).incident
        found = scope.session.scalars(select(Firing).where(Firing.incident_id == incident.id))
        return {one.rule_key: one.title for one in found if one.rule_key.startswith("local.")}


def test_a_rule_of_a_pack_speaks_in_its_tenant_only(scopes, put_in):
    put_in(calder=RULE)
    assert spoke(scopes, "calder") == {"local.canary": CANARY}
    assert spoke(scopes, "hollins") == {}
    assert spoke(scopes, "calder") == {"local.canary": CANARY}


def test_one_key_means_in_each_tenant_what_its_own_pack_says(scopes, put_in):
    put_in(calder=RULE, hollins=RULE.replace(f"title: {CANARY}", "title: Of hollins").replace(">= 1", ">= 2"))
    assert spoke(scopes, "hollins") == {}
    assert spoke(scopes, "calder") == {"local.canary": CANARY}
    assert spoke(scopes, "hollins") == {"local.canary": "Of hollins"}


@pytest.mark.parametrize("text", [RULE, BROKEN], ids=["sound", "broken"])
def test_no_page_of_another_tenant_names_a_rule_of_a_pack(app, scopes, put_in, text):
    put_in(calder=text)
    spoke(scopes, "calder")
    spoke(scopes, "hollins")
    pages = [
        rule for rule in app.url_map.iter_rules() if rule.arguments == {"tenant"} and "GET" in rule.methods
    ]
    seen = dict.fromkeys(("consultant@calder.test", "lead@calder.test", "lead@hollins.test"), 0)
    for email in seen:
        browser = signed_in(app, email)
        slug = email.split("@")[1].partition(".")[0]
        for rule in pages:
            address = app.url_map.bind("localhost").build(rule.endpoint, {"tenant": slug})
            seen[email] += CANARY in browser.get(address).get_data(as_text=True)
    assert seen["lead@hollins.test"] == 0
    assert seen["consultant@calder.test"] > 0, "its own pages must name it, or this test sees nothing"
    with scopes.tenant(scopes.find_tenant("hollins"), SYSTEM) as scope:
        assert scope.session.scalars(select(Problem)).all() == []


def test_what_is_compiled_for_one_tenant_is_never_another_s(scopes, put_in):
    """The digest of a pack is a key of what is kept; two tenants with the very same one stay apart."""
    put_in(calder=RULE)
    calder, hollins = (
        replace(scopes.find_tenant(slug), pack_digest="the same") for slug in ("calder", "hollins")
    )
    for tenant, keys in ((calder, {"local.canary"}), (hollins, set()), (calder, {"local.canary"})):
        with scopes.tenant(tenant, SYSTEM) as scope:
            found = {one.rule.key for one in active(scope).live.rules}
            assert {key for key in found if key.startswith("local.")} == keys
