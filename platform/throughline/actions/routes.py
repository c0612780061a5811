"""The pages of actions and measures."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import colleagues, named
from throughline.accounts.permissions import ROLES, Permission
from throughline.actions import queries, service, words
from throughline.incidents import taxonomy
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.learning import queries as learning

blueprint = Blueprint("actions", __name__, url_prefix="/t/<tenant>/actions", template_folder="templates")
VIEWS = (("open", "Open"), ("overdue", "Overdue"), ("done", "Done"), ("", "All"))


@blueprint.get("")
@requires(Permission.REPORT)
def index() -> str:
    """List actions."""
    scope = current_scope()
    state = request.args.get("state", "open")
    state = state if state in queries.STATES else ""
    page = queries.listed(scope, state, _uuid(request.args.get("before", "")))
    return render_template(
        "actions/list.html",
        page=page,
        views=[(label, url_for("actions.index", state=key), key == state) for key, label in VIEWS],
        people=named(scope, [action.owner_id for action in page.rows]),
        units=current_tree().units,
        words=words,
        today=scope.today(),
    )


@blueprint.get("/new")
@requires(Permission.ACT)
def new_page() -> str:
    """Ask what is to change."""
    return _new_form(request.args.getlist("learning"), {}, {})


@blueprint.post("/new")
@requires(Permission.ACT)
def new() -> str | tuple[str, int] | Response:
    """Plan an action."""
    form, chosen = _clean(), request.form.getlist("learning")
    wanted = service.Plan(
        title=form.get("title", ""),
        description=form.get("description", ""),
        kind=form.get("kind", ""),
        strength=form.get("strength", ""),
        unit_id=_unit(form.get("unit", "")),
        owner_id=_uuid(form.get("owner", "")),
        due_on=_day(form.get("due_on", "")),
    )
    try:
        action = service.plan(current_scope(), wanted, [found for found in map(_uuid, chosen) if found])
    except Invalid as error:
        return _new_form(chosen, form, error.errors), 422
    flash("The action is planned and its owner told. Now say how we shall know.", "success")
    return redirect(url_for("actions.show", action_id=action.id))


def _new_form(chosen: list[str], typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    served = [learning.find(scope, learning_id) for learning_id in map(_uuid, chosen) if learning_id]
    return render_template(
        "actions/new.html",
        served=served,
        typed=typed,
        errors=errors,
        kinds=list(words.KINDS.items()),
        strengths=[
            {"key": key, "label": label, "hint": hint} for key, (label, hint) in words.STRENGTHS.items()
        ],
        units=_unit_choices(),
        owners=[(str(user.id), f"{user.name}, {user.job_title}") for user in colleagues(scope, ROLES)],
    )


@blueprint.get("/<uuid:action_id>")
@requires(Permission.REPORT)
def show(action_id: UUID) -> str:
    """Show an action, what it serves and how it is judged."""
    return _page(action_id, {}, {})


def _page(action_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    action = queries.find(scope, action_id)
    mine = action.owner_id == scope.actor.id
    allowed = scope.actor.may(Permission.ACT, action.unit_id)
    return render_template(
        "actions/show.html",
        action=action,
        learnings=queries.learnings_of(scope, action.id),
        measures=queries.measures_of(scope, action.id),
        people=named(scope, [action.owner_id, action.completed_by]),
        units=current_tree().units,
        words=words,
        today=scope.today(),
        may_complete=action.completed_on is None and (mine or allowed),
        may_measure=allowed,
        typed=typed,
        errors=errors,
    )


@blueprint.post("/<uuid:action_id>/complete")
@requires(Permission.REPORT)
def complete(action_id: UUID) -> str | tuple[str, int] | Response:
    """Say that an action is done."""
    form = _clean()
    try:
        service.complete(current_scope(), action_id, form.get("note", ""))
    except Invalid as error:
        return _page(action_id, form, error.errors), 422
    except Conflict:
        flash("It was done already.")
    else:
        flash("Done. Its measure will say whether it helped.", "success")
    return redirect(url_for("actions.show", action_id=action_id))


@blueprint.get("/measures/new")
@requires(Permission.ACT)
def new_measure_page() -> str:
    """Ask how we shall know."""
    return _measure_form(request.args.getlist("action"), {}, {})


@blueprint.post("/measures/new")
@requires(Permission.ACT)
def new_measure() -> str | tuple[str, int] | Response:
    """Declare a measure."""
    form, chosen = _clean(), request.form.getlist("action")
    wanted = service.Declaration(
        title=form.get("title", ""),
        definition=form.get("definition", ""),
        category=form.get("category", ""),
        unit_id=_unit(form.get("unit", "")),
        direction=form.get("direction", ""),
        baseline_start=_day(form.get("baseline_start", "")),
        baseline_end=_day(form.get("baseline_end", "")),
        review_on=_day(form.get("review_on", "")),
    )
    try:
        measure = service.declare(current_scope(), wanted, [found for found in map(_uuid, chosen) if found])
    except Invalid as error:
        return _measure_form(chosen, form, error.errors), 422
    flash("The measure is declared.", "success")
    return redirect(url_for("actions.show_measure", measure_id=measure.id))


def _measure_form(chosen: list[str], typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    judged = [queries.find(scope, action_id) for action_id in map(_uuid, chosen) if action_id]
    return render_template(
        "actions/new_measure.html",
        judged=judged,
        typed=typed,
        errors=errors,
        units=_unit_choices(),
        categories=[(found.key, found.label) for found in taxonomy.CATEGORIES.values()],
        directions=list(words.DIRECTIONS.items()),
    )


@blueprint.get("/measures/<uuid:measure_id>")
@requires(Permission.REPORT)
def show_measure(measure_id: UUID) -> str:
    """Show a measure and its verdict, or ask for one."""
    return _measure_page(measure_id, {}, {})


def _measure_page(measure_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    measure = queries.find_measure(scope, measure_id)
    return render_template(
        "actions/measure.html",
        measure=measure,
        judged=queries.judged_by(scope, measure.id),
        people=named(scope, [measure.verdict_by]),
        units=current_tree().units,
        category=taxonomy.category_label(measure.category),
        words=words,
        due=measure.review_on <= scope.today(),
        may_judge=scope.actor.may(Permission.ACT, measure.unit_id),
        typed=typed,
        errors=errors,
    )


@blueprint.post("/measures/<uuid:measure_id>/verdict")
@requires(Permission.ACT)
def judge(measure_id: UUID) -> str | tuple[str, int] | Response:
    """Give a measure its verdict."""
    form = _clean()
    try:
        service.judge(current_scope(), measure_id, form.get("verdict", ""), form.get("reason", ""))
    except Invalid as error:
        return _measure_page(measure_id, form, error.errors), 422
    except Conflict:
        flash("It was judged already.")
    else:
        flash("The verdict is recorded. Whoever reported can see it.", "success")
    return redirect(url_for("actions.show_measure", measure_id=measure_id))


def _clean() -> Mapping[str, str]:
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def _unit_choices() -> list[tuple[str, str]]:
    return [(unit.key, unit.name) for unit in current_tree().units.values()]


def _unit(key: str) -> UUID | None:
    return current_tree().by_key(key).id if key else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
