"""The pages of measures: declare one before its effect is known, judge it when its day has come."""

from calendar import monthrange
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.actions import changing, policy, queries, service, words
from throughline.actions.forms import (
    address_uuid,
    blueprint,
    clean,
    day,
    place_choices,
    typed_unit,
    typed_uuid,
)
from throughline.actions.models import Action
from throughline.actions.schemas import SHORTEST_BASELINE_MONTHS, Declaration
from throughline.incidents import taxonomy
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid

VIEWS = (("due", "To judge now"), ("waiting", "Not yet"), ("judged", "Judged"), ("", "All"))
MONTHS_BACK = 48


@blueprint.get("/measures")
@requires(Permission.REPORT)
def measures() -> str:
    """List measures: those whose day has come first."""
    scope = current_scope()
    state = request.args.get("state", "due")
    state = state if state in queries.MEASURE_STATES else ""
    counts = queries.measure_counts(scope)
    return render_template(
        "actions/measures.html",
        page=queries.measures(scope, state, address_uuid(request.args.get("before", ""))),
        views=[
            (label, url_for("actions.measures", state=key), key == state, counts.get(key))
            for key, label in VIEWS
        ],
        units=current_tree().units,
        category_label=taxonomy.category_label,
        today=scope.today(),
    )


@blueprint.get("/measures/new")
@requires(Permission.ACT)
def new_measure_page() -> str:
    """Ask how we shall know."""
    return _measure_form(request.args.getlist("action"), {}, {})


@blueprint.post("/measures/new")
@requires(Permission.ACT)
def new_measure() -> str | tuple[str, int] | Response:
    """Declare a measure."""
    form, chosen = clean(), request.form.getlist("action")
    wanted = Declaration(
        title=form.get("title", ""),
        definition=form.get("definition", ""),
        category=form.get("category", ""),
        unit_id=typed_unit(form.get("unit", "")),
        direction=form.get("direction", ""),
        baseline_start=day(form.get("baseline_start", "")),
        baseline_end=day(form.get("baseline_end", "")),
        review_on=day(form.get("review_on", "")),
        key=typed_uuid(form.get("key", "")) or uuid7(),
    )
    judged = [found for found in map(address_uuid, chosen) if found]
    try:
        measure = service.declare(current_scope(), wanted, judged)
    except Invalid as error:
        return _measure_form(chosen, form, error.errors), 422
    flash("The measure is declared.", "success")
    return redirect(url_for("actions.show_measure", measure_id=measure.id))


def _measure_form(chosen: list[str], typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    judged = [queries.find(scope, action_id) for action_id in map(address_uuid, chosen) if action_id]
    months = _months_before(_change(judged, scope.today()))
    return render_template(
        "actions/new_measure.html",
        key=typed.get("key") or uuid7(),
        judged=judged,
        typed=typed,
        errors=errors,
        unit=current_tree().units[judged[0].unit_id].key if judged and judged[0].unit_id else "",
        units=place_choices(),
        whole=policy.may_act(scope, None),
        categories=[(found.key, found.label) for found in taxonomy.CATEGORIES.values()],
        directions=list(words.DIRECTIONS.items()),
        starts=[(first.isoformat(), f"{first:%B %Y}") for first in months],
        ends=[(_last_of(first).isoformat(), f"{first:%B %Y}") for first in months],
        start=months[SHORTEST_BASELINE_MONTHS - 1].isoformat(),
        end=_last_of(months[0]).isoformat(),
        shortest=SHORTEST_BASELINE_MONTHS,
        today=scope.today(),
    )


def _change(judged: list[Action], today: date) -> date:
    """Return the day from which a baseline could be touched by what it is to judge."""
    return min((action.completed_on for action in judged if action.completed_on), default=today)


def _months_before(change: date) -> list[date]:
    """Return the first days of the whole months before a day, the latest first."""
    months, year, month = [], change.year, change.month
    for _ in range(MONTHS_BACK):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        months.append(date(year, month, 1))
    return months


def _last_of(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


@blueprint.get("/measures/<uuid:measure_id>")
@requires(Permission.REPORT)
def show_measure(measure_id: UUID) -> str:
    """Show a measure and its verdict, or ask for one."""
    return _measure_page(measure_id, {}, {})


def _measure_page(measure_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    measure = queries.find_measure(scope, measure_id)
    judged = queries.judged_by(scope, measure.id)
    return render_template(
        "actions/measure.html",
        measure=measure,
        judged=judged,
        afterwards=queries.declared_afterwards(scope, measure, judged),
        corrections=changing.history(scope, measure),
        people=named(scope, [measure.verdict_by, measure.created_by]),
        units=current_tree().units,
        category=taxonomy.category_label(measure.category),
        words=words,
        due=measure.review_on <= scope.today(),
        may_judge=policy.may_act(scope, measure.unit_id),
        typed=typed,
        errors=errors,
    )


@blueprint.post("/measures/<uuid:measure_id>/verdict")
@requires(Permission.ACT)
def judge(measure_id: UUID) -> str | tuple[str, int] | Response:
    """Give a measure its verdict."""
    form = clean()
    try:
        service.judge(current_scope(), measure_id, form.get("verdict", ""), form.get("reason", ""))
    except Invalid as error:
        return _measure_page(measure_id, form, error.errors), 422
    except Conflict:
        flash("It was judged already. What you wrote was not added.")
    else:
        flash("The verdict is recorded. Whoever reported can see it.", "success")
    return redirect(url_for("actions.show_measure", measure_id=measure_id))
