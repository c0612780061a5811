"""The door of a briefing sheet: whoever holds one reads it and says that it reached them. No account needed.

It opens a scope in which nothing is permitted: the code finds one approved learning, and a name can be put
on its sheet.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.kernel.actor import Actor
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Invalid, NotFound
from throughline.learning import attending
from throughline.learning.service import words_of
from throughline.learning.sheet import parts_of
from throughline.learning.words import STAFF, WAYS
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

blueprint = Blueprint("sheets", __name__, url_prefix="/b", template_folder="templates")
READER = Actor(None, "Somebody with the sheet", frozenset(), {})
LONGEST_CODE = 40


@contextmanager
def _inside(provider: str) -> Iterator[Scope]:
    scopes = current_app.extensions["throughline"].scopes
    with scopes.tenant(scopes.find_tenant(provider), READER, "sheet") as scope:
        g.time_zone = scope.tenant.timezone
        yield scope


@blueprint.get("/<provider>")
def ask(provider: str) -> str:
    """Ask for the code of a sheet."""
    with _inside(provider):
        return _ask(provider)


def _ask(provider: str, code: str = "", errors: Mapping[str, Any] | None = None, over: bool = False) -> str:
    return render_template(
        "learning/sheet_code.html", slug=provider, code=code, errors=errors or {}, over=over
    )


@blueprint.post("/<provider>")
def lead(provider: str) -> str | tuple[str, int] | Response:
    """Lead from a typed code to its briefing."""
    code = request.form.get("code", "").replace("\x00", "").strip()[:LONGEST_CODE]
    with _inside(provider) as scope:
        try:
            found = attending.sheet(scope, code)
        except NotFound:
            said = (
                "No sheet has this code. Check it against the sheet"
                if code
                else "Enter the code on the sheet"
            )
            return _ask(provider, code, {"code": [said]}), 422
        except attending.Over:
            return _ask(provider, code, over=True), 410
        return redirect(url_for("sheets.show", provider=provider, code=found.share.code))


@blueprint.get("/<provider>/<code>")
def show(provider: str, code: str) -> str | tuple[str, int]:
    """Show a briefing to whoever holds its sheet."""
    with _inside(provider) as scope:
        try:
            found = attending.sheet(scope, code)
        except attending.Over:
            return _ask(provider, over=True), 410
        return _page(scope, found, {}, {}, signed="signed" in request.args)


@blueprint.post("/<provider>/<code>")
def sign(provider: str, code: str) -> str | tuple[str, int] | Response:
    """Put a name on the sheet."""
    form = {name: value.replace("\x00", "") for name, value in request.form.items()}
    with _inside(provider) as scope:
        try:
            name, role, way = (form.get(field, "") for field in ("name", "role", "way"))
            attending.sign(scope, code, name, role, way, _key(form.get("key", "")))
        except attending.Over:
            return _ask(provider, over=True), 410
        except Invalid as error:
            return _page(scope, attending.sheet(scope, code), form, error.errors), 422
        return redirect(url_for("sheets.show", provider=provider, code=code, signed=1), 303)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid7()


def _page(
    scope: Scope,
    found: attending.Sheet,
    typed: Mapping[str, str],
    errors: Mapping[str, Any],
    signed: bool = False,
) -> str:
    return render_template(
        "learning/sheet.html",
        slug=scope.tenant.slug,
        code=found.share.code,
        provider=scope.tenant.name,
        unit=tree(scope).units[found.share.unit_id].name,
        learning=found.learning,
        parts=parts_of(vars(words_of(found.learning))),
        staff=[{"key": key, "label": label} for key, label in STAFF.items()],
        ways=[{"key": key, "label": label} for key, label in WAYS.items()],
        key=typed.get("key") or uuid7(),
        typed={name: typed.get(name, "") for name in ("name", "role", "way")},
        errors=errors,
        signed=signed,
    )
