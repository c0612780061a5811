"""A run is compiled once, made once, signed off by a person, and read only by whom it was published to."""

import json
from datetime import date

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import func, select, text
from tests.conftest import COMMISSIONER
from tests.evidence.conftest import STATEMENT

from throughline.accounts.models import User
from throughline.accounts.people import actor_for
from throughline.accounts.signin import Person
from throughline.evidence import queries, service
from throughline.evidence.document import canonical, fingerprint
from throughline.evidence.models import Artefact, EvidenceRun, Publication
from throughline.evidence.periods import last_complete_quarter, quarter_of
from throughline.kernel.actor import SYSTEM, Actor
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.tenancy.queries import tree


def lead(scope):
    user = scope.session.scalars(select(User).where(User.email == "lead@calder.test")).one()
    return actor_for(scope, Person(user.id, user.name, user.email, user.job_title), tree(scope))


def signed_off(scopes, calder, run_id):
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        scope.actor = lead(scope)
        service.sign_off(scope, run_id, STATEMENT)


def stored(scopes, calder, run_id, stage="draft"):
    with scopes.tenant(calder, SYSTEM) as scope:
        found = queries.artefacts(scope, [run_id])[run_id, stage]
        return scope.store.get(service.store_prefix(calder.id), found.sha256)


def words_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 11, 18), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 4, 1), date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_the_last_complete_quarter_is_over(day, start, end):
    period = last_complete_quarter(day)
    assert (period.start, period.end) == (start, end)


def test_asking_twice_is_one_run_and_making_it_twice_is_one_document(history, ask, render, scopes, calder):
    run_id = ask(calder)
    assert ask(calder) == run_id
    assert render(calder) == [True]
    first = stored(scopes, calder, run_id)
    assert render(calder) == []
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(Artefact)) == 1
        scope.session.execute(text("update job set state = 'queued', token = null"))
    assert render(calder) == [True]
    assert stored(scopes, calder, run_id) == first
    with scopes.tenant(calder, SYSTEM) as scope:
        assert scope.session.scalar(select(func.count()).select_from(Artefact)) == 1


def test_the_document_counts_what_was_reported_and_names_nobody(history, ask, render, scopes, calder):
    run_id = ask(calder)
    render(calder)
    with scopes.tenant(calder, SYSTEM) as scope:
        document = scope.session.get_one(EvidenceRun, (calder.id, run_id)).document
    figures = {figure["key"]: figure for figure in document["figures"]}
    assert figures["incidents"]["value"] == 12
    assert (figures["harmful"]["numerator"], figures["harmful"]["denominator"]) == (4, 12)
    assert {row["label"]: row["total"] for row in document["incidents"]["by_category"]} == {
        "Slips, trips and falls": 8,
        "Medication": 4,
    }
    assert "canary" not in canonical(document).decode().lower()


def test_every_figure_of_the_document_stands_in_the_pdf(history, ask, render, scopes, calder):
    run_id = ask(calder)
    render(calder)
    pdf = stored(scopes, calder, run_id)
    words = words_of(pdf)
    with scopes.tenant(calder, SYSTEM) as scope:
        document = scope.session.get_one(EvidenceRun, (calder.id, run_id)).document
    for figure in document["figures"]:
        assert figure["title"] in words
    assert "4 of 12" in words and "33.3%" in words
    assert "Draft: not signed off" in words
    assert fingerprint(document)[:16] in words


def test_the_data_is_attached_and_proves_itself(history, ask, render, scopes, calder, tmp_path):
    run_id = ask(calder)
    render(calder)
    file = tmp_path / "evidence.pdf"
    file.write_bytes(stored(scopes, calder, run_id))
    with pikepdf.open(file) as pdf:
        attached = json.loads(pdf.attachments["evidence.json"].get_file().read_bytes())
        assert "pdfuaid:part" in pdf.Root.Metadata.read_bytes().decode()
    with scopes.tenant(calder, SYSTEM) as scope:
        run = scope.session.get_one(EvidenceRun, (calder.id, run_id))
        assert fingerprint(attached) == run.document_digest


def test_a_frozen_document_does_not_change_with_the_data(history, ask, render, scopes, calder):
    run_id = ask(calder)
    render(calder)
    with scopes.tenant(calder, SYSTEM) as scope:
        before = scope.session.get_one(EvidenceRun, (calder.id, run_id)).document_digest
        scope.session.execute(text("update daily_count set n = n + 5"))
    signed_off(scopes, calder, run_id)
    assert render(calder) == [True]
    with scopes.tenant(calder, SYSTEM) as scope:
        run = scope.session.get_one(EvidenceRun, (calder.id, run_id))
        assert fingerprint(run.document) == before


def test_a_signed_off_report_carries_the_name_and_reaches_its_commissioner(
    history, ask, render, scopes, calder, client_for
):
    run_id = ask(calder)
    render(calder)
    signed_off(scopes, calder, run_id)
    render(calder)
    words = words_of(stored(scopes, calder, run_id, "final"))
    assert "Ruth Ellis" in words and STATEMENT in words and "Draft: not signed off" not in words
    reader = client_for(COMMISSIONER)
    assert "Calder Vale" in reader.get("/c/west-moors/").get_data(as_text=True)


def test_a_report_is_signed_off_once_and_with_a_statement(history, ask, render, scopes, calder):
    run_id = ask(calder)
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.actor = lead(scope)
        with pytest.raises(Conflict):
            service.sign_off(scope, run_id, STATEMENT)  # no draft yet
    render(calder)
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.actor = lead(scope)
        with pytest.raises(Invalid):
            service.sign_off(scope, run_id, "ok")
    signed_off(scopes, calder, run_id)
    with scopes.tenant(calder, SYSTEM) as scope:
        scope.actor = lead(scope)
        with pytest.raises(Conflict):
            service.sign_off(scope, run_id, STATEMENT)


def test_a_report_needs_an_agreement_and_a_period_that_is_over(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        with pytest.raises(Invalid, match="no agreement"):
            service.ask(scope, "icb_quality.quarterly", "east-moors", last_complete_quarter(scope.today()))
        with pytest.raises(Invalid, match="over"):
            service.ask(scope, "icb_quality.quarterly", "west-moors", quarter_of(scope.today()))
        with pytest.raises(Invalid, match="format"):
            service.ask(scope, "icb_quality.yearly", "west-moors", last_complete_quarter(scope.today()))


def test_a_revoked_agreement_hides_what_was_published(history, ask, render, scopes, calder, client_for):
    run_id = ask(calder)
    render(calder)
    signed_off(scopes, calder, run_id)
    render(calder)
    commissioner = scopes.find_commissioner("west-moors")
    reader = Actor(None, "Reader")
    with scopes.commissioner(commissioner, reader) as scope:
        published = queries.publications(scope)[0].id
    with scopes.tenant(calder, SYSTEM) as scope:
        assert service.withdraw_all(scope, commissioner.id) == 1
    with scopes.commissioner(commissioner, reader) as scope:
        assert queries.publications(scope) == []
        with pytest.raises(NotFound):
            queries.find_publication(scope, published)
    browser = client_for(COMMISSIONER)
    assert browser.get(f"/c/west-moors/evidence/{published}").status_code == 404
    assert browser.get(f"/c/west-moors/evidence/{published}/report.pdf").status_code == 404


def test_a_commissioner_session_reads_no_table_of_a_provider(scopes):
    commissioner = scopes.find_commissioner("west-moors")
    with (
        pytest.raises(Exception, match=r"throughline\.tenant_id"),
        scopes.commissioner(commissioner, Actor(None, "Reader")) as scope,
    ):
        scope.session.scalars(select(EvidenceRun)).all()


def test_reading_leaves_a_receipt(history, ask, render, scopes, calder, client_for):
    run_id = ask(calder)
    render(calder)
    signed_off(scopes, calder, run_id)
    render(calder)
    with scopes.commissioner(scopes.find_commissioner("west-moors"), Actor(None, "Reader")) as scope:
        published = scope.session.scalars(select(Publication.id)).one()
    browser = client_for(COMMISSIONER)
    browser.get(f"/c/west-moors/evidence/{published}/report.pdf")
    page = browser.get(f"/c/west-moors/evidence/{published}").get_data(as_text=True)
    assert "Downloaded" in page and "Helen Marsh" in page
