"""Sign in and out, choose where to work, see and end one's sessions."""

from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from throughline.accounts import held, sessions, signin
from throughline.accounts.browsers import in_words
from throughline.accounts.guard import current_person
from throughline.accounts.login import SignedIn
from throughline.accounts.people import doors_of
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import NotFound
from throughline.tenancy.scope import Scopes

blueprint = Blueprint("accounts", __name__, template_folder="templates")


def _scopes() -> Scopes:
    found: Scopes = current_app.extensions["throughline"].scopes
    return found


def address() -> str:
    """Return the address a request came from, as far as trusted proxies tell."""
    return request.remote_addr or ""


@blueprint.get("/sign-in")
def sign_in_page() -> str | AnyResponse:
    """Ask for e-mail and password."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.doors"))
    return render_template("accounts/sign_in.html", email="", next=_next(), held="", errors={})


def _missing(email: str, password: str) -> dict[str, str]:
    errors = {}
    if not email.strip():
        errors["email"] = "Enter your e-mail address"
    elif "\x00" in email:
        errors["email"] = "Take out the characters that cannot be read"
    if not password:
        errors["password"] = "Enter your password"  # noqa: S105 - a message, not a password
    return errors


@blueprint.post("/sign-in")
def sign_in() -> str | tuple[str, int] | AnyResponse:
    """Sign in, begin a new session and go where the person was going."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    errors = _missing(email, password)
    person, status = None, 422
    if not errors:
        try:
            with _scopes().platform_scope(SYSTEM, address()) as scope:
                person = signin.sign_in(scope, email, password, address())
                if person is not None:
                    g.begun_session = sessions.begin(scope, person, address(), _browser())
        except signin.SlowDown as slow:
            errors["email"] = (
                f"There were too many tries. Wait {slow.minutes} minutes, then try again. "
                "If you need to report something urgent now, tell the person in charge."
            )
            status = 429
        else:
            if person is None:
                errors["email"] = "That e-mail and password do not match. Check both and try again."
    if person is None:
        page = render_template(
            "accounts/sign_in.html",
            email=email,
            next=_next(),
            held=request.form.get("held", ""),
            errors=errors,
        )
        return page, status
    login_user(SignedIn(person))
    kept = held.release(_scopes().keys, request.form.get("held", ""), _scopes().clock.now())
    if kept is not None:
        session["held"] = request.form["held"]
        return redirect(url_for("accounts.held_page"))
    return redirect(_next() or url_for("accounts.doors"))


@blueprint.get("/held")
def held_page() -> str | AnyResponse:
    """Offer to send what was typed before the session ended."""
    kept = held.release(_scopes().keys, session.get("held", ""), _scopes().clock.now())
    if not current_user.is_authenticated or kept is None:
        return redirect(url_for("accounts.doors"))
    session.pop("held")
    return render_template("accounts/held.html", kept=kept)


@blueprint.get("/")
def doors() -> str | AnyResponse:
    """Go to the one place a person works in, or let them choose."""
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in_page"))
    with _scopes().platform_scope(SYSTEM, address()) as scope:
        tenants, commissioners = doors_of(scope, current_person().id)
    places = [(tenant.name, f"/t/{tenant.slug}", "provider") for tenant in tenants]
    places += [(found.name, f"/c/{found.slug}", "commissioner") for found in commissioners]
    session["places"] = places  # the header offers the other doors
    if len(places) == 1:
        return redirect(f"{places[0][1]}/")
    return render_template("accounts/doors.html", tenants=tenants, commissioners=commissioners)


@blueprint.post("/sign-out")
def sign_out() -> AnyResponse:
    """End this session on the server and forget its cookie."""
    current = session._get_current_object()  # type: ignore[attr-defined]
    if isinstance(current, sessions.SignedInSession):
        with _scopes().platform_scope(SYSTEM, address()) as scope:
            sessions.end(scope, current.person.id, address(), current.row_id)
        logout_user()
        current.ended = True
    return redirect(url_for("accounts.sign_in_page"))


@blueprint.get("/account/sessions")
@login_required  # type: ignore[untyped-decorator]
def list_sessions() -> str:
    """Show where a person is signed in."""
    with _scopes().platform_scope(SYSTEM, address()) as scope:
        found = sessions.open_sessions(scope, current_person().id)
    current = session._get_current_object()  # type: ignore[attr-defined]
    return render_template(
        "accounts/sessions.html", sessions=found, current_id=current.row_id, browser_words=in_words
    )


@blueprint.post("/account/sessions/end")
@login_required  # type: ignore[untyped-decorator]
def end_sessions() -> AnyResponse:
    """End one session, or every one."""
    wanted = request.form.get("session", "")
    with _scopes().platform_scope(SYSTEM, address()) as scope:
        if wanted == "all":
            sessions.end(scope, current_person().id, address())
        elif not sessions.end(scope, current_person().id, address(), _uuid(wanted)):
            raise NotFound("no such session")
    flash("That session has ended." if wanted != "all" else "You are signed out everywhere.")
    return redirect(url_for("accounts.list_sessions"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise NotFound("no such session") from wrong


def _next() -> str:
    wanted = request.values.get("next", "")
    return wanted if wanted and held.is_local(wanted) else ""


def _browser() -> str:
    return request.headers.get("User-Agent", "")
