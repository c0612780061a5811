"""The forms that change a plan or correct a verdict."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.people import colleagues, named
from throughline.accounts.permissions import Permission
from throughline.actions import changing, policy, queries, words
from throughline.actions.forms import blueprint, clean, day, typed_uuid
from throughline.actions.models import Action, Measure
from throughline.kernel.errors import Conflict, Forbidden, Invalid

__all__ = ["blueprint"]


@blueprint.get("/<uuid:action_id>/plan")
@requires(Permission.ACT)
def replan_page(action_id: UUID) -> str | Response:
    """Ask for another owner or another day."""
    action = queries.find(current_scope(), action_id)
    _must_act_for(action.unit_id)
    if action.completed_on is not None:
        flash("It is done, so its plan stays as it was.")
        return redirect(url_for("actions.show", action_id=action_id))
    return _replan_form(action, {}, {})


@blueprint.post("/<uuid:action_id>/plan")
@requires(Permission.ACT)
def replan(action_id: UUID) -> str | tuple[str, int] | Response:
    """Change who owns an action, or when it is due."""
    scope, form = current_scope(), clean()
    seen = typed_uuid(form.get("seen_owner", "")), day(form.get("seen_due_on", ""))
    owner, due = typed_uuid(form.get("owner", "")), day(form.get("due_on", ""))
    try:
        changing.replan(scope, action_id, owner, due, form.get("reason", ""), seen)
    except Invalid as error:
        return _replan_form(queries.find(scope, action_id), form, error.errors), 422
    except Conflict:
        action = queries.find(scope, action_id)
        if action.completed_on is not None:
            flash("It was done meanwhile, so its plan stays as it was.")
            return redirect(url_for("actions.show", action_id=action_id))
        error_words = {
            "due_on": ["Somebody changed it meanwhile. Look at the plan as it is now, and send again"]
        }
        return _replan_form(action, form, error_words), 409
    flash("The plan is changed, and whom it concerns is told.", "success")
    return redirect(url_for("actions.show", action_id=action_id))


def _replan_form(action: Action, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    owners = colleagues(scope, policy.OWNING)
    return render_template(
        "actions/replan.html",
        action=action,
        owners=[(str(user.id), f"{user.name}, {user.job_title}") for user in owners],
        people=named(scope, [action.owner_id]),
        typed=typed,
        errors=errors,
        longest=changing.LONGEST_REASON,
    )


@blueprint.get("/measures/<uuid:measure_id>/correct")
@requires(Permission.ACT)
def correct_page(measure_id: UUID) -> str | Response:
    """Ask for the verdict that is right."""
    measure = queries.find_measure(current_scope(), measure_id)
    _must_act_for(measure.unit_id)
    if measure.verdict is None:
        flash("It has no verdict yet.")
        return redirect(url_for("actions.show_measure", measure_id=measure_id))
    return _correct_form(measure, {}, {})


@blueprint.post("/measures/<uuid:measure_id>/correct")
@requires(Permission.ACT)
def correct(measure_id: UUID) -> str | tuple[str, int] | Response:
    """Correct a verdict."""
    scope, form = current_scope(), clean()
    seen = form.get("seen_verdict", ""), form.get("seen_reason", "").replace("\r\n", "\n")
    said = form.get("verdict", ""), form.get("reason", ""), form.get("why", "")
    try:
        changing.correct(scope, measure_id, *said, seen)
    except Invalid as error:
        return _correct_form(queries.find_measure(scope, measure_id), form, error.errors), 422
    except Conflict:
        measure = queries.find_measure(scope, measure_id)
        if measure.verdict is None:
            flash("It has no verdict yet.")
            return redirect(url_for("actions.show_measure", measure_id=measure_id))
        error_words = {
            "verdict": ["Somebody changed it meanwhile. Look at the verdict it has now, and send again"]
        }
        return _correct_form(measure, form, error_words), 409
    flash("The verdict is corrected. The one before stays beside it.", "success")
    return redirect(url_for("actions.show_measure", measure_id=measure_id))


def _correct_form(measure: Measure, typed: Any, errors: dict[str, Any]) -> str:
    return render_template(
        "actions/correct.html",
        measure=measure,
        words=words,
        typed=typed,
        errors=errors,
        longest=changing.LONGEST_REASON,
    )


def _must_act_for(unit_id: UUID | None) -> None:
    if not policy.may_act(current_scope(), unit_id):
        raise Forbidden("may not act there")
