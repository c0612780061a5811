"""A learning from its check to the phone of somebody without an account, and to the manager's answer."""

import pytest
from sqlalchemy import select
from tests.learning.conftest import review_on

from throughline.kernel.actor import SYSTEM
from throughline.learning import service as learning
from throughline.learning.models import Share

__all__ = ["review_on"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = learning.Words(
    "Handover when two are late",
    "On 3 March Joe Barnes was alone at handover. What had changed in risk was not said.",
    "We wait until everybody is there, and say aloud what has changed in risk since the last shift.",
    "In three of ten reviews the change was known and did not reach the people who needed it.",
)


@pytest.fixture
def draft(scopes, calder, review_on):
    with scopes.tenant(calder, SYSTEM) as scope:
        return learning.write(scope, WORDS, [review_on(scope).id]).id


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_briefing_reaches_somebody_without_an_account(visit, draft, scopes, calder, size):
    page = f"/t/calder/learning/{draft}"
    lead = visit("lead@calder.test", size=size)
    lead.go(page)
    lead.sees("it looks like the name of a colleague")
    lead.peek("check")
    lead.follow("ligature points")
    assert lead.page.get_by_label("Oak Ward").is_checked()
    lead.page.get_by_label("How it is to reach the team").select_option("reflective_session")
    lead.press("Approve and share")
    lead.sees("Somebody could be recognised by")
    assert lead.page.get_by_label("Oak Ward").is_checked(), "what was ticked stays"
    lead.peek("check-refused")
    lead.page.get_by_label("Why nobody can be recognised by it").fill("He agreed, and the day is made up.")
    lead.press("Approve and share")
    lead.sees("more units.")
    with scopes.tenant(calder, SYSTEM) as scope:
        code = scope.session.scalars(select(Share.code).where(Share.kind == "reflective_session")).first()
    passer_by = visit(size=size)
    passer_by.go("/b/calder")
    passer_by.page.get_by_label("The code on the sheet").fill("nonsense")
    passer_by.press("Show the briefing")
    passer_by.sees("No sheet has this code")
    passer_by.peek("sheet-code")
    passer_by.page.get_by_label("The code on the sheet").fill(f"{code[:5]}-{code[5:]}".lower())
    passer_by.press("Show the briefing")
    passer_by.title(WORDS.title)
    passer_by.press("Send")
    passer_by.sees("Enter your name or initials")
    passer_by.peek("sheet-error")
    passer_by.page.get_by_label("Your name or initials").fill("A. Bell")
    passer_by.page.get_by_label("Student").check()
    passer_by.page.get_by_label("Read it").check()
    passer_by.press("Send")
    passer_by.sees("It is noted that it reached you")
    passer_by.peek("sheet-signed")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_manager_answers_for_the_unit(visit, draft, size):
    page = f"/t/calder/learning/{draft}"
    lead = visit("lead@calder.test")
    lead.go(page)
    lead.page.get_by_label("Oak Ward").check()
    lead.page.get_by_label("Hazel Ward").check()
    lead.page.get_by_label("Why nobody can be recognised by it").fill("He agreed, and the day is made up.")
    lead.press("Approve and share")
    nurse = visit("nurse@calder.test", size=size)
    nurse.go(page)
    nurse.peek("reached")
    nurse.press("I was at the briefing")
    nurse.sees("It is noted that it reached you")
    manager = visit("manager@calder.test", size=size)
    manager.go(page)
    manager.follow("Acknowledge for Oak Ward")
    manager.sees("Amina Khan")
    manager.page.get_by_label("Already done here").check()
    manager.press("Acknowledge for Oak Ward")
    manager.sees("Say why it is")
    manager.peek("answer-error")
    manager.page.get_by_label("In a sentence").fill("Since the spring, by the checklist.")
    manager.press("Acknowledge for Oak Ward")
    manager.sees("Thank you")
    manager.sees("Already done here: Since the spring, by the checklist.")
    manager.peek("answered")
    lead.go("/t/calder/learning")
    lead.sees("Adopted or done already")
    lead.peek("learning-list")
