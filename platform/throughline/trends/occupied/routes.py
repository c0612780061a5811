"""The pages of denominators: what is there for each unit and month, a month to fill in, a file to bring."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Forbidden, Invalid
from throughline.tenancy.models import Unit
from throughline.trends.occupied import service
from throughline.trends.occupied.months import after, before, days_of, first_of
from throughline.trends.occupied.reading import a_count

blueprint = Blueprint(
    "occupied", __name__, url_prefix="/t/<tenant>/trends/occupied", template_folder="../templates"
)
SHOWN = 6


@blueprint.get("")
@requires(Permission.ACT)
def index() -> str:
    """Show for each unit and month how many days have a figure."""
    return _overview({})


@blueprint.post("/file")
@requires(Permission.ACT)
def file() -> str | tuple[str, int] | Response:
    """Bring a file in, all of it or nothing."""
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    try:
        if not data:
            raise Invalid({"file": ["Choose a file with figures in it"]})
        changed = service.bring(current_scope(), data)
    except Invalid as error:
        return _overview(error.errors), 422
    flash(_said(changed), "success")
    return redirect(url_for("occupied.index"))


@blueprint.get("/<unit_key>/<month>")
@requires(Permission.ACT)
def month_page(unit_key: str, month: str) -> str:
    """Show a unit's month, a field for each day."""
    unit, first = _unit(unit_key), first_of(month, current_scope().today())
    held = service.held(current_scope(), first, after(first), [unit.id])
    typed = {day.isoformat(): str(n) for (_, day), n in held.items()}
    return _month_form(unit, first, typed, {})


@blueprint.post("/<unit_key>/<month>")
@requires(Permission.ACT)
def enter(unit_key: str, month: str) -> str | tuple[str, int] | Response:
    """Record a unit's month; a field left empty is a day without a figure."""
    scope = current_scope()
    unit, first = _unit(unit_key), first_of(month, scope.today())
    figures: dict[date, int | None] = {}
    errors: dict[str, list[str]] = {}
    for day in days_of(first, scope.today()):
        text = request.form.get(day.isoformat(), "").strip()
        try:
            figures[day] = a_count(text) if text else None
        except ValueError as wrong:
            errors[day.isoformat()] = [f"{day.day} {day:%B}: {wrong}"]
    if errors:
        return _month_form(unit, first, request.form, errors), 422
    changed = service.enter(scope, {(unit.id, day): value for day, value in figures.items()})
    flash(_said(changed), "success")
    return redirect(url_for("occupied.month_page", unit_key=unit.key, month=f"{first:%Y-%m}"))


def _said(changed: int) -> str:
    if not changed:
        return "Every figure was here already. Nothing changed."
    return "1 figure is recorded." if changed == 1 else f"{changed:,} figures are recorded."


def _unit(unit_key: str) -> Unit:
    unit = current_tree().by_key(unit_key)
    if unit.id not in service.mine(current_scope()):
        raise Forbidden("may not enter figures for this unit")
    return unit


def _month_form(unit: Unit, first: date, typed: Any, errors: dict[str, Any]) -> str:
    today = current_scope().today()
    earlier, later = before(first), after(first)
    return render_template(
        "trends/occupied_month.html",
        unit=unit,
        first=first,
        days=days_of(first, today),
        typed=typed,
        errors=errors,
        earlier=earlier,
        later=later if later <= today else None,
    )


def _overview(errors: dict[str, Any]) -> str:
    scope = current_scope()
    units, today = current_tree().units, scope.today()
    months = [today.replace(day=1)]
    while len(months) < SHOWN:
        months.append(before(months[-1]))
    ids = service.mine(scope)
    held = service.held(scope, months[-1], after(months[0]), ids)
    counted: dict[tuple[Any, date], int] = {}
    for unit_id, day in held:
        key = (unit_id, day.replace(day=1))
        counted[key] = counted.get(key, 0) + 1
    rows = [
        (units[unit_id], [_cell(counted.get((unit_id, one), 0), one, today) for one in months])
        for unit_id in ids
    ]
    return render_template("trends/occupied.html", months=months, rows=rows, errors=errors)


def _cell(found: int, month: date, today: date) -> tuple[date, int, int]:
    """Return a month with how many of its days so far have a figure, and how many there are."""
    return month, found, len(days_of(month, today))
