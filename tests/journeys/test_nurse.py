"""A nurse on a phone at three in the morning: reports, loses nothing, and sees what comes of it."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, text

from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM

pytestmark = pytest.mark.browser
STORY = "During the evening checks the person was found sitting by the bed with a torn sheet around the neck."


def fill(nurse, story=STORY):
    page = nurse.page
    page.get_by_label("Ward, home or team").select_option("oak")
    page.get_by_label("Day", exact=True).fill("2026-11-17")
    page.get_by_label("Time", exact=True).fill("21:35")
    page.get_by_label("What happened?").fill(story)
    page.locator("#physical_harm-4, input[name=physical_harm][value=severe]").first.check()
    page.locator("input[name=psychological_harm][value=moderate]").check()
    page.get_by_label("Person affected").fill("CV-P-0417")


def stored(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return scope.session.scalar(select(func.count()).select_from(Incident))


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_nurse_reports_and_sees_what_happens_next(visit, size):
    nurse = visit("nurse@calder.test", size)
    nurse.look("home-nurse-empty")
    nurse.go("/t/calder/report")
    nurse.look("report-kind")
    nurse.follow("Self-harm")
    nurse.press("Send report")
    nurse.sees("Say what happened, in your own words")
    nurse.look("report-error")
    fill(nurse)
    nurse.look("report-form")
    nurse.press("Send report")
    nurse.title("Thank you")
    nurse.look("report-sent")
    reference = nurse.reference()
    nurse.follow("See its line")
    nurse.title(reference)
    nurse.look("line-reporter")
    nurse.go("/t/calder/")
    nurse.sees("Waiting for the person in charge to read it")
    nurse.look("home-nurse")


def test_what_was_typed_survives_a_lost_session_and_is_stored_once(visit, scopes, calder, world):
    nurse = visit("nurse@calder.test", "phone")
    nurse.go("/t/calder/report/self_harm")
    fill(nurse)
    with world.admin.begin() as connection:
        connection.execute(text("update web_session set ended_at = now()"))
    nurse.press("Send report")
    nurse.sees("What you typed is safe")
    nurse.look("session-ended")
    nurse.page.get_by_label("E-mail address").fill("nurse@calder.test")
    nurse.page.get_by_label("Password", exact=True).fill("calm river stone lantern")
    nurse.press("Sign in")
    nurse.title("Nothing you typed was lost")
    nurse.look()
    nurse.press("Send it now")
    nurse.title("Thank you")
    assert stored(scopes, calder) == 1


def test_the_back_button_and_a_second_send_store_nothing_twice(visit, scopes, calder):
    nurse = visit("nurse@calder.test", "phone")
    nurse.go("/t/calder/report/self_harm")
    fill(nurse)
    nurse.press("Send report")
    nurse.title("Thank you")
    reference = nurse.reference()
    nurse.page.go_back()
    nurse.sees("already been sent")
    assert nurse.reference() == reference
    assert stored(scopes, calder) == 1


def test_a_draft_is_kept_as_it_is_typed(visit):
    nurse = visit("nurse@calder.test", "phone")
    nurse.go("/t/calder/report/self_harm")
    nurse.page.get_by_label("What happened?").fill("Half a sentence")
    expect(nurse.page.get_by_text("Saved")).to_be_visible()
    nurse.go("/t/calder/report")
    nurse.follow("Half a sentence")
    expect(nurse.page.get_by_label("What happened?")).to_have_value("Half a sentence")


def test_an_anonymous_report_is_followed_by_its_code(visit, scopes, calder):
    nurse = visit("nurse@calder.test", "phone")
    nurse.go("/t/calder/report/self_harm")
    fill(nurse)
    nurse.page.locator("input[name=protection][value=anonymous]").check()
    nurse.press("Send report")
    nurse.sees("Your code is")
    nurse.look("report-anonymous")
    reference = nurse.reference()
    code = nurse.page.get_by_text("Your code is").first.inner_text().split()[-1]
    nurse.go("/t/calder/follow")
    nurse.page.locator("#reference").fill(reference)
    nurse.page.locator("#code").fill(code)
    nurse.press("Show what happened")
    nurse.sees("Not yet. It is due by")
    nurse.look()
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalars(select(Incident.reporter_id)).one() is None
