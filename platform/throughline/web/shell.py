"""The shell around every page: components, headers, error pages, addresses and the frame."""

from collections.abc import Callable
from typing import Any

from flask import Flask, g, request, session
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import RequestRedirect

from throughline.accounts.permissions import ROLES
from throughline.accounts.sessions import SignedInSession
from throughline.kernel.clock import Clock
from throughline.notifications.queries import unread
from throughline.tenancy.scope import CommissionerScope, Scope
from throughline.web import components, errors, security
from throughline.web.navigation import Frame, Place, frame_for


def install(app: Flask, clock: Clock, *, secure: bool) -> None:
    """Give an application the look, the headers and the manners of every page."""
    components.install(app, clock)
    security.init_app(app, secure=secure)
    errors.init_app(app)

    @app.url_defaults
    def stay_in_place(endpoint: str, values: dict[str, Any]) -> None:
        """Fill in the tenant or commissioner of the page, so that links lead on inside it."""
        for place in ("tenant", "commissioner"):
            if place not in values and g.get(place) and app.url_map.is_endpoint_expecting(endpoint, place):
                values[place] = g.get(place)

    @app.context_processor
    def with_frame() -> dict[str, Any]:
        return {"frame": _frame(app), "may": _may()}


def _may() -> Callable[..., bool]:
    scope: Scope | None = g.get("scope")
    return scope.actor.may if scope is not None else (lambda *_: False)


def _frame(app: Flask) -> Frame | None:
    scope: Scope | None = g.get("scope")
    reading: CommissionerScope | None = g.get("commissioner_scope")
    if scope is not None:
        place = Place(scope.tenant.name, f"/t/{scope.tenant.slug}")
        roles = [role for role in reversed(ROLES) if role in scope.actor.roles]
        count = unread(scope)
    elif reading is not None:
        place = Place(reading.commissioner.name, f"/c/{reading.commissioner.slug}", "commissioner")
        roles, count = ["commissioner"], 0
    else:
        return None
    return frame_for(
        place,
        current_user.person.name,
        roles,
        request.path,
        inbox_count=count,
        other_places=_other_places(place),
        leads_somewhere=lambda address: _leads_somewhere(app, address),
        account_href="/account/sessions",
    )


def _other_places(here: Place) -> tuple[Place, ...]:
    """The other doors of this person, remembered in their session when they signed in or chose."""
    current = session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(current, SignedInSession):
        return ()
    known = current.get("places", [])
    return tuple(Place(name, address, kind) for name, address, kind in known if address != here.address)


def _leads_somewhere(app: Flask, address: str) -> bool:
    known: dict[str, bool] = app.extensions.setdefault("throughline-addresses", {})
    shape = "/".join(address.split("/")[3:]) + address.split("/")[1]
    if shape not in known:
        try:
            app.url_map.bind("localhost").match(address, method="GET")
            known[shape] = True
        except RequestRedirect:
            known[shape] = True
        except HTTPException:
            known[shape] = False
    return known[shape]
