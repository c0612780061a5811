"""See what failed: rules, plugins, messages."""

from flask import Blueprint, render_template

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.rules import queries
from throughline.rules.active import active

blueprint = Blueprint("rules", __name__, url_prefix="/t/<tenant>", template_folder="templates")


@blueprint.get("/settings")
@requires(Permission.ADMINISTER)
def problems() -> str:
    """Show what failed: rules, plugins, messages."""
    scope = current_scope()
    return render_template(
        "rules/problems.html",
        problems=queries.problems(scope),
        plugin_problems=(*scope.catalogue.problems, *active(scope).problems),
        plugins=scope.catalogue.plugins,
        pack=scope.tenant.pack,
    )
