"""The pages of the line through one review, learning, action or measure, and through a theme."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import NotFound
from throughline.line import threads
from throughline.line.breaches_page import blueprint
from throughline.sdk import THEMES

__all__ = ["blueprint"]

KIND_WORDS = {
    "incident": "Incidents",
    "review": "Reviews",
    "learning": "Learning",
    "action": "Actions",
    "measure": "Measures",
}
_WAYS = {
    "incident": ("line.by_id", "incident_id"),
    "review": ("reviews.show", "review_id"),
    "learning": ("learning.show", "learning_id"),
    "action": ("actions.show", "action_id"),
    "measure": ("actions.show_measure", "measure_id"),
}


@blueprint.get("/line/<any(review, learning, action, measure):kind>/<uuid:record_id>")
@requires(Permission.READ)
def thread(kind: str, record_id: UUID) -> str:
    """Show the line through one review, learning, action or measure, back and forth."""
    found = threads.through(current_scope(), kind, record_id)
    own = next(knot for knot in found.of(kind) if knot.id == record_id)
    return _thread_page(found, own.title, f"The line through this {kind}", record_id)


@blueprint.get("/line/theme/<theme>")
@requires(Permission.READ)
def thread_of_theme(theme: str) -> str:
    """Show the line through everything that reviews found of a theme."""
    if theme not in THEMES:
        raise NotFound("no such theme")
    found = threads.through_theme(current_scope(), theme)
    return _thread_page(found, THEMES[theme], "The line through this theme", None)


def _thread_page(found: threads.Thread, title: str, lead: str, own: UUID | None) -> str:
    knots = [knot for kind in threads.KINDS for knot in found.of(kind)]
    return render_template(
        "line/thread.html",
        title=title,
        lead=lead,
        thread=found,
        kinds=[(kind, KIND_WORDS[kind]) for kind in threads.KINDS],
        links=threads.LINKS,
        own=own,
        places={knot.id: place for place, knot in enumerate(knots, 1)},
        people=named(current_scope(), [knot.person_id for knot in knots]),
        units=current_tree().units,
        way=_way_of_knot,
        missing=_missing(found),
    )


def _missing(found: threads.Thread) -> dict[UUID, str]:
    """Return what is missing after a record, by its id: where the thread ends too early."""
    followed = {one for kind in threads.LINKS for knot in found.of(kind) for one in knot.after}
    words = {
        "review": "Nothing is written down that it taught.",
        "learning": "No action follows from it.",
        "action": "No measure says how we shall know.",
    }
    return {
        knot.id: words[kind]
        for kind in words
        for knot in found.of(kind)
        if knot.opens and knot.id not in followed and (kind != "review" or knot.done_at)
    }


def _way_of_knot(knot: threads.Knot) -> str:
    endpoint, parameter = _WAYS[knot.kind]
    values: dict[str, Any] = {parameter: str(knot.id)}
    return url_for(endpoint, **values) if knot.opens else ""
