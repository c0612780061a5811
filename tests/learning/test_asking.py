"""Shares that rules ask for: asked once, seen on the line and in the form, met by themselves, noticed late."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.clocks.conftest import as_, people, reported
from tests.rules.in_time.conftest import a_rule, with_rules

from throughline.audit.models import AuditEvent
from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.jobs import watching
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.learning import asking, service, sharing
from throughline.learning.models import AskedShare
from throughline.line.queries import line_of
from throughline.notifications.models import Notification
from throughline.reviews import service as reviews
from throughline.rules.models import Problem
from throughline.sdk import RequireShare, Trigger
from throughline.tenancy.queries import tree

__all__ = ["as_", "people", "reported", "with_rules"]

ACUTE = RequireShare(("acute_adult",), 10, "Both acute wards have the same rails.")
WORDS = service.Words("Rails", "They bend.", "New rails.", "They hold.")


@pytest.fixture
def asked(with_rules, reported):
    """An incident of which a rule asks to share what is learned with both acute wards."""
    with_rules(a_rule(ACUTE))
    return reported()


@pytest.fixture
def reviewed(asked, as_, people):
    """Return a learning from a finished review of that incident."""
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, asked.id))
        due = scope.today() + timedelta(days=20)
        incidents.triage(scope, found.id, found.version, "review", "Words", "mdt", due)
        opening = reviews.Opening(
            "Rails", "mdt", "seips.work_system", people["lead"], due, (found.id,), uuid7()
        )
        review = reviews.open_review(scope, opening)
        for stage in scope.catalogue.frameworks["seips.work_system"].stages:
            reviews.write_stage(
                scope, review.id, stage.key, "Words", reviews.stage_version(review, stage.key)
            )
        reviews.add_factor(scope, review.id, "communication", "barrier", "Words")
        reviews.complete(scope, review.id)
        return service.write(scope, WORDS, [review.id]).id


def rows(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        return list(scope.session.scalars(select(AskedShare)))


def learned(as_, incident, name="lead"):
    with as_(name) as scope:
        steps = line_of(scope, scope.session.get_one(Incident, (scope.tenant.id, incident.id)))
        return next(step for step in steps if step.key == "learned")


def share(as_, learning_id, *keys):
    with as_("lead") as scope:
        units = tree(scope)
        sharing.share(scope, learning_id, [units.by_key(key).id for key in keys])


def test_a_rule_asks_once_for_each_incident_whatever_it_finds_again(asked, with_rules, scopes, calder, as_):
    with_rules(a_rule(ACUTE, on=Trigger.INCIDENT_GRADED))
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, asked.id))
        incidents.grade(scope, found.id, found.version, {"physical_harm": "severe"}, "Worse")
    (row,) = rows(scopes, calder)
    assert (row.rule_key, row.audience, row.due_on) == ("test.chain", ["acute_adult"], date(2026, 12, 2))
    with scopes.tenant(calder, SYSTEM) as scope:
        trail = select(AuditEvent).where(AuditEvent.action == "share.asked")
        (event,) = scope.session.scalars(trail)
        assert event.after["with"] == "every unit for acute adult"


def test_the_line_says_with_whom_and_by_when_and_leads_to_what_closes_it(asked, as_, reviewed):
    step = learned(as_, asked)
    assert "share what is learned with every unit for acute adult by 2 December 2026" in step.gap.sentence
    assert "Both acute wards have the same rails." in step.gap.sentence
    assert (step.gap.close.endpoint, step.gap.permission) == ("learning.show", "share")


def test_before_anything_is_written_the_line_tells_of_it_too(asked, as_):
    step = learned(as_, asked)
    assert step.state == "waiting" and "A rule asks to share" in step.gap.sentence
    assert step.gap.close is None


def test_it_is_met_when_one_learning_reached_every_open_unit_of_the_audience(
    asked, as_, reviewed, scopes, calder
):
    share(as_, reviewed, "oak", "beech")
    assert rows(scopes, calder)[0].met_at is None, "Hazel is missing"
    assert "Hazel" not in learned(as_, asked).gap.sentence
    share(as_, reviewed, "hazel")
    (row,) = rows(scopes, calder)
    assert row.met_by == reviewed and row.met_at is not None
    assert learned(as_, asked).gap is None


def test_what_was_shared_before_it_was_asked_counts(reported, as_, with_rules, scopes, calder, request):
    with_rules(a_rule(ACUTE, on=Trigger.INCIDENT_GRADED))
    incident = reported()
    request.node.funcargs["asked"] = incident
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, incident.id))
        due = scope.today() + timedelta(days=20)
        incidents.triage(scope, found.id, found.version, "review", "Words", "mdt", due)
        lead = scope.actor.id
        opening = reviews.Opening("Rails", "mdt", "seips.work_system", lead, due, (found.id,), uuid7())
        review = reviews.open_review(scope, opening)
        lesson = service.write(scope, WORDS, [review.id])
        units = tree(scope)
        sharing.share(scope, lesson.id, [units.by_key(key).id for key in ("oak", "hazel")])
        incidents.grade(scope, found.id, found.version, {"physical_harm": "severe"}, "Worse")
    (row,) = rows(scopes, calder)
    assert row.met_by == lesson.id


def test_the_form_suggests_the_units_of_the_audience(reviewed, client_for):
    page = client_for("lead@calder.test").get(f"/t/calder/learning/{reviewed}").get_data(as_text=True)
    boxes = [part.split(">")[0] for part in page.split('name="units"')[1:]]
    assert sum("checked" in box for box in boxes) == 2
    assert page.count("A rule asks for it by") == 2


def test_an_overdue_one_is_told_once_to_the_unit_and_the_lead_even_when_two_look(
    asked, scopes, calder, clock, people
):
    clock.move(timedelta(days=14))
    assert watching.look(scopes, asking.WATCHES) == 0, "it is due today"
    clock.move(timedelta(days=1))
    with scopes.tenant(calder, SYSTEM) as scope:
        (due,) = asking.overdue_ones(scope)
    told = []

    def tell():
        with scopes.tenant(calder, SYSTEM) as scope:
            told.append(asking.tell_overdue(scope, due))

    threads = [threading.Thread(target=tell) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(told) == [False, False, True]
    with scopes.tenant(calder, SYSTEM) as scope:
        notices = list(scope.session.scalars(select(Notification).where(Notification.kind == "learning")))
    assert {one.user_id for one in notices} == {people["manager"], people["lead"]}
    assert "Slipped" not in notices[0].body and "2 December 2026" in notices[0].body
    assert watching.look(scopes, asking.WATCHES) == 0


def test_of_what_was_said_in_confidence_only_the_lead_is_told(
    with_rules, reported, scopes, calder, clock, people
):
    with_rules(a_rule(ACUTE))
    reported(confidential=True)
    clock.move(timedelta(days=20))
    assert watching.look(scopes, asking.WATCHES) == 1
    with scopes.tenant(calder, SYSTEM) as scope:
        query = select(Notification.user_id).where(Notification.kind == "learning")
        assert set(scope.session.scalars(query)) == {people["lead"]}


def test_where_no_review_is_needed_nobody_is_chased(asked, scopes, calder, clock, as_):
    with as_("lead") as scope:
        found = scope.session.get_one(Incident, (scope.tenant.id, asked.id))
        incidents.triage(scope, found.id, found.version, "no_review", "Nothing to learn here")
    clock.move(timedelta(days=20))
    assert watching.look(scopes, asking.WATCHES) == 0
    assert learned(as_, asked).state == "not_needed"


def test_an_audience_that_is_nobody_is_a_problem_for_the_administrator_and_no_row(
    with_rules, reported, scopes, calder
):
    with_rules(a_rule(RequireShare(("submarine",), 5)))
    reported()
    assert rows(scopes, calder) == []
    with scopes.tenant(calder, SYSTEM) as scope:
        (message,) = scope.session.scalars(select(Problem.message))
    assert "every unit for submarine" in message


def test_every_unit_means_every_open_service(with_rules, reported, scopes, calder):
    with_rules(a_rule(RequireShare((), 5)))
    reported()
    with scopes.tenant(calder, SYSTEM) as scope:
        services = [unit for unit in tree(scope).services() if unit.closed_on is None]
        assert asking.units_of(scope, rows(scopes, calder)[0].audience) == services
    assert len(services) > 5
