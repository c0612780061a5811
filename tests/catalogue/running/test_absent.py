"""A plugin that is switched on and not there, or at odds with another: everything else goes on, by name."""

from uuid import uuid4

from sqlalchemy import select
from tests.catalogue.running.test_rules import FORM, send
from tests.isolation.conftest import fill

from throughline.accounts.models import User
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM

QUESTIONS = """
@hookimpl
def incident_fields():
    return [FieldSet("{key}.night", "At night", ("self_harm",), (Field("staff", "{label}", FieldKind.NUMBER),))]

@hookimpl
def review_frameworks():
    return [Framework(
        "{key}.method", 1, "A method", "A book", "A method.",
        (Stage("one", "One", "What?", "Ask."),),
        (FactorGroup("tasks", "Tasks", "What?", "Ask.", ("An example",), "task"), *SECTOR_FACTORS),
    )]

@hookimpl
def escalation_rules():
    return [a_rule()]
"""
PAGES = ("", "incidents", "inbox", "reviews", "learning", "actions", "trends", "evidence", "clocks", "report")


def test_a_plugin_missing_from_the_installation_stops_only_itself(
    plug, plugged, client_for, scopes, calder, shown
):
    plug(gone=QUESTIONS.format(key="gone", label="How many were on duty?"))
    lead = client_for("lead@calder.test")
    page = lead.get("/t/calder/report/self_harm", follow_redirects=True).get_data(as_text=True)
    assert "How many were on duty?" in page
    send(client_for, {**FORM, "gone.night.staff": "3"})
    fill(scopes, "calder")
    with scopes.tenant(calder, SYSTEM) as scope:
        incident = scope.session.scalars(select(Incident).where(Incident.extra != {})).one()
        leader = scope.session.scalars(select(User.id).where(User.email == "lead@calder.test")).one()
        assert incident.extra == {"gone.night": {"staff": 3}}
    opened = lead.post(
        "/t/calder/reviews/new",
        {
            "key": str(uuid4()),
            "title": "In a method that will go",
            "kind": "mdt",
            "framework": "gone.method",
            "lead": str(leader),
            "due_on": "2026-12-18",
            "incident": str(incident.id),
        },
    )
    assert opened.status_code == 302, opened.get_data(as_text=True)[:3000]
    plugged.uninstall("gone")
    for path in PAGES:
        assert lead.get(f"/t/calder/{path}", follow_redirects=True).status_code == 200, path
    review = lead.get(opened.headers["Location"])
    assert review.status_code == 200
    assert "no longer in use (gone.method, version 1)" in review.get_data(as_text=True)
    told = lead.get(f"/t/calder/incidents/{incident.reference}/escalations").get_data(as_text=True)
    assert "Rule gone.rule, version 1" in told
    again = {**FORM, "key": str(uuid4()), "what_happened": "After it went.", "gone.night.staff": "rubbish"}
    assert client_for("nurse@calder.test").post("/t/calder/report/self_harm", again).status_code == 302
    page = shown()
    assert "Not in use: gone" in page
    assert "is enabled but not installed" in page
    assert "psirf" in page.split("Plugins in use")[1]


def test_of_two_plugins_that_clash_one_is_used_and_the_other_is_named(
    plug, plugged, client_for, shown, problems
):
    first, second = (QUESTIONS.format(key=key, label=f"Asked by {key}") for key in ("clash_a", "clash_b"))
    plug(clash_a=first, clash_b=second.replace("clash_b.night", "clash_b.day"))
    plugged.upgrade("clash_b", second)
    lead = client_for("lead@calder.test")
    page = lead.get("/t/calder/report/self_harm", follow_redirects=True).get_data(as_text=True)
    assert "Asked by clash_a" in page
    assert "Asked by clash_b" not in page
    send(client_for)
    said = shown()
    assert "Not in use: clash_b" in said
    assert "already means clash_a.night" in said
    assert problems() == []
