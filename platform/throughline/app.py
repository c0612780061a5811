"""The web composition root: settings in, an application out. The only place that wires every feature."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app, g, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from throughline import health, logs
from throughline.accounts import held, login
from throughline.accounts.people import actor_for, reads_for
from throughline.accounts.routes import address
from throughline.accounts.sessions import Sessions
from throughline.features import BLUEPRINTS, make_doorbell, make_scopes
from throughline.jobs.relay import Doorbell
from throughline.kernel.actor import SYSTEM, Actor
from throughline.kernel.errors import NotFound
from throughline.learning import sheet_pages
from throughline.rules import warming
from throughline.settings import Settings
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scopes
from throughline.web import shell

_LARGEST_REQUEST = 2 * 1024 * 1024
_LARGEST_FORM = 1024 * 1024


@dataclass(frozen=True)
class Running:
    """What a running application holds."""

    settings: Settings
    scopes: Scopes
    doorbell: Doorbell


class Throughline(Flask):
    """Flask, with one transaction around each page of a tenant or a commissioner."""

    def dispatch_request(self) -> Any:
        """Open the scope the address names, run the view inside it, and commit when it returns."""
        values = request.view_args or {}
        if any("\x00" in str(value) for value in values.values()):
            raise NotFound("no address holds a character that the database cannot")
        if "tenant" in values:
            return self._inside_tenant(values.pop("tenant"), super().dispatch_request)
        if "commissioner" in values:
            return self._inside_commissioner(values.pop("commissioner"), super().dispatch_request)
        return super().dispatch_request()

    def log_exception(self, exc_info: Any) -> None:
        """Tell an error that no page foresaw; Flask itself would write the traceback and the address."""
        logs.unexpected(exc_info[1])

    def _inside_tenant(self, slug: str, view: Callable[[], Any]) -> Any:
        if not current_user.is_authenticated:
            return sign_in_first()
        person = current_user.person
        scopes = running(self).scopes
        with scopes.tenant(scopes.find_tenant(slug), SYSTEM, _origin()) as scope:
            g.tree = tree(scope)
            scope.actor = actor_for(scope, person, g.tree)
            g.scope, g.tenant, g.time_zone = scope, slug, scope.tenant.timezone
            return self.make_response(view())

    def _inside_commissioner(self, slug: str, view: Callable[[], Any]) -> Any:
        if not current_user.is_authenticated:
            return sign_in_first()
        person = current_user.person
        scopes = running(self).scopes
        commissioner = scopes.find_commissioner(slug)
        with scopes.platform_scope(SYSTEM) as platform:
            if not reads_for(platform, person.id, commissioner.id):
                raise NotFound("no such commissioner")
        reader = Actor(person.id, person.name, frozenset({"commissioner"}), email=person.email)
        with scopes.commissioner(commissioner, reader, _origin()) as scope:
            g.commissioner_scope, g.commissioner = scope, slug
            return self.make_response(view())


def create_app(settings: Settings | None = None, scopes: Scopes | None = None) -> Throughline:
    """Return the application.

    When no settings are given, this process is there to serve: it reads the environment, and makes the rules
    of every provider ready before anybody reports.
    """
    serves = settings is None
    if settings is None:
        settings = Settings.from_environ()
        logs.configure(settings.log_level)
    app = Throughline("throughline", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="throughline_visitor",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=_LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    doorbell = make_doorbell(settings)
    scopes = scopes or make_scopes(settings, doorbell)
    app.extensions["throughline"] = Running(settings, scopes, doorbell)
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.session_interface = Sessions(scopes, lambda _request: address())
    logs.install(app)
    shell.install(app, scopes.clock, secure=settings.secure)
    app.jinja_env.globals["messages_wait"] = doorbell.away  # a page may say so, and that nothing is lost
    login.install(app)
    _guard_forms(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    health.install(app, settings, scopes, doorbell)
    if serves:
        warming.begin(scopes)
    return app


def running(app: Flask) -> Running:
    """Return what a running application holds."""
    return cast("Running", app.extensions["throughline"])


def sign_in_first() -> Response:
    """Send somebody to sign in; a form they were sending goes with them, sealed."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.sign_in_page", next=request.full_path.rstrip("?")))
    scopes = running(current_app).scopes
    sealed = held.hold(scopes.keys, request, scopes.clock.now())
    page = render_template("accounts/sign_in.html", email="", next="", held=sealed, errors={})
    return make_response(page, 401)


def _guard_forms(app: Flask) -> None:
    # A name on a briefing sheet is written with no one's authority, so there is none to borrow.
    CSRFProtect(app).exempt(sheet_pages.blueprint)

    @app.errorhandler(CSRFError)
    def form_went_stale(_error: CSRFError) -> Response:
        """A token of an earlier session: keep what was typed, and send it again with a fresh one."""
        if not current_user.is_authenticated and request.endpoint != "accounts.sign_in":
            return sign_in_first()
        if not current_user.is_authenticated or not _from_here():
            return redirect(url_for("accounts.sign_in_page"))
        kept = held.HeldForm(
            request.full_path.rstrip("?"),
            tuple((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"),
        )
        return make_response(render_template("accounts/held.html", kept=kept), 409)


def _from_here() -> bool:
    """Say whether the browser vouches that a form came from a page of this site."""
    site = request.headers.get("Sec-Fetch-Site")
    return site == "same-origin" or request.headers.get("Origin", "") == request.host_url.rstrip("/")


def _origin() -> str:
    return f"web {address()}"
