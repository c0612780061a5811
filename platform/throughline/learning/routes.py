"""The pages of learning: write it, share it, read it, answer for a unit."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.learning import queries, service
from throughline.learning.readability import AIM, readability
from throughline.reviews import queries as reviews

blueprint = Blueprint("learning", __name__, url_prefix="/t/<tenant>/learning", template_folder="templates")


@blueprint.get("")
@requires(Permission.REPORT)
def index() -> str:
    """List what was learned, with how far it went."""
    page = queries.listed(current_scope(), _uuid(request.args.get("before", "")))
    reach = queries.reach(current_scope(), [learning.id for learning in page.rows])
    return render_template("learning/list.html", page=page, reach=reach)


@blueprint.get("/new")
@requires(Permission.SHARE)
def new_page() -> str:
    """Ask what a review taught."""
    return _new_form(request.args.getlist("review"), {}, {})


@blueprint.post("/new")
@requires(Permission.SHARE)
def new() -> str | tuple[str, int] | Response:
    """Keep what a review taught."""
    form = {name: value.replace("\x00", "") for name, value in request.form.items()}
    chosen = request.form.getlist("review")
    words = service.Words(*(form.get(name, "") for name in ("title", "what_we_found", "what_changes", "why")))
    try:
        learning = service.write(current_scope(), words, [found for found in map(_uuid, chosen) if found])
    except Invalid as error:
        return _new_form(chosen, form, error.errors), 422
    flash("It is written. Now choose the units it is for.", "success")
    return redirect(url_for("learning.show", learning_id=learning.id))


def _new_form(chosen: list[str], typed: Any, errors: dict[str, Any]) -> str:
    found = [reviews.find(current_scope(), review_id) for review_id in map(_uuid, chosen) if review_id]
    factors = [factor for review in found for factor in reviews.factors(current_scope(), review.id)]
    return render_template("learning/new.html", reviews=found, factors=factors, typed=typed, errors=errors)


@blueprint.get("/<uuid:learning_id>")
@requires(Permission.REPORT)
def show(learning_id: UUID) -> str:
    """Show a learning as a briefing, with who has answered."""
    return _page(learning_id, {})


def _page(learning_id: UUID, errors: dict[str, Any]) -> str:
    scope, tree = current_scope(), current_tree()
    learning = queries.find(scope, learning_id)
    shares = queries.shares(scope, learning.id)
    shared = {share.unit_id for share in shares}
    sources = queries.reviews_of(scope, learning.id) if scope.actor.may(Permission.READ) else []
    return render_template(
        "learning/show.html",
        learning=learning,
        shares=shares,
        units=tree.units,
        unshared=[unit for unit in tree.services() if unit.id not in shared and unit.closed_on is None],
        people=named(scope, [learning.approved_by, *(share.acknowledged_by for share in shares)]),
        sources=sources,
        easy=readability(f"{learning.what_we_found} {learning.what_changes} {learning.why}"),
        aim=AIM,
        mine={share.unit_id for share in shares if scope.actor.may(Permission.ACKNOWLEDGE, share.unit_id)},
        errors=errors,
    )


@blueprint.post("/<uuid:learning_id>/share")
@requires(Permission.SHARE)
def share(learning_id: UUID) -> str | tuple[str, int] | Response:
    """Share a learning with units."""
    wanted = [found for found in map(_uuid, request.form.getlist("units")) if found]
    try:
        count = service.share(current_scope(), learning_id, wanted)
    except Invalid as error:
        return _page(learning_id, error.errors), 422
    flash(f"Shared with {count} more unit{'' if count == 1 else 's'}.", "success")
    return redirect(url_for("learning.show", learning_id=learning_id))


@blueprint.post("/<uuid:learning_id>/acknowledge/<uuid:unit_id>")
@requires(Permission.ACKNOWLEDGE)
def acknowledge(learning_id: UUID, unit_id: UUID) -> Response:
    """Answer for a unit."""
    try:
        service.acknowledge(current_scope(), learning_id, unit_id)
    except Conflict:
        flash("It was acknowledged already.")
    else:
        flash("Acknowledged. Thank you for sharing it with your team.", "success")
    return redirect(url_for("learning.show", learning_id=learning_id))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong
