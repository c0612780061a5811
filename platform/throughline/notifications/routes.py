"""The inbox, and how somebody wishes to be told."""

import re
from datetime import time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, for_everybody
from throughline.kernel.errors import Invalid, NotFound
from throughline.notifications import preferences, queries, service

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


@blueprint.get("/preferences")
@for_everybody
def preferences_page() -> str:
    """Show how this person is told."""
    wish = preferences.mine(current_scope())
    typed = {
        "how": "at_once" if wish.digest_at is None else "digest",
        "digest_at": _shown(wish.digest_at) or "08:00",
        "quiet_from": _shown(wish.quiet_from),
        "quiet_to": _shown(wish.quiet_to),
    }
    return _preferences(typed, {})


@blueprint.post("/preferences")
@for_everybody
def choose_preferences() -> Response | tuple[str, int]:
    """Keep how this person wishes to be told."""
    errors: dict[str, list[str]] = {}
    how = request.form.get("how", "")
    if how not in ("at_once", "digest"):
        errors["how"] = ["Choose how notices reach you"]
    digest_at = _time("digest_at", errors) if how == "digest" else None
    if how == "digest" and digest_at is None and "digest_at" not in errors:
        errors["digest_at"] = ["Write the time of your digest, such as 08:00"]
    start, end = _time("quiet_from", errors), _time("quiet_to", errors)
    try:
        if errors:
            raise Invalid(errors)
        preferences.choose(current_scope(), preferences.Wish(digest_at, start, end))
    except Invalid as error:
        return _preferences(request.form, error.errors), 422
    flash("Saved.", "success")
    return redirect(url_for("notifications.preferences_page"))


def _preferences(typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    waits = preferences.waiting(scope, scope.actor.id) if scope.actor.id else 0
    return render_template(
        "notifications/preferences.html",
        typed={name: value.replace("\x00", "") for name, value in typed.items()},
        errors=errors,
        waits=waits,
        zone=scope.tenant.timezone.key.split("/")[-1].replace("_", " "),
    )


def _shown(at: time | None) -> str:
    return f"{at:%H:%M}" if at is not None else ""


def _time(name: str, errors: dict[str, list[str]]) -> time | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", text):
        hour, _, minute = text.partition(":")
        return time(int(hour), int(minute))
    errors[name] = ["Write a time such as 08:00 or 21:30"]
    return None


def _cursor() -> UUID | None:
    text = request.args.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such page") from wrong
