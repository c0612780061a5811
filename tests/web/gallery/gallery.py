"""A small application that shows every component and mock pages, for the tests and the eye.

``python tests/web/gallery/gallery.py`` serves it on port 5055.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, render_template
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import abort

from throughline.kernel.clock import FrozenClock
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.web import components, errors, security
from throughline.web.navigation import Frame, Place, frame_for

NOW = datetime(2026, 11, 14, 22, 10, tzinfo=UTC)
CALDER = Place("Calder Vale Mental Health Partnership", "/t/calder")
HOLLINS = Place("Hollins Bridge Care", "/t/hollins")
WEST_MOORS = Place("West Moors Integrated Care Board", "/c/west-moors", "commissioner")
PAGES = {
    "sign-in": None,
    "components": ("Ruth Ellis", "governance_lead", "/t/calder/components"),
    "report": ("Amina Khan", "reporter", "/t/calder/report"),
    "report-errors": ("Amina Khan", "reporter", "/t/calder/report"),
    "report-sent": ("Amina Khan", "reporter", "/t/calder/report"),
    "queue": ("Ruth Ellis", "governance_lead", "/t/calder/incidents"),
    "queue-empty": ("Ruth Ellis", "governance_lead", "/t/calder/incidents"),
    "incident": ("Joe Barnes", "unit_manager", "/t/calder/incidents"),
    "home-nurse": ("Amina Khan", "reporter", "/t/calder"),
    "home-lead": ("Ruth Ellis", "governance_lead", "/t/calder"),
    "evidence": ("Ruth Ellis", "governance_lead", "/t/calder/evidence"),
    "home-commissioner": ("Helen Marsh", "commissioner", "/c/west-moors"),
}


def ago(**span: float) -> datetime:
    """Return a moment before the gallery's own present."""
    return NOW - timedelta(**span)


def frame(page: str) -> Frame | None:
    """Build the frame a mock page stands in."""
    who = PAGES[page]
    if who is None:
        return None
    name, role, path = who
    place = WEST_MOORS if role == "commissioner" else CALDER
    others = (HOLLINS,) if role == "governance_lead" else ()
    return frame_for(place, name, (role,), path, inbox_count=3, other_places=others)


def create_gallery() -> Flask:
    """Build the gallery."""
    app = Flask(__name__, static_folder=None, template_folder=str(Path(__file__).parent / "templates"))
    app.config.update(SECRET_KEY="a gallery keeps no secrets, only colours", TESTING=False)
    components.install(app, clock=FrozenClock(NOW))
    CSRFProtect(app)
    security.init_app(app)
    errors.init_app(app)

    @app.get("/")
    def contents() -> str:
        return render_template("contents.html", pages=PAGES)

    @app.get("/page/<name>")
    def page(name: str) -> str:
        if name not in PAGES:
            raise NotFound
        return render_template(
            f"{name}.html", frame=frame(name), ago=ago, after=lambda **span: NOW + timedelta(**span)
        )

    @app.get("/error/<int:status>")
    def error(status: int) -> str:
        domain = {
            403: Forbidden("ward"),
            404: NotFound("incident"),
            409: Conflict("version"),
            422: Invalid({"occurred_at": ["Choose a day that is not in the future."]}),
        }
        if status in domain:
            raise domain[status]
        if status == 500:
            raise RuntimeError("a narrative that must not be shown")
        abort(status)

    @app.post("/drafts")
    def draft() -> tuple[str, int]:
        return "", 204

    return app


if __name__ == "__main__":
    create_gallery().run(port=5055)
