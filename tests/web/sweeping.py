"""Ask every address of the URL map with rubbish: what they read is found by watching them, not by a list."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import quote_from_bytes, urlsplit
from uuid import UUID

from flask import Flask, Request, g, request
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import AnyConverter, Rule, UnicodeConverter, UUIDConverter

from throughline.accounts.permissions import ROLES

LONG = b"long " * 4000
RUBBISH = {
    "overlong": LONG,
    "nul": b"words\x00words",
    # Control characters, a change of direction, a lone surrogate, half a character, a lone combining mark.
    "odd characters": b"\x01\x0b\x1b[31m\x7f\xc2\x85 "
    + "\u202etxt\u2066 \u0301\ufeff".encode()
    + b" \xed\xa0\x80 \xff\xc3",
    "digits without end": b"9" * 5000,
    "a huge number": b"99999999999999999999",
    "a negative number": b"-1",
    "other digits": "²٣４".encode(),
    "no such day": b"2026-13-45",
    "the first day": b"0001-01-01",
    "the last day": b"9999-12-31",
    "the nil id": b"00000000-0000-0000-0000-000000000000",
    "markup": b"<script>{{ 7*7 }}</script>'\"%s",
}
_MARK_ID = UUID(int=7)
CURSORS = {
    "only a mark": b"~",
    "a naive cursor": b"2026-01-01T00:00:00~0190a000-0000-7000-8000-000000000001",
    "the last moment": b"9999-12-31T23:59:59-12:00~0190a000-0000-7000-8000-000000000001",
    "the first moment": b"0001-01-01T00:00:00+12:00~clock~0190a000-0000-7000-8000-000000000001",
}


class Watched(ImmutableMultiDict):
    """The fields of a request, noting which were asked for."""

    def _note(self, name: object) -> None:
        if isinstance(name, str):
            request.environ.setdefault("asked for", set()).add(name)

    def __getitem__(self, name):  # type: ignore[no-untyped-def]
        self._note(name)
        return super().__getitem__(name)

    def get(self, name, *args, **kwargs):  # type: ignore[no-untyped-def]
        self._note(name)
        return super().get(name, *args, **kwargs)

    def getlist(self, name, *args, **kwargs):  # type: ignore[no-untyped-def]
        self._note(name)
        return super().getlist(name, *args, **kwargs)


class _WatchedRequest(Request):
    parameter_storage_class = Watched


class _Undone(Exception):
    """Carries an answer out of a scope, whose writes then vanish: every request finds the same records."""

    def __init__(self, answer: object) -> None:
        self.answer = answer


def prepare(app: Flask) -> dict[str, set[str]]:
    """Let an app note what each address asks for, and undo what a form changed once the database took it.

    Returns the names by endpoint, filled as the app answers.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    app.request_class = _WatchedRequest

    def undoing(view):  # type: ignore[no-untyped-def]
        def run(**values: object) -> object:
            answer = app.make_response(view(**values))
            if request.method == "POST" and "scope" in g:
                g.scope.session.flush()
                g.scope.session.execute(text("set constraints all immediate"))
                raise _Undone(answer)
            return answer

        return run

    for endpoint, view in list(app.view_functions.items()):
        app.view_functions[endpoint] = undoing(view)
    app.register_error_handler(_Undone, lambda done: done.answer)

    @app.after_request
    def note(answer):  # type: ignore[no-untyped-def]
        asked[request.endpoint or ""] |= request.environ.get("asked for", set())
        return answer

    return asked


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with a value that fits each as far as can be told."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.ids: set[str] = set()
        self._select = ""
        self._open = False

    def handle_starttag(self, tag, attrs):  # type: ignore[no-untyped-def]
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "form":
            self._open = given.get("method", "get").lower() == "post"
            if self._open:
                self.found.append(Form(urlsplit(given["action"]).path))
            return
        if not self._open:
            return
        fields, name = self.found[-1].fields, given.get("name", self._select)
        if tag == "select":
            self._select = name
            fields.setdefault(name, "")
        elif tag == "option":
            if "selected" in given or not fields[self._select]:
                fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            fields.setdefault(name, "Words that fit.")
        elif tag in ("input", "button") and name:
            kind = given.get("type", "text")
            value = given.get("value") or self._fitting(name, kind)
            if "checked" in given or name not in fields:
                fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "form":
            self._open = False

    @staticmethod
    def _fitting(name: str, kind: str) -> str:
        return {"date": "2026-12-18", "time": "07:30", "number": "2"}.get(
            kind, "2" if name == "length" else "Words that fit."
        )


def read_page(page: str) -> _Forms:
    """Return the forms that a page sends and the ids it holds."""
    parser = _Forms()
    parser.feed(page)
    return parser


def rules(app: Flask, method: str) -> Iterator[Rule]:
    """Yield the rules that answer a method, in one order."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda found: found.rule):
        if method in (rule.methods or ()):
            yield rule


def who_may(app: Flask, rule: Rule, permissions: dict[str, object]) -> str:
    """Return the e-mail address of somebody whose role opens an address."""
    if "commissioner" in rule.arguments:
        return "quality@west-moors.test"
    wanted = permissions.get(rule.endpoint)
    lead = wanted is None or wanted in ROLES["governance_lead"]
    return "lead@calder.test" if lead else "admin@calder.test"


def address(app: Flask, rule: Rule, values: dict[str, str]) -> str:
    """Return a rule's address with the values it needs; a parameter nobody knows gets one that fits."""
    chosen = {name: values.get(name) or mark_for(rule, name) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, chosen)


def mark_for(rule: Rule, name: str) -> str:
    """Return a value that fits a parameter and is found again in the address built with it."""
    found = rule._converters[name]
    if isinstance(found, AnyConverter):
        return min(found.items)
    return str(_MARK_ID) if isinstance(found, UUIDConverter) else "MARKED"


def kinds_for(rule: Rule, name: str) -> dict[str, bytes]:
    """Return the rubbish worth sending in a parameter: what takes only ids or known words refuses alike."""
    free = type(rule._converters[name]) is UnicodeConverter and name != "tenant"
    return RUBBISH if free else {kind: RUBBISH[kind] for kind in ("overlong", "nul", "odd characters")}


def kinds_beside(fitting: str | None) -> Iterator[tuple[str, bytes]]:
    """Yield the rubbish worth sending in one field beside others that are right, by what would fit there."""
    wanted = ["nul", "overlong"]
    if fitting is None or fitting.isdecimal():
        wanted += ["digits without end", "a huge number", "a negative number", "other digits"]
    if fitting is None or re.fullmatch(r"[\d:-]{5,10}", fitting):
        wanted += ["the first day", "the last day", "no such day"]
    yield from ((kind, RUBBISH[kind]) for kind in wanted)


def targets(page: str) -> list[str]:
    """Return the ids that a page's list of errors leads to."""
    summary = re.search(r'class="nhsuk-error-summary.*?</ul>', page, re.DOTALL)
    return re.findall(r'href="#([^"]+)"', summary.group()) if summary else []


def encoded(value: bytes) -> str:
    """Return bytes as an address carries them."""
    return quote_from_bytes(value, safe="")


def send(client: FlaskClient, path: str, fields: list[tuple[str, bytes]], token: str):  # type: ignore[no-untyped-def]
    """Send a form whose values are bytes as they are."""
    pairs = [*fields, ("csrf_token", token.encode())]
    body = "&".join(f"{encoded(name.encode())}={encoded(value)}" for name, value in pairs)
    return client.post(path, data=body, content_type="application/x-www-form-urlencoded")


def send_files(client: FlaskClient, path: str, names: list[str], token: str):  # type: ignore[no-untyped-def]
    """Send a file where each field is expected."""
    files = {name: (BytesIO(b"%PDF-1.7\x00\xff"), "story.pdf") for name in names}
    return client.post(path, data={**files, "csrf_token": token}, content_type="multipart/form-data")


def without_chance(page: str) -> str:
    """Return a page without the reference somebody may quote, which every answer has of its own."""
    return re.sub(r"quote <strong>[0-9a-f]+</strong>", "quote", page)
