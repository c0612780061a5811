"""The workbench as a consultant sees it, and what bad input gets."""

import re
from uuid import uuid4

import pytest
from tests.rules.workbench.texts import TEXT

RULES = "/t/calder/rules"
CONSULTANT, ADMIN, LEAD = (f"{name}@calder.test" for name in ("consultant", "admin", "lead"))


@pytest.fixture
def consultant(client_for, monkeypatch):
    monkeypatch.setattr("throughline.tenancy.scope.TENANT_KEPT_SECONDS", -1.0)
    return client_for(CONSULTANT)


def drafted(browser, text=TEXT):
    answer = browser.post(f"{RULES}/new", {"text": text, "note": "", "draft_id": str(uuid4())})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_every_rule_is_listed_with_what_it_does(consultant):
    page = text_of(consultant.get(RULES))
    for words in (
        "A person has died",
        "psirf.death",
        "unverified",
        "Write a rule",
        "Plugin: ",
        "Nobody named",
        "Not yet",
    ):
        assert words in page


def test_from_blank_to_live_and_retired(consultant):
    page = text_of(consultant.get(f"{RULES}/new"))
    assert "my_first_rule" in page
    address = drafted(consultant)
    page = text_of(consultant.get(address))
    for words in (
        "Any fall",
        "Sound",
        "When an incident is reported",
        "It tells the unit manager",
        "Put it live",
    ):
        assert words in page, words
    assert consultant.post(f"{address}/shadow").status_code == 302
    assert "In shadow since" in text_of(consultant.get(address))
    consultant.post(f"{address}/live")
    assert "live since" in text_of(consultant.get(address))
    refused = consultant.post(f"{address}/retire", {"why": ""})
    assert (refused.status_code, "Say why" in text_of(refused)) == (422, True)
    consultant.post(f"{address}/retire", {"why": "Enough."})
    assert "Retired" in text_of(consultant.get(address))
    assert "What differs" not in text_of(consultant.get(address))


def test_a_text_with_mistakes_is_kept_and_told_by_line(consultant):
    address = drafted(consultant, TEXT.replace("incident.category", "incident.catgory"))
    page = text_of(consultant.get(address))
    assert "incident.catgory" in page
    assert "Line 6, column 7" in page
    assert "Did you mean “incident.category”" in page
    refused = consultant.post(f"{address}/live")
    assert refused.status_code == 422
    assert "incident.catgory" in text_of(refused)


def test_the_check_answers_as_it_is_typed(consultant):
    said = text_of(consultant.post(f"{RULES}/check", {"text": TEXT}))
    assert "Sound" in said
    said = text_of(consultant.post(f"{RULES}/check", {"text": "key: <script>alert(1)</script>"}))
    assert "<script>" not in said
    assert "Cannot be used yet" in said
    for hostile in ("", "\x00", "[" * 5000, "a: *b", "\ud800".encode("utf-8", "surrogatepass")):
        assert consultant.post(f"{RULES}/check", {"text": hostile}).status_code in (200, 400)


def test_what_somebody_saved_in_between_is_shown_beside_mine(consultant, client_for):
    address = drafted(consultant)
    other = client_for(ADMIN)
    assert other.post(address, {"text": TEXT + "# theirs\n", "note": "", "edition": "1"}).status_code == 302
    answer = consultant.post(address, {"text": TEXT + "# mine\n", "note": "", "edition": "1"})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "# mine" in page
    assert "# theirs" in page


def test_too_long_a_text_comes_back_as_typed(consultant):
    long = "# " + "x" * 41_000
    answer = consultant.post(f"{RULES}/new", {"text": long, "note": "", "draft_id": "rubbish"})
    assert answer.status_code == 422
    assert "x" * 41_000 in answer.get_data(as_text=True)


def test_a_rule_of_a_plugin_is_copied_and_put_aside(consultant):
    page = text_of(consultant.get(f"{RULES}/of/psirf.prone_restraint"))
    assert "restraint.positions" in page
    copied = consultant.post(f"{RULES}/of/psirf.prone_restraint/copy")
    page = text_of(consultant.get(copied.headers["Location"]))
    assert "prone_restraint_here" in page
    assert "Sound" in page
    answer = consultant.post(f"{RULES}/of/psirf.prone_restraint/aside", {"why": ""})
    assert "Say why" in text_of(consultant.get(answer.headers["Location"]))
    consultant.post(f"{RULES}/of/psirf.prone_restraint/aside", {"why": "We use our own."})
    assert "Put aside" in text_of(consultant.get(RULES))
    assert consultant.get(f"{RULES}/of/psirf.nothing").status_code == 404


def test_history_and_attempt_pages(consultant):
    address = drafted(consultant)
    page = text_of(consultant.get(f"{address}/history?years=5"))
    assert "It would have spoken" in page
    assert "<svg" in page
    tried = consultant.get(f"{address}/try?reference=CV-2026-00001")
    assert tried.status_code == 422
    assert "no incident with this reference" in text_of(tried)


def test_only_those_who_configure_see_it(client_for):
    lead = client_for(LEAD)
    assert lead.get(RULES).status_code in (403, 404)
    assert lead.post(f"{RULES}/new", {"text": TEXT}).status_code in (403, 404)


def test_a_rule_that_names_somebody_who_is_not_here_says_so_and_can_still_be_used(consultant):
    head = TEXT.partition("  - notify")[0]
    named = head + "  - escalate: {to: {person: lead@hollins.test}, acknowledge_within: 4h}\n"
    words = "Nobody with a role here has the address lead@hollins.test"
    assert words in text_of(consultant.post(f"{RULES}/check", {"text": named}))
    address = drafted(consultant, named)
    assert words in text_of(consultant.get(address))
    consultant.post(f"{address}/live")
    page = text_of(consultant.get(RULES))
    assert "names lead@hollins.test, and nobody with a role here has that address" in page
    known = named.replace("lead@hollins.test", "manager@calder.test")
    assert "Nobody here" not in text_of(consultant.post(f"{RULES}/check", {"text": known}))


def test_any_two_versions_are_held_against_each_other_and_what_was_done_is_told(consultant):
    addresses = []
    for title in ("Any fall", "Every fall", "Each fall"):
        addresses.append(drafted(consultant, TEXT.replace("Any fall", title)))
        consultant.post(f"{addresses[-1]}/live")
    newest, oldest = addresses[-1], addresses[0].rpartition("/")[2]
    page = text_of(consultant.get(newest))
    assert "What differs from version 2" in page and "- title: Every fall" in page
    page = text_of(consultant.get(f"{newest}?against={oldest}"))
    assert "What differs from version 1" in page
    assert "- title: Any fall" in page and "+ title: Each fall" in page
    assert "What was done to it" in page and page.count("Put live") >= 3
    older = text_of(consultant.get(addresses[0]))
    assert "What differs from version 3, which is live" in older
    assert "What differs from version 2" in text_of(consultant.get(f"{newest}?against=nothing"))


def test_a_unit_that_is_not_here_is_named_with_the_one_that_is_meant(consultant):
    wrong = TEXT.replace("when: ", 'when: incident.unit == "oakk" && ')
    page = text_of(consultant.post(f"{RULES}/check", {"text": wrong}))
    assert "oakk" in page and "Did you mean “oak”?" in page
    theirs = TEXT.replace("when: ", 'when: incident.unit == "larch-house" && ')
    page = text_of(consultant.post(f"{RULES}/check", {"text": theirs}))
    assert "larch-house" in page and "Larch" not in page
    refused = consultant.post(f"{drafted(consultant, wrong)}/live")
    assert refused.status_code == 422 and "oakk" in text_of(refused)
    fine = TEXT.replace("when: ", 'when: incident.unit == "oak" && ')
    assert "oak” is not" not in text_of(consultant.post(f"{RULES}/check", {"text": fine}))
