"""Every address of the product, asked with another tenant's ids, answers as if there were no such thing."""

import re

import pytest
from sqlalchemy import select
from tests.conftest import COMMISSIONER, PASSWORD, Browser
from tests.isolation.conftest import application_filter_off, stranger

from throughline.features import BLUEPRINTS
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import Base, TenantOwned

OWNED = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned)),
    key=lambda found: found.__name__,  # in one order, as two processes share the tests out
)
PERSONAS = ("lead@calder.test", "nurse@calder.test", "admin@calder.test", "consultant@calder.test")
# Values that name no record of a tenant: they are the same for everybody.
EVERYBODYS = {
    "category": "self_harm",
    "stage": "what_happened",
    "rule_key": "psirf.severe_harm",
    "act": "retire",
    "every": "week",
    "month": "2026-10",
    "kind": "review",
    "gap": "review-late",
    "theme": "communication",
}
NEVER_THERE = {
    "measure_id": "0190a000-0000-7000-8000-000000000001",
    "publication_id": "0190a000-0000-7000-8000-000000000002",
}


def signed_in(app, email):
    browser = Browser(app.test_client())
    assert browser.post("/sign-in", {"email": email, "password": PASSWORD}).status_code == 302
    return browser


def addresses(app, tenant, values):
    """Yield (method, address) of every rule inside a tenant; a parameter nobody knows is an error here."""
    for rule in app.url_map.iter_rules():
        if "tenant" not in rule.arguments:
            continue
        unknown = rule.arguments - {"tenant", *values, *EVERYBODYS, *NEVER_THERE}
        assert not unknown, f"{rule.rule}: teach tests/isolation/conftest.py what {unknown} is"
        known = {**EVERYBODYS, **NEVER_THERE, **values, "tenant": tenant}
        chosen = {name: known[name] for name in rule.arguments}
        swappable = rule.arguments & set(values)
        for method in sorted(rule.methods & {"GET", "POST"}):
            if swappable:
                yield method, app.url_map.bind("localhost").build(rule.endpoint, chosen, method=method)


def masked(answer, values):
    """Return what an answer says, without what differs by chance: the ids asked for, tokens, references."""
    body = answer.get_data(as_text=True)
    for value in values.values():
        body = body.replace(value, "ID")
    body = re.sub(r'name="csrf_token" value="[^"]+"', "", body)
    body = re.sub(r"[0-9a-f]{12,16}", "", body)
    location = answer.headers.get("Location", "")
    for value in values.values():
        location = location.replace(value, "ID")
    return answer.status_code, body, location


@pytest.mark.parametrize("email", PERSONAS)
def test_anothers_ids_answer_exactly_as_ids_that_never_were(guarded_app, other, email):
    browser = signed_in(guarded_app, email)
    token = browser.token()
    nobody = stranger(other)
    for (method, theirs), (_, nowhere) in zip(
        addresses(guarded_app, "calder", other.values), addresses(guarded_app, "calder", nobody), strict=True
    ):
        ask = browser.client.get if method == "GET" else browser.client.post
        form = {} if method == "GET" else {"data": {"csrf_token": token}}
        found, never = ask(theirs, **form), ask(nowhere, **form)
        assert other.canary not in found.get_data(as_text=True), theirs
        assert found.status_code < 500, theirs
        assert masked(found, other.values) == masked(never, nobody), theirs


def test_no_page_of_a_tenant_holds_a_word_of_another(guarded_app, own, other):
    browser = signed_in(guarded_app, "lead@calder.test")
    seen = 0
    for rule in guarded_app.url_map.iter_rules():
        if "tenant" not in rule.arguments or "GET" not in rule.methods:
            continue
        known = {**EVERYBODYS, **NEVER_THERE, **own.values, "tenant": "calder"}
        address = guarded_app.url_map.bind("localhost").build(
            rule.endpoint, {name: known[name] for name in rule.arguments}
        )
        page = browser.get(address).get_data().decode(errors="replace")  # a sheet is no text
        assert other.canary not in page, address
        seen += own.canary in page
    assert seen >= 8, "the pages must show their own tenant's words, or this test sees nothing"


@pytest.mark.parametrize("mapped", OWNED, ids=lambda found: found.__name__)
def test_the_orm_reaches_no_row_of_another(guarded, own, other, mapped):
    theirs, mine = guarded.find_tenant("hollins"), guarded.find_tenant("calder")
    with guarded.tenant(theirs, SYSTEM) as scope:
        ids = [row.id for row in scope.session.scalars(select(mapped))]
    with guarded.tenant(mine, SYSTEM) as scope:
        rows = scope.session.scalars(select(mapped)).all()
        assert {row.tenant_id for row in rows} <= {mine.id}
        assert scope.session.scalars(select(mapped).where(mapped.id.in_(ids))).all() == []
        assert all(scope.session.get(mapped, (mine.id, row_id)) is None for row_id in ids[:5])


def test_search_filters_and_cursors_find_nothing_of_another(guarded_app, own, other):
    browser = signed_in(guarded_app, "lead@calder.test")
    for query in (
        f"q={other.canary}",
        f"q={other.values['reference']}",
        "unit=larch-house",
        f"before=2027-01-01T00:00:00+00:00~{other.values['incident_id']}",
    ):
        page = browser.get(f"/t/calder/incidents?{query}").get_data(as_text=True)
        assert other.canary not in page.replace(f'value="{other.canary}"', "").replace(
            f"“{other.canary}”", ""
        )


def test_a_member_of_one_tenant_finds_no_other(guarded_app, other):
    browser = signed_in(guarded_app, "lead@calder.test")
    there, nowhere = browser.get("/t/hollins/"), browser.get("/t/no-such-place/")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert masked(there, {}) == masked(nowhere, {})
    commissioner = signed_in(guarded_app, COMMISSIONER)
    assert commissioner.get("/t/calder/").status_code == 404
    assert browser.get("/c/west-moors/").status_code == 404


def test_every_page_of_a_tenant_wears_a_permission(app):
    bare = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "tenant" in rule.arguments and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]
    assert bare == []
    assert len(BLUEPRINTS) >= 10


def test_a_page_without_a_permission_would_be_found(app):
    app.add_url_rule("/t/<tenant>/planted", "planted", lambda: "open")
    with pytest.raises(AssertionError):
        test_every_page_of_a_tenant_wears_a_permission(app)


def test_a_query_past_the_filter_would_be_found_by_the_application_mode(scopes, own, other, world):
    """With both walls planted down, the canary is visible: so the tests above do see through a hole."""

    with application_filter_off(), world.admin.begin() as connection:
        rows = connection.execute(select(Incident.__table__.c.what_happened)).scalars().all()
    assert {own.canary, other.canary} <= set(rows)
