"""How often a rule may alarm on one day. Beyond it, what it finds is kept and tells nobody.

The alarms of the day are counted through an index and never beyond the budget. Where a place seems free,
those who would alarm in the tenant at this moment take turns until each is committed, so the budget is exact.
A report of which no rule speaks waits for nobody, nor does one of a rule that has made all its alarms.

A turn that does not come within ``PATIENCE`` is not waited for: the alarm goes out, whatever the budget. One
alarm more is better than one that was lost to a lock.
"""

from collections.abc import Sequence
from datetime import datetime, time

from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import exists, func, select, text
from sqlalchemy.exc import OperationalError

from throughline.accounts.people import colleagues
from throughline.accounts.permissions import ROLES, Permission
from throughline.jobs.schedule import moment
from throughline.notifications.service import notify
from throughline.rules.models import Firing
from throughline.sdk import Effect, Escalate, Notify
from throughline.tenancy.scope import Scope

PATIENCE = 5.0  # seconds
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
    if _is_free(scope, firing, midnight, most):
        return effects
    if not _held(scope, firing, midnight):
        _tell_owners(scope, firing, most)
    firing.held_back = True
    scope.session.flush()
    return [effect for effect in effects if not isinstance(effect, (Escalate, Notify))]


def _is_free(scope: Scope, firing: Firing, midnight: datetime, most: int) -> bool:
    """Say whether the rule may alarm once more today; if so, others of the tenant wait until this ends."""
    if _made(scope, firing, midnight, most) >= most:
        return False
    return not _has_turn(scope, firing) or _made(scope, firing, midnight, most) < most


def _has_turn(scope: Scope, firing: Firing) -> bool:
    """Wait for this one's turn to alarm; False when it did not come in time.

    One lock for all rules of a tenant that look at incidents, and one for those that look at units: with a
    lock for each rule, two that speak of several could wait for each other.
    """
    looks_at = "incidents" if firing.unit_id is None else "units"
    name = func.hashtextextended(f"{scope.tenant.id}: alarms about {looks_at}", 0)
    try:
        with scope.session.begin_nested():
            scope.session.execute(text(f"SET LOCAL lock_timeout = {int(PATIENCE * 1000)}"))
            scope.session.execute(select(func.pg_advisory_xact_lock(name)))
            scope.session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
            raise
        return False
    return True


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
