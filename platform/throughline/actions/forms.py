"""The blueprint of actions and measures, and how their forms are read."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, request

from throughline.accounts.guard import current_scope, current_tree
from throughline.actions import policy
from throughline.kernel.errors import NotFound

blueprint = Blueprint("actions", __name__, url_prefix="/t/<tenant>/actions", template_folder="templates")
_NO_UNIT = UUID(int=0)  # what was sent is no unit here; the service then says what would be right


def clean() -> Mapping[str, str]:
    """Return what was typed, without the character that PostgreSQL cannot hold."""
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def address_uuid(text: str) -> UUID | None:
    """Return an id that a link carries.

    Raises:
        NotFound: it is not an id.
    """
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong


def typed_uuid(text: str) -> UUID | None:
    """Return an id that a choice carries, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def typed_unit(key: str) -> UUID | None:
    """Return the id of a unit by its key; None for the whole tenant."""
    if not key:
        return None
    return next((unit.id for unit in current_tree().units.values() if unit.key == key), _NO_UNIT)


def day(text: str) -> date | None:
    """Return a day as a browser sends it, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def place_choices() -> list[tuple[str, str]]:
    """Return the units to choose from: key and name."""
    return [(unit.key, unit.name) for unit in policy.places(current_scope(), current_tree())]
