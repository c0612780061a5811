"""Set how a chart is read: a target, a baseline, and a new beginning with its reason."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.tenancy.scope import Scope
from throughline.trends.models import ChartSetting
from throughline.trends.series import Every

DIRECTIONS = ("decrease", "increase", "neutral")
LARGEST_TARGET = 1_000_000
LEAST_BASELINE, LONGEST_BASELINE = 12, 120
REASON = 500
MOST_REBASES = 20


@dataclass(frozen=True)
class Which:
    """A chart: of a unit and all below it, or of the whole tenant; of a kind, or of all; by month or week."""

    unit_id: UUID | None
    category: str
    every: Every


@dataclass(frozen=True)
class Reading:
    """How a chart is to be read. ``target_of`` is ``count`` or ``rate``; see ``ChartSetting`` for units."""

    target: float | None
    target_of: str
    direction: str
    baseline: int


def setting_of(scope: Scope, which: Which) -> ChartSetting | None:
    """Return what was set for a chart, if anything was."""
    return scope.session.scalar(select(ChartSetting).where(*_is(which)))


def settings_of(scope: Scope, unit_id: UUID | None, every: Every) -> dict[str, ChartSetting]:
    """Return what was set for the charts of a place, by category."""
    query = select(ChartSetting).where(ChartSetting.unit_id == unit_id, ChartSetting.every == every)
    return {found.category: found for found in scope.session.scalars(query)}


def may_steer(scope: Scope, unit_id: UUID | None) -> bool:
    """Whether the actor may set the charts of a unit, or of the whole tenant."""
    if unit_id is None:
        return scope.actor.may(Permission.STEER) and scope.actor.units_for(Permission.STEER) is None
    return scope.actor.may(Permission.STEER, unit_id)


def read_so(scope: Scope, which: Which, reading: Reading, version: int) -> ChartSetting:
    """Set the target, the better direction and the baseline of a chart.

    Raises:
        Forbidden: the actor may not set it.
        Conflict: somebody set it since the actor read ``version`` (0 when nothing was set).
        Invalid: what is set is out of range; ``errors`` name the field.
    """
    found = _held(scope, which, version)
    if errors := _reading_errors(reading):
        raise Invalid(errors)
    names = ("target", "target_of", "direction", "baseline")
    before = {name: getattr(found, name) for name in names}
    for name in names:
        setattr(found, name, getattr(reading, name))
    scope.session.flush()
    after = {name: getattr(found, name) for name in names}
    record(scope, "chart.set", "chart_setting", found.id, before, after | _named(which))
    return found


def rebase(scope: Scope, which: Which, on: date, reason: str, version: int) -> ChartSetting:
    """Begin new limits on a day, and keep why: the earlier ones stay visible.

    Raises:
        Forbidden: the actor may not set it.
        Conflict: somebody set it since the actor read ``version``.
        Invalid: there is no reason, or limits begin on that day already; ``errors`` name the field.
    """
    found = _held(scope, which, version)
    if errors := _rebase_errors(scope, found, on, reason):
        raise Invalid(errors)
    entry = {
        "on": on.isoformat(),
        "reason": reason.strip(),
        "by": scope.actor.name,
        "at": scope.now().isoformat(),
    }
    found.rebases = sorted([*found.rebases, entry], key=lambda one: str(one["on"]))
    scope.session.flush()
    record(scope, "chart.rebased", "chart_setting", found.id, None, entry | _named(which))
    return found


def undo_rebase(scope: Scope, which: Which, on: str, version: int) -> ChartSetting:
    """Take a new beginning away; the trail keeps that it was there.

    Raises:
        Forbidden: the actor may not set it.
        Conflict: somebody set it since the actor read ``version``, or no limits begin on that day.
    """
    found = _held(scope, which, version)
    gone = next((one for one in found.rebases if one["on"] == on), None)
    if gone is None:
        raise Conflict("no limits begin there")
    found.rebases = [one for one in found.rebases if one["on"] != on]
    scope.session.flush()
    record(scope, "chart.rebase_undone", "chart_setting", found.id, gone, _named(which))
    return found


def _held(scope: Scope, which: Which, version: int) -> ChartSetting:
    if not may_steer(scope, which.unit_id):
        raise Forbidden("may not set this chart")
    query = select(ChartSetting).where(*_is(which)).with_for_update()
    found = scope.session.scalar(query.execution_options(populate_existing=True))
    if (found.version if found else 0) != version:
        raise Conflict("set by somebody else")
    if found is None:
        found = ChartSetting(
            id=uuid7(), unit_id=which.unit_id, category=which.category, every=which.every, target=None
        )
        scope.session.add(found)
        scope.session.flush()
    return found


def _is(which: Which) -> tuple[Any, ...]:
    return (
        ChartSetting.unit_id.is_(None) if which.unit_id is None else ChartSetting.unit_id == which.unit_id,
        ChartSetting.category == which.category,
        ChartSetting.every == which.every,
    )


def _named(which: Which) -> dict[str, Any]:
    return {"unit": which.unit_id, "category": which.category, "every": which.every}


def _reading_errors(reading: Reading) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if reading.target is not None and not 0 <= reading.target <= LARGEST_TARGET:
        errors["target"] = ["A target is a number from 0 to 1,000,000"]
    if reading.target_of not in ("count", "rate"):
        errors["target"] = ["A target is of incidents or of a rate"]
    if reading.direction not in DIRECTIONS:
        errors["direction"] = ["Choose which way is better"]
    if reading.baseline and not LEAST_BASELINE <= reading.baseline <= LONGEST_BASELINE:
        errors["baseline"] = ["A baseline is 12 to 120 points, or 0 for all of them"]
    return errors


def _rebase_errors(scope: Scope, found: ChartSetting, on: date, reason: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if on > scope.today():
        errors["on"] = ["New limits cannot begin after today"]
    elif any(one["on"] == on.isoformat() for one in found.rebases):
        errors["on"] = ["New limits begin on this day already"]
    elif len(found.rebases) >= MOST_REBASES:
        errors["on"] = [f"A chart has at most {MOST_REBASES} new beginnings"]
    if not reason.strip():
        errors["reason"] = ["Say what changed, and why the new level will last"]
    elif len(reason) > REASON:
        errors["reason"] = [f"Say it in {REASON} letters or fewer"]
    return errors
