"""The list of every rule, as a page and as a file, and the page of a rule that is not written here."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.kernel.addresses import with_query
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.kernel.spreadsheet import csv_of
from throughline.rules.workbench import queries, reading, service, words
from throughline.rules.workbench.blueprint import blueprint
from throughline.rules.workbench.listing import (
    AT_ONCE,
    COLUMNS,
    LOOKED_AT,
    NOBODY,
    PACK,
    PAGE,
    STATUSES,
    Wanted,
    columns,
    listing,
)
from throughline.rules.workbench.typed import asked, draft_id, typed

_SOURCES = {PACK: "The pack", PAGE: "Written here"}


@blueprint.get("")
@requires(Permission.CONFIGURE)
def index() -> str:
    """List every rule of the tenant: by source, status, owner and words, as the address says."""
    scope = current_scope()
    wanted, active = _wanted()
    found = listing(scope, wanted)
    begin = _begin(len(found.rules))
    shown = found.rules[begin : begin + AT_ONCE]
    return render_template(
        "workbench/index.html",
        rules=shown,
        total=len(found.rules),
        begin=begin,
        at_once=AT_ONCE,
        wanted=wanted,
        active=active,
        views=[
            (label, _with(status=key or None), key == wanted.status, found.counts.get(key, 0))
            for key, label in (("", "All"), *((key, words.STATUSES[key][0]) for key in STATUSES))
        ],
        sources=[(key, source_words(key)) for key in found.sources],
        owners=[*((owner, owner) for owner in found.owners), (NOBODY, "Nobody named")],
        source_words=source_words,
        address_with=_with,
        download=with_query(url_for("workbench.download"), _kept()),
        problems=reading.problems(scope),
        strangers=reading.unknown_people(scope),
        people=named(scope, [one.author_id for one in shown]),
        words=words,
    )


@blueprint.get("/rules.csv")
@requires(Permission.CONFIGURE)
def download() -> Response:
    """Return the list as a file, narrowed as the page is."""
    scope = current_scope()
    found = listing(scope, _wanted()[0]).rules
    people = named(scope, [one.author_id for one in found])
    lines = [columns(one, people[one.author_id].name if one.author_id in people else "") for one in found]
    answer = Response(csv_of(COLUMNS, lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="rules-{scope.today()}.csv"'
    return answer


def source_words(source: str) -> str:
    """Return where a rule comes from, in words."""
    plugin = current_scope().catalogue.plugins.get(source)
    return _SOURCES.get(source) or f"Plugin: {plugin.title if plugin else source}"


def _wanted() -> tuple[Wanted, list[dict[str, str]]]:
    """Read the filters from the address; a status that is none is left out, as if it were not there."""
    status = asked("status") if asked("status") in STATUSES else ""
    wanted = Wanted(status, asked("source"), asked("owner"), asked("q"))
    active = []
    if wanted.source:
        active.append({"label": source_words(wanted.source), "remove": _with(source=None)})
    if wanted.owner:
        label = "No owner named" if wanted.owner == NOBODY else f"Owner: {wanted.owner}"
        active.append({"label": label, "remove": _with(owner=None)})
    if wanted.words:
        active.append({"label": f"“{wanted.words}”", "remove": _with(q=None)})
    return wanted, active


def _kept() -> dict[str, Any]:
    return {name: asked(name) or None for name in ("status", "source", "owner", "q")}


def _with(**changes: object) -> str:
    return with_query(url_for("workbench.index"), {**_kept(), **changes})


def _begin(total: int) -> int:
    found = asked("from")
    begin = int(found) if found.isascii() and found.isdigit() and len(found) < 6 else 0  # noqa: PLR2004
    return begin // AT_ONCE * AT_ONCE if begin < total else 0


@blueprint.get("/of/<rule_key>")
@requires(Permission.CONFIGURE)
def brought(rule_key: str) -> str:
    """Show a rule that a plugin or the pack brings."""
    scope = current_scope()
    rule = reading.brought(scope).get(rule_key)
    if rule is None:
        raise NotFound("no such rule")
    return render_template(
        "workbench/brought.html",
        rule=rule,
        text=reading.text_of(rule),
        aside=queries.put_aside(scope).get(rule_key),
        spoke=queries.spoke(scope, scope.now() - LOOKED_AT).get(rule_key, queries.Spoke()),
        last_at=queries.last_spoke(scope, [rule_key]).get(rule_key),
        meaning=words.meaning(rule, reading.names_in(scope, [rule])),
        unanswered=queries.unanswered(scope).get(rule_key),
        words=words,
    )


@blueprint.post("/of/<rule_key>/aside")
@requires(Permission.CONFIGURE)
def put_aside(rule_key: str) -> Answer:
    """Stop using a rule here, or use it again."""
    scope = current_scope()
    try:
        if request.form.get("back"):
            service.take_back(scope, rule_key)
            flash("The rule is in use again, from the next incident on.", "success")
        else:
            service.put_aside(scope, rule_key, typed("why"))
            flash("The rule is put aside. It no longer speaks here.", "success")
    except Invalid as wrong:
        flash(" ".join(message for found in wrong.errors.values() for message in found), "error")
    except Conflict:
        flash("It was put aside already.")
    return redirect(url_for("workbench.brought", rule_key=rule_key))


@blueprint.post("/of/<rule_key>/copy")
@requires(Permission.CONFIGURE)
def copy(rule_key: str) -> Answer:
    """Begin a draft from a rule that a plugin or the pack brings."""
    scope = current_scope()
    rule = reading.brought(scope).get(rule_key)
    if rule is None:
        raise NotFound("no such rule")
    note = f"Begun from {rule.key}, version {rule.version}."
    draft = service.begin(scope, draft_id(), reading.text_of(rule, copied=True), note)
    return redirect(url_for("workbench.version", version_id=draft.id))
