"""A rule opens a duty once, with why, its clocks and its questions, and only the law of the tenant's nation."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import func, select
from tests.obligations.conftest import CANDOUR

from throughline.audit.models import AuditEvent
from throughline.clocks.models import Clock
from throughline.incidents import service as incidents
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Notification
from throughline.obligations import opening, queries
from throughline.obligations.models import Obligation, ObligationStep
from throughline.obligations.terms import as_terms, duty_of, with_own_targets
from throughline.rules.models import Firing


def keys(scope, incident):
    return {one.row.duty_key.partition(".")[2] for one in queries.of_incident(scope, incident.id)}


def test_it_keeps_the_rule_the_firing_what_it_read_and_why(scopes, calder, incident, standing):
    found = standing(incident)
    with scopes.tenant(calder, SYSTEM) as scope:
        firing = scope.session.get_one(Firing, (calder.id, found.row.firing_id))
        assert (firing.rule_key, firing.rule_version) == ("obligations.opens_duty_of_candour_nhs", 1)
    assert found.row.inputs["incident.physical_harm"] == "moderate"
    assert found.row.inputs["unit.provider_kind"] == "nhs_body"
    assert "moderate" in found.row.reasoning
    assert found.duty.authority.confidence == "unverified"
    assert found.duty.authority.quote == "could result in or appears to have resulted in"
    assert found.state == "to_decide"


def test_firing_again_or_no_longer_adds_and_takes_nothing(scopes, calder, as_, incident):
    def grade(harm):
        with as_("lead") as scope:
            one = scope.session.get_one(Incident, (calder.id, incident.id))
            incidents.grade(scope, one.id, one.version, {"physical_harm": harm}, "Looked again.")
            return sorted((row.duty_key, row.id) for row in scope.session.scalars(select(Obligation)))

    with scopes.tenant(calder, SYSTEM) as scope:
        before = sorted((row.duty_key, row.id) for row in scope.session.scalars(select(Obligation)))
        steps = scope.session.scalar(select(func.count()).select_from(ObligationStep))
    severe = grade("severe")
    assert set(before) < set(severe), "severe harm brings another duty, and leaves the first as it was"
    assert grade("none") == severe
    assert grade("severe") == severe
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(ObligationStep)) == steps + 1


def test_its_target_runs_as_a_clock_and_the_step_is_late_when_it_ends(clock, incident, standing):
    found = standing(incident)
    (written,) = [one for one in found.steps if one.row.key == "written_notification"]
    assert written.clock.working_days == 10
    assert "Duty of candour" in written.clock.title
    assert found.due_at == written.clock.due_at
    assert [one.row.key for one in found.steps if one.clock] == ["written_notification"]
    clock.move(timedelta(days=15))
    assert standing(incident).late
    assert [one.state for one in standing(incident).steps if one.row.key == "written_notification"] == [
        "late"
    ]


def test_whoever_triages_is_told_once_without_a_word_of_the_story(scopes, calder, people, incident):
    with scopes.tenant(calder, SYSTEM) as scope:
        told = scope.session.scalars(
            select(Notification).where(Notification.dedupe.startswith("obligations:"))
        ).all()
    assert [line.user_id for line in told] == [people["manager"]], "several duties, one line"
    assert "Slipped" not in told[0].subject + told[0].body
    assert told[0].link.endswith(f"/incidents/{incident.reference}/obligations")


def test_of_a_confidential_report_the_unit_is_not_told(scopes, calder, people, reported):
    reported(physical_harm="moderate", confidential=True)
    with scopes.tenant(calder, SYSTEM) as scope:
        told = select(Notification.user_id).where(Notification.dedupe.startswith("obligations:"))
        assert scope.session.scalars(told).all() == [people["lead"]]


def test_the_trail_tells_that_it_opened(scopes, calder, incident):
    with scopes.tenant(calder, SYSTEM) as scope:
        opened = select(AuditEvent).where(AuditEvent.action == "obligation.opened")
        events = scope.session.scalars(opened).all()
    assert {event.subject_id for event in events} == {incident.id}
    assert "Duty of candour (health service body)" in {event.after["duty"] for event in events}


def test_a_duty_of_another_nation_s_law_is_not_opened(scope, incident):
    one = scope.session.get_one(Incident, (scope.tenant.id, incident.id))
    because = opening.Because("local.r", 1, None, {}, "Because.")
    pack = replace(scope.tenant.pack, nation="SCT")
    scope.tenant = replace(scope.tenant, pack=pack)
    assert opening.open_by_rule(scope, one, "obligations.cqc_police", because) is None
    assert opening.open_by_rule(scope, one, "obligations.riddor_injury", because) is not None
    with pytest.raises(KeyError):
        opening.open_by_rule(scope, one, "obligations.nothing", because)


def test_a_tenant_s_own_target_takes_the_place_and_open_ones_keep_theirs(scope, reported):
    duty = scope.catalogue.duties[CANDOUR]
    own = {"targets": {"duty_of_candour_nhs.written_notification": {"hours": 48, "source": "Our contract"}}}
    pack = replace(
        scope.tenant.pack, plugins=MappingProxyType({**scope.tenant.pack.plugins, "obligations": own})
    )
    scope.tenant = replace(scope.tenant, pack=pack)
    because = opening.Because("local.r", 1, None, {}, "Because.")
    first = scope.session.get_one(Incident, (scope.tenant.id, reported(physical_harm="moderate").id))
    fresh = scope.session.get_one(Incident, (scope.tenant.id, reported().id))
    opening.open_by_rule(scope, first, CANDOUR, because)
    opening.open_by_rule(scope, fresh, CANDOUR, because)
    counted = {
        clock.incident_id: (clock.hours, clock.working_days)
        for clock in scope.session.scalars(select(Clock).where(Clock.key.endswith("written_notification")))
    }
    assert counted == {first.id: (None, 10), fresh.id: (48, None)}
    told = with_own_targets(duty, own)
    assert "Our contract" in next(step for step in told.steps if step.within_hours).target_source


def test_every_duty_is_read_back_as_it_was_kept(scope):
    duties = scope.catalogue.duties.values()
    assert len(duties) == 20
    assert all(duty_of(as_terms(duty)) == duty for duty in duties)
