"""The pages of learning: write it, share it, read it, answer for a unit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.learning import asking, queries, service
from throughline.learning.models import Learning
from throughline.learning.policy import shareable
from throughline.learning.readability import AIM, readability
from throughline.reviews import queries as reviews

blueprint = Blueprint("learning", __name__, url_prefix="/t/<tenant>/learning", template_folder="templates")
_NO_UNIT = UUID(int=0)  # what was sent is not even an id; the service then says what would be right
VIEWS = (("", "All"), ("shared", "Approved"), ("draft", "Drafts"))
LONGEST_VERSION = 10  # digits


@blueprint.get("")
@requires(Permission.REPORT)
def index() -> str:
    """List what was learned, with how far it went."""
    scope = current_scope()
    state = request.args.get("state", "")
    state = state if state in queries.STATES else ""
    page = queries.listed(scope, state, _uuid(request.args.get("before", "")))
    return render_template(
        "learning/list.html",
        page=page,
        reach=queries.reach(scope, [learning.id for learning in page.rows]),
        views=_views(state),
    )


def _views(state: str | None) -> list[tuple[str, str, bool, int | None]]:
    """Return the tabs: a reader has all and their briefings, a writer the drafts as well."""
    writes = current_scope().actor.may(Permission.SHARE)
    counts = queries.counts(current_scope()) if writes else {}
    shown = VIEWS if writes else VIEWS[:1]
    briefings = ("Briefings to read", url_for("learning.briefings"), state is None, None)
    return [
        *(
            (label, url_for("learning.index", state=key or None), state == key, counts.get(key))
            for key, label in shown
        ),
        briefings,
    ]


@blueprint.get("/briefings")
@requires(Permission.REPORT)
def briefings() -> str:
    """List what was shared with the units this person works in, to read."""
    scope = current_scope()
    waiting = request.args.get("show") != "all"
    page = queries.briefings(scope, waiting, _uuid(request.args.get("before", "")))
    return render_template(
        "learning/briefings.html",
        page=page,
        waiting=waiting,
        units=current_tree().units,
        people=named(scope, [share.acknowledged_by for share, _ in page.rows]),
        views=_views(None),
    )


@blueprint.get("/new")
@requires(Permission.SHARE)
def new_page() -> str:
    """Ask what a review taught."""
    return _new_form(request.args.getlist("review"), {}, {})


@blueprint.post("/new")
@requires(Permission.SHARE)
def new() -> str | tuple[str, int] | Response:
    """Keep what a review taught."""
    form, chosen = _clean(), request.form.getlist("review")
    sources = [found for found in map(_uuid, chosen) if found]
    try:
        learning = service.write(current_scope(), _words(form), sources, _typed_uuid(form.get("key", "")))
    except Invalid as error:
        return _new_form(chosen, form, error.errors), 422
    flash("It is written. Now choose the units it is for.", "success")
    return redirect(url_for("learning.show", learning_id=learning.id))


def _new_form(chosen: list[str], typed: Mapping[str, str], errors: dict[str, Any]) -> str:
    found = [reviews.find(current_scope(), review_id) for review_id in map(_uuid, chosen) if review_id]
    return render_template(
        "learning/write.html",
        action=url_for("learning.new"),
        key=typed.get("key") or uuid7(),
        reviews=found,
        factors=_factors(found),
        typed=typed,
        errors=errors,
        longest=service.LONGEST,
        learning=None,
        theirs=None,
    )


def _factors(found: list[Any]) -> list[Any]:
    return [factor for review in found for factor in reviews.factors(current_scope(), review.id)]


@blueprint.get("/<uuid:learning_id>/edit")
@requires(Permission.SHARE)
def edit_page(learning_id: UUID) -> str | Response:
    """Show the text of a draft to change."""
    learning = queries.find(current_scope(), learning_id)
    if learning.approved_at is not None:
        flash("It is approved, so it does not change any more.")
        return redirect(url_for("learning.show", learning_id=learning_id))
    return _edit_form(learning, vars(service.words_of(learning)), {})


@blueprint.post("/<uuid:learning_id>/edit")
@requires(Permission.SHARE)
def edit(learning_id: UUID) -> str | tuple[str, int] | Response:
    """Keep the changed text; if somebody else changed it meanwhile, show both."""
    scope, form = current_scope(), _clean()
    typed = form.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) <= LONGEST_VERSION else -1
    try:
        service.rewrite(scope, learning_id, _words(form), version)
    except Invalid as error:
        # As it was read: with a newer one, what somebody else wrote meanwhile would be overwritten unseen.
        return _edit_form(queries.find(scope, learning_id), form, error.errors, version=version), 422
    except service.Overtaken as both:
        return _edit_form(queries.find(scope, learning_id), form, {}, both.theirs), 409
    except Conflict:
        return _edit_form(queries.find(scope, learning_id), form, {}, closed=True), 409
    flash("Saved.", "success")
    return redirect(url_for("learning.show", learning_id=learning_id))


def _edit_form(
    learning: Learning,
    typed: Mapping[str, str],
    errors: dict[str, Any],
    theirs: service.Words | None = None,
    closed: bool = False,
    version: int | None = None,
) -> str:
    found = queries.reviews_of(current_scope(), learning.id)
    return render_template(
        "learning/write.html",
        action=url_for("learning.edit", learning_id=learning.id),
        version=service.text_version(learning) if version is None else version,
        reviews=found,
        factors=_factors(list(found)),
        typed=typed,
        errors=errors,
        longest=service.LONGEST,
        learning=learning,
        theirs=theirs,
        closed=closed,
    )


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
    unshared = [unit for unit in shareable(scope, tree) if unit.id not in shared]
    asked = asking.suggested(scope, learning.id) if unshared else {}
    suggested = [str(unit.id) for unit in unshared if unit.id in asked]
    return render_template(
        "learning/show.html",
        learning=learning,
        shares=shares,
        reach=queries.reach(scope, [learning.id])[learning.id],
        units=tree.units,
        unshared=unshared,
        asked=asked,
        chosen=request.form.getlist("units") if request.method == "POST" else suggested,
        people=named(scope, [learning.approved_by, *(share.acknowledged_by for share in shares)]),
        sources=queries.reviews_of(scope, learning.id),
        easy=readability("\n".join((learning.what_we_found, learning.what_changes, learning.why))),
        aim=AIM,
        mine={share.unit_id for share in shares if scope.actor.may(Permission.ACKNOWLEDGE, share.unit_id)},
        errors=errors,
    )


@blueprint.post("/<uuid:learning_id>/share")
@requires(Permission.SHARE)
def share(learning_id: UUID) -> str | tuple[str, int] | Response:
    """Approve a learning, if it is not yet, and share it with units."""
    typed = [_typed_uuid(text) for text in request.form.getlist("units")]
    try:
        count = service.share(current_scope(), learning_id, [found or _NO_UNIT for found in typed])
    except Invalid as error:
        return _page(learning_id, error.errors), 422
    if count:
        flash(f"Shared with {count} more unit{'' if count == 1 else 's'}.", "success")
    else:
        flash("It was shared with them already.")
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


def _words(form: Mapping[str, str]) -> service.Words:
    return service.Words(*(form.get(name, "") for name in service.PARTS))


def _clean() -> Mapping[str, str]:
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong


def _typed_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
