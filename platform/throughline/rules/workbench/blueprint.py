"""The address under which the workbench's pages are."""

from flask import Blueprint

blueprint = Blueprint("workbench", __name__, url_prefix="/t/<tenant>/rules", template_folder="templates")
