"""A report format that fails as it is made: the run says so, the administrator reads why, others are made."""

from dataclasses import replace

from sqlalchemy import select

from throughline.evidence import service
from throughline.evidence.models import Artefact, EvidenceRun
from throughline.evidence.periods import last_complete_quarter
from throughline.jobs import registry
from throughline.kernel.actor import SYSTEM

FORMAT = """
def context(document, settings):
    {context}

@hookimpl
def report_formats():
    return [ReportFormat("{key}.report", 1, "A report", "Boards", "A report.", {template!r}, "p {{ color: black }}", context)]
"""
SOUND = ("return {}", "<title>A</title><p>Words</p>")
FAILS = {
    "its context raises": ("raise KeyError('x')", SOUND[1]),
    "its context leaves the process": ("raise SystemExit(3)", SOUND[1]),
    "its context kills the process": ("import os; os.kill(os.getpid(), 9)", SOUND[1]),
    "its context returns text": ("return 'rubbish'", SOUND[1]),
    "its context returns a list": ("return [1, 2]", SOUND[1]),
    "its context returns an object": ("return {'a': object()}", SOUND[1]),
    "its measures are no list": ("return {'measures': 5}", SOUND[1]),
    "its measures have no chart": ("return {'measures': [{}]}", SOUND[1]),
    "its values are too many": ("return {'a': 'x' * (5 * 10**9)}", SOUND[1]),
    "its template cannot be read": (SOUND[0], "{% if %}"),
    "its template names what is not there": (SOUND[0], "{{ nothing.at.all }}"),
}


def ask(scopes, tenant, key):
    with scopes.tenant(tenant, SYSTEM, "test") as scope:
        return service.ask(scope, key, "west-moors", last_complete_quarter(scope.today())).id


def test_formats_that_fail_say_so_and_stop_only_themselves(
    plug, client_for, work_off, scopes, problems, shown, monkeypatch
):
    kind = registry._KINDS["evidence.render"]
    monkeypatch.setitem(registry._KINDS, kind.name, replace(kind, attempts=1))  # what fails, fails each time
    bodies = {
        f"faulty_{number}": FORMAT.format(key=f"faulty_{number}", context=context, template=template)
        for number, (context, template) in enumerate(FAILS.values())
    }
    bodies["sound"] = FORMAT.format(key="sound", context=SOUND[0], template=SOUND[1])
    plug(tuple(f"{key}.report" for key in bodies), **bodies)
    calder = scopes.find_tenant("calder")
    runs = {key: ask(scopes, calder, f"{key}.report") for key in bodies}
    work_off("evidence.render")
    made = runs.pop("sound")
    told, page = {key: (what, message) for key, what, message in problems()}, shown()
    with scopes.tenant(calder, SYSTEM) as scope:
        assert set(scope.session.scalars(select(Artefact.run_id))) == {made}
        for case, (key, run) in zip(FAILS, runs.items(), strict=True):
            assert "could not be made" in scope.session.get_one(EvidenceRun, (calder.id, run)).failure, case
            what, message = told.pop(f"{key}.report")
            assert what == "A report could not be made", case
            assert f"{key}.report" in message, case
            assert f"{key}.report" in page, case
    assert told == {}
    seen = client_for("lead@calder.test").get(f"/t/calder/evidence/{runs['faulty_0']}")
    assert seen.status_code == 200
    assert "could not be made" in seen.get_data(as_text=True)


def test_a_format_whose_plugin_is_gone_says_so(plug, plugged, client_for, work_off, scopes, problems):
    plug(("gone.report",), gone=FORMAT.format(key="gone", context=SOUND[0], template=SOUND[1]))
    calder = scopes.find_tenant("calder")
    run = ask(scopes, calder, "gone.report")
    plugged.uninstall("gone")
    work_off("evidence.render")
    ((key, _, message),) = problems()
    assert key == "gone.report"
    assert "not in use" in message
    lead = client_for("lead@calder.test")
    for path in ("evidence", f"evidence/{run}"):
        assert lead.get(f"/t/calder/{path}").status_code == 200
