"""The page of a learning: share it, answer for a unit, print its sheet, and say that it reached one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.learning import asking, attending, queries, reaching, sharing
from throughline.learning.identifying import in_learning
from throughline.learning.models import Learning, Share
from throughline.learning.policy import shareable
from throughline.learning.readability import AIM, readability
from throughline.learning.routes import blueprint, clean, typed_uuid
from throughline.learning.service import words_of
from throughline.learning.sheet import SheetText, TooLong, grouped, make_sheet, parts_of
from throughline.learning.words import ANSWERS, KINDS, STAFF, WAYS
from throughline.tenancy.models import Unit

__all__ = ["blueprint"]

_NO_UNIT = UUID(int=0)  # what was sent is not even an id; the service then says what would be right


@blueprint.get("/<uuid:learning_id>")
@requires(Permission.REPORT)
def show(learning_id: UUID) -> str:
    """Show a learning as a briefing, with who has answered."""
    return _page(learning_id, {})


def _page(learning_id: UUID, errors: Mapping[str, Any]) -> str:
    scope, tree = current_scope(), current_tree()
    learning = queries.find(scope, learning_id)
    shares = queries.shares(scope, learning.id)
    shared = {share.unit_id for share in shares}
    unshared = [unit for unit in shareable(scope, tree) if unit.id not in shared]
    asked = asking.suggested(scope, learning.id) if unshared else {}
    draft = learning.approved_at is None
    return render_template(
        "learning/show.html",
        learning=learning,
        shares=shares,
        reach=queries.reach(scope, [learning.id])[learning.id],
        units=tree.units,
        unshared=unshared,
        groups=reaching.groups(unshared),
        asked=asked,
        chosen=_chosen(unshared, asked),
        typed=_typed(),
        people=named(scope, [learning.approved_by, *(share.acknowledged_by for share in shares)]),
        sources=queries.reviews_of(scope, learning.id),
        easy=readability("\n".join((learning.what_we_found, learning.what_changes, learning.why))),
        aim=AIM,
        found=in_learning(scope, learning) if draft and scope.actor.may(Permission.SHARE) else [],
        mine={share.unit_id for share in shares if scope.actor.may(Permission.ACKNOWLEDGE, share.unit_id)},
        reached=attending.counts(scope, [share.id for share in shares]),
        to_sign=_to_sign(shares),
        kinds=KINDS,
        answers=ANSWERS,
        errors=errors,
    )


def _chosen(unshared: Sequence[Unit], asked: Mapping[UUID, Any]) -> list[str]:
    """Return the units that are ticked: as sent, else the group that was picked, else as rules ask."""
    if request.method == "POST":
        return request.form.getlist("units")
    picked = request.args.get("group", "")
    if picked:
        return [str(unit.id) for unit in reaching.of_group(unshared, picked)]
    return [str(unit.id) for unit in unshared if unit.id in asked]


def _typed() -> Mapping[str, str]:
    day = current_scope().today() + timedelta(days=sharing.ANSWER_DAYS)
    first = {"kind": "team_briefing", "answer_by": day.isoformat(), "checked": ""}
    return {**first, **(clean() if request.method == "POST" else {})}


def _to_sign(shares: Sequence[Share]) -> list[Share]:
    """Return the shares with units the actor works in, of which they have not said that it reached them."""
    scope = current_scope()
    units = scope.actor.units_for(Permission.REPORT)
    if units is None:  # works everywhere, so nowhere in particular
        return []
    here = [share for share in shares if share.unit_id in units]
    said = attending.mine(scope, [share.id for share in here])
    return [share for share in here if share.id not in said]


@blueprint.post("/<uuid:learning_id>/share")
@requires(Permission.SHARE)
def share(learning_id: UUID) -> str | tuple[str, int] | Response:
    """Approve a learning, if it is not yet, and share it with units."""
    typed = [typed_uuid(text) for text in request.form.getlist("units")]
    form = clean()
    try:
        terms = sharing.Terms(
            form.get("kind", "team_briefing"), _day(form.get("answer_by", "")), form.get("checked", "")
        )
        count = sharing.share(current_scope(), learning_id, [found or _NO_UNIT for found in typed], terms)
    except Invalid as error:
        return _page(learning_id, error.errors), 422
    if count:
        flash(f"Shared with {count} more unit{'' if count == 1 else 's'}.", "success")
    else:
        flash("It was shared with them already.")
    return redirect(url_for("learning.show", learning_id=learning_id))


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise Invalid({"answer_by": ["Enter a day such as 2026-12-31"]}) from wrong


@blueprint.get("/<uuid:learning_id>/acknowledge/<uuid:unit_id>")
@requires(Permission.ACKNOWLEDGE)
def answer_page(learning_id: UUID, unit_id: UUID) -> str:
    """Ask what a learning means for a unit, and show whom it has reached there."""
    return _answer_page(learning_id, unit_id, {}, {})


@blueprint.post("/<uuid:learning_id>/acknowledge/<uuid:unit_id>")
@requires(Permission.ACKNOWLEDGE)
def acknowledge(learning_id: UUID, unit_id: UUID) -> str | tuple[str, int] | Response:
    """Answer for a unit."""
    form = clean()
    try:
        sharing.acknowledge(
            current_scope(), learning_id, unit_id, form.get("answer", ""), form.get("words", "")
        )
    except Invalid as error:
        return _answer_page(learning_id, unit_id, form, error.errors), 422
    except Conflict:
        flash("It was acknowledged already.")
    else:
        flash("Acknowledged. Thank you for sharing it with your team.", "success")
    return redirect(url_for("learning.show", learning_id=learning_id))


def _answer_page(
    learning_id: UUID, unit_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]
) -> str:
    scope = current_scope()
    learning, found = _shared(learning_id, unit_id)
    return render_template(
        "learning/answer.html",
        learning=learning,
        share=found,
        unit=current_tree().units[unit_id],
        attended=attending.of_share(scope, found),
        people=named(scope, [found.acknowledged_by]),
        kinds=KINDS,
        answers=ANSWERS,
        staff=STAFF,
        ways=WAYS,
        typed=typed,
        errors=errors,
        longest=sharing.LONGEST_WORDS,
    )


def _shared(learning_id: UUID, unit_id: UUID) -> tuple[Learning, Share]:
    """Return a learning and its share with a unit that the actor answers for.

    Raises:
        NotFound: it was not shared with that unit.
        Forbidden: the actor does not answer for the unit.
    """
    scope = current_scope()
    learning = queries.find(scope, learning_id)
    found = next((one for one in queries.shares(scope, learning_id) if one.unit_id == unit_id), None)
    if found is None:
        raise NotFound("not shared with this unit")
    if not scope.actor.may(Permission.ACKNOWLEDGE, unit_id):
        raise Forbidden("does not answer for this unit")
    return learning, found


@blueprint.get("/<uuid:learning_id>/sheet/<uuid:unit_id>.pdf")
@requires(Permission.ACKNOWLEDGE)
def sheet(learning_id: UUID, unit_id: UUID) -> Response:
    """Give the briefing sheet of a unit, one page to print."""
    scope = current_scope()
    learning, found = _shared(learning_id, unit_id)
    unit = current_tree().units[unit_id]
    public = current_app.extensions["throughline"].scopes.public_url
    address = f"{public}/b/{scope.tenant.slug}"
    text = SheetText(
        provider=scope.tenant.name,
        unit=unit.name,
        kind=KINDS[found.kind],
        title=learning.title,
        parts=parts_of(vars(words_of(learning))),
        shared_on=scope.local(found.shared_at).date(),
        answer_by=found.answer_by,
        address=f"{address}/{found.code}",
        by_hand=address.removeprefix("https://").removeprefix("http://"),
        code=grouped(found.code),
    )
    try:
        made = make_sheet(text)
    except TooLong:
        flash("It is too long for one page that can be read on a wall. Print the briefing instead.")
        return redirect(url_for("learning.show", learning_id=learning_id))
    response = make_response(made)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="briefing-{unit.key}.pdf"'
    return response


@blueprint.post("/<uuid:learning_id>/reached/<uuid:unit_id>")
@requires(Permission.REPORT)
def reached(learning_id: UUID, unit_id: UUID) -> Response:
    """Say that a briefing reached the person who is signed in."""
    if attending.sign_in_person(current_scope(), learning_id, unit_id, clean().get("way", "read")):
        flash("Thank you. It is noted that it reached you.", "success")
    else:
        flash("It was noted already.")
    return redirect(url_for("learning.show", learning_id=learning_id))
