"""How often a rule may alarm on one day. Beyond it, what it finds is kept and tells nobody.

The alarms of the day are counted through an index and never beyond the budget, and no row is locked for it,
so a rule that speaks on everything slows no report. Reports that are stored at the very same moment may each
find the last place free: a day may have a few alarms more than its budget.
"""

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import exists, func, select

from throughline.accounts.people import colleagues
from throughline.accounts.permissions import ROLES, Permission
from throughline.jobs.schedule import moment
from throughline.notifications.service import notify
from throughline.rules.models import Firing
from throughline.sdk import Effect, Escalate, Notify
from throughline.tenancy.scope import Scope

_CONFIGURE = [role for role, granted in ROLES.items() if Permission.CONFIGURE in granted]


def within_budget(
    scope: Scope, firing: Firing, effects: Sequence[Effect], budget: int | None
) -> Sequence[Effect]:
    """Return what is to be carried out of a new firing: without alarms when its rule has made too many today.

    The firing is then marked, and those who answer for rules are told, once a day.
    """
    if not any(isinstance(effect, (Escalate, Notify)) for effect in effects):
        return effects
    most = budget or scope.tenant.pack.targets.alarms_per_rule_per_day
    midnight = moment(scope.today(), time(0), scope.tenant.timezone)
    if _made(scope, firing, midnight, most) < most:
        return effects
    if not _held(scope, firing, midnight):
        _tell_owners(scope, firing, most)
    firing.held_back = True
    scope.session.flush()
    return [effect for effect in effects if not isinstance(effect, (Escalate, Notify))]


def _made(scope: Scope, firing: Firing, midnight: datetime, most: int) -> int:
    others = (
        select(Firing.id)
        .where(
            Firing.rule_key == firing.rule_key,
            Firing.at >= midnight,
            Firing.held_back.is_(False),
            Firing.id != firing.id,
        )
        .limit(most)
    )
    return scope.session.scalar(select(func.count()).select_from(others.subquery())) or 0


def _held(scope: Scope, firing: Firing, midnight: datetime) -> bool:
    query = select(Firing.id).where(
        Firing.rule_key == firing.rule_key, Firing.at >= midnight, Firing.held_back.is_(True)
    )
    return bool(scope.session.scalar(select(exists(query))))


def _tell_owners(scope: Scope, firing: Firing, most: int) -> None:
    times = "once" if most == 1 else f"{most} times"
    subject = f"A rule is held back until midnight: {firing.title}"
    body = (
        f"The rule {firing.rule_key} has alarmed {times} today, which is all it may. What it finds until "
        "midnight is kept and tells nobody.\nReports are stored as always, and clocks, marks and suggested "
        "reviews still follow. See whether the rule asks too much."
    )
    dedupe = f"budget:{firing.rule_key}:{scope.today().isoformat()}"
    home = f"/t/{scope.tenant.slug}/"
    those = {user.id for user in colleagues(scope, _CONFIGURE)}
    leads = [user.id for user in colleagues(scope, ["governance_lead"]) if user.id not in those]
    notify(scope, those, "rule", subject, body, f"{home}rules/alarms", dedupe)
    notify(scope, leads, "rule", subject, body, home, dedupe)
