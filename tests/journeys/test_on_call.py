"""The manager on call: an alarm by mail, answered on a phone; a clock kept; what is ignored moves on by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.clocks.conftest import as_, people, reported
from tests.rules.in_time.conftest import CHAIN, a_rule, letters, with_rules

from throughline.features import WATCHES
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.on_call import service as on_call
from throughline.rules.models import Escalation
from throughline.sdk import ON_CALL, ChainStep, Escalate, SetFlag, StartClock
from throughline.tenancy.queries import tree

__all__ = ["as_", "letters", "people", "reported", "with_rules"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SMALL = {"width": 320, "height": 640}


@pytest.fixture
def alarm(with_rules, reported):
    """One report on Oak that raises an alarm with a chain, starts two clocks and sets a flag."""
    with_rules(
        a_rule(
            CHAIN,
            StartClock("candour", "Write to the person and their family", working_days=10),
            StartClock("call", "Tell the regulator by telephone", hours=20, warn_before_hours=4),
            SetFlag("candour_owed", "Candour owed"),
        )
    )
    return reported(category="death", physical_harm="fatal")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_manager_answers_by_the_link_of_a_mail_and_keeps_the_clocks(visit, alarm, letters, size):
    ((who, link),) = letters()
    assert who == "manager"
    manager = visit(size=size)
    if size == "phone":
        manager.page.set_viewport_size(SMALL)
    manager.go(link)
    manager.page.get_by_label("E-mail address").fill("manager@calder.test")
    manager.page.get_by_label("Password", exact=True).fill("calm river stone lantern")
    manager.press("Sign in")
    manager.title(alarm.reference)
    manager.peek("answer")
    manager.page.get_by_label("What you did or will do").fill("On my way")
    manager.press("Acknowledge")
    manager.sees("On my way")
    manager.sees("Write to the person and their family")
    manager.peek("escalations")
    manager.go(f"/t/calder/incidents/{alarm.reference}")
    manager.sees("Candour owed")
    manager.peek("incident")
    manager.follow("Tell the regulator")
    manager.peek("clock")
    manager.page.get_by_label("Why may it stand still?").fill("The line is closed until the morning")
    manager.press("Pause the clock")
    manager.sees("It stands still")
    manager.peek("clock-paused")
    manager.press("Record that it is done")
    manager.sees("Say what was done and where it can be seen")
    manager.peek("clock-error")
    manager.page.get_by_label("What was done, and where can it be seen?").fill("Rang; number in the record")
    manager.press("Record that it is done")
    manager.sees("Rang; number in the record")
    manager.peek("clock-met")
    manager.go(f"/t/calder/incidents/{alarm.id}/clocks/new")
    manager.peek("clock-new")
    manager.press("Start the clock")
    manager.sees("Say what is to be done")
    manager.peek("clock-new-error")
    manager.go("/t/calder/clocks")
    manager.sees("Write to the person")
    manager.peek("breaches")
    manager.go("/t/calder/clocks?state=paused")
    manager.peek("breaches-empty")
    manager.go("/t/calder/incidents")
    manager.peek("queue")
    manager.go("/t/calder/")
    manager.sees("What breaches next")
    manager.peek("home")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_what_is_ignored_moves_on_and_the_lead_declines_or_passes_it_on(
    visit, alarm, scopes, calder, clock, size
):
    clock.move(timedelta(hours=7))
    watching.look(scopes, WATCHES)
    lead = visit("lead@calder.test", size=size)
    if size == "phone":
        lead.page.set_viewport_size(SMALL)
    lead.go(f"/t/calder/incidents/{alarm.reference}/escalations")
    lead.sees("Moved on")
    lead.peek("moved-on")
    lead.follow("Decline")
    lead.peek("decline")
    lead.press("Decline")
    lead.sees("Say why, so that whoever comes next knows")
    lead.peek("decline-error")
    lead.go(f"/t/calder/incidents/{alarm.reference}/escalations")
    lead.follow("Pass it on by name")
    lead.page.get_by_label("To whom?").select_option(label="Joe Barnes, unit_manager")
    lead.peek("delegate")
    lead.page.get_by_label("Why them").fill("You know the family")
    lead.press("Pass it on")
    lead.sees("You know the family")
    lead.sees("Joe Barnes, for the governance lead")
    lead.peek("passed-on")
    with scopes.tenant(calder, SYSTEM) as scope:
        assert len(scope.session.scalars(select(Escalation)).all()) == 3


@pytest.fixture
def tonight(as_, people, with_rules, reported):
    """Joe Barnes is on call; three rules ask for the one on call when something is reported on Oak."""
    with as_("lead") as scope:
        turn = (
            tree(scope).by_key("oak").id,
            people["manager"],
            scope.now(),
            scope.now() + timedelta(hours=14),
        )
        on_call.add(scope, on_call.Turn(*turn))
    to_one_on_call = Escalate(ON_CALL, 2, (ChainStep("governance_lead", 2),))
    titles = ("A death on the ward", "Harm that is severe or worse", "Third incident in this place")
    with_rules(
        *(
            replace(a_rule(to_one_on_call, key=f"test.rule_{number}"), title=title)
            for number, title in enumerate(titles)
        )
    )
    return reported(category="death", physical_harm="fatal")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_one_on_call_tonight_is_told_once_ignores_it_and_the_lead_answers_all_with_one_press(
    visit, tonight, letters, scopes, clock, size
):
    ((who, _),) = letters()
    assert who == "manager", "three rules, one message"
    manager = visit("manager@calder.test", size=size)
    manager.go("/t/calder/inbox")
    manager.sees("acknowledge all 3 by")
    manager.peek("on-call-inbox")
    manager.go("/t/calder/on-call")
    manager.sees("Joe Barnes, until")
    clock.move(timedelta(hours=2))
    watching.look(scopes, WATCHES)
    assert [who for who, _ in letters()] == ["manager", "lead"]
    lead = visit("lead@calder.test", size=size)
    lead.go(letters()[1][1])
    lead.sees("Third incident in this place")
    lead.peek("on-call-answer")
    lead.page.get_by_role("link", name="Read the incident first").click()
    lead.sees("Waiting for you")
    lead.sees("Joe Barnes, for the one on call")
    lead.peek("on-call-waiting")
    lead.page.get_by_label("What you did or will do").first.fill("Rang the ward")
    lead.press("Acknowledge all 3")
    lead.sees("Acknowledged. Thank you.")
    lead.peek("on-call-answered")
    with scopes.tenant(scopes.find_tenant("calder"), SYSTEM) as scope:
        found = scope.session.scalars(select(Escalation).where(Escalation.to_role == "governance_lead")).all()
        assert [one.note for one in found] == ["Rang the ward"] * 3
    consultant = visit("consultant@calder.test", size=size)
    consultant.go("/t/calder/rules/alarms")
    consultant.sees("One on call: 1")
    consultant.peek("rule-alarms")
