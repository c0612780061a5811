"""The pages of actions: plan one, see what is under way, say that it is done."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import colleagues, named
from throughline.accounts.permissions import Permission
from throughline.actions import changing, changing_pages, measuring, policy, queries, service, words
from throughline.actions.forms import (
    address_uuid,
    blueprint,
    clean,
    day,
    place_choices,
    typed_unit,
    typed_uuid,
)
from throughline.actions.schemas import Plan
from throughline.kernel.addresses import with_query
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid
from throughline.learning import queries as learning

__all__ = ["blueprint", "changing_pages", "measuring"]

VIEWS = (("open", "Open"), ("overdue", "Overdue"), ("done", "Done"), ("", "All"))


@blueprint.get("")
@requires(Permission.REPORT)
def index() -> str:
    """List actions, narrowed by the address."""
    scope, tree = current_scope(), current_tree()
    wanted, unit_key, active = _wanted()
    page = queries.listed(scope, wanted, address_uuid(request.args.get("before", "")))
    counts = queries.counts(scope, wanted)
    return render_template(
        "actions/list.html",
        page=page,
        wanted=wanted,
        unit_key=unit_key,
        active=active,
        views=[(label, _with(state=key), key == wanted.state, counts.get(key)) for key, label in VIEWS],
        overdue=queries.overdue_by_strength(scope) if scope.actor.may(Permission.OVERSEE) else {},
        to_judge=queries.measure_counts(scope)["due"],
        people=named(scope, [action.owner_id for action in page.rows]),
        units=tree.units,
        unit_choices=[(unit.key, unit.name) for unit in tree.units.values()],
        strength_choices=[(key, label) for key, (label, _) in words.STRENGTHS.items()],
        words=words,
        today=scope.today(),
    )


def _wanted() -> tuple[queries.Filter, str, list[dict[str, str]]]:
    """Read the filters from the address; one that makes no sense is left out, as if it were not there."""
    tree, args, active = current_tree(), request.args, []
    state = args.get("state", "open")
    strength = args.get("strength", "") if args.get("strength") in words.STRENGTHS else ""
    unit = next((unit for unit in tree.units.values() if unit.key == args.get("unit")), None)
    mine = args.get("mine") == "yes"
    if strength:
        active.append({"label": words.STRENGTHS[strength][0], "remove": _with(strength=None)})
    if unit:
        active.append({"label": unit.name, "remove": _with(unit=None)})
    if mine:
        active.append({"label": "Mine", "remove": _with(mine=None)})
    wanted = queries.Filter(
        state=state if state in queries.STATES else "",
        strength=strength,
        unit_ids=tuple(tree.subtree(unit.id)) if unit else (),
        mine=mine,
    )
    return wanted, unit.key if unit else "", active


def _with(**changes: str | None) -> str:
    kept: dict[str, Any] = {**request.args.to_dict(), **changes, "before": None}
    return with_query(url_for("actions.index"), kept)


@blueprint.get("/new")
@requires(Permission.ACT)
def new_page() -> str:
    """Ask what is to change."""
    return _new_form(request.args.getlist("learning"), {}, {})


@blueprint.post("/new")
@requires(Permission.ACT)
def new() -> str | tuple[str, int] | Response:
    """Plan an action."""
    scope, form, chosen = current_scope(), clean(), request.form.getlist("learning")
    served = [found for found in map(address_uuid, chosen) if found]
    wanted = Plan(
        title=form.get("title", ""),
        description=form.get("description", ""),
        kind=form.get("kind", ""),
        strength=form.get("strength", ""),
        unit_id=typed_unit(form.get("unit", "")),
        owner_id=typed_uuid(form.get("owner", "")),
        due_on=day(form.get("due_on", "")),
        key=typed_uuid(form.get("key", "")) or uuid7(),
    )
    try:
        action = service.plan(scope, wanted, served)
    except Invalid as error:
        return _new_form(chosen, form, error.errors), 422
    flash("The action is planned and its owner told. Now say how we shall know.", "success")
    if queries.only_weaker(scope, served):
        flash(
            "So far this learning has only weaker actions. Is there one that changes the place or the work?"
        )
    return redirect(url_for("actions.show", action_id=action.id))


def _new_form(chosen: list[str], typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    served = [learning.find(scope, learning_id) for learning_id in map(address_uuid, chosen) if learning_id]
    owners = colleagues(scope, policy.OWNING)
    return render_template(
        "actions/new.html",
        key=typed.get("key") or uuid7(),
        served=served,
        typed=typed,
        errors=errors,
        kinds=list(words.KINDS.items()),
        strengths=[
            {"key": key, "label": label, "hint": hint} for key, (label, hint) in words.STRENGTHS.items()
        ],
        units=place_choices(),
        owners=[(str(user.id), f"{user.name}, {user.job_title}") for user in owners],
        whole=policy.may_act(scope, None),
    )


@blueprint.get("/<uuid:action_id>")
@requires(Permission.REPORT)
def show(action_id: UUID) -> str:
    """Show an action, what it serves and how it is judged."""
    return _page(action_id, {}, {})


def _page(action_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    action = queries.find(scope, action_id)
    changes = changing.history(scope, action)
    owners = [typed_uuid(values["owner"]) for change in changes for values in (change.before, change.after)]
    return render_template(
        "actions/show.html",
        action=action,
        changes=[(found, day(found.before["due_on"]), day(found.after["due_on"])) for found in changes],
        owner_names={str(user_id): user.name for user_id, user in named(scope, owners).items()},
        may_replan=action.completed_on is None and policy.may_act(scope, action.unit_id),
        learnings=queries.learnings_of(scope, action.id),
        measures=queries.measures_of(scope, action.id),
        people=named(scope, [action.owner_id, action.completed_by, action.created_by]),
        units=current_tree().units,
        words=words,
        today=scope.today(),
        may_complete=action.completed_on is None and policy.may_complete(scope, action),
        may_measure=policy.may_act(scope, action.unit_id),
        typed=typed,
        errors=errors,
    )


@blueprint.post("/<uuid:action_id>/complete")
@requires(Permission.REPORT)
def complete(action_id: UUID) -> str | tuple[str, int] | Response:
    """Say that an action is done."""
    form = clean()
    try:
        service.complete(current_scope(), action_id, form.get("note", ""))
    except Invalid as error:
        return _page(action_id, form, error.errors), 422
    except Conflict:
        flash("It was done already. What you wrote was not added.")
    else:
        flash("Done. Its measure will say whether it helped.", "success")
    return redirect(url_for("actions.show", action_id=action_id))
