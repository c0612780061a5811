"""The pages of clocks: start one by hand, see it counted down, pause, resume, meet and stop it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from throughline.clocks import queries, service
from throughline.clocks.service import Counting
from throughline.incidents import flags
from throughline.kernel.actor import SYSTEM

MANAGER, LEAD, NURSE, DIRECTOR, BEECH = (
    f"{name}@calder.test" for name in ("manager", "lead", "nurse", "director", "beech")
)


@pytest.fixture
def running(scopes, calder, incident):
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        counting = Counting("candour", "Write to the family", hours=72)
        return service.start_by_rule(scope, incident, counting, "obligations.candour", 2)


def now_of(scopes, calder, clock_id):
    with scopes.tenant(calder, SYSTEM) as scope:
        found, _ = queries.find(scope, clock_id)
        return found, queries.state_of(found, scope.now())


def words(answer):
    text = answer.get_data(as_text=True).split("<main")[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_person_starts_one_and_sees_it_counted_down(client_for, scopes, calder, incident):
    browser = client_for(MANAGER)
    tab = f"/t/calder/incidents/{incident.reference}/escalations"
    assert "No clock runs on this incident" in words(browser.get(tab))
    new = f"/t/calder/incidents/{incident.id}/clocks/new"
    answer = browser.post(new, {"title": "Ring the family", "counts": "working_days", "length": "3"})
    page = browser.get(answer.headers["Location"])
    assert "Ring the family" in words(page)
    assert "3 working days" in words(page)
    assert 'title="23 Nov 2026, 23:59"' in page.get_data(as_text=True)
    for address in (tab, f"/t/calder/incidents/{incident.reference}"):
        assert "5 days left" in words(browser.get(address))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " "}, "Say what is to be done"),
        ({"title": "x" * 121}, "Use 120 characters or fewer"),
        ({"title": "a\x00b"}, "Take out the characters"),
        ({"counts": "weeks"}, "Choose hours or working days"),
        ({"counts": ""}, "Choose hours or working days"),
        ({"length": "ten"}, "Write a whole number"),
        ({"length": "0"}, "Write a number from 1"),
        ({"length": "-3"}, "Write a number from 1"),
        ({"length": "9" * 400}, "Write a number from 1"),
        ({"counts": "working_days", "length": "400"}, "Write a number from 1 to 366"),
    ],
)
def test_bad_input_is_told_by_its_field_and_what_was_typed_stays(client_for, incident, change, said, as_):
    form = {"title": "Ring", "counts": "hours", "length": "24"} | change
    answer = client_for(MANAGER).post(f"/t/calder/incidents/{incident.id}/clocks/new", form)
    assert answer.status_code == 422
    assert said in words(answer)
    with as_("lead") as scope:
        assert queries.of_incident(scope, incident.id) == []


def test_pause_resume_and_meet_on_its_page(client_for, scopes, calder, running, clock):
    browser, address = client_for(MANAGER), f"/t/calder/clocks/{running}"
    assert (
        browser.post(f"{address}/pause", {"version": 1, "pause_reason": "Asked to wait"}).status_code == 302
    )
    assert now_of(scopes, calder, running)[1] == "paused"
    clock.move(timedelta(days=2))
    browser = client_for(MANAGER)  # the session has ended meanwhile
    page = words(browser.get(address))
    assert "Paused" in page
    assert "Asked to wait" in page
    assert "Paused" in words(browser.get("/t/calder/clocks?state=paused"))
    browser.post(f"{address}/resume", {"version": 2})
    assert "3 days left" in words(browser.get(address))
    done = {"version": 3, "met_at_date": "2026-11-20", "met_at_time": "10:30", "evidence": "Letter sent"}
    browser.post(f"{address}/meet", done)
    page = words(browser.get(address))
    assert "Letter sent" in page
    assert "Joe Barnes" in page
    assert "Record that it is done" not in page


def test_what_is_wrong_is_told_on_its_page_and_what_was_typed_stays(client_for, scopes, calder, running):
    browser, address = client_for(MANAGER), f"/t/calder/clocks/{running}"
    for verb, form, said in (
        ("pause", {"pause_reason": ""}, "Say why the clock may stand still"),
        ("stop", {"stop_reason": "\x00"}, "Say why nothing more is to be done"),
        ("stop", {"stop_reason": "x" * 1001}, "Use 1,000 characters or fewer"),
        ("meet", {"evidence": "Sent", "met_at_date": "soon"}, "Choose the day"),
        ("meet", {"evidence": "Sent", "met_at_date": "2026-11-19"}, "in the future"),
        ("meet", {"evidence": "Sent", "met_at_date": "2026-11-01"}, "before the clock began"),
        ("meet", {"evidence": "", "met_at_date": "2026-11-18", "met_at_time": "10:30"}, "Say what was done"),
    ):
        answer = browser.post(f"{address}/{verb}", {"version": 1, **form})
        assert (answer.status_code, said in words(answer)) == (422, True), (verb, words(answer)[:300])
        if form.get("evidence"):
            assert ">Sent</textarea>" in answer.get_data(as_text=True)
    assert now_of(scopes, calder, running)[1] == "running"


@pytest.mark.parametrize("version", ["0", "2", "", "x", "1e3", "9" * 30, "-1"])
def test_a_page_that_is_out_of_date_overwrites_nothing(client_for, scopes, calder, running, version):
    browser = client_for(MANAGER)
    answer = browser.post(f"/t/calder/clocks/{running}/stop", {"version": version, "stop_reason": "No"})
    assert answer.status_code == 409
    assert now_of(scopes, calder, running)[1] == "running"


def test_who_may_read_sees_it_and_only_who_decides_changes_it(client_for, running, incident):
    address = f"/t/calder/clocks/{running}"
    page = words(client_for(DIRECTOR).get(address))
    assert "Write to the family" in page
    assert "Pause the clock" not in page
    assert client_for(DIRECTOR).post(f"{address}/stop", {"version": 1, "stop_reason": "x"}).status_code == 403
    for who, status in ((BEECH, 404), (NURSE, 403)):
        browser = client_for(who)
        assert browser.get(address).status_code == status
        assert browser.post(f"{address}/stop", {"version": 1, "stop_reason": "x"}).status_code == status
        assert browser.get(f"/t/calder/incidents/{incident.id}/clocks/new").status_code == status


def test_the_reporter_of_an_incident_sees_neither_its_clocks_nor_its_flags(
    client_for, scopes, calder, reported, people
):
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        own = reported("beech")
        found = scope.session.get_one(type(own), (calder.id, own.id))
        found.reporter_id = people["manager"]
        scope.session.flush()
        clock_id = service.start_by_rule(scope, own, Counting("c", "Clockword", hours=72), "r.r", 1)
        flag_id = flags.put_on(scope, own.id, "f", "Flagword", "r.r", 1)
    browser = client_for(MANAGER)
    for address in (
        f"/t/calder/incidents/{own.reference}",
        "/t/calder/incidents",
        "/t/calder/clocks",
        "/t/calder/",
    ):
        page = browser.get(address)
        assert page.status_code == 200
        assert "Clockword" not in page.get_data(as_text=True), address
        assert "Flagword" not in page.get_data(as_text=True), address
    assert browser.get(f"/t/calder/clocks/{clock_id}").status_code == 404
    assert browser.get(f"/t/calder/flags/{flag_id}").status_code == 404
    assert browser.post(f"/t/calder/flags/{flag_id}", {"why": "x"}).status_code == 404


def test_a_flag_is_a_tag_on_the_page_and_in_the_queue_and_can_be_taken_off(
    client_for, scopes, calder, incident
):
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        flag_id = flags.put_on(scope, incident.id, "ligature", "Ligature point", "r.r", 1)
        assert flags.put_on(scope, incident.id, "ligature", "Again", "r.r", 1) is None
    browser = client_for(MANAGER)
    for address in (f"/t/calder/incidents/{incident.reference}", "/t/calder/incidents"):
        assert "Ligature point" in words(browser.get(address))
    address = f"/t/calder/flags/{flag_id}"
    assert "will not set it on this incident again" in words(browser.get(address))
    assert client_for(DIRECTOR).post(address, {"why": "x"}).status_code == 403
    for why in ("", " \x00"):
        assert browser.post(address, {"why": why}).status_code == 422
    browser.post(address, {"why": "The window was changed"})
    assert "Ligature point" not in words(browser.get(f"/t/calder/incidents/{incident.reference}"))
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        assert flags.put_on(scope, incident.id, "ligature", "Again", "r.r", 1) is None
    assert "The window was changed" in words(browser.get(f"/t/calder/incidents/{incident.reference}/audit"))
    assert browser.get(f"/t/calder/flags/{uuid4()}").status_code == 404
