"""The roster's pages: who is on call now and next week, enter a turn, change it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import colleagues
from throughline.accounts.permissions import ROLE_WORDS, ROLES, Permission
from throughline.jobs.schedule import moment
from throughline.kernel.errors import Conflict, Invalid
from throughline.on_call import queries, service
from throughline.tenancy.models import Unit
from throughline.tenancy.scope import Scope

blueprint = Blueprint("on_call", __name__, url_prefix="/t/<tenant>/on-call", template_folder="templates")
_WEEK = timedelta(days=7)
_READERS = [role for role, granted in ROLES.items() if Permission.READ in granted]
_TARGETS = {"starts": "starts_date", "ends": "ends_date"}


@blueprint.get("")
@requires(Permission.ACKNOWLEDGE)
def index() -> str:
    """Show who is on call now, this week and next."""
    scope, tree = current_scope(), current_tree()
    monday = scope.today() - timedelta(days=scope.today().weekday())
    edges = [moment(monday + _WEEK * number, time(0), scope.tenant.timezone) for number in range(3)]
    duties = queries.between(scope, max(edges[0], scope.now()), edges[2])
    services = [unit for unit in _units(scope) if unit in tree.services()]
    return render_template(
        "on_call/index.html",
        services=services,
        now=queries.now(scope, tree, services),
        weeks=[
            ("This week", [duty for duty in duties if duty.row.starts_at < edges[1]]),
            ("Next week", [duty for duty in duties if duty.row.ends_at > edges[1]]),
        ],
        units=tree.units,
    )


@blueprint.get("/new")
@requires(Permission.ACKNOWLEDGE)
def new_page() -> str:
    """Ask who is on call and when."""
    local = current_scope().local(current_scope().now())
    typed = {"starts_date": local.date().isoformat(), "starts_time": "17:00"}
    typed |= {"ends_date": (local.date() + timedelta(days=1)).isoformat(), "ends_time": "09:00"}
    return _form(typed, {})


@blueprint.post("/new")
@requires(Permission.ACKNOWLEDGE)
def new() -> Response | tuple[str, int]:
    """Put somebody on call."""
    try:
        service.add(current_scope(), _turn())
    except Invalid as error:
        return _form(request.form, error.errors), 422
    flash("It is on the roster.", "success")
    return redirect(url_for("on_call.index"))


@blueprint.get("/<uuid:duty_id>")
@requires(Permission.ACKNOWLEDGE)
def edit_page(duty_id: UUID) -> str:
    """Show a turn to change."""
    scope = current_scope()
    row = queries.find(scope, duty_id).row
    starts, ends = scope.local(row.starts_at), scope.local(row.ends_at)
    typed = {
        "unit": str(row.unit_id),
        "person": str(row.user_id),
        "starts_date": starts.date().isoformat(),
        "starts_time": f"{starts:%H:%M}",
        "ends_date": ends.date().isoformat(),
        "ends_time": f"{ends:%H:%M}",
        "version": str(row.version),
    }
    return _form(typed, {}, duty_id)


@blueprint.post("/<uuid:duty_id>")
@requires(Permission.ACKNOWLEDGE)
def edit(duty_id: UUID) -> Response | tuple[str, int]:
    """Change a turn."""
    queries.find(current_scope(), duty_id)
    version = request.form.get("version", "")
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0  # noqa: PLR2004
    try:
        service.change(current_scope(), duty_id, number, _turn())
    except Invalid as error:
        return _form(request.form, error.errors, duty_id), 422
    except Conflict:
        flash("Somebody changed this turn since you opened it. This is how it is now.")
        return redirect(url_for("on_call.edit_page", duty_id=duty_id))
    flash("Changed.", "success")
    return redirect(url_for("on_call.index"))


@blueprint.post("/<uuid:duty_id>/remove")
@requires(Permission.ACKNOWLEDGE)
def remove(duty_id: UUID) -> Response:
    """Take a turn off the roster."""
    service.remove(current_scope(), duty_id)
    flash("It is off the roster.", "success")
    return redirect(url_for("on_call.index"))


def _units(scope: Scope) -> list[Unit]:
    return [
        unit
        for unit in current_tree().units.values()
        if unit.closed_on is None and scope.actor.may(Permission.ACKNOWLEDGE, unit.id)
    ]


def _turn() -> service.Turn:
    errors: dict[str, list[str]] = {}
    starts, ends = _moment("starts", errors), _moment("ends", errors)
    if starts is None or ends is None:
        raise Invalid(errors)
    return service.Turn(_uuid("unit"), _uuid("person"), starts, ends)


def _moment(name: str, errors: dict[str, list[str]]) -> datetime | None:
    words = "beginning" if name == "starts" else "end"
    try:
        day = date.fromisoformat(request.form.get(f"{name}_date", "").strip())
        at = time.fromisoformat(request.form.get(f"{name}_time", "").strip())
        if at.tzinfo is not None or not 2000 <= day.year <= 2200:  # noqa: PLR2004 - a day on some calendar
            raise ValueError
    except ValueError:
        errors[name] = [f"Choose the day and the time of the {words}"]
        return None
    return moment(day, at.replace(second=0, microsecond=0), current_scope().tenant.timezone)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None


def _form(typed: Mapping[str, Any], errors: dict[str, Any], duty_id: UUID | None = None) -> str:
    scope = current_scope()
    people = colleagues(scope, _READERS)
    return render_template(
        "on_call/form.html",
        typed={name: value.replace("\x00", "") for name, value in typed.items()},
        errors=errors,
        targets=_TARGETS,
        duty_id=duty_id,
        unit_choices=[(str(unit.id), _place(unit)) for unit in _units(scope)],
        people_choices=[
            (str(user.id), f"{user.name}, {_job(user.job_title)}".rstrip(", ")) for user in people
        ],
    )


def _job(title: str) -> str:
    return ROLE_WORDS.get(title, title)


def _place(unit: Unit) -> str:
    return unit.name if not current_tree().children(unit.id) else f"{unit.name} and all below it"
