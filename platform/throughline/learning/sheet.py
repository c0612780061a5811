"""The briefing sheet: a learning on one page of A4.

With the code on it those who have no account can say that it reached them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import segno
import weasyprint
from jinja2 import Environment, PackageLoader, StrictUndefined
from weasyprint.text.fonts import FontConfiguration

from throughline.typeset import NothingElse, faces, fonts

SIZES = (15, 13.5, 12, 10.5, 9.5, 8.5)  # points; below the last, a sheet on a wall cannot be read
_QR_ERROR = "m"  # 15 % may be torn or smudged (ISO/IEC 18004, level M)


class TooLong(Exception):
    """The text does not fit on one page in a size that can be read."""


@dataclass(frozen=True)
class SheetText:
    """What stands on a sheet. ``address`` is what its QR leads to; ``by_hand`` the same to be typed."""

    provider: str
    unit: str
    kind: str
    title: str
    parts: tuple[tuple[str, str], ...]
    shared_on: date
    answer_by: date | None
    address: str
    by_hand: str
    code: str


def make_sheet(text: SheetText) -> bytes:
    """Return the sheet as a PDF of one page, in the largest of ``SIZES`` in which it fits.

    Raises:
        TooLong: it does not fit in any.
    """
    typeset, fetcher = FontConfiguration(), NothingElse(fonts())
    template = _environment().get_template("learning/sheet_paper.html")
    qr = segno.make(text.address, error=_QR_ERROR, micro=False).svg_data_uri(scale=4, border=0)
    face = weasyprint.CSS(string=faces(fonts()), url_fetcher=fetcher, font_config=typeset)
    for size in SIZES:
        html = template.render(sheet=text, qr=qr, size=size)
        page = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url="asset:")
        laid_out = page.render(stylesheets=[face], font_config=typeset, pdf_variant="pdf/ua-1")
        if len(laid_out.pages) == 1:
            made: bytes = laid_out.write_pdf(pdf_variant="pdf/ua-1")
            return made
    raise TooLong


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = PackageLoader("throughline.learning")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    found.filters["day"] = lambda day: f"{day.day} {day:%B %Y}"
    return found


def grouped(code: str) -> str:
    """Return a code as people type it: two groups of five."""
    return f"{code[:5]}-{code[5:]}"


def parts_of(words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the parts of a learning under their headings."""
    return (
        ("What we found", words["what_we_found"]),
        ("What changes", words["what_changes"]),
        ("Why", words["why"]),
    )
