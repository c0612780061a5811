"""Structured logs in JSON, with request id and tenant, and never a narrative or a name."""

import logging
import sys
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

_SECRET_PARTS = ("password", "token", "secret", "narrative", "what_happened", "email", "name_of")


def configure(level: str) -> None:
    """Send every log line of the process to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


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
        rule = request.url_rule.rule if request.url_rule else "(none)"
        log.info(
            "request",
            method=request.method,
            rule=rule,
            status=response.status_code,
            tenant=scope.tenant.slug if scope is not None else None,
        )
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response


def _hide(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in line:
        if any(part in key for part in _SECRET_PARTS):
            line[key] = "(hidden)"
    return line
