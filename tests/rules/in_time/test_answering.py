"""Answering on the page and by a mail's link: signed, for one person, once, and never by looking."""

from datetime import timedelta
from uuid import uuid4

import pytest

from throughline.kernel.actor import SYSTEM
from throughline.rules import escalating, links
from throughline.sdk import Escalate


@pytest.fixture
def link(raised, letters):
    """Commit an escalation to Oak's manager and return its incident and the link they were sent."""
    incident, _ = raised()
    ((who, found),) = letters()
    assert who == "manager"
    return incident, found


def open_steps(steps, incident):
    return [one for one in steps(incident.id) if one.acknowledged_at is None and one.passed_on_at is None]


def test_the_link_of_a_mail_asks_to_sign_in_and_shows_nothing_before(app, link):
    incident, address = link
    stranger = app.test_client()
    answer = stranger.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")
    for page in (answer, stranger.get(answer.headers["Location"])):
        assert incident.reference not in page.get_data(as_text=True)
        assert "Look at this" not in page.get_data(as_text=True)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_answers_nothing_however_often(app, client_for, link, steps, method):
    incident, address = link
    for browser in (app.test_client(), client_for("manager@calder.test").client):
        for _ in range(3):
            getattr(browser, method)(address)
    assert len(open_steps(steps, incident)) == 1


def test_signed_in_it_shows_what_is_asked_with_one_button_that_acknowledges(client_for, link, steps, people):
    incident, address = link
    browser = client_for("manager@calder.test")
    page = browser.get(address).get_data(as_text=True)
    main = page.split("<main")[1].split("</main>")[0]
    assert incident.reference in main
    assert main.count("<button") == 1
    assert "Acknowledge" in main
    answer = browser.post(address, {"note": "On my way"})
    assert answer.headers["Location"].endswith(f"/incidents/{incident.reference}/escalations")
    (one,) = steps(incident.id)
    assert (one.acknowledged_by, one.note) == (people["manager"], "On my way")


def test_a_link_is_of_use_once(client_for, link, steps, clock):
    incident, address = link
    browser = client_for("manager@calder.test")
    browser.post(address, {"note": "First"})
    first = steps(incident.id)[0].acknowledged_at
    clock.move(timedelta(minutes=5))
    for answer in (browser.post(address, {"note": "Again"}), browser.get(address)):
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("/escalations")
    (one,) = steps(incident.id)
    assert (one.acknowledged_at, one.note) == (first, "First")
    assert "answered already" in browser.get("/t/calder/").get_data(as_text=True)


def test_a_link_dies_with_what_was_passed_on_and_the_next_one_has_their_own(
    client_for, link, steps, letters, as_, people
):
    incident, address = link
    (first,) = steps(incident.id)
    with as_("manager") as scope:
        escalating.delegate(scope, first.id, people["lead"], "You know them.")
    browser = client_for("manager@calder.test")
    browser.post(address, {"note": "Changed my mind"})
    assert len(open_steps(steps, incident)) == 1
    (_, theirs) = letters()[-1]
    assert theirs != address
    client_for("lead@calder.test").post(theirs)
    assert open_steps(steps, incident) == []


@pytest.mark.parametrize("who", ["lead", "beech", "nurse", "director", "admin"])
def test_somebody_elses_link_finds_nothing(client_for, link, steps, who):
    incident, address = link
    browser = client_for(f"{who}@calder.test")
    for answer in (browser.get(address), browser.post(address, {"note": "Mine now"})):
        assert answer.status_code in (403, 404)
        assert incident.reference not in answer.get_data(as_text=True)
    assert len(open_steps(steps, incident)) == 1


def test_the_lead_may_answer_on_the_page_but_not_by_anothers_link(client_for, link, steps, people):
    incident, address = link
    (one,) = steps(incident.id)
    browser = client_for("lead@calder.test")
    assert browser.post(address).status_code == 404
    browser.post(f"/t/calder/escalations/{one.id}/acknowledge")
    assert steps(incident.id)[0].acknowledged_by == people["lead"]


def test_another_tenant_knows_no_such_link(client_for, link, steps):
    incident, address = link
    browser = client_for("lead@hollins.test")
    elsewhere = address.replace("/t/calder/", "/t/hollins/")
    for path in (address, elsewhere):
        assert browser.get(path).status_code == 404
        assert browser.post(path).status_code == 404
    assert len(open_steps(steps, incident)) == 1


def test_a_token_of_one_tenant_is_no_token_of_another(scopes, calder, hollins):
    escalation, user = uuid4(), uuid4()
    with scopes.tenant(calder, SYSTEM) as scope:
        token = links.token_for(scope, escalation, user)
        assert links.read_token(scope, token).user_id == user
    with scopes.tenant(hollins, SYSTEM) as scope:
        assert links.read_token(scope, token) is None


def test_an_old_link_leads_to_the_page_and_acknowledges_nothing(client_for, raised, letters, steps, clock):
    incident, _ = raised(Escalate("unit_manager", 4))
    ((_, address),) = letters()
    clock.move(links.GOOD_FOR - timedelta(seconds=1))
    browser = client_for("manager@calder.test")
    assert browser.get(address).status_code == 200
    clock.move(timedelta(seconds=1))
    for answer in (browser.get(address), browser.post(address, {"note": "Late"})):
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("/escalations")
    assert len(open_steps(steps, incident)) == 1
    assert "too old" in browser.get("/t/calder/").get_data(as_text=True)


def test_a_link_whose_bits_were_changed_is_none(client_for, link):
    _, address = link
    head, token = address.rsplit("/", 1)
    browser = client_for("manager@calder.test")
    for at in range(0, len(token) - 1, 5):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert browser.get(f"{head}/{changed}").status_code == 404
    for rubbish in ("x", token[:-4], token + "AAAA", "%00", "é" * 20, "A" * 5000, token.swapcase()):
        assert browser.get(f"{head}/{rubbish}").status_code == 404


def test_the_button_of_a_link_needs_the_page_s_own_token(client_for, link, steps):
    incident, address = link
    browser = client_for("manager@calder.test")
    answer = browser.client.post(address, data={"note": "From another site"})
    assert answer.status_code in (302, 400, 409)
    assert len(open_steps(steps, incident)) == 1


def test_somebody_whose_role_has_ended_meanwhile_finds_nothing(client_for, link, steps, world, people):
    incident, address = link
    browser = client_for("manager@calder.test")
    from sqlalchemy import text  # noqa: PLC0415

    with world.admin.begin() as connection:
        connection.execute(
            text("update membership set ended_at = now() where user_id = :id"), {"id": people["manager"]}
        )
    try:
        assert browser.get(address).status_code == 404
        assert browser.post(address).status_code == 404
    finally:
        with world.admin.begin() as connection:
            connection.execute(text("update membership set ended_at = null"))
    assert len(open_steps(steps, incident)) == 1


def test_after_the_chain_moved_on_the_first_link_still_acknowledges(
    client_for, link, steps, scopes, clock, as_
):
    incident, address = link
    clock.move(timedelta(hours=7))
    with as_("lead") as scope:
        scope.actor = SYSTEM
        assert escalating.move_on(scope, steps(incident.id)[0].id)
    browser = client_for("manager@calder.test")
    assert browser.get(address).status_code == 200
    browser.post(address)
    assert open_steps(steps, incident) == []


# On the page


@pytest.fixture
def page(raised):
    incident, first = raised()
    return incident, f"/t/calder/escalations/{first}"


def test_the_page_offers_its_three_answers_to_whoever_is_asked(client_for, page):
    incident, address = page
    tab = f"/t/calder/incidents/{incident.reference}/escalations"
    said = client_for("manager@calder.test").get(tab).get_data(as_text=True)
    for part in (
        f"{address}/acknowledge",
        f"{address}/decline",
        f"{address}/delegate",
        "Then to the governance lead",
    ):
        assert part in said
    assert f"{address}/decline" not in client_for("director@calder.test").get(tab).get_data(as_text=True)


def test_declining_on_the_page(client_for, page, steps):
    incident, address = page
    browser = client_for("manager@calder.test")
    assert "It goes to the governance lead" in browser.get(f"{address}/decline").get_data(as_text=True)
    assert browser.post(f"{address}/decline", {"reason": "\x00 "}).status_code == 422
    assert browser.post(f"{address}/decline", {"reason": "On leave"}).status_code == 302
    assert [one.passed_on_why for one in steps(incident.id)] == ["On leave", ""]
    tab = browser.get(f"/t/calder/incidents/{incident.reference}/escalations").get_data(as_text=True)
    assert "Declined" in tab
    assert "On leave" in tab
    for again in (browser.get(f"{address}/decline"), browser.post(f"{address}/decline", {"reason": "x"})):
        assert again.status_code == 302


def test_passing_on_by_name_on_the_page_keeps_what_was_typed(client_for, page, steps, people):
    incident, address = page
    browser = client_for("manager@calder.test")
    form = browser.get(f"{address}/delegate").get_data(as_text=True)
    assert "Ruth Ellis" in form
    assert "Nia Price" not in form
    for to in ("", "rubbish", str(uuid4()), str(people["beech"])):
        answer = browser.post(f"{address}/delegate", {"to": to, "reason": "You know them"})
        assert answer.status_code == 422
        assert "Choose somebody from the list" in answer.get_data(as_text=True)
        assert "You know them" in answer.get_data(as_text=True)
    assert browser.post(f"{address}/delegate", {"to": str(people["lead"]), "reason": ""}).status_code == 422
    assert (
        browser.post(
            f"{address}/delegate", {"to": str(people["lead"]), "reason": "You know them"}
        ).status_code
        == 302
    )
    assert steps(incident.id)[-1].to_user_id == people["lead"]
    lead = client_for("lead@calder.test")
    tab = lead.get(f"/t/calder/incidents/{incident.reference}/escalations").get_data(as_text=True)
    assert "Ruth Ellis, for the unit manager" in tab


@pytest.mark.parametrize(
    ("who", "status"), [("director", 403), ("nurse", 403), ("beech", 404), ("consultant", 403)]
)
@pytest.mark.parametrize("verb", ["decline", "delegate"])
def test_who_was_not_asked_gets_no_form(client_for, page, steps, who, status, verb):
    incident, address = page
    browser = client_for(f"{who}@calder.test")
    assert browser.get(f"{address}/{verb}").status_code == status
    assert browser.post(f"{address}/{verb}", {"reason": "x", "to": str(uuid4())}).status_code == status
    assert len(open_steps(steps, incident)) == 1
