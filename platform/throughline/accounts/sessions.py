"""Browser sessions kept on the server, so that they can be listed, ended and timed out.

Before sign-in a session is a small signed cookie (it holds the CSRF token). Signing in makes a row and a
new random token, of which the cookie holds the token and the row its SHA-256. Ending the row ends the
session at the next request, whoever still holds the cookie.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response, g
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from sqlalchemy import delete, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.datastructures import CallbackDict

from throughline.accounts.models import User, WebSession
from throughline.accounts.signin import Person, note
from throughline.kernel.actor import SYSTEM
from throughline.kernel.database import uuid7
from throughline.tenancy.scope import PlatformScope, Scopes

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
_LONGEST_BROWSER = 200


class SignedInSession(CallbackDict[str, Any], SessionMixin):
    """The session of somebody who signed in: a row's data and the person it belongs to."""

    def __init__(self, row_id: UUID, person: Person, data: dict[str, Any]) -> None:
        super().__init__(data, on_update=self._mark)
        self.row_id = row_id
        self.person = person
        self.modified = False
        self.new_token: str | None = None
        self.ended = False

    @staticmethod
    def _mark(session: "CallbackDict[str, Any]") -> None:
        session.modified = True  # type: ignore[attr-defined]


class UnreadableSession(SecureCookieSession):
    """Stands for a session that could not be read, with the reason. Nothing of it is kept."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Sessions(SecureCookieSessionInterface):
    """Flask's session interface over the session table."""

    def __init__(self, scopes: Scopes, address_of: Callable[[Request], str]) -> None:
        self._scopes = scopes
        self._address_of = address_of

    @staticmethod
    def cookie_name(app: Flask) -> str:
        """Return the name of the token's cookie; over TLS the browser guards the prefix."""
        return "__Host-throughline" if app.config["SESSION_COOKIE_SECURE"] else "throughline"

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:  # type: ignore[override]
        """Return the signed-in session of the token, or an anonymous one.

        It never raises: Flask would then answer without the headers that every answer carries.
        """
        token = request.cookies.get(self.cookie_name(app))
        if token:
            try:
                with self._scopes.platform_scope(SYSTEM) as scope:
                    found = find(scope, token)
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                return UnreadableSession(error)
            if found is not None:
                return found
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, set the cookie of a new session and clear that of an ended one."""
        session = _begun_here(session)
        if isinstance(session, UnreadableSession):
            return
        if not isinstance(session, SignedInSession):
            if isinstance(session, SecureCookieSession):
                super().save_session(app, session, response)
            return
        name = self.cookie_name(app)
        response.vary.add("Cookie")
        if session.ended:
            response.delete_cookie(name, path="/", secure=app.config["SESSION_COOKIE_SECURE"], httponly=True)
            return
        if session.modified:
            with self._scopes.platform_scope(SYSTEM) as scope:
                scope.session.execute(
                    update(WebSession).where(WebSession.id == session.row_id).values(data=dict(session))
                )
        if session.new_token:
            response.set_cookie(
                name,
                session.new_token,
                path="/",
                secure=app.config["SESSION_COOKIE_SECURE"],
                httponly=True,
                samesite="Lax",
            )


def _begun_here(session: SessionMixin) -> SessionMixin:
    """Return the session that signing in began in this request, holding what the visitor's held.

    The CSRF token stays behind: a token from before sign-in is worth nothing after it.
    """
    begun: SignedInSession | None = g.pop("begun_session", None)
    if begun is None:
        return session
    begun.update({key: session[key] for key in session if key != "csrf_token"})
    return begun


def begin(scope: PlatformScope, person: Person, address: str, browser: str) -> SignedInSession:
    """Begin a session with a new token: whatever token the browser had before counts for nothing."""
    token = secrets.token_urlsafe(32)
    row = WebSession(
        id=uuid7(),
        token_digest=_digest(token),
        user_id=person.id,
        data={},
        created_at=scope.now(),
        seen_at=scope.now(),
        address=address,
        browser=browser[:_LONGEST_BROWSER],
    )
    scope.session.add(row)
    session = SignedInSession(row.id, person, {})
    session.new_token = token
    return session


def find(scope: PlatformScope, token: str) -> SignedInSession | None:
    """Return the session of a token unless it ended, idled or grew too old, or its person is disabled."""
    now: datetime = scope.now()
    query = (
        select(WebSession, User)
        .join(User, User.id == WebSession.user_id)
        .where(
            WebSession.token_digest == _digest(token),
            WebSession.ended_at.is_(None),
            WebSession.seen_at > now - IDLE,
            WebSession.created_at > now - ABSOLUTE,
            User.disabled_at.is_(None),
        )
    )
    found = scope.session.execute(query).one_or_none()
    if found is None:
        return None
    row, user = found
    if row.seen_at < now - SEEN_EVERY:
        row.seen_at = now
    person = Person(user.id, user.name, user.email, user.job_title)
    return SignedInSession(row.id, person, dict(row.data))


def open_sessions(scope: PlatformScope, user_id: UUID) -> list[WebSession]:
    """Return a person's live sessions, last seen first."""
    now = scope.now()
    query = (
        select(WebSession)
        .where(
            WebSession.user_id == user_id,
            WebSession.ended_at.is_(None),
            WebSession.seen_at > now - IDLE,
            WebSession.created_at > now - ABSOLUTE,
        )
        .order_by(WebSession.seen_at.desc())
    )
    return list(scope.session.scalars(query))


def end(scope: PlatformScope, user_id: UUID, address: str, session_id: UUID | None = None) -> int:
    """End one of a person's sessions, or all of them; return how many ended."""
    query = update(WebSession).where(WebSession.user_id == user_id, WebSession.ended_at.is_(None))
    if session_id is not None:
        query = query.where(WebSession.id == session_id)
    ended = len(scope.session.scalars(query.values(ended_at=scope.now()).returning(WebSession.id)).all())
    if ended:
        note(scope, user_id, "session.ended", address, {"sessions": ended})
    return ended


def forget_old(scope: PlatformScope) -> None:
    """Delete sessions that nobody can use any more."""
    scope.session.execute(delete(WebSession).where(WebSession.created_at < scope.now() - 2 * ABSOLUTE))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
