"""Answer an escalation: acknowledge, decline, pass it on by name; on the page or by a mail's link."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, requires
from throughline.accounts.permissions import Permission
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.rules import escalating, links, policy, queries
from throughline.rules.active import authorities
from throughline.rules.routes import blueprint

__all__ = ["blueprint"]

MOST_TOGETHER = 200
ANSWERED = "It was answered already. Nothing more is asked of you."


@blueprint.post("/escalations/<uuid:escalation_id>/acknowledge")
@requires(Permission.READ)
def acknowledge(escalation_id: UUID) -> Response:
    """Record that somebody who was asked knows."""
    return _acknowledge(queries.find_escalation(current_scope(), escalation_id))


def _acknowledge(found: queries.Alarm) -> Response:
    try:
        escalating.acknowledge(current_scope(), found.escalation.id, _typed("note"))
    except Conflict:
        flash(ANSWERED)
    else:
        flash("Acknowledged. Thank you.", "success")
    return _to_page(found)


@blueprint.post("/escalations/acknowledge")
@requires(Permission.READ)
def acknowledge_together() -> Response:
    """Record with one press that somebody knows of several alarms about one thing."""
    ids = _chosen()
    if not ids:
        raise NotFound("no such escalation")
    return _acknowledge_together(ids)


def _acknowledge_together(ids: list[UUID]) -> Response:
    found = queries.find_escalation(current_scope(), ids[0])
    try:
        escalating.acknowledge_together(current_scope(), ids, _typed("note"))
    except Conflict:
        flash(ANSWERED)
    else:
        flash("Acknowledged. Thank you.", "success")
    return _to_page(found)


def _chosen() -> list[UUID]:
    try:
        return [UUID(text) for text in request.form.getlist("escalation")[:MOST_TOGETHER]]
    except ValueError as wrong:
        raise NotFound("no such escalation") from wrong


@blueprint.get("/escalations/<uuid:escalation_id>/decline")
@requires(Permission.READ)
def decline_page(escalation_id: UUID) -> str | Response:
    """Ask why somebody declines."""
    found = _mine(escalation_id)
    return _decline_form(found, {}) if policy.stands_open(found.escalation) else _answered(found)


@blueprint.post("/escalations/<uuid:escalation_id>/decline")
@requires(Permission.READ)
def decline(escalation_id: UUID) -> tuple[str, int] | Response:
    """Pass an escalation on to whoever comes next."""
    found = _mine(escalation_id)
    try:
        escalating.decline(current_scope(), escalation_id, _typed("reason"))
    except Invalid as error:
        return _decline_form(found, error.errors), 422
    except Conflict:
        return _answered(found)
    flash("Declined. Whoever comes next is told.", "success")
    return _to_page(found)


@blueprint.get("/escalations/<uuid:escalation_id>/delegate")
@requires(Permission.READ)
def delegate_page(escalation_id: UUID) -> str | Response:
    """Ask to whom somebody passes an escalation, and why."""
    found = _mine(escalation_id)
    return _delegate_form(found, {}) if policy.stands_open(found.escalation) else _answered(found)


@blueprint.post("/escalations/<uuid:escalation_id>/delegate")
@requires(Permission.READ)
def delegate(escalation_id: UUID) -> tuple[str, int] | Response:
    """Pass an escalation to somebody by name."""
    found = _mine(escalation_id)
    try:
        to = UUID(_typed("to"))
    except ValueError:
        to = None
    try:
        escalating.delegate(current_scope(), escalation_id, to, _typed("reason"))
    except Invalid as error:
        return _delegate_form(found, error.errors), 422
    except Conflict:
        return _answered(found)
    flash("Passed on. They are told.", "success")
    return _to_page(found)


@blueprint.get("/answer/<token>")
@requires(Permission.READ)
def answer_page(token: str) -> str | Response:
    """Show what a mail's link asks, with one button. Looking at it answers nothing."""
    found = _invited(token)
    if isinstance(found, Response):
        return found
    alarms = queries.together(current_scope(), found)
    return render_template("rules/answer.html", token=token, alarms=alarms, **_asked(found))


@blueprint.post("/answer/<token>")
@requires(Permission.READ)
def answer(token: str) -> Response:
    """Acknowledge by a mail's link."""
    found = _invited(token)
    if isinstance(found, Response):
        return found
    ids = _chosen()
    return _acknowledge_together([found.escalation.id, *ids]) if ids else _acknowledge(found)


def _invited(token: str) -> queries.Alarm | Response:
    """Return what a link of this very person still asks, or the way on when it asks nothing any more."""
    scope = current_scope()
    invitation = links.read_token(scope, token)
    if invitation is None or invitation.user_id != scope.actor.id:
        raise NotFound("no such link")
    found = queries.find_escalation(scope, invitation.escalation_id)
    if not policy.may_answer(scope, found.escalation):  # their role has changed since they were asked
        raise NotFound("no such link")
    passed = found.escalation.passed_on_how not in (None, "ignored")
    if found.escalation.acknowledged_at is not None or passed:
        return _answered(found)
    if invitation.until <= scope.now():
        flash("That link is too old. You can answer here.")
        return _to_page(found)
    return found


def _mine(escalation_id: UUID) -> queries.Alarm:
    scope = current_scope()
    found = queries.find_escalation(scope, escalation_id)
    if not policy.may_answer(scope, found.escalation):
        raise Forbidden("was not asked")
    return found


def _answered(found: queries.Alarm) -> Response:
    flash(ANSWERED)
    return _to_page(found)


def _to_page(found: queries.Alarm) -> Response:
    return redirect(found.about.page(current_scope().tenant.slug, found.firing.id))


def _decline_form(found: queries.Alarm, errors: dict[str, Any]) -> str:
    after = found.escalation.chain[0]["to"] if found.escalation.chain else ""
    return render_template(
        "rules/decline.html", typed=request.form, errors=errors, after=after, **_asked(found)
    )


def _delegate_form(found: queries.Alarm, errors: dict[str, Any]) -> str:
    people = escalating.delegates(current_scope(), found.about)
    choices = [(str(user.id), f"{user.name}, {user.job_title}".rstrip(", ")) for user in people]
    return render_template(
        "rules/delegate.html", typed=request.form, errors=errors, choices=choices, **_asked(found)
    )


def _asked(found: queries.Alarm) -> dict[str, Any]:
    return {
        "escalation": found.escalation,
        "about": found.about,
        "page": found.about.page(current_scope().tenant.slug, found.firing.id),
        "firing": found.firing,
        "authority": authorities(current_scope()).get(found.firing.rule_key),
    }


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "")
