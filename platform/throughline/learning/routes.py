"""The pages of learning: what there is, what is to be read, and writing it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.learning import queries, reaching, service
from throughline.learning.models import Learning
from throughline.reviews import queries as reviews

blueprint = Blueprint("learning", __name__, url_prefix="/t/<tenant>/learning", template_folder="templates")
VIEWS = (("", "All"), ("shared", "Approved"), ("draft", "Drafts"))
YEAR = timedelta(days=365)
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
        far_enough=reaching.measures(scope, scope.now() - YEAR) if _reads_measures() else None,
    )


def _reads_measures() -> bool:
    """Say whether the measures of the whole tenant are for the actor: those who read everywhere in it."""
    return current_scope().actor.units_for(Permission.READ) is None


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
    form, chosen = clean(), request.form.getlist("review")
    sources = [found for found in map(_uuid, chosen) if found]
    try:
        learning = service.write(current_scope(), _words(form), sources, typed_uuid(form.get("key", "")))
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
    scope, form = current_scope(), clean()
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


def _words(form: Mapping[str, str]) -> service.Words:
    return service.Words(*(form.get(name, "") for name in service.PARTS))


def clean() -> Mapping[str, str]:
    """Return what was typed, without the character that no text may hold."""
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong


def typed_uuid(text: str) -> UUID | None:
    """Return an id that was sent in a form; None when it is not even one."""
    try:
        return UUID(text)
    except ValueError:
        return None
