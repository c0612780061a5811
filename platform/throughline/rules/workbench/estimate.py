"""About how long a back-test takes, so that a page does not begin what a worker should do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from throughline.rules.backtest import about_units
from throughline.rules.scanning.service import open_units
from throughline.sdk import Rule
from throughline.tenancy.scope import Scope
from throughline.trends.models import DailyCount

# As measured on a small machine: 2 cores, the database beside the worker.
_AN_INCIDENT, _ITS_LOOK_BACKS, _A_UNIT_S_NIGHT = 2e-6, 2e-6, 45e-6  # seconds


def seconds_for(scope: Scope, rules: Sequence[Rule], start: datetime, end: datetime) -> float:
    """Return about how many seconds a back-test of one rule, or of two in one pass, takes.

    How many incidents there are is read from the daily counts, by the days on which they happened.
    """
    nights = (end - start).days * len(open_units(scope)) * sum(about_units(rule) for rule in rules)
    over_incidents = [rule for rule in rules if not about_units(rule)]
    looks_back = any(rule.let for rule in over_incidents)
    each = _AN_INCIDENT + _ITS_LOOK_BACKS * looks_back if over_incidents else 0.0
    return nights * _A_UNIT_S_NIGHT + (_incidents(scope, start, end) * each if each else 0.0)


def _incidents(scope: Scope, start: datetime, end: datetime) -> int:
    days = (DailyCount.day >= scope.local(start).date(), DailyCount.day <= scope.local(end).date())
    query = select(func.sum(DailyCount.n)).where(DailyCount.tenant_id == scope.tenant.id, *days)
    return int(scope.session.scalar(query) or 0)
