"""The duties of a quarter: how they stand, for everyone who may read it, with small numbers hidden."""

import csv
import io
import json
import re
import runpy
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from marshmallow import ValidationError
from sqlalchemy import select
from tests.clocks.conftest import as_, reported  # noqa: F401 - fixtures
from tests.conftest import COMMISSIONER
from tests.evidence.conftest import STATEMENT
from tests.evidence.test_service import signed_off, stored
from throughline_icb_quality import QUARTERLY
from throughline_icb_quality.context import context

from throughline.evidence.document import FIRST, fingerprint, validated
from throughline.evidence.duties import duties
from throughline.evidence.jobs import fonts
from throughline.evidence.models import EvidenceRun, Publication
from throughline.evidence.pdf import make_pdf
from throughline.evidence.periods import quarter_of
from throughline.evidence.table import as_csv
from throughline.kernel.actor import SYSTEM
from throughline.obligations import queries, service
from throughline.obligations.models import Obligation
from throughline.tenancy.queries import tree

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]
POLICE = "obligations.cqc_police"
QUARTER = quarter_of(date(2026, 9, 1))


@pytest.fixture
def police(scopes, calder, as_, reported, clock):  # noqa: F811
    """Twenty duties to tell CQC on Oak in September: in time, late, overdue, exempt, and open again."""
    now = clock.now()
    clock.move(datetime(2026, 9, 1, 9, tzinfo=UTC) - now)
    for _ in range(20):
        reported(extra={"obligations.events": {"police": True}}, occurred_at=clock.now() - timedelta(hours=2))
    reported("beech", extra={"obligations.events": {"police": True}})

    def opened():
        with scopes.tenant(calder, SYSTEM) as scope:
            oak = tree(scope).by_key("oak").id
            query = select(Obligation).where(Obligation.duty_key == POLICE).order_by(Obligation.id)
            found = queries.standing(scope, scope.session.scalars(query).all())
            return [one for one in found if queries.find(scope, one.row.id)[1].unit_id == oak]

    def record(one):
        with as_("lead") as scope:
            told = service.Done(scope.now(), "Form sent.", reference="NOT-1")
            service.record_step(scope, one.steps[0].row.id, one.row.version, told)

    for one in opened()[:6]:
        record(one)
    for one in opened()[6:11]:
        with as_("lead") as scope:
            service.exempt(scope, one.row.id, one.row.version, "told_nhs_england", "Told by Jo Canary.")
    clock.move(timedelta(days=9))
    for one in opened()[11:14]:
        record(one)
    clock.move(now - clock.now())
    return opened


@pytest.fixture
def counted(scopes, calder, police):
    """The section for Oak Ward alone."""
    with scopes.tenant(calder, SYSTEM) as scope:
        return duties(scope, [tree(scope).by_key("oak").id], QUARTER)


def test_each_obligation_is_counted_once_by_how_it_stands(counted):
    (row,) = [one for one in counted["by_duty"] if one["key"] == POLICE]
    # Three were late, so one more number is hidden with it: the smallest.
    assert row == {
        "key": POLICE,
        "title": row["title"],
        "confidence": "sourced",
        "opened": 20,
        "in_time": 6,
        "late": None,
        "without_target": 0,
        "open": 0,
        "overdue": 6,
        "exempt": None,
        "not_required": 0,
    }
    assert counted["exemptions"] == [
        {
            "duty": row["title"],
            "exemption": "An NHS body, local authority or primary medical provider that has already told NHS"
            " England",
            "count": None,
        }
    ]
    assert "Canary" not in str(counted)


def test_another_quarter_and_another_unit_have_none_of_it(scopes, calder, police):
    with scopes.tenant(calder, SYSTEM) as scope:
        oak, hazel = (tree(scope).by_key(key).id for key in ("oak", "hazel"))
        assert duties(scope, [oak], QUARTER.before()) == {"by_duty": [], "exemptions": []}
        assert duties(scope, [hazel], QUARTER) == {"by_duty": [], "exemptions": []}
        assert duties(scope, [], QUARTER) == {"by_duty": [], "exemptions": []}


def test_a_step_opened_again_is_late_no_more(as_, police, counted, scopes, calder):  # noqa: F811
    one = police()[11]
    with as_("lead") as scope:
        service.reopen(scope, one.row.id, one.row.version, "The wrong form.", ["notify"])
    with scopes.tenant(calder, SYSTEM) as scope:
        section = duties(scope, [tree(scope).by_key("oak").id], QUARTER)
    (row,) = [found for found in section["by_duty"] if found["key"] == POLICE]
    assert (row["opened"], row["late"], row["open"]) == (20, None, None)


def test_the_paper_the_data_and_the_pages_say_the_same(
    police, ask, render, scopes, calder, client_for, tmp_path
):
    run_id = ask(calder)
    render(calder)
    signed_off(scopes, calder, run_id)
    render(calder)
    file = tmp_path / "evidence.pdf"
    file.write_bytes(stored(scopes, calder, run_id, "final"))
    with scopes.tenant(calder, SYSTEM) as scope:
        run = scope.session.get_one(EvidenceRun, (calder.id, run_id))
        document, digest = run.document, run.document_digest
    row = next(one for one in document["duties"]["by_duty"] if one["key"] == POLICE)
    assert row["opened"] == 21, "Beech is in scope as well"
    with pikepdf.open(file) as pdf:
        attached = json.loads(pdf.attachments["evidence.json"].get_file().read_bytes())
        table = pdf.attachments["evidence.csv"].get_file().read_bytes().decode("utf-8-sig")
    assert attached["duties"] == document["duties"] and fingerprint(attached) == digest
    rows = [one for one in csv.DictReader(io.StringIO(table)) if one["title"] == row["title"]]
    by_state = {one["key"]: (one["value"], one["unit"]) for one in rows if one["section"] == "duties"}
    assert by_state["opened"] == ("21", "count") and by_state["late"] == ("", "not shown")
    words = words_of(file)
    assert "Exemptions that were claimed" in words
    assert f"{squeezed(row['title'])}216*··7*·" in squeezed(words)
    page = client_for("lead@calder.test").get(f"/t/calder/evidence/{run_id}").get_data(as_text=True)
    assert row["title"] in page and "Met in time" in page
    assert STATEMENT in page


def words_of(file):
    document = pypdfium2.PdfDocument(file)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def squeezed(words):
    return "".join(words.split())


def from_before():
    """Return a document as it was frozen before duties were told of."""
    document = sample_document()
    del document["duties"]
    return document | {"schema": FIRST}


def test_a_document_from_before_stays_whole_and_is_printed_as_it_is():
    document = from_before()
    assert validated(document) == document
    assert context(document, {})["duties"] is None
    made = make_pdf(document, QUARTERLY, {}, fonts())
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        attached = json.loads(pdf.attachments["evidence.json"].get_file().read_bytes())
    assert fingerprint(attached) == fingerprint(document)
    assert "Not required" not in made.html
    assert b"duties" not in as_csv(document)


def test_duties_belong_to_the_second_schema_and_to_it_alone():
    for wrong in (
        from_before() | {"schema": "throughline.evidence/2"},
        sample_document() | {"schema": FIRST},
    ):
        with pytest.raises(ValidationError) as refused:
            validated(wrong)
        assert "duties" in refused.value.messages


@pytest.mark.parametrize(
    ("name", "count", "said"),
    [("in_time", 15, "27 opened is not the sum"), ("late", 3, "a number below 5 is shown")],
)
def test_what_contradicts_or_shows_a_small_number_is_refused(name, count, said):
    document = deepcopy(sample_document())
    row = document["duties"]["by_duty"][0]
    row |= {"open": 0, "overdue": 7, name: count}
    with pytest.raises(ValidationError) as refused:
        validated(document)
    assert any(said in found for found in refused.value.messages["_schema"])


def test_the_commissioner_reads_the_duties_and_old_reports_without_them(
    police, ask, render, scopes, calder, client_for
):
    run_id = ask(calder)
    render(calder)
    signed_off(scopes, calder, run_id)
    render(calder)
    reader = client_for(COMMISSIONER)
    received = reader.get("/c/west-moors/evidence").get_data(as_text=True)
    address = re.search(r'"(/c/west-moors/evidence/[^"/]+)"', received)[1]
    assert "* exempt" in reader.get(address).get_data(as_text=True)
    commissioner = scopes.find_commissioner("west-moors")
    with scopes.commissioner(commissioner, SYSTEM) as scope:
        one = scope.session.scalars(select(Publication)).one()
        frozen = {name: part for name, part in one.document.items() if name != "duties"} | {"schema": FIRST}
        one.document = frozen
    page = reader.get(address)
    assert page.status_code == 200 and "Met in time" not in page.get_data(as_text=True)
