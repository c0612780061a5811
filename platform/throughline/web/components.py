"""What every template may use: filters, globals, the template loaders and the static files.

``install(app)`` must run before anything touches ``app.jinja_env``, because the components of nhsuk-frontend
rely on undefined values that may be chained, and on escaping in ``.jinja`` files too.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, g, request, url_for
from jinja2 import BaseLoader, ChainableUndefined, ChoiceLoader, PackageLoader
from markupsafe import Markup

from throughline.kernel.addresses import with_query
from throughline.kernel.clock import Clock, SystemClock
from throughline.web import assets, dates, wording

DEFAULT_ZONE = ZoneInfo("Europe/London")


def autoescape(template: str | None) -> bool:
    """Say whether a template's values are escaped: always, but for plain-text mail."""
    return not (template or "").endswith(".txt")


def jinja_options() -> dict[str, Any]:
    """Return the options the templates need, to be put in ``app.jinja_options``."""
    return {"undefined": ChainableUndefined, "autoescape": autoescape, "trim_blocks": False}


def template_loader() -> BaseLoader:
    """Return the loader of our templates and of nhsuk-frontend's components."""
    return ChoiceLoader([PackageLoader("throughline.web"), PackageLoader("nhsuk_frontend_jinja")])


def reader_zone() -> tzinfo:
    """Return the zone of the reader: ``g.time_zone`` where a request has set it, else London."""
    zone = g.get("time_zone") if g else None
    return zone if isinstance(zone, tzinfo) else DEFAULT_ZONE


def install(app: Flask, clock: Clock | None = None, zone: Callable[[], tzinfo] = reader_zone) -> None:
    """Give an application our templates, filters, globals and static files.

    ``clock`` decides what "3 days ago" means, ``zone`` gives the reader's time zone.
    """
    # Flask shares its default options between applications: a copy keeps ours to this one.
    app.jinja_options = {**app.jinja_options, **jinja_options()}
    own = app.jinja_loader
    app.jinja_loader = ChoiceLoader([*([own] if own else []), template_loader()])
    shell = Blueprint("web", __name__, static_folder=str(assets.STATIC), static_url_path="/assets")
    app.register_blueprint(shell)
    time = clock or SystemClock()
    app.jinja_env.filters.update(_filters(time, zone))
    app.jinja_env.globals.update(_globals(time))


def asset_url(name: str) -> str:
    """Return the address of a built asset by its plain name, such as ``throughline.css``."""
    return url_for("web.static", filename=assets.asset_path(name))


def address_with(**changes: str | int | None) -> str:
    """Return the present address with query values set, or taken out where ``None``, from the first page."""
    values: dict[str, Any] = {**request.args.to_dict(flat=False), "after": None, "before": None, **changes}
    kept = {key: value for key, value in values.items() if value not in (None, "", [])}
    return with_query(url_for(str(request.endpoint), **(request.view_args or {})), kept)


def _time_tag(at: date | datetime, text: str, title: str = "") -> Markup:
    iso = at.astimezone(UTC).isoformat(timespec="minutes") if isinstance(at, datetime) else at.isoformat()
    if title:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, title, text)
    return Markup('<time datetime="{}">{}</time>').format(iso, text)


def _filters(clock: Clock, zone: Callable[[], tzinfo]) -> Mapping[str, Callable[..., Any]]:
    def moment(at: datetime | None) -> Markup | str:
        return _time_tag(at, dates.moment_text(at, zone())) if at else ""

    def moment_text(at: datetime | None) -> str:
        return dates.moment_text(at, zone()) if at else ""

    def day(value: date | datetime | None) -> Markup | str:
        if not value:
            return ""
        found = dates.local_day(value, zone())
        return _time_tag(found, dates.day_text(found))

    def clock_time(at: datetime | None) -> Markup | str:
        return _time_tag(at, f"{at.astimezone(zone()):%H:%M}") if at else ""

    def age(at: datetime | None) -> Markup | str:
        return _time_tag(at, dates.age_text(at, clock.now()), dates.moment_text(at, zone())) if at else ""

    return {
        "moment": moment,
        "moment_text": moment_text,
        "day": day,
        "clock_time": clock_time,
        "age": age,
        "span": dates.span_text,
        "count": wording.count_text,
        "number": wording.number_text,
        "percent": wording.percent_text,
        "role_word": wording.role_word,
    }


def _globals(clock: Clock) -> Mapping[str, Callable[..., Any]]:
    def countdown(due: datetime) -> dates.Countdown:
        return dates.countdown(due, clock.now())

    return {
        "asset_url": asset_url,
        "address_with": address_with,
        "now": clock.now,
        "countdown_to": countdown,
        "status_of": wording.status,
        "harm_of": wording.harm_status,
        "line_step_word": lambda key: wording.LINE_STEPS.get(key, key),
    }
