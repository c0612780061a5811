"""The inbox."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, for_everybody
from throughline.kernel.errors import NotFound
from throughline.notifications import queries, service

blueprint = Blueprint("notifications", __name__, url_prefix="/t/<tenant>/inbox", template_folder="templates")


@blueprint.get("")
@for_everybody
def inbox() -> str:
    """Show what is new for this person, newest first."""
    rows = queries.inbox(current_scope(), _cursor())
    older = rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None
    return render_template("notifications/inbox.html", rows=rows[: queries.PAGE], older=older)


@blueprint.post("/<uuid:notification_id>")
@for_everybody
def open_one(notification_id: UUID) -> Response:
    """Mark one line as read and go to what it is about."""
    return redirect(service.mark_read(current_scope(), notification_id).link)


@blueprint.post("/read")
@for_everybody
def read_all() -> Response:
    """Mark the whole inbox as read."""
    service.mark_all_read(current_scope())
    return redirect(url_for("notifications.inbox"))


def _cursor() -> UUID | None:
    text = request.args.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such page") from wrong
