"""The paper: everything is on it, the same data makes the same bytes, and nothing hostile gets out or in."""

import hashlib
import io
import json
import re
import resource
import runpy
import time
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from throughline_icb_quality import QUARTERLY

from throughline.evidence.document import fingerprint
from throughline.evidence.pdf import Limits, make_pdf
from throughline.evidence.render import RenderProblem
from throughline.sdk import ReportFormat
from throughline.typeset import fonts

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
sample_document = runpy.run_path(str(SAMPLE))["sample_document"]
CANARY = "CANARY-4f1b-in-a-file"


def words_of(pdf: bytes) -> str:
    """Return the text of every page, each run of white space as one space."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[index].get_textpage().get_text_range() for index in range(len(document))]
    document.close()
    return " ".join(" ".join(pages).replace("\ufffe", "").split())


def squeezed(words: str) -> str:
    """Return text without white space: a line may break anywhere."""
    return re.sub(r"\s+", "", words)


def small(template: str, stylesheet: str = "") -> ReportFormat:
    """Return a format with a page of its own that hands the document on as it is."""
    head = '<html lang="en-GB"><head><title>t</title></head><body>'
    return ReportFormat(
        key="test.page",
        version=1,
        title="Test",
        audience="Nobody",
        summary="A page.",
        template=head + template,
        stylesheet=stylesheet,
        context=lambda document, _settings: document,
    )


@pytest.fixture(scope="module")
def signed():
    """Render the sample, signed off."""
    return make_pdf(sample_document(), QUARTERLY, {}, fonts())


def test_every_figure_and_reference_of_the_document_is_on_the_paper(signed):
    document, words = sample_document(), squeezed(words_of(signed.pdf))
    wanted = [document["provider"]["name"], document["commissioner"]["name"], document["period"]["label"]]
    wanted += [unit["name"] for unit in document["units"]] + document["summary"] + document["data_quality"]
    for figure in document["figures"]:
        wanted += [figure["title"], figure["definition"], f"{figure['value']:,g}"]
    for measure in document["measures"]:
        wanted += [measure["title"], *measure["sentences"], measure["definition"]]
        wanted += [f"{point['label']} {point['numerator']:,}" for point in measure["points"][-12:]]
    for line in document["line"]["completed"] + document["line"]["broken"]:
        wanted += [line["reference"], line["sentence"], line["unit"]]
    wanted += [found["closes_with"][1:] for found in document["line"]["broken"]]
    for row in document["incidents"]["by_category"]:
        wanted += [row["label"], str(row["total"])]
    wanted += [f"{row['label']}{row['count']}{row['previous']}" for row in document["incidents"]["by_unit"]]
    wanted += [f"{theme['label']}{theme['count']}" for theme in document["reviews"]["themes"]]
    for found in document["learning"]:
        wanted += [found["title"], found["what_changed"], found["why"]]
    for action in document["actions"]:
        wanted += [action["title"], action["sentence"], action["owner"], action["strength"]]
    wanted += [text for found in document["definitions"] for text in (found["term"], found["text"])]
    assert [text for text in wanted if squeezed(text) not in words] == []


def test_a_signed_report_names_who_signed_and_says_nothing_of_a_draft(signed):
    words = words_of(signed.pdf)
    assert "Ruth Ellis" in words and "Its figures agree with our own records" in words
    assert "Draft" not in words


def test_a_draft_says_so_on_every_page():
    draft = make_pdf(sample_document(signed=False), QUARTERLY, {}, fonts())
    document = pypdfium2.PdfDocument(draft.pdf)
    pages = [document[index].get_textpage().get_text_range() for index in range(len(document))]
    document.close()
    assert len(pages) == draft.pages
    assert all("Draft: not signed off" in page for page in pages)


def test_every_page_says_where_it_comes_from(signed):
    document = pypdfium2.PdfDocument(signed.pdf)
    mark = fingerprint(sample_document())[:16]
    for index in range(signed.pages):
        page = document[index].get_textpage().get_text_range()
        assert mark in page and "Run 01997f3a" in page and "12 October 2026, 06:00 UTC" in page
        assert f"Page {index + 1} of {signed.pages}" in page
    document.close()


def test_the_same_input_makes_the_same_bytes(signed):
    again = make_pdf(sample_document(), QUARTERLY, {}, fonts())
    assert hashlib.sha256(again.pdf).hexdigest() == hashlib.sha256(signed.pdf).hexdigest()


def test_the_attached_data_hashes_to_the_fingerprint_on_the_page(signed):
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        attached = pdf.attachments["evidence.json"].get_file().read_bytes()
    assert hashlib.sha256(attached).hexdigest() == fingerprint(sample_document())
    assert json.loads(attached) == {**sample_document(), "sign_off": None}


def test_it_declares_itself_archival_and_accessible(signed):
    with pikepdf.open(io.BytesIO(signed.pdf)) as pdf:
        xmp = pdf.Root.Metadata.read_bytes().decode()
        assert pdf.Root.MarkInfo.Marked and "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "en-GB"
    assert xmp.count("<rdf:RDF") == 1
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp and re.search(r'pdfaid:part(="|>)3', xmp)


HOSTILE = (
    '<img src="{url}" alt="x">',
    '<link rel="stylesheet" href="{url}">',
    '<link rel="icon" href="{url}">',
    '<link rel="attachment" href="{url}">',
    '<a rel="attachment" href="{url}">a</a>',
    '<object data="{url}">o</object>',
    '<embed src="{url}">',
    '<iframe src="{url}"></iframe>',
    '<style>@import "{url}";</style>',
    "<style>@import url({url});</style>",
    '<style>@font-face {{ font-family: x; src: url("{url}") }} body {{ font-family: x }}</style>',
    '<p style="background-image: url({url})">p</p>',
    '<p style="border-image-source: url({url})">p</p>',
    '<p style="list-style-image: url({url}); display: list-item">p</p>',
    "<style>p::before {{ content: url({url}) }}</style><p>p</p>",
    "<style>@page {{ background: url({url}) }}</style><p>p</p>",
    '<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    '<svg width="9" height="9" xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="{url}#a"/></svg>',
    '<svg width="9" height="9"><style>@import "{url}";</style><rect width="9" height="9"/></svg>',
    '<video src="{url}" poster="{url}"></video>',
    '<table background="{url}"><tr><td>t</td></tr></table>',
)


@pytest.mark.parametrize("scheme", ["file", "http", "ftp", "bare"])
def test_no_page_fetches_anything(scheme, tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    url = {
        "file": secret.as_uri(),
        "http": "http://127.0.0.1:9/x",
        "ftp": "ftp://127.0.0.1:9/x",
        "bare": str(secret),
    }[scheme]
    asked = tmp_path / "asked"

    def note(*_: object, **__: object) -> None:
        asked.write_text("something was fetched")
        raise OSError("no way out")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", note)
    monkeypatch.setattr("socket.socket.connect", note)
    refused = 0
    for vector in HOSTILE:
        try:
            made = make_pdf(sample_document(), small(vector.format(url=url)), {}, fonts())
        except RenderProblem as problem:
            assert CANARY not in str(problem)
            refused += "may not fetch" in str(problem)
        else:
            assert CANARY not in everything_in(made.pdf), vector
    assert refused > len(HOSTILE) / 2
    assert not asked.exists()


def everything_in(pdf: bytes) -> str:
    """Return every stream of a file unpacked, those of its attachments among them."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert set(opened.attachments) <= {"evidence.json", "evidence.csv"}
        streams = [item.read_bytes() for item in opened.objects if isinstance(item, pikepdf.Stream)]
    return b" ".join(streams).decode("latin-1")


def test_a_chart_may_not_bring_in_anything_from_outside(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{CANARY}</text></svg>')
    document = sample_document()
    document["measures"][0]["chart_svg"] = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        f'<image href="{secret.as_uri()}" width="9" height="9"/></svg>'
    )
    try:
        made = make_pdf(document, QUARTERLY, {}, fonts())
    except RenderProblem as problem:
        assert "may not fetch" in str(problem)
    else:
        assert CANARY not in everything_in(made.pdf)


def test_hostile_words_stay_words():
    document = sample_document()
    document["summary"] = [
        "{{7*7}} {% for a in b %}",
        "<script>alert(1)</script><img src=x>",
        "</td></table> & \"quotes\" 'here'",
        "a\u202eb \x00 c",
        "combining " + "e\u0301" * 2000,
    ]
    document["line"]["broken"][0]["sentence"] = "<b>{{ self.__class__ }}</b>"
    made = make_pdf(document, QUARTERLY, {}, fonts())
    words = squeezed(words_of(made.pdf))
    assert "{{7*7}}{%forainb%}" in words
    assert "<script>alert(1)</script><imgsrc=x>" in words
    assert "</td></table>&\"quotes\"'here'" in words
    assert "<b>{{self.__class__}}</b>" in words
    assert "<script" not in made.html and "49" not in made.html.split("7*7")[1][:10]


@pytest.mark.slow
def test_a_word_of_a_hundred_thousand_letters_ends_and_keeps_to_the_page():
    document = sample_document()
    document["summary"][0] = "w" * 100_000
    made = make_pdf(document, QUARTERLY, {}, fonts(), Limits(cpu_seconds=30))
    assert words_of(made.pdf).count("w") >= 100_000


LOOPS = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}" + (
    "{% endfor %}{% endfor %}"
)


def test_a_template_that_never_ends_is_stopped_by_the_clock():
    began = time.monotonic()
    with pytest.raises(RenderProblem, match=r"test\.page: it took longer than 1 second"):
        make_pdf(sample_document(), small(LOOPS), {}, fonts(), Limits(wall_seconds=1))
    assert time.monotonic() - began < 10


def test_a_template_that_never_ends_is_stopped_by_its_processor_limit():
    with pytest.raises(RenderProblem, match="processor time"):
        make_pdf(sample_document(), small(LOOPS), {}, fonts(), Limits(cpu_seconds=1, wall_seconds=60))


def test_a_template_that_swallows_memory_is_stopped_and_the_next_one_is_made():
    greedy = "{% set a = 'x' * 999999 %}{{ (a * 9999)|length }}"
    with pytest.raises(RenderProblem, match="memory"):
        make_pdf(sample_document(), small(greedy), {}, fonts(), Limits(memory_bytes=500_000_000))
    assert make_pdf(sample_document(), small("<p>fine</p>"), {}, fonts()).pages == 1


def test_too_many_pages_are_refused():
    many = "{% for a in range(9) %}<p style='break-after: page'>{{ a }}</p>{% endfor %}"
    with pytest.raises(RenderProblem, match=r"test\.page: it has more than 5 pages"):
        make_pdf(sample_document(), small(many), {}, fonts(), Limits(pages=5))


def test_a_missing_value_names_its_line():
    with pytest.raises(RenderProblem, match=r"test\.page.* line 3: .*nobody"):
        make_pdf(sample_document(), small("\n\n<p>{{ provider.nobody }}</p>"), {}, fonts())


def test_a_broken_context_names_its_format():
    broken = replace(small("<p>x</p>"), context=lambda document, _: {"a": document["nothing"]})
    with pytest.raises(RenderProblem, match=r"test\.page: its context failed: KeyError"):
        make_pdf(sample_document(), broken, {}, fonts())


@pytest.mark.slow
def test_the_memory_of_the_worker_stays_flat():
    page = small("<h1>{{ provider.name }}</h1>")
    for _ in range(2):
        make_pdf(sample_document(), page, {}, fonts())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(10):
        make_pdf(sample_document(), page, {}, fonts())
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 8
