"""The briefing sheet and its door: one page, a code that leads to it, names from people without an account."""

import io
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from tests.conftest import NOW

from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.learning import attending, queries, service, sharing
from throughline.learning.sheet import SheetText, TooLong, make_sheet
from throughline.tenancy.queries import tree

WORDS = service.Words("Handover when two are late", "It was cut short.", "We wait for all.", "It is safer.")
SHEET = SheetText(
    provider="Calder Vale",
    unit="Oak Ward",
    kind="Team briefing",
    title="Handover when two are late <b>",
    parts=(("What we found", "It was cut short."), ("What changes", "We wait."), ("Why", "It is safer.")),
    shared_on=NOW.date(),
    answer_by=NOW.date() + timedelta(days=14),
    address="https://example.org/b/calder/4F7KQ20XBN",
    by_hand="example.org/b/calder",
    code="4F7KQ-20XBN",
)


@pytest.fixture
def shared(scopes, calder, review_on):
    """The code of a share with Oak Ward, and the learning's id."""
    with scopes.tenant(calder, SYSTEM) as scope:
        learning = service.write(scope, WORDS, [review_on(scope).id])
        sharing.share(scope, learning.id, [tree(scope).by_key("oak").id])
        (share,) = queries.shares(scope, learning.id)
        return share.code, learning.id, share.unit_id


@pytest.fixture
def passer_by(app):
    """Somebody who holds a sheet and has no account."""
    return app.test_client()


def form(**changed):
    return {"name": "A. Bell", "role": "nurse", "way": "present", "key": str(uuid7()), **changed}


def pages_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded() for page in document]


def test_a_sheet_is_one_page_with_everything_on_it():
    (page,) = pages_of(make_sheet(SHEET))
    for words in (
        "Handover when two are late <b>",
        "It was cut short.",
        "4F7KQ-20XBN",
        "Oak Ward",
        "December 2026",
    ):
        assert words in page


def test_a_longer_text_is_set_smaller_and_one_that_fits_nowhere_is_refused():
    long = replace(SHEET, parts=(("What we found", "It was cut short. " * 190), *SHEET.parts[1:]))
    assert len(pages_of(make_sheet(long))) == 1
    with pytest.raises(TooLong):
        make_sheet(replace(SHEET, parts=(("What we found", "It was cut short. " * 700),)))


def test_the_manager_prints_the_sheet_of_their_own_unit_only(client_for, shared):
    _, learning_id, unit_id = shared
    path = f"/t/calder/learning/{learning_id}/sheet/{unit_id}.pdf"
    answer = client_for("manager@calder.test").get(path)
    assert answer.mimetype == "application/pdf"
    assert "Handover when two are late" in pages_of(io.BytesIO(answer.data))[0]
    assert client_for("beech@calder.test").get(path).status_code == 403
    assert client_for("nurse@calder.test").get(path).status_code == 403


def test_whoever_holds_the_sheet_reads_it_and_says_so_once(passer_by, shared, scopes, calder, client_for):
    code, learning_id, unit_id = shared
    page = passer_by.get(f"/b/calder/{code}").get_data(as_text=True)
    assert "It was cut short." in page
    sent = form()
    for _ in range(2):
        answer = passer_by.post(f"/b/calder/{code}", data=sent)
        assert answer.status_code == 303
    assert "Thank you" in passer_by.get(answer.headers["Location"]).get_data(as_text=True)
    manager = client_for("manager@calder.test")
    page = manager.get(f"/t/calder/learning/{learning_id}/acknowledge/{unit_id}").get_data(as_text=True)
    assert page.count("A. Bell") == 1
    assert "from the sheet" in page
    assert "It reached 1 person" in manager.get(f"/t/calder/learning/{learning_id}").get_data(as_text=True)


def test_the_names_on_a_sheet_are_for_those_who_answer_for_the_unit(passer_by, shared, client_for):
    code, learning_id, unit_id = shared
    passer_by.post(f"/b/calder/{code}", data=form())
    assert "A. Bell" not in passer_by.get(f"/b/calder/{code}").get_data(as_text=True)
    path = f"/t/calder/learning/{learning_id}"
    for email in ("nurse@calder.test", "beech@calder.test"):
        assert "A. Bell" not in client_for(email).get(path).get_data(as_text=True)
    assert client_for("beech@calder.test").get(f"{path}/acknowledge/{unit_id}").status_code == 403


@pytest.mark.parametrize("typed", ["{}", "{}-", " {} "])
def test_a_code_may_be_typed_as_people_type(passer_by, shared, typed):
    code = shared[0].lower().replace("0", "o").replace("1", "l")
    answer = passer_by.post("/b/calder", data={"code": typed.format(f"{code[:5]}-{code[5:]}")})
    assert answer.headers["Location"].endswith(f"/b/calder/{shared[0]}")


@pytest.mark.parametrize("code", ["", "NOSUCHCODE", "\x00", "x" * 5000, "<script>"])
def test_a_code_that_leads_nowhere_says_so(passer_by, code):
    answer = passer_by.post("/b/calder", data={"code": code})
    assert answer.status_code == 422
    assert "on the sheet" in answer.get_data(as_text=True)
    assert "<script>" not in answer.get_data(as_text=True).replace("&lt;script&gt;", "")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"role": "astronaut"}, "role"),
        ({"way": ""}, "way"),
    ],
)
def test_what_is_missing_is_named_and_the_rest_stays(passer_by, shared, changed, field):
    answer = passer_by.post(f"/b/calder/{shared[0]}", data=form(**changed))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page
    assert field == "name" or "A. Bell" in page


def test_an_old_sheet_takes_no_more_names(passer_by, shared, clock):
    clock.move(timedelta(days=91))
    for answer in (
        passer_by.get(f"/b/calder/{shared[0]}"),
        passer_by.post(f"/b/calder/{shared[0]}", data=form()),
    ):
        assert answer.status_code == 410
        assert "takes no more names" in answer.get_data(as_text=True)


def test_a_full_sheet_takes_no_more_names(passer_by, shared, monkeypatch):
    monkeypatch.setattr(attending, "MOST", 1)
    assert passer_by.post(f"/b/calder/{shared[0]}", data=form()).status_code == 303
    assert passer_by.post(f"/b/calder/{shared[0]}", data=form()).status_code == 410


def test_a_code_opens_no_door_of_another_provider(passer_by, shared):
    nowhere = passer_by.get("/b/hollins/0000000000")
    assert passer_by.get(f"/b/hollins/{shared[0]}").status_code == nowhere.status_code == 404
    assert passer_by.get(f"/b/nobody/{shared[0]}").status_code == 404


def test_somebody_signed_in_says_it_for_where_they_work(client_for, shared):
    _, learning_id, unit_id = shared
    nurse, path = client_for("nurse@calder.test"), f"/t/calder/learning/{shared[1]}"
    assert "Did it reach you?" in nurse.get(path).get_data(as_text=True)
    for said in ("Thank you", "noted already"):
        answer = nurse.post(f"{path}/reached/{unit_id}", {"way": "present"})
        assert said in nurse.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Did it reach you?" not in nurse.get(path).get_data(as_text=True)
    assert (
        client_for("beech@calder.test").post(f"{path}/reached/{unit_id}", {"way": "read"}).status_code == 403
    )
    assert nurse.post(f"{path}/reached/{unit_id}", {"way": "dreamt"}).status_code == 422
    assert learning_id
