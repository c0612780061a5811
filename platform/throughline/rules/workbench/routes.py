"""The workbench: write a rule, see what it means, prove it, and put it live."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named
from throughline.accounts.permissions import Permission
from throughline.audit.queries import of_subjects
from throughline.incidents import taxonomy
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.rules.workbench import (
    form_pages,
    history_pages,
    lists,
    load_page,
    proof,
    queries,
    reading,
    service,
    words,
)
from throughline.rules.workbench.blueprint import blueprint
from throughline.rules.workbench.models import RuleVersion
from throughline.rules.workbench.typed import draft_id, number, typed
from throughline.tenancy.scope import Scope

MOST_DONE = 50

__all__ = ["blueprint", "form_pages", "history_pages", "lists", "load_page"]


@blueprint.get("/new")
@requires(Permission.CONFIGURE)
def new_page() -> str:
    """Offer a rule to begin from."""
    return _new(reading.TEMPLATE, "", uuid7(), {})


@blueprint.post("/new")
@requires(Permission.CONFIGURE)
def new() -> Response | tuple[str, int]:
    """Keep a new draft, whether or not it can be read yet."""
    try:
        draft = service.begin(current_scope(), draft_id(), typed("text"), typed("note"))
    except Invalid as wrong:
        return _new(typed("text"), typed("note"), draft_id(), wrong.errors), 422
    view = "form" if typed("view") == "form" else "version"
    return redirect(url_for(f"workbench.{view}", version_id=draft.id))


def _new(text: str, note: str, draft_id: UUID, errors: dict[str, list[str]]) -> str:
    return render_template("workbench/new.html", text=text, note=note, draft_id=draft_id, errors=errors)


@blueprint.get("/versions/<uuid:version_id>")
@requires(Permission.CONFIGURE)
def version(version_id: UUID) -> str:
    """Show a version: its text, what it means, its proof, and what differs from another version."""
    found = service.find(current_scope(), version_id)
    return _page(found, found.text, found.note, {}, against=request.args.get("against", ""))


@blueprint.post("/versions/<uuid:version_id>")
@requires(Permission.CONFIGURE)
def save(version_id: UUID) -> Response | tuple[str, int]:
    """Save a draft; where somebody saved it in between, show both texts and lose neither."""
    scope = current_scope()
    found = service.find(scope, version_id)
    text, note = typed("text"), typed("note")
    try:
        service.save(scope, version_id, number("edition"), text, note)
    except Invalid as wrong:
        return _page(found, text, note, wrong.errors), 422
    except Conflict:
        return _page(found, text, note, {"text": [_OVERTAKEN]}, overtaken=True), 409
    flash("Saved.", "success")
    return redirect(url_for("workbench.version", version_id=version_id))


_OVERTAKEN = "Somebody changed this draft while you wrote. Both texts are below: nothing is lost."


@blueprint.post("/check")
@requires(Permission.CONFIGURE)
def check() -> str:
    """Say what is wrong with a text as it is typed: the part of the page beside it."""
    said = reading.read(current_scope(), typed("text")[: service.LONGEST_TEXT])
    return render_template("workbench/said.html", said=said, words=words)


@blueprint.post("/versions/<uuid:version_id>/<act>")
@requires(Permission.CONFIGURE)
def change(version_id: UUID, act: str) -> Response | tuple[str, int]:
    """Do one thing with a version: shadow, live, ask, retire, throw-away or back."""
    scope = current_scope()
    found = service.find(scope, version_id)
    if act not in _ACTS:
        raise NotFound("no such act")
    try:
        done = _ACTS[act](scope, version_id)
    except Invalid as wrong:
        return _page(found, found.text, found.note, wrong.errors), 422
    except Conflict:
        flash("It has changed since you opened it. This is how it is now.")
        return redirect(url_for("workbench.version", version_id=version_id))
    except Forbidden:
        flash("Somebody other than its author has to put it live. Ask for approval instead.", "error")
        return redirect(url_for("workbench.version", version_id=version_id))
    flash(_DONE[act], "success")
    if act == "throw-away":
        return redirect(url_for("workbench.index"))
    return redirect(url_for("workbench.version", version_id=done.id if done else version_id))


_ACTS: dict[str, Callable[[Scope, UUID], RuleVersion | None]] = {
    "shadow": service.shadow,
    "live": service.put_live,
    "ask": service.ask_approval,
    "retire": lambda scope, version_id: service.retire(scope, version_id, typed("why")),
    "back": lambda scope, version_id: service.bring_back(scope, version_id, draft_id()),
    "throw-away": service.throw_away,
}
_DONE = {
    "shadow": "It runs in shadow from the next incident on. Nobody is told anything.",
    "live": "It is live from the next incident on.",
    "ask": "The others who configure rules have been asked.",
    "retire": "It is retired. What it did stays.",
    "back": "A draft with the older text is ready.",
    "throw-away": "The draft is gone.",
}


@blueprint.get("/versions/<uuid:version_id>/try")
@requires(Permission.CONFIGURE)
def attempt(version_id: UUID) -> str | tuple[str, int]:
    """Try a version on one past incident, step by step."""
    scope = current_scope()
    found = service.find(scope, version_id)
    reference = request.args.get("reference", "").replace("\x00", "").strip()
    try:
        tried = proof.attempt(scope, found.text, reference)
    except Invalid as wrong:
        return _page(found, found.text, found.note, wrong.errors), 422
    return _page(found, found.text, found.note, {}, tried=tried, reference=reference)


def _page(
    found: RuleVersion,
    text: str,
    note: str,
    errors: dict[str, list[str]],
    *,
    overtaken: bool = False,
    tried: proof.Attempt | None = None,
    reference: str = "",
    against: str = "",
) -> str:
    scope, tree = current_scope(), current_tree()
    numbered = queries.of_key(scope, found.rule_key) if found.rule_key else []
    total, shadowed = (
        queries.shadowed(scope, found.rule_key, found.number or 0) if found.shadow_from else (0, [])
    )
    other = _other(found, numbered, against)
    done = of_subjects(scope, "rule", {found.id, *(one.id for one in numbered)})
    return render_template(
        "workbench/version.html",
        version=found,
        text=text,
        note=note,
        errors=errors,
        overtaken=overtaken,
        said=reading.read(scope, text),
        tried=tried,
        reference=reference,
        numbered=numbered,
        live=next((one for one in numbered if one.status == "live"), None),
        other=other,
        difference=reading.difference(other.text, text) if other else [],
        done=done[:MOST_DONE],
        shadow_total=total,
        shadowed=shadowed,
        unanswered=queries.unanswered(scope).get(found.rule_key) if found.status == "live" else None,
        live_spoke=queries.live_spoke(scope, found.rule_key, found.shadow_from) if found.shadow_from else 0,
        people=named(scope, [who for one in (found, *numbered) for who in (one.author_id, one.approved_by)]),
        needs_second=service.needs_second(scope, found),
        back_id=uuid4(),
        units=tree.units,
        category_label=taxonomy.category_label,
        harm_levels=taxonomy.HARM_LEVELS,
        words=words,
    )


def _other(found: RuleVersion, numbered: Sequence[RuleVersion], against: str) -> RuleVersion | None:
    """Return the version to compare with: the one asked for, else the live one, else the one before."""
    versions = [one for one in numbered if one.id != found.id]
    asked = next((one for one in versions if str(one.id) == against), None)
    live = next((one for one in versions if one.status == "live"), None)
    older = [one for one in versions if found.number is None or (one.number or 0) < found.number]
    return asked or live or (older[0] if older else None)
