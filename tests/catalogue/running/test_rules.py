"""A rule of a plugin that fails when it speaks: the report is stored, the other rules speak, it is named."""

from uuid import uuid4

from sqlalchemy import select

from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.notifications.models import Notification
from throughline.rules.models import Escalation, Firing

FORM = {
    "category": "self_harm",
    "unit": "oak",
    "occurred_at_date": "2026-11-17",
    "occurred_at_time": "21:35",
    "what_happened": "Found by the window with a deep wound.",
    "physical_harm": "severe",
    "psychological_harm": "none",
}
FAILS = {
    "its condition has no answer": 'when="incident.hour * 9223372036854775807 > 1"',
    "its words to tell cannot be stored": 'then=(Notify("governance_lead", "Look\\x00"),)',
    "its second effect fails": 'then=(Escalate("executive", 4), Notify("governance_lead", "Look\\x00"))',
    "its title cannot be stored": 'title="A rule\\x00"',
    "its title is half a character": 'title="A rule \\ud800"',
    "its words are not to be sent": 'why="Because\\x00"',
}


def send(client_for, form=FORM):
    answer = client_for("nurse@calder.test").post("/t/calder/report/self_harm", {"key": str(uuid4()), **form})
    assert answer.status_code == 302, answer.status_code
    return answer


def spoken(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        assert len(scope.session.scalars(select(Incident)).all()) == 1
        return set(scope.session.scalars(select(Firing.rule_key)))


def test_rules_that_fail_stop_only_themselves(plug, client_for, scopes, calder, problems, shown):
    faulty = {
        f"faulty_{number}": f"@hookimpl\ndef escalation_rules():\n    return [a_rule({changes})]\n"
        for number, changes in enumerate(FAILS.values())
    }
    plug(**faulty, sound="@hookimpl\ndef escalation_rules():\n    return [a_rule()]\n")
    send(client_for)
    assert spoken(scopes, calder) == {"sound.rule", "psirf.severe_harm"}
    told, page = {key: (what, message) for key, what, message in problems()}, shown()
    for key, case in zip(faulty, FAILS, strict=True):
        what, message = told.pop(f"{key}.rule")
        assert what == "A rule could not be evaluated", case
        assert f"{key}.rule" in message, case
        assert "deep wound" not in message, case
        assert f"{key}.rule" in page, case
    assert told == {}
    with scopes.tenant(calder, SYSTEM) as scope:
        roles = set(scope.session.scalars(select(Escalation.to_role)))
        assert roles == {"governance_lead"}, "nothing of a rule that failed is left behind"
        assert scope.session.scalars(select(Notification.id)).all()


def test_a_rule_that_fails_when_a_grade_is_corrected_leaves_the_correction(
    plug, client_for, problems, scopes, calder
):
    plug(
        faulty="""
        @hookimpl
        def escalation_rules():
            return [a_rule(on=(Trigger.INCIDENT_GRADED,), then=(Notify("executive", "Look\\x00"),))]
        """
    )
    send(client_for, {**FORM, "physical_harm": "low"})
    with scopes.tenant(calder, SYSTEM) as scope:
        incident = scope.session.scalars(select(Incident)).one()
    correction = {
        "version": incident.version,
        "category": "self_harm",
        "physical_harm": "severe",
        "psychological_harm": "none",
        "reason": "The scan showed more.",
    }
    address = f"/t/calder/incidents/{incident.id}/grade"
    assert client_for("lead@calder.test").post(address, correction).status_code == 302
    assert spoken(scopes, calder) == {"psirf.severe_harm"}
    assert [found[0] for found in problems()] == ["faulty.rule"]
