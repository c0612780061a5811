"""The headers every response carries: what a browser may load, keep, frame and tell others."""

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ONE_YEAR = 31_536_000
_STATIC_ENDPOINTS = ("static", "web.static")


def init_app(app: Flask, *, secure: bool = False) -> None:
    """Add the headers to every response; ``secure`` adds HSTS, for a service that is reached over TLS."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")
        _say_what_may_be_kept(response)
        return response


def _say_what_may_be_kept(response: Response) -> None:
    """Let browsers keep hashed assets for ever and private pages not at all, the back button included."""
    if request.endpoint in _STATIC_ENDPOINTS:
        if response.status_code == 200:  # noqa: PLR2004 - only what was found; a missing asset may come back
            response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
        return
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
