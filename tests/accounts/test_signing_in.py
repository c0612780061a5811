"""Sign-in, sessions and forms: what an attacker tries, and what a person may do to their own sessions."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from tests.conftest import COMMISSIONER, PASSWORD, Browser

from throughline.accounts import service, sessions, signin
from throughline.accounts.browsers import in_words
from throughline.accounts.held import is_local
from throughline.accounts.models import AccountEvent, WebSession
from throughline.accounts.passwords import hash_password, is_right
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Invalid
from throughline.tenancy.queries import tree

NURSE = "nurse@calder.test"


def attempt(scopes, email=NURSE, password="wrong guess entirely", address="10.0.0.1"):
    with scopes.platform_scope(SYSTEM) as scope:
        return signin.sign_in(scope, email, password, address)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "my name is amina khan", "x" * 300])
def test_a_weak_password_is_refused_with_what_would_be_right(password):
    with pytest.raises(Invalid, match=r"characters|name"):
        hash_password(password, about=("Amina Khan", "a@b.c"))


def test_a_password_is_kept_as_argon2id_and_checked_for_nobody_too():
    hashed = hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$")
    assert is_right(hashed, PASSWORD) and not is_right(hashed, "other") and not is_right(None, PASSWORD)


def test_wrong_password_and_unknown_person_get_the_same_answer(app):
    browser = Browser(app.test_client())
    known = browser.post("/sign-in", {"email": NURSE, "password": "not this one"})
    unknown = browser.post("/sign-in", {"email": "nobody@calder.test", "password": "not this one"})
    said = [
        re.sub(r'(value|content)="[^"]*"', "", answer.get_data(as_text=True)) for answer in (known, unknown)
    ]
    assert said[0] == said[1]
    assert (known.status_code, unknown.status_code) == (422, 422)


def test_guessing_is_slowed_but_the_owner_still_gets_in_from_where_they_work(scopes):
    assert attempt(scopes, password=PASSWORD, address="10.0.0.7")
    for number in range(signin.AT_ONE_ACCOUNT):
        attempt(scopes, address=f"10.9.0.{number}")
    with pytest.raises(signin.SlowDown):
        attempt(scopes, password=PASSWORD, address="10.9.9.9")
    assert attempt(scopes, password=PASSWORD, address="10.0.0.7"), "the owner's own address is let through"


def test_a_slow_down_passes_with_time(scopes, clock):
    for _ in range(signin.AT_ONE_ACCOUNT):
        attempt(scopes)
    with pytest.raises(signin.SlowDown):
        attempt(scopes, password=PASSWORD)
    clock.move(signin.WINDOW + timedelta(seconds=1))
    assert attempt(scopes, password=PASSWORD)


def test_one_address_cannot_try_many_accounts(scopes):
    for number in range(signin.FROM_ONE_ADDRESS):
        attempt(scopes, email=f"person{number}@calder.test")
    with pytest.raises(signin.SlowDown):
        attempt(scopes, email="another@calder.test")


def test_signing_in_gives_a_new_token_and_only_its_digest_is_stored(app, scopes):
    client = app.test_client()
    client.set_cookie("throughline", "a-token-somebody-planted")
    browser = Browser(client)
    browser.post("/sign-in", {"email": NURSE, "password": PASSWORD})
    token = client.get_cookie("throughline").value
    assert token != "a-token-somebody-planted"
    with scopes.platform_scope(SYSTEM) as scope:
        stored = scope.session.scalars(select(WebSession.token_digest)).all()
    assert all(token.encode() not in digest for digest in stored)


def test_the_cookie_is_kept_from_scripts_and_other_sites(app):
    answer = Browser(app.test_client()).post("/sign-in", {"email": NURSE, "password": PASSWORD})
    cookie = next(found for found in answer.headers.getlist("Set-Cookie") if found.startswith("throughline="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


@pytest.mark.parametrize("gap", [sessions.IDLE, sessions.ABSOLUTE])
def test_a_session_ends_by_itself(client_for, clock, gap):
    browser = client_for(NURSE)
    if gap is sessions.ABSOLUTE:
        for _ in range(int(gap / sessions.IDLE) * 2):
            clock.move(sessions.IDLE / 2)
            browser.get("/t/calder/inbox")
    else:
        clock.move(gap)
    clock.move(timedelta(seconds=1))
    assert browser.get("/t/calder/").status_code == 302


def test_signing_out_ends_the_session_on_the_server(app, client_for):
    browser = client_for(NURSE)
    token = browser.client.get_cookie("throughline").value
    browser.post("/sign-out")
    again = app.test_client()
    again.set_cookie("throughline", token)
    assert again.get("/t/calder/").status_code == 302


def test_a_disabled_account_is_out_at_the_next_request(client_for, world):
    browser = client_for(NURSE)
    with world.admin.begin() as connection:
        connection.execute(
            text("update user_account set disabled_at = now() where email = :email"), {"email": NURSE}
        )
    try:
        assert browser.get("/t/calder/").status_code == 302
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("update user_account set disabled_at = null"))


def test_somebody_elses_session_cannot_be_ended(client_for, scopes):
    client_for("lead@calder.test")
    with scopes.platform_scope(SYSTEM) as scope:
        theirs = scope.session.scalars(select(WebSession.id)).first()
    assert client_for(NURSE).post("/account/sessions/end", {"session": str(theirs)}).status_code == 404


def test_every_form_needs_its_token(app, client_for):
    """But for those of a briefing sheet, which nobody signs in to and which use nobody's authority."""
    browser = client_for(NURSE)
    addresses = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and not rule.endpoint.startswith(("web", "sheets"))
    ]
    assert len(addresses) > 15
    for rule in addresses:
        values = {
            name: "x" if "uuid" not in str(rule) else "0190a000-0000-7000-8000-000000000001"
            for name in rule.arguments
        } | ({"every": "week"} if "every" in rule.arguments else {})
        path = app.url_map.bind("localhost").build(
            rule.endpoint, {**values, "tenant": "calder"} if "tenant" in rule.arguments else values
        )
        assert browser.client.post(path, data={"x": "1"}).status_code in (302, 400, 401, 409), rule.rule


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "javascript:1", "evil"]
)
def test_an_address_that_leaves_the_site_is_not_followed(app, path):
    assert not is_local(path)
    browser = Browser(app.test_client())
    answer = browser.post("/sign-in", {"email": NURSE, "password": PASSWORD, "next": path})
    assert answer.headers["Location"] in ("/", "http://localhost/")


@pytest.mark.parametrize("path", ["/sign-in", "/livez", "/t/calder/", "/no-such-page"])
def test_every_answer_carries_the_strict_headers(app, path):
    headers = app.test_client().get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Request-Id"]


def test_somebody_with_several_places_chooses_and_the_choice_is_the_address(app, scopes):
    email = "both@calder.test"
    for slug in ("calder", "hollins"):
        with scopes.tenant(scopes.find_tenant(slug), SYSTEM) as scope:
            user = service.add_user(scope, email, "Both Ways", PASSWORD)
            service.give_role(scope, user, "executive", None)
            assert tree(scope).units
    browser = Browser(app.test_client())
    browser.post("/sign-in", {"email": email, "password": PASSWORD})
    page = browser.get("/").get_data(as_text=True)
    assert "/t/calder/" in page and "/t/hollins/" in page
    assert "Hollins Bridge Care" in browser.get("/t/calder/").get_data(as_text=True)
    assert "Calder Vale" in browser.get("/t/hollins/").get_data(as_text=True)


def test_the_accounts_trail_tells_of_sign_ins_and_refusals(scopes):
    attempt(scopes, address="10.77.0.1")
    attempt(scopes, password=PASSWORD, address="10.77.0.1")
    with scopes.platform_scope(SYSTEM) as scope:
        actions = scope.session.scalars(
            select(AccountEvent.action).where(AccountEvent.address == "10.77.0.1")
        )
        assert sorted(actions) == ["sign_in.refused", "signed_in"]


def test_old_sessions_and_tries_are_forgotten(scopes, clock, client_for):
    client_for(COMMISSIONER)
    clock.move(timedelta(days=31))
    with scopes.platform_scope(SYSTEM) as scope:
        sessions.forget_old(scope)
        signin.forget_old_attempts(scope)
        assert scope.session.scalar(select(func.count()).select_from(WebSession)) == 0


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/149.0 Safari/537.36 Edg/149.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/149.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.1", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_told_in_words_its_owner_knows(agent, words):
    assert in_words(agent) == words
