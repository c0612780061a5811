"""Structured logs in JSON, with request id and tenant, and never a narrative or a name.

What Python's own logging is told (by Flask, by libraries) comes out in the same form. An error is told by its
kind and place: its message, and so its traceback, may quote a narrative.
"""

import logging
import sys
import traceback
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

_SECRET_PARTS = ("password", "token", "secret", "narrative", "what_happened", "email", "name_of")
_FRAMES = 5


def configure(level: str) -> None:
    """Send every log line of the process to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide,
            _name_the_error,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger().handlers = [_Structured()]


def install(app: Flask) -> None:
    """Give each request an id, and log one line when it ends: address by rule, never by content."""
    log = structlog.get_logger()

    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex[:16]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    # Before anything else may answer, so that a refused form has an id too.
    app.before_request_funcs[None].insert(0, app.before_request_funcs[None].pop())

    @app.after_request
    def end(response: Response) -> Response:
        scope = g.get("scope")
        log.info(
            "request",
            method=request.method,
            rule=rule_of_request(),
            status=response.status_code,
            tenant=scope.tenant.slug if scope is not None else None,
        )
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response


def unexpected(error: BaseException | None) -> None:
    """Tell an error that no page foresaw."""
    structlog.get_logger().error("request_failed", rule=rule_of_request(), exc_info=error)


def rule_of_request() -> str:
    """Return the address of the request as the product wrote it, without what a person put into it."""
    return request.url_rule.rule if request.url_rule else "(none)"


def _hide(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in line:
        if any(part in key for part in _SECRET_PARTS):
            line[key] = "(hidden)"
    return line


def _name_the_error(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["reason"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        line["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return line


class _Structured(logging.Handler):
    """Says what Python's own logging is told in the form of every other line."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno, record.name, said=record.getMessage(), exc_info=record.exc_info
        )
