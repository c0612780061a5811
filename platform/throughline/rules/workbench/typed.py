"""What somebody typed on a page of the workbench, before it means anything."""

from uuid import UUID

from flask import request

from throughline.kernel.database import uuid7


def typed(name: str) -> str:
    """Return a text as it was sent; empty when it was not."""
    return request.form.get(name, "").replace("\x00", "")


def asked(name: str) -> str:
    """Return a word of the address; empty when it is not there."""
    return request.args.get(name, "").replace("\x00", "").strip()[:200]


def number(name: str) -> int:
    """Return a whole number as it was sent; -1 when it is none."""
    found = request.form.get(name, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) < 9 else -1  # noqa: PLR2004


def draft_id() -> UUID:
    """Return the id a page gave its draft, so that sending twice makes one; a new one where it gave none."""
    try:
        return UUID(request.form.get("draft_id", ""))
    except ValueError:
        return uuid7()
