"""Make one evidence PDF against bare WeasyPrint on the same page; memory over many."""

import resource
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import weasyprint
from benchmarks.stage import Stage
from weasyprint.text.fonts import FontConfiguration

from throughline.evidence.compile import compile_document
from throughline.evidence.pdf import make_pdf
from throughline.evidence.periods import last_complete_quarter
from throughline.incidents import service as incidents
from throughline.kernel.actor import SYSTEM
from throughline.tenancy.queries import tree
from throughline.typeset import NothingElse, faces, fonts

ROUNDS = 7
MANY = 50


def run(staged: Stage, _folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of (what, figure, aim)."""
    tenant = staged.scopes.find_tenant("calder")
    with staged.scopes.tenant(tenant, SYSTEM) as scope:
        units = tree(scope).services()
        for number in range(240):
            incidents.report(
                scope,
                incidents.Report(
                    submission_key=uuid4(),
                    unit_id=units[number % len(units)].id,
                    occurred_at=scope.now() - timedelta(days=3 * number + 1),
                    category=("fall", "medication", "violence", "self_harm")[number % 4],
                    what_happened="A benchmark's incident.",
                    physical_harm="low",
                    psychological_harm="none",
                ),
            )
        report_format = scope.catalogue.formats["icb_quality.quarterly"]
        period = last_complete_quarter(scope.today())
        names = ("west-moors", "West Moors")
        document = compile_document(scope, uuid4(), report_format, names, units, period, "Benchmark")
    page = make_pdf(document, report_format, {}, fonts()).html
    _bare(page, report_format.stylesheet)
    ours, bare = [], []
    for _ in range(ROUNDS):  # in turn, so that a busy minute on the machine weighs on both
        ours.append(_timed(lambda: make_pdf(document, report_format, {}, fonts())))
        bare.append(_timed(lambda: _bare(page, report_format.stylesheet)))
    ratio = statistics.median(mine / floor for mine, floor in zip(ours, bare, strict=True))
    before = _memory()
    for _ in range(MANY):
        make_pdf(document, report_format, {}, fonts())
    grown = _memory() - before
    return [
        ("floor: bare WeasyPrint on the same page", f"{statistics.median(bare):.2f} s", ""),
        (
            "evidence PDF (sandbox, archive, attachment, child process)",
            f"{statistics.median(ours):.2f} s",
            "",
        ),
        ("evidence PDF over its floor", f"{ratio:.2f}x", "within 1.15x"),
        (f"worker memory grown over {MANY}", f"{grown:.0f} MB", "flat"),
    ]


def _bare(page: str, stylesheet: str) -> None:
    fetcher, config = NothingElse(fonts()), FontConfiguration()
    sheets = [
        weasyprint.CSS(string=text, url_fetcher=fetcher, font_config=config)
        for text in (faces(fonts()), stylesheet)
    ]
    weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf(
        stylesheets=sheets, font_config=config, pdf_variant="pdf/a-3a", pdf_tags=True
    )


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
