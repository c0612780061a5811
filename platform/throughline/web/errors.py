"""What a person sees when something cannot be done: plain words, what to do next, and a reference to quote.

The pages need neither a database nor a signed-in person, so that they still work when those are what failed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound

log = structlog.get_logger()

_NO_DATABASE = (OperationalError, InterfaceError, PoolTimeout)


@dataclass(frozen=True)
class Explanation:
    """A status, what happened in a few words, and what the person can do."""

    status: int
    title: str
    text: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)


EXPLANATIONS = {
    found.status: found
    for found in (
        Explanation(400, "We could not read that", "Go back, check what you entered, and try again."),
        Explanation(
            401,
            "Please sign in",
            "You have been signed out, perhaps because nothing happened for a while. Sign in to carry on.",
        ),
        Explanation(
            403,
            "You cannot do this here",
            "Your role does not cover it. If you need it for your work, ask your administrator.",
        ),
        Explanation(
            404,
            "We cannot find that page",
            "The address may be mistyped, or the page may not be open to you. Check it, or start from home.",
        ),
        Explanation(405, "That cannot be done at this address", "Go back and use the buttons on the page."),
        Explanation(
            409,
            "Somebody changed this before you",
            "Nothing was overwritten. Go back, load the page again, and change the newest version.",
        ),
        Explanation(413, "That is too big", "Choose a smaller file, or send it in parts."),
        Explanation(
            422,
            "Something needs putting right",
            "Nothing was saved. Go back and correct what is listed here.",
        ),
        Explanation(
            429,
            "Too many tries",
            "To keep accounts safe we have paused this for a little while. Wait a few minutes and try again.",
        ),
        Explanation(
            500,
            "Something went wrong on our side",
            "It is not something you did, and it has been recorded. Go back and try again in a moment.",
        ),
        Explanation(
            503,
            "Throughline is not available just now",
            "What was already sent is safe. Keep this page open and try again in a few minutes.",
        ),
    )
}


def init_app(app: Flask) -> None:
    """Answer every error, the domain's and the web's, with an explanation and its status."""

    @app.errorhandler(NotFound)
    def absent(_: NotFound) -> Response:
        return explain(EXPLANATIONS[404])

    @app.errorhandler(Forbidden)
    def not_allowed(_: Forbidden) -> Response:
        return explain(EXPLANATIONS[403])

    @app.errorhandler(Conflict)
    def overtaken(_: Conflict) -> Response:
        return explain(EXPLANATIONS[409])

    @app.errorhandler(Invalid)
    def not_accepted(error: Invalid) -> Response:
        listed = EXPLANATIONS[422]
        return explain(Explanation(422, listed.title, listed.text, error.errors))

    for kind in _NO_DATABASE:
        app.register_error_handler(kind, _no_database)
    app.register_error_handler(HTTPException, _web_error)


def _no_database(error: Exception) -> Response:
    # The statement and its values may hold a narrative, so only the kind of failure is logged.
    log.error("database_unavailable", reason=type(error).__name__, request=request_reference())
    return explain(EXPLANATIONS[503])


def _web_error(error: HTTPException) -> Response:
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, _NO_DATABASE):  # before any view: not even the session could be read
        return _no_database(cause)
    if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is not an error
        return make_response(error.get_response())
    known = EXPLANATIONS.get(error.code) or EXPLANATIONS[500 if error.code >= 500 else 400]  # noqa: PLR2004
    response = explain(Explanation(error.code, known.title, known.text))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def request_reference() -> str:
    """Return the request's id: the one a log line carries where a request has it, else a new one."""
    if "request_id" not in g:
        g.request_id = uuid4().hex[:12]
    return str(g.request_id)


def explain(found: Explanation) -> Response:
    """Answer with an explanation: a page, a fragment for a part of a page, or JSON for a program."""
    reference = request_reference()
    if _wants_json():
        body = {"status": found.status, "title": found.title, "detail": found.text, "request_id": reference}
        response = jsonify({**body, "errors": found.errors} if found.errors else body)
        response.content_type = "application/problem+json"
    else:
        part = "fragment" if request.headers.get("HX-Request") == "true" else "page"
        # Straight from the environment: context processors may need the database that has just failed.
        template = current_app.jinja_env.get_template(f"errors/{part}.html")
        # No token either: it lives in the session, which may be what could not be read.
        response = make_response(template.render(explanation=found, reference=reference, csrf_token=None))
    response.status_code = found.status
    response.headers["X-Request-Id"] = reference
    return response


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted.best == "application/json" or request.path.startswith("/api/")
