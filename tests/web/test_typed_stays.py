"""A form that is refused comes back with what was typed, letter by letter, and never with a password."""

from html.parser import HTMLParser
from uuid import UUID

import pytest
from tests.web.test_bad_input import records  # noqa: F401 - the fixture

ODD = "“Quotes”, <b>bold</b> & 'so on' — naïve, 日本, \u202ereversed\u202c 🙂\n\nSecond paragraph. {{ 7 * 7 }} 100%"
LINE = ODD.replace("\n\n", " ")
LONG = 20_000


class _Values(HTMLParser):
    """Reads what the fields of a page hold, as a browser would send it."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, list[str]] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._keep(self._select, given.get("value", ""))
        elif tag == "textarea":
            self._area = name
            self._keep(name, "")
        elif tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self._keep(name, given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area:
            self.held[self._area][-1] += data

    def _keep(self, name, value):
        self.held.setdefault(name, []).append(value)


def held_by(page: str) -> dict[str, list[str]]:
    reader = _Values()
    reader.feed(page)
    # A browser leaves out the first line's end inside a text area, and so does whoever reads it.
    return {name: [value.removeprefix("\n") for value in values] for name, values in reader.held.items()}


FORMS = {
    "report": (
        "/t/calder/report/self_harm",
        "physical_harm",
        {
            "key": "0190a000-0000-7000-8000-00000000000a",
            "category": "self_harm",
            "unit": "oak",
            "occurred_at_date": "2026-11-17",
            "occurred_at_time": "21:35",
            "location": LINE[:90],
            "what_happened": ODD,
            "immediate_action": ODD,
            "psychological_harm": "moderate",
            "person_reference": "CV-P <0417>",
            "protection": "confidential",
        },
    ),
    "triage": (
        "/t/calder/incidents/{incident_id}/triage",
        "review_kind",
        {"version": "1", "decision": "review", "reason": ODD, "review_due": "2027-01-08"},
    ),
    "grade": (
        "/t/calder/incidents/{incident_id}/grade",
        "physical_harm",
        {"version": "1", "category": "fall", "psychological_harm": "severe", "reason": ODD},
    ),
    "review": (
        "/t/calder/reviews/new",
        "references",
        {
            "key": "0190a000-0000-7000-8000-00000000000b",
            "incident": "{incident_id}",
            "title": LINE,
            "kind": "mdt",
            "framework": "seips.work_system",
            "due_on": "2027-01-08",
            "references": "CV-2026-00001 <b>",
        },
    ),
    "stage": (
        "/t/calder/reviews/{review_id}/stages/what_happened",
        "text",
        {"version": "4026531840", "text": ODD + "x" * LONG},
    ),
    "factor": (
        "/t/calder/reviews/{review_id}/factors",
        "group",
        {"key": "0190a000-0000-7000-8000-00000000000c", "kind": "facilitator", "text": ODD, "evidence": ODD},
    ),
    "learning": (
        "/t/calder/learning/new",
        "title",
        {
            "key": "0190a000-0000-7000-8000-00000000000d",
            "review": "{review_id}",
            "what_we_found": ODD,
            "what_changes": ODD,
            "why": ODD,
        },
    ),
    "a change of a learning": (
        "/t/calder/learning/{learning_id}/edit",
        "why",
        {"version": "4026531840", "title": LINE[:100], "what_we_found": ODD, "what_changes": ODD},
    ),
    "action": (
        "/t/calder/actions/new",
        "strength",
        {
            "key": "0190a000-0000-7000-8000-00000000000e",
            "learning": "{learning_id}",
            "title": LINE,
            "description": ODD,
            "kind": "training",
            "unit": "oak",
            "due_on": "2027-01-08",
        },
    ),
    "measure": (
        "/t/calder/actions/measures/new",
        "review_on",
        {
            "key": "0190a000-0000-7000-8000-00000000000f",
            "action": "{action_id}",
            "title": LINE,
            "category": "fall",
            "unit": "beech",
            "definition": ODD,
            "direction": "higher",
            "baseline_start": "2025-02-01",
            "baseline_end": "2026-06-30",
        },
    ),
    "verdict": ("/t/calder/actions/measures/{measure_id}/verdict", "verdict", {"reason": ODD}),
}


@pytest.mark.parametrize(("address", "wrong", "typed"), FORMS.values(), ids=FORMS.keys())
def test_what_was_typed_stays(client_for, records, address, wrong, typed):  # noqa: F811
    typed = {
        name: value.format(**records) if value.startswith("{") else value for name, value in typed.items()
    }
    answer = client_for("lead@calder.test").post(address.format(**records), typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422, page[:2000]
    assert f'id="{wrong}-error"' in page, "the field is named"
    held = held_by(page)
    assert {name: held.get(name) for name in typed} == {name: [value] for name, value in typed.items()}


def test_several_answers_to_one_question_stay(client_for, records):  # noqa: F811
    typed = {"category": "restrictive_practice", "psirf.restraint.positions": ["prone", "seated"]}
    answer = client_for("nurse@calder.test").post("/t/calder/report/restrictive_practice", typed)
    assert answer.status_code == 422
    assert held_by(answer.get_data(as_text=True))["psirf.restraint.positions"] == ["prone", "seated"]


def test_the_report_that_was_refused_is_there_when_one_comes_back(client_for, records):  # noqa: F811
    _, _, typed = FORMS["report"]
    nurse = client_for("nurse@calder.test")
    assert nurse.post("/t/calder/report/self_harm", typed).status_code == 422
    page = nurse.get(f"/t/calder/report/self_harm?draft={UUID(typed['key'])}").get_data(as_text=True)
    held = held_by(page)
    for name in ("what_happened", "immediate_action", "location", "unit", "occurred_at_time", "protection"):
        assert held[name] == [typed[name]], name


def test_signing_in_keeps_the_address_and_never_the_password(app, client_for):
    email, password = "who <is> this@calder.test", "a password nobody sees"
    browser = client_for("lead@calder.test")
    browser.post("/sign-out")
    answer = browser.post("/sign-in", {"email": email, "password": password, "next": "/t/calder/incidents"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert held_by(page)["email"] == [email]
    assert held_by(page)["next"] == ["/t/calder/incidents"]
    assert password not in page
