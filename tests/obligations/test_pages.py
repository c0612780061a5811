"""The pages of obligations: each says on whose authority, keeps what was typed, and shows only what one may."""

import csv
import io
import re

import pytest
from tests.obligations.conftest import APPLIES

FORM = {f"ask_{key}": answer for key, answer in APPLIES.items()}


def page_of(browser, address, status=200):
    answer = browser.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:500]
    return answer.get_data(as_text=True)


def version_in(page):
    return re.search(r'name="version" value="(\d+)"', page)[1]


@pytest.fixture
def lead(client_for):
    return client_for("lead@calder.test")


@pytest.fixture
def address(incident, standing):
    return f"/t/calder/obligations/{standing(incident).row.id}"


@pytest.fixture
def decided(lead, address):
    form = FORM | {"version": version_in(page_of(lead, address)), "reason": "The consultant says so."}
    assert lead.post(f"{address}/decide", form).status_code == 302
    return address


def test_the_incident_s_page_has_a_tab_that_asks_and_says_on_whose_authority(lead, incident, address):
    page = page_of(lead, f"/t/calder/incidents/{incident.reference}/obligations")
    assert "Duty of candour (health service body)" in page
    assert "regulation 20" in page
    assert "could result in or appears to have resulted in" in page
    assert "Unverified" in page and "Nobody has checked this against its source" in page
    assert "reasonable opinion" in page
    assert address in page


def test_a_decision_that_lacks_something_is_told_by_field_and_nothing_is_lost(lead, address):
    version = version_in(page_of(lead, address))
    answer = lead.post(f"{address}/decide", {"version": version, "reason": "We weighed it for an hour."})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#ask_unintended"' in page and 'id="ask_unintended"' in page
    assert "We weighed it for an hour." in page


def test_a_decision_made_on_an_old_page_is_refused(lead, decided):
    answer = lead.post(f"{decided}/decide", FORM | {"version": "1", "reason": "Late."})
    assert answer.status_code == 409


def test_a_step_is_recorded_on_its_page_and_a_mistake_keeps_what_was_typed(lead, decided):
    page = page_of(lead, decided)
    step = re.search(r'href="(/t/calder/obligation-steps/[^"/]+)"', page)[1]
    form = {
        "version": version_in(page_of(lead, step)),
        "evidence": "Met at home.",
        "done_at_date": "2026-11-18",
    }
    answer = lead.post(step, form)
    told = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#who_was_told"' in told and "Met at home." in told
    assert lead.post(step, form | {"done_at_date": "soon", "who_was_told": "her son"}).status_code == 422
    assert lead.post(step, form | {"done_at_date": "2027-01-01", "who_was_told": "x"}).status_code == 422
    assert lead.post(step, form | {"done_at_date": "2026-11-17", "who_was_told": "x"}).status_code == 422
    assert lead.post(step, form | {"who_was_told": "her son"}).status_code == 302
    page = page_of(lead, decided)
    assert "her son" in page and "Met at home." in page and "1 of 4 steps" in page


def test_a_letter_is_begun_written_and_shown_to_print(lead, decided, incident):
    page = page_of(lead, decided)
    write = re.search(r'href="(/t/calder/obligation-steps/[^"]+/letter/write)"', page)
    assert write is None, "its step comes after another"
    step = re.search(r'href="(/t/calder/obligation-steps/[^"/]+)"', page)[1]
    told = {"evidence": "Met.", "who_was_told": "her son", "done_at_date": "2026-11-18"}
    lead.post(step, told | {"version": version_in(page_of(lead, step))})
    write = re.search(r'href="(/t/calder/obligation-steps/[^"]+/letter/write)"', page_of(lead, decided))[1]
    begun = page_of(lead, write)
    assert incident.reference in begun and "Ruth Ellis" in begun
    version = version_in(begun)
    assert lead.post(write, {"version": version, "letter": " "}).status_code == 422
    page_of(lead, write.removesuffix("/write"), 404)
    assert lead.post(write, {"version": version, "letter": "Dear all,\n\n<b>Sorry</b>."}).status_code == 302
    letter = page_of(lead, write.removesuffix("/write"))
    assert "&lt;b&gt;Sorry&lt;/b&gt;" in letter and "Print the letter" in letter


def test_an_exemption_and_opening_again_ask_for_a_reason(lead, reported, standing):
    incident = reported(extra={"obligations.events": {"police": True}})
    address = f"/t/calder/obligations/{standing(incident, 'obligations.cqc_police').row.id}"
    version = version_in(page_of(lead, address))
    answer = lead.post(f"{address}/exempt", {"version": version, "exempt_reason": "We told them."})
    assert answer.status_code == 422
    assert 'href="#exemption"' in answer.get_data(as_text=True)
    form = {"version": version, "exemption": "told_nhs_england", "exempt_reason": "LFPSE 12-3"}
    assert lead.post(f"{address}/exempt", form).status_code == 302
    page = page_of(lead, address)
    assert "Exempt" in page and "LFPSE 12-3" in page
    version = version_in(page)
    assert lead.post(f"{address}/reopen", {"version": version, "reopen_reason": ""}).status_code == 422
    assert lead.post(f"{address}/reopen", {"version": version, "reopen_reason": "Not so."}).status_code == 302
    assert "Under way" in page_of(lead, address)


def test_who_may_only_read_sees_it_without_a_form(client_for, address):
    page = page_of(client_for("director@calder.test"), address)
    assert "Whoever triages for this unit decides" in page
    assert "/decide" not in page and "/exempt" not in page


@pytest.mark.parametrize("who", ["beech", "nurse", "admin", "consultant"])
def test_who_does_not_read_the_incident_finds_nothing(client_for, address, who):
    assert client_for(f"{who}@calder.test").get(address).status_code in (403, 404)


def test_the_list_filters_says_how_far_and_comes_as_a_file(lead, client_for, decided, incident):
    page = page_of(lead, "/t/calder/obligations?unit=oak")
    assert incident.reference in page and "Under way" in page and "0 of 4 steps" in page
    assert "Remove" in page or "Oak Ward" in page
    assert incident.reference not in page_of(lead, "/t/calder/obligations?unit=beech")
    assert incident.reference not in page_of(lead, "/t/calder/obligations?view=done")
    assert "Nothing here" in page_of(lead, "/t/calder/obligations?view=late")
    page_of(lead, "/t/calder/obligations?before=rubbish", 404)
    rows = list(csv.DictReader(io.StringIO(lead.get("/t/calder/obligations.csv").get_data(as_text=True))))
    (row,) = [row for row in rows if "candour" in row["Duty"]]
    assert (row["State"], row["Confidence"], row["Steps done"]) == ("Under way", "unverified", "0 of 4 steps")
    assert "Slipped" not in str(rows)
    assert client_for("nurse@calder.test").get("/t/calder/obligations").status_code == 403


def test_what_breaches_next_has_its_clock(lead, incident):
    assert "Written notification given (Duty of candour" in page_of(lead, "/t/calder/clocks?kind=clock")


def test_the_page_of_a_duty_s_clock_leads_to_the_step_and_records_nothing_itself(
    lead, client_for, incident, decided, standing
):
    step = next(one for one in standing(incident).steps if one.row.key == "written_notification")
    address, recorded_on = f"/t/calder/clocks/{step.clock.id}", f"/t/calder/obligation-steps/{step.row.id}"
    page = page_of(lead, address)
    assert recorded_on in page and "Go to the obligation" in page
    assert "/meet" not in page and "/stop" not in page and "/pause" in page
    for form in ({"evidence": "Sent", "met_at_date": "2026-11-18"}, {"stop_reason": "Not owed"}):
        verb = "meet" if "evidence" in form else "stop"
        answer = lead.post(f"{address}/{verb}", form | {"version": str(step.clock.version)})
        assert (answer.status_code, answer.headers["Location"]) == (302, recorded_on)
    after = next(one for one in standing(incident).steps if one.row.key == "written_notification")
    assert (after.state, after.clock.version) == ("waits", step.clock.version)
    assert "Nothing is recorded yet" in page_of(lead, recorded_on)
    reader = page_of(client_for("director@calder.test"), address)
    assert "Go to the obligation" not in reader


def test_the_clock_of_a_duty_that_is_still_to_be_decided_leads_to_the_decision(lead, incident, standing):
    found = standing(incident)
    (step,) = [one for one in found.steps if one.clock]
    answer = lead.get(f"/t/calder/obligation-steps/{step.row.id}")
    assert answer.headers["Location"] == f"/t/calder/obligations/{found.row.id}"


def test_what_the_rule_read_is_said_by_label_and_value(lead, reported, standing):
    incident = reported(
        physical_harm="moderate", person_reference="CV-P-1", extra={"obligations.events": {"police": True}}
    )
    page = page_of(lead, f"/t/calder/obligations/{standing(incident).row.id}")
    assert "Kind of provider: NHS trusts and other health service bodies" in page
    assert "Physical harm: Moderate" in page
    assert "incident.physical_harm" not in page and "unit.provider_kind" not in page
    police = page_of(lead, f"/t/calder/obligations/{standing(incident, 'obligations.cqc_police').row.id}")
    assert "Was it reported to the police, or are they looking into it? Yes" in police
    assert "events.police" not in police


def test_the_trail_says_what_was_recorded_and_taken_back(lead, decided, incident, standing):
    one = next(one for one in standing(incident).steps if one.row.key == "told_in_person")
    step = f"/t/calder/obligation-steps/{one.row.id}"
    told = {"evidence": "In the wrong record.", "who_was_told": "her son", "done_at_date": "2026-11-18"}
    assert lead.post(step, told | {"version": version_in(page_of(lead, step))}).status_code == 302
    form = {
        "version": version_in(page_of(lead, decided)),
        "reopen_reason": "Wrong.",
        "again": "told_in_person",
    }
    assert lead.post(f"{decided}/reopen", form).status_code == 302
    trail = page_of(lead, f"/t/calder/incidents/{incident.reference}/audit")
    again = trail.split("A duty was opened again")[1].split("</li>")[0]
    assert "Told in person" in again and "In the wrong record." in again and "Not any more" in again
