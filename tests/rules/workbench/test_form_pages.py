"""The form of a draft as a consultant sends it: rows, mistakes beside their field, and the text behind it."""

import re
from uuid import uuid4

import pytest
from lxml import html
from tests.rules.workbench.texts import TEXT

from throughline.rules.workbench import service
from throughline.rules.workbench.models import RuleVersion
from throughline.rules.workbench.reading import TEMPLATE

RULES = "/t/calder/rules"


@pytest.fixture
def consultant(client_for, monkeypatch):
    monkeypatch.setattr("throughline.tenancy.scope.TENANT_KEPT_SECONDS", -1.0)
    return client_for("consultant@calder.test")


@pytest.fixture
def draft(inside):
    def begin(text=TEMPLATE):
        with inside() as scope:
            return f"{RULES}/versions/{service.begin(scope, uuid4(), text).id}"

    return begin


def soup(page):
    return html.fromstring(page.get_data())


def fields(page):
    """Return what a browser would send of the form."""
    form = soup(page).get_element_by_id("rule-form")
    found = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return {name: values for name, values in found.items() if name != "csrf_token"}


def errors_of(page):
    links = soup(page).xpath("//*[contains(@class, 'nhsuk-error-summary')]//a/@href")
    return {one.removeprefix("#") for one in links}


def stored(inside, address):
    with inside() as scope:
        return scope.session.get(RuleVersion, (scope.tenant.id, address.rpartition("/")[2])).text


def test_what_the_page_shows_is_what_is_saved(consultant, draft, inside):
    address = draft()
    sent = fields(consultant.get(f"{address}/form"))
    assert sent["count-0-same"] == ["person"]
    answer = consultant.post(f"{address}/form", {**sent, "title": "Another title", "do": "save"})
    assert answer.status_code == 302
    text = stored(inside, address)
    assert "title: Another title" in text
    again = fields(consultant.get(f"{address}/form"))
    assert {**again, "edition": 0, "title": 0} == {**sent, "edition": 0, "title": 0}


def test_rows_are_added_and_taken_out_without_saving(consultant, draft, inside):
    address = draft()
    sent = fields(consultant.get(f"{address}/form"))
    sent["why"] = "Typed and not saved."
    for act in ("add-condition", "add-count", "add-example", "add-outcome"):
        answer = consultant.post(f"{address}/form", {**sent, "do": act, "kind": "start_clock"})
        assert answer.status_code == 200
        sent = fields(answer)
    assert sent["outcome-1"] == ["start_clock"]
    assert {"condition-2-fact", "count-1-name", "example-2-given", "outcome-1-within"} <= set(sent)
    assert sent["why"] == ["Typed and not saved."]
    for act in ("remove-condition-2", "remove-count-1", "remove-example-2", "remove-outcome-1"):
        sent = fields(consultant.post(f"{address}/form", {**sent, "do": act}))
    assert "condition-2-fact" not in sent
    assert stored(inside, address) == TEMPLATE
    assert consultant.post(f"{address}/form", {**sent, "do": "save"}).status_code == 302


def test_a_row_offers_the_values_of_what_was_picked(consultant, draft):
    address = draft()
    sent = {**fields(consultant.get(f"{address}/form")), "condition-1-fact": "incident.confidential"}
    page = consultant.post(f"{address}/form", {**sent, "do": "again"})
    options = soup(page).xpath("//select[@id='condition-1-value']/option/@value")
    assert {"yes", "no"} <= set(options)
    sent["condition-0-how"] = "one_of"
    page = consultant.post(f"{address}/form", {**sent, "do": "again"})
    assert fields(page)["condition-0-value"] == ["self_harm"]
    assert len(soup(page).xpath("//input[@name='condition-0-value']")) > 5


def test_every_mistake_is_beside_its_field_with_what_was_typed(consultant, draft, inside):
    address = draft()
    sent = fields(consultant.get(f"{address}/form"))
    wrong = {
        "rule_key": "Not A Key", "title": "", "outcome-0-acknowledge_within": "soon",
        "condition-1-value": "1", "example-1-given": "incident.catgory: self_harm",
    }  # fmt: skip
    page = consultant.post(f"{address}/form", {**sent, **wrong, "do": "save"})
    assert page.status_code == 422
    assert {"rule_key", "title", "outcome-0-acknowledge_within"} <= errors_of(page)
    kept = fields(page)
    assert {name: kept[name] for name in wrong} == {name: [value] for name, value in wrong.items()}
    page = consultant.post(f"{address}/form", {**sent, "condition-1-value": "two", "do": "save"})
    assert errors_of(page) == {"condition-1-value"}
    page = consultant.post(
        f"{address}/form", {**sent, "example-1-given": "incident.catgory: x", "do": "save"}
    )
    assert errors_of(page) == {"example-1-given"}
    assert stored(inside, address) == TEMPLATE


def test_what_cannot_be_used_yet_is_kept_as_text(consultant, draft, inside):
    address = draft()
    sent = {**fields(consultant.get(f"{address}/form")), "outcome-0-acknowledge_within": "soon"}
    answer = consultant.post(f"{address}/form", {**sent, "do": "text"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert "acknowledge_within: soon" in stored(inside, address)


def test_what_the_form_cannot_show_stays_text(consultant, draft, inside):
    text = TEMPLATE.replace("recent >= 2", "(recent >= 2 || incident.harm > 2)", 1)
    address = draft(text)
    page = re.sub(r"\s+", " ", consultant.get(f"{address}/form").get_data(as_text=True))
    assert "The form cannot show all of this rule" in page
    assert "Line 11." in page
    assert "rule-form" not in page
    assert stored(inside, address) == text


def test_comments_are_said_before_they_are_lost(consultant, draft):
    page = consultant.get(f"{draft('# Agreed in May' + chr(10) + TEMPLATE)}/form").get_data(as_text=True)
    assert "leaves out the comment on line 1" in page


def test_somebody_elses_saving_is_shown_and_mine_is_kept(consultant, client_for, draft, inside):
    address = draft()
    sent = fields(consultant.get(f"{address}/form"))
    theirs = TEMPLATE.replace("title: Self", "title: Theirs self")
    other = client_for("admin@calder.test")
    assert other.post(address, {"text": theirs, "note": "", "edition": "1"}).status_code == 302
    page = consultant.post(f"{address}/form", {**sent, "title": "Mine", "do": "save"})
    assert page.status_code == 409
    assert fields(page)["title"] == ["Mine"]
    assert "Theirs self" in page.get_data(as_text=True)
    assert stored(inside, address) == theirs


def test_the_live_check_reads_the_form(consultant, draft):
    sent = fields(consultant.get(f"{draft()}/form"))
    assert "Sound" in consultant.post(f"{RULES}/check-form", sent).get_data(as_text=True)
    said = consultant.post(f"{RULES}/check-form", {**sent, "outcome-0-to": "nobody"}).get_data(as_text=True)
    assert 'href="#outcome-0-to"' in said


def test_a_version_in_use_has_no_form(consultant, draft, inside):
    address = draft(TEXT)
    consultant.post(f"{address}/live")
    assert consultant.get(f"{address}/form").status_code == 302
    assert consultant.post(f"{address}/form", {"do": "save"}).status_code in (409, 422)
    assert stored(inside, address) == TEXT


def test_a_new_rule_goes_on_in_the_form(consultant):
    answer = consultant.post(
        f"{RULES}/new", {"text": TEXT, "note": "", "draft_id": str(uuid4()), "view": "form"}
    )
    assert answer.headers["Location"].endswith("/form")


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "add-nothing"},
        {"do": "remove-count-999999"},
        {"do": "add-outcome", "kind": "x"},
        {"condition-0": "yes", "condition-0-fact": "\x00", "do": "save"},
        {"outcome-0": "x", "outcome-0-to": "y", "do": "save"},
        {"rule_key": "x" * 50_000, "do": "save"},
        {"example-0": "1", "example-0-given": "[" * 3000, "example-0-fires": "yes", "do": "save"},
        {"count-0": "1", "count-0-days": "९", "count-0-where": "((((", "do": "save"},
    ],
)
def test_rubbish_is_answered(consultant, draft, sent):
    address = draft()
    answer = consultant.post(f"{address}/form", {"edition": "1", **sent})
    assert answer.status_code in (200, 422)
    assert consultant.post(f"{RULES}/check-form", sent).status_code == 200
