"""Acknowledge an escalation; see the rules in use and what failed."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Conflict
from throughline.rules import queries, service
from throughline.rules.looking import rule_set

blueprint = Blueprint("rules", __name__, url_prefix="/t/<tenant>", template_folder="templates")
LOOKED_AT = timedelta(days=90)


@blueprint.post("/escalations/<uuid:escalation_id>/acknowledge")
@requires(Permission.ACKNOWLEDGE)
def acknowledge(escalation_id: UUID) -> Response:
    """Record that somebody who answers for the unit knows."""
    scope = current_scope()
    found = queries.find_escalation(scope, escalation_id)
    try:
        service.acknowledge(scope, escalation_id, request.form.get("note", "").replace("\x00", ""))
    except Conflict:
        flash("It was acknowledged already. Nothing more is asked of you.")
    else:
        flash("Acknowledged. Thank you.", "success")
    return redirect(url_for("line.escalations", reference=found.incident.reference))


@blueprint.get("/rules")
@requires(Permission.CONFIGURE)
def show() -> str:
    """List the rules in use with where they come from and how often they spoke."""
    scope = current_scope()
    loads = {load.rule_key: load for load in queries.loads(scope, scope.now() - LOOKED_AT)}
    return render_template(
        "rules/list.html",
        rules=sorted(scope.catalogue.rules.values(), key=lambda rule: rule.key),
        loads=loads,
        problems=(*scope.catalogue.problems, *rule_set(scope.catalogue).problems),
        plugins=scope.catalogue.plugins,
    )


@blueprint.get("/settings")
@requires(Permission.ADMINISTER)
def problems() -> str:
    """Show what failed: rules, plugins, messages."""
    scope = current_scope()
    return render_template(
        "rules/problems.html",
        problems=queries.problems(scope),
        plugin_problems=(*scope.catalogue.problems, *rule_set(scope.catalogue).problems),
        plugins=scope.catalogue.plugins,
        pack=scope.tenant.pack,
    )
