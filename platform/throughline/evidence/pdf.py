"""A document as PDF/A-3a and PDF/UA-1 in one file, with its data attached, rendered in a child process.

Template, context and layout all run in the one child: a template that loops costs one attempt and no worker,
and the renderer fetches nothing but what is handed to it.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pikepdf
import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from throughline.evidence.confinement import Limits, Stopped, confined
from throughline.evidence.document import unsigned
from throughline.evidence.glyphs import drawable
from throughline.evidence.render import RenderProblem, to_html
from throughline.evidence.table import as_csv
from throughline.sdk import ReportFormat
from throughline.typeset import NothingElse, faces

__all__ = ["Limits", "RenderProblem", "Rendered", "make_pdf", "write_pdf"]

_PART = "http://www.aiim.org/pdfua/ns/id/"


@dataclass(frozen=True)
class Rendered:
    """A finished file, its number of pages, and the page it was made from."""

    pdf: bytes
    pages: int
    html: str


def make_pdf(
    document: Mapping[str, Any],
    report_format: ReportFormat,
    settings: Mapping[str, Any],
    fonts: Mapping[str, bytes],
    limits: Limits | None = None,
) -> Rendered:
    """Render a document. The same document, format and fonts give the same bytes.

    ``fonts`` maps file names such as ``source-sans-3-400.woff2`` to their bytes; the number is the weight.

    Raises:
        RenderProblem: the template failed, asked for an address, or went past a limit; the text names the
            format and, for a template, the line.
    """
    allowed = limits or Limits()

    def work() -> Mapping[str, bytes]:
        try:
            typeset = FontConfiguration()
            html = to_html(document, report_format, settings, partial(drawable, fonts=typeset))
            pdf, pages = write_pdf(html, report_format.stylesheet, document, fonts, typeset, allowed.pages)
        except (RenderProblem, FatalURLFetchingError) as problem:
            raise Stopped(str(problem)) from problem
        return {"pdf": pdf, "html": html.encode(), "pages": str(pages).encode()}

    try:
        found = confined(work, allowed)
    except Stopped as stopped:
        where = ", " if str(stopped).startswith("line ") else ": "
        raise RenderProblem(f"{report_format.key}{where}{stopped}") from stopped
    return Rendered(pdf=found["pdf"], pages=int(found["pages"]), html=found["html"].decode())


def write_pdf(
    html: str,
    stylesheet: str,
    document: Mapping[str, Any],
    fonts: Mapping[str, bytes],
    typeset: FontConfiguration,
    most_pages: int,
) -> tuple[bytes, int]:
    """Lay out a page and write the archival, accessible file with its data attached, and its number of pages.

    ``evidence.json`` is the very text whose SHA-256 is the document's fingerprint; ``evidence.csv`` holds the
    same numbers as a table.

    Raises:
        RenderProblem: it has more pages than ``most_pages``.
        FatalURLFetchingError: it asks for an address that is not in memory.
    """
    fetcher = NothingElse(fonts)
    sheets = [
        weasyprint.CSS(string=faces(fonts), url_fetcher=fetcher, font_config=typeset),
        weasyprint.CSS(string=stylesheet, url_fetcher=fetcher, font_config=typeset),
    ]
    page = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="asset:")
    laid_out = page.render(stylesheets=sheets, font_config=typeset, pdf_variant="pdf/a-3a", pdf_tags=True)
    if len(laid_out.pages) > most_pages:
        raise RenderProblem(f"it has more than {most_pages} pages")
    cut = datetime.fromisoformat(document["cut_at"]).astimezone(UTC)
    laid_out.metadata.attachments = [
        weasyprint.Attachment(
            string=content, name=name, description=words, relationship="Data", created=cut, modified=cut
        )
        for name, words, content in (
            ("evidence.json", "The evidence document: every figure with its definition", unsigned(document)),
            ("evidence.csv", "The same figures as a table", as_csv(document)),
        )
    ]
    raw = laid_out.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=document["run"].encode())
    return _say_accessible(raw), len(laid_out.pages)


def _say_accessible(raw: bytes) -> bytes:
    """Put the PDF/UA identification into the same description that names PDF/A.

    A second one would be ignored by validators, and the renderer writes one variant only.
    """
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        xmp = bytes(pdf.Root.Metadata.read_bytes())
        schema = _EXTENSION.encode()
        at = xmp.index(b"</rdf:RDF>")
        pdf.Root.Metadata = pdf.make_stream(
            xmp[:at] + schema + xmp[at:], Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        finished = io.BytesIO()
        pdf.save(finished, deterministic_id=True, linearize=False)
    return finished.getvalue()


_EXTENSION = f"""<rdf:Description rdf:about="" xmlns:pdfuaid="{_PART}">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{_PART}</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the document conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
