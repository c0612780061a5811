"""Flask-Login over the session table."""

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin

from throughline.accounts.sessions import SignedInSession, UnreadableSession
from throughline.accounts.signin import Person

NEED_NO_SESSION = frozenset({"web.static", "livez", "readyz", "metrics"})
"""What answers a browser whose session cannot be read; the rest waits until the database is back."""


class SignedIn(UserMixin):  # type: ignore[misc]
    """A person as Flask-Login knows them."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.id = str(person.id)


def install(app: Flask) -> None:
    """Let Flask-Login find the person in the session's row; it keeps no state of its own."""
    login = LoginManager(app)
    login.login_view = "accounts.sign_in_page"
    login.login_message = None
    login.session_protection = None  # the session table ties a session to its token already

    @app.before_request
    def with_the_session_only() -> None:
        current = session._get_current_object()  # type: ignore[attr-defined]
        if isinstance(current, UnreadableSession) and request.endpoint not in NEED_NO_SESSION:
            raise current.error

    @login.user_loader  # type: ignore[untyped-decorator]
    def load(user_id: str) -> SignedIn | None:
        current = session._get_current_object()  # type: ignore[attr-defined]
        if not isinstance(current, SignedInSession) or str(current.person.id) != user_id:
            return None
        return SignedIn(current.person)
