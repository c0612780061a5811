"""The page of what each rule asked of whom, and what came of it."""

from datetime import timedelta

from flask import render_template

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.rules.active import active
from throughline.rules.workbench import queries
from throughline.rules.workbench.blueprint import blueprint
from throughline.rules.workbench.load import ACTED_WITHIN, loads

__all__ = ["blueprint"]

LOOKED_AT = timedelta(days=28)


@blueprint.get("/alarms")
@requires(Permission.CONFIGURE)
def alarms() -> str:
    """Show what each rule asked of whom over four weeks."""
    scope = current_scope()
    found = loads(scope, scope.now() - LOOKED_AT)
    titles = {one.rule.key: one.rule.title for one in active(scope).live.rules}
    return render_template(
        "workbench/alarms.html",
        loads=found,
        unanswered=[
            (one, titles.get(one.rule_key, one.rule_key)) for one in queries.unanswered(scope).values()
        ],
        days=LOOKED_AT.days,
        within=ACTED_WITHIN.days,
        budget=scope.tenant.pack.targets.alarms_per_rule_per_day,
        duration=_duration,
    )


def _duration(minutes: int | None) -> str:
    """Return a length of time in the largest unit that fits it."""
    if minutes is None:
        return "–"
    if minutes < 120:  # noqa: PLR2004
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"  # noqa: PLR2004
