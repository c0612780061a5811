"""The form of a draft: another view of its text."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Conflict, Invalid
from throughline.rules.workbench import choices, reading, service, words
from throughline.rules.workbench.blueprint import blueprint
from throughline.rules.workbench.models import RuleVersion
from throughline.rules.workbench.posted import LONGEST_CHAIN, changed, form_of
from throughline.rules.workbench.typed import number, typed
from throughline.rules.written.form import Form, Printed, opened, printed

_OVERTAKEN = "Somebody changed this draft while you wrote. What you typed is below; theirs is under it."


@blueprint.get("/versions/<uuid:version_id>/form")
@requires(Permission.CONFIGURE)
def form(version_id: UUID) -> str | Response:
    """Show a draft in the form; where the form cannot show a line, say which and lead to the text."""
    scope = current_scope()
    found = service.find(scope, version_id)
    if found.status != "draft":
        return redirect(url_for("workbench.version", version_id=version_id))
    facts = reading.facts_here(scope)
    shown = opened(found.text, facts)
    if shown.form is None:
        return render_template("workbench/unshown.html", version=found, unshown=shown.unshown)
    said = printed(shown.form, facts)
    return _page(found, shown.form, found.note, said, {}, comments=shown.comments)


@blueprint.post("/versions/<uuid:version_id>/form")
@requires(Permission.CONFIGURE)
def save_form(version_id: UUID) -> Response | tuple[str, int]:
    """Save what was typed as the draft's text, or show the form again with a row more or less."""
    scope = current_scope()
    found = service.find(scope, version_id)
    typed_in, note, act = form_of(request.form), typed("note"), typed("do")
    said = printed(typed_in, reading.facts_here(scope))
    if act not in ("", "save", "text"):
        typed_in = changed(typed_in, act, typed("kind"))
        return _page(found, typed_in, note, printed(typed_in, reading.facts_here(scope)), {}), 200
    errors = dict(said.errors)
    if not said.text or (errors and act != "text"):
        return _page(found, typed_in, note, said, errors), 422
    try:
        service.save(scope, version_id, number("edition"), said.text, note)
    except Invalid as wrong:
        return _page(found, typed_in, note, said, wrong.errors), 422
    except Conflict:
        return _page(found, typed_in, note, said, {"": [_OVERTAKEN]}, overtaken=True), 409
    flash("Saved.", "success")
    return redirect(url_for(f"workbench.{'version' if act == 'text' else 'form'}", version_id=version_id))


@blueprint.post("/check-form")
@requires(Permission.CONFIGURE)
def check_form() -> str:
    """Say what the form means as it is typed: the part of the page beside it."""
    said = printed(form_of(request.form), reading.facts_here(current_scope()))
    names = reading.names_in(current_scope(), (one.rule for one in said.written.rules))
    return render_template("workbench/said_form.html", said=said, words=words, names=names)


def _page(
    found: RuleVersion,
    shown: Form,
    note: str,
    said: Printed,
    errors: dict[str, list[str]],
    *,
    comments: tuple[int, ...] = (),
    overtaken: bool = False,
) -> str:
    facts = reading.facts_here(current_scope())
    return render_template(
        "workbench/form.html",
        version=found,
        form=shown,
        note=note,
        said=said,
        errors=errors,
        comments=comments,
        overtaken=overtaken,
        choices=choices.fixed(),
        outcome_words=choices.OUTCOMES,
        duties=list(facts.duties.items()),
        facts=choices.facts(shown, facts),
        row_choices=[choices.of_row(row, shown, facts) for row in shown.conditions],
        longest_chain=LONGEST_CHAIN,
        difference=reading.difference(found.text, said.text) if overtaken else [],
        words=words,
        names=reading.names_in(current_scope(), (one.rule for one in said.written.rules)),
    )
