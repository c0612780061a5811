"""Every macro renders, and none lets a hostile value become markup."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, render_template_string
from jinja2.runtime import Macro
from markupsafe import Markup

from throughline import web

HOSTILE = """'"></textarea></option></title>--><x-evil onfocus=alert(1)>&{{7*7}}"""
FOLDER = Path(web.__file__).parent / "templates" / "components"

H = HOSTILE
PAIRS = [(H, H), ("other", "Other")]
EXAMPLES: dict[str, dict[str, Any]] = {
    "icons.icon": {"name": "home", "label": H},
    "icons.mark": {},
    "tags.tag": {"text": H, "tone": H},
    "tags.status_tag": {"key": H, "text": H},
    "tags.harm_tag": {"grade": H, "scale": H},
    "tags.countdown": {"due": ..., "what": H},
    "tags.count_badge": {"number": 3, "noun": H},
    "tags.person_line": {"name": H, "role": H, "detail": H},
    "page.crumbs": {"links": PAIRS},
    "page.button": {"text": H, "name": H, "value": H, "attrs": {"data-x": H}},
    "page.csrf_field": {},
    "page.post_button": {"text": H, "action": H, "fields": {H: H}},
    "page.button_group": {},
    "page.page_actions": {},
    "page.tabs": {"items": [(H, H, True, H)], "label": H},
    "page.notice": {"title": H, "text": H},
    "page.panel": {"title": H, "href": H, "link": H, "count": H, "id": H, "lead": H},
    "page.stat_tiles": {"tiles": [{"label": H, "value": H, "unit": H, "note": H, "href": H, "tone": H}]},
    "page.confirm_panel": {
        "title": H,
        "action": H,
        "button_text": H,
        "effects": [H],
        "cancel_href": H,
        "expect": H,
        "error": H,
        "text": H,
    },
    "page.done_panel": {"title": H, "reference": H, "text": H},
    "page.copy_button": {"text": H, "what": H},
    "page.print_button": {"text": H},
    "lists.data_list": {"caption": H, "columns": [H, {"label": H, "sort": H, "sorted": H}], "rows": [1]},
    "lists.cell": {"label": H, "value": H, "slot": "wide"},
    "lists.select_cell": {"value": H, "label": H, "form": H, "name": H},
    "lists.bulk_bar": {"form": H, "action": H},
    "lists.filter_bar": {
        "action": H,
        "active": [{"label": H, "remove": H}],
        "clear_href": H,
        "total": H,
        "keep": {H: H},
    },
    "lists.pagination": {"previous_href": H, "next_href": H, "summary": H, "label": H},
    "lists.empty_state": {"title": H, "text": H, "href": H, "button_text": H},
    "lists.timeline": {
        "events": [
            {
                "title": H,
                "at": ...,
                "who": H,
                "role": H,
                "text": H,
                "href": H,
                "changes": [{"label": H, "before": H, "after": H}],
            },
        ],
    },
    "lists.summary_list": {"rows": [{"key": H, "value": H, "href": H, "action": H}]},
    "lists.item_list": {"items": [{"title": H, "href": H, "text": H, "meta": H, "tag": H, "chip": H}]},
    "line.line_track": {
        "steps": [
            {
                "key": H,
                "state": "done",
                "who": H,
                "role": H,
                "at": ...,
                "note": H,
                "evidence": [{"label": H, "href": H}],
            },
            {
                "key": "x",
                "label": H,
                "state": "late",
                "gap": {"sentence": H, "button": H, "href": H, "post": True},
            },
        ],
        "label": H,
    },
    "line.line_strip": {
        "steps": [{"key": H, "count": 1, "due": 2, "typical": H, "slowest": True, "href": H}],
        "label": H,
        "noun": H,
    },
    "line.line_dots": {"steps": [{"key": H, "state": H}]},
    "figures.chart_figure": {
        "title": H,
        "svg": H,
        "summary": H,
        "columns": [H],
        "rows": [[H, H]],
        "downloads": PAIRS,
        "source": H,
        "narrow": H,
        "states": [(H, H)],
    },
    "figures.progress_track": {"steps": [(H, "done")], "label": H},
    "forms.error_summary": {"errors": {H: [H, H], "": H}, "title": H},
    "forms.form": {"action": H, "errors": {H: H}, "autosave": H, "id": H},
    "forms.text_input": {
        "name": H,
        "label": H,
        "value": H,
        "hint": H,
        "error": [H],
        "prefix": H,
        "suffix": H,
        "autocomplete": H,
        "attrs": {"data-x": H},
    },
    "forms.password_input": {"name": H, "label": H, "hint": H, "error": H},
    "forms.text_area": {"name": H, "label": H, "value": H, "hint": H, "error": H, "max_length": 20},
    "forms.radio_group": {
        "name": H,
        "label": H,
        "value": H,
        "hint": H,
        "error": H,
        "items": [{"key": H, "label": H, "hint": H, "reveal": H}, (H, H), {"divider": H}],
    },
    "forms.checkbox_group": {
        "name": H,
        "label": H,
        "values": [H],
        "hint": H,
        "error": H,
        "items": [{"key": H, "label": H, "hint": H, "reveal": H}, (H, H)],
    },
    "forms.checkbox": {
        "name": H,
        "label": H,
        "checked": True,
        "hint": H,
        "error": H,
        "value": H,
        "reveal": H,
    },
    "forms.select_input": {
        "name": H,
        "label": H,
        "items": [*PAIRS, (H, [(H, H)])],
        "value": H,
        "hint": H,
        "error": H,
        "empty": H,
        "attrs": {"data-x": H},
    },
    "forms.date_input": {
        "name": H,
        "label": H,
        "value": H,
        "hint": H,
        "error": H,
        "earliest": H,
        "latest": H,
    },
    "forms.moment_input": {
        "name": H,
        "label": H,
        "date": H,
        "time": H,
        "hint": H,
        "error": {"day": [H]},
        "latest": H,
    },
    "forms.file_input": {"name": H, "label": H, "hint": H, "error": H, "accept": H},
    "forms.form_section": {"title": H, "lead": H},
    "forms.filter_select": {"name": H, "label": H, "items": PAIRS, "value": H, "empty": H},
    "forms.filter_text": {"name": H, "label": H, "value": H, "placeholder": H},
    "forms.filter_date": {"name": H, "label": H, "value": H},
}


class _Reader(HTMLParser):
    """Collects what a browser would make of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


@pytest.fixture
def context(gallery: Flask) -> Iterator[Flask]:
    with gallery.test_request_context("/page/queue?unit=oak&harm=low&after=abc"):
        yield gallery


def _macro(app: Flask, name: str) -> Macro:
    file, _, macro = name.partition(".")
    found: Macro = getattr(app.jinja_env.get_template(f"components/{file}.html").make_module(), macro)
    return found


def _filled(values: Any, moment: Any) -> Any:
    """Put a moment wherever an example leaves an ellipsis."""
    if values is ...:
        return moment
    if isinstance(values, dict):
        return {key: _filled(value, moment) for key, value in values.items()}
    if isinstance(values, list):
        return [_filled(value, moment) for value in values]
    return values


def _own_macros(app: Flask) -> list[str]:
    names = []
    for path in FOLDER.glob("*.html"):
        source = path.read_text(encoding="utf-8")
        module = app.jinja_env.get_template(f"components/{path.name}").make_module()
        names += [
            f"{path.stem}.{name}"
            for name, value in vars(module).items()
            if isinstance(value, Macro) and f"macro {name}(" in source
        ]
    return sorted(names)


def test_every_macro_has_an_example_here(context: Flask) -> None:
    assert _own_macros(context) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_hostile_value_stays_text(context: Flask, gallery_module: ModuleType, name: str) -> None:
    macro = _macro(context, name)
    caller: dict[str, Callable[..., str]] = {"caller": lambda *_: HOSTILE} if macro.caller else {}
    values = _filled(EXAMPLES[name], gallery_module.NOW + timedelta(hours=3))

    drawn = macro(**values, **caller)

    assert isinstance(drawn, Markup)
    reader = _Reader()
    reader.feed(str(drawn))
    reader.close()
    assert "x-evil" not in reader.tags
    assert not [found for found in reader.attributes if found.startswith("on")]
    assert "<x-evil" not in drawn
    assert "style" not in reader.attributes, "the security policy refuses inline style"


def test_dates_are_read_in_the_zone_of_the_reader(context: Flask, gallery_module: ModuleType) -> None:
    summer = gallery_module.NOW.replace(month=7)
    source = "{{ at|moment }} {{ at|day }} {{ at|clock_time }} {{ none|moment }}"
    assert render_template_string(source, at=summer, none=None) == (
        '<time datetime="2026-07-14T22:10+00:00">14 Jul 2026, 23:10</time> '
        '<time datetime="2026-07-14">14 Jul 2026</time> '
        '<time datetime="2026-07-14T22:10+00:00">23:10</time> '
    )


def test_an_age_tells_the_moment_too(context: Flask, gallery_module: ModuleType) -> None:
    drawn = render_template_string("{{ at|age }}", at=gallery_module.ago(days=3))
    assert drawn == '<time datetime="2026-11-11T22:10+00:00" title="11 Nov 2026, 22:10">3 days ago</time>'


def test_an_address_keeps_the_other_filters_and_goes_back_to_the_first_page(context: Flask) -> None:
    assert render_template_string("{{ address_with(unit='beech') }}") == "/page/queue?unit=beech&amp;harm=low"
    assert render_template_string("{{ address_with(unit=none, harm=none) }}") == "/page/queue"


def test_an_asset_is_named_by_its_content(context: Flask) -> None:
    drawn = render_template_string("{{ asset_url('throughline.css') }}")
    assert drawn.startswith("/assets/dist/throughline.") and drawn.endswith(".css")
    answer = context.test_client().get(drawn)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    answer.close()


def test_a_share_is_drawn_without_inline_style(context: Flask) -> None:
    drawn = _macro(context, "line.line_strip")([{"key": "reviewed", "count": 61, "due": 83, "slowest": True}])
    assert 'width="73.5"' in drawn and "73% of 83" in drawn and "Slowest" in drawn


def test_a_step_with_nothing_due_claims_no_share(context: Flask) -> None:
    drawn = _macro(context, "line.line_strip")([{"key": "improved", "count": 0, "due": 0}])
    assert "Nothing due" in drawn and "tl-strip__done" not in drawn


def test_a_gap_names_what_closes_it_and_offers_the_button_only_to_whoever_can(context: Flask) -> None:
    track = _macro(context, "line.line_track")
    for_some = track([{"key": "learned", "state": "gap", "gap": {"sentence": "No learning was written."}}])
    for_one = track(
        [{"key": "learned", "state": "gap", "gap": {"sentence": "No.", "button": "Write", "href": "/w"}}]
    )
    assert "No learning was written." in for_some and "nhsuk-button" not in for_some
    assert 'href="/w"' in for_one


def test_an_unwritten_template_value_is_empty_rather_than_an_error(context: Flask) -> None:
    assert render_template_string("[{{ nothing.at.all }}]") == "[]"
