"""The commissioner's side: only what was published to them."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, render_template

from throughline.accounts.guard import current_commissioner
from throughline.evidence import queries, service
from throughline.evidence.routes import pdf

blueprint = Blueprint("portal", __name__, url_prefix="/c/<commissioner>", template_folder="templates")


@blueprint.get("/")
def home() -> str:
    """Show what was received, and the providers side by side on the shared figures."""
    found = queries.publications(current_commissioner())
    newest = {row.provider_id: row for row in reversed(found)}
    return render_template("evidence/portal_home.html", publications=found, newest=list(newest.values()))


@blueprint.get("/evidence")
def received() -> str:
    """List everything received."""
    return render_template(
        "evidence/portal_list.html", publications=queries.publications(current_commissioner())
    )


@blueprint.get("/evidence/<uuid:publication_id>")
def show(publication_id: UUID) -> str:
    """Show one publication: its figures, who signed it, and who here has read it."""
    scope = current_commissioner()
    found = queries.find_publication(scope, publication_id)
    service.note_reading(scope, found, "opened")
    scope.session.flush()
    return render_template(
        "evidence/portal_show.html",
        publication=found,
        document=found.document,
        cut_at=datetime.fromisoformat(found.document["cut_at"]),
        receipts=queries.receipts(scope, found.id),
    )


@blueprint.get("/evidence/<uuid:publication_id>/report.pdf")
def report(publication_id: UUID) -> Response:
    """Return the published document, as it was signed off."""
    scope = current_commissioner()
    found = queries.find_publication(scope, publication_id)
    service.note_reading(scope, found, "downloaded")
    data = scope.store.get(service.shared_prefix(scope.commissioner.id), found.sha256)
    return pdf(data, f"evidence-{found.period_start}.pdf")
