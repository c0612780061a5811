"""See the rules in use and what failed."""

from datetime import timedelta

from flask import Blueprint, render_template

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.rules import queries
from throughline.rules.looking import rule_set

blueprint = Blueprint("rules", __name__, url_prefix="/t/<tenant>", template_folder="templates")
LOOKED_AT = timedelta(days=90)


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
