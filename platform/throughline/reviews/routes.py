"""The pages of a review: open it, write it stage by stage, name factors, sign it off."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import colleagues, named
from throughline.accounts.permissions import Permission
from throughline.incidents import queries as incidents
from throughline.incidents import taxonomy
from throughline.incidents.desk import REVIEW_KINDS
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.reviews import queries, service
from throughline.sdk import THEMES
from throughline.tenancy.working_days import add_working_days

blueprint = Blueprint("reviews", __name__, url_prefix="/t/<tenant>/reviews", template_folder="templates")
VIEWS = (("open", "Open"), ("late", "Late"), ("completed", "Signed off"), ("", "All"))
FACTOR_WORDS = {"barrier": "Made it harder", "facilitator": "Made it easier"}


@blueprint.get("")
@requires(Permission.READ)
def index() -> str:
    """List reviews."""
    scope = current_scope()
    state = request.args.get("state", "open")
    state = state if state in queries.STATES else ""
    page = queries.listed(scope, state, _uuid(request.args.get("before", "")))
    ids = [review.id for review in page.rows]
    return render_template(
        "reviews/list.html",
        page=page,
        views=[(label, url_for("reviews.index", state=key), key == state) for key, label in VIEWS],
        covered=queries.incidents_of(scope, ids),
        people=named(scope, [review.lead_id for review in page.rows]),
        kinds=REVIEW_KINDS,
        today=scope.today(),
        units=current_tree().units,
    )


@blueprint.get("/new")
@requires(Permission.REVIEW)
def new_page() -> str:
    """Ask what a new review is and who leads it."""
    return _new_form(request.args.getlist("incident"), {}, {})


@blueprint.post("/new")
@requires(Permission.REVIEW)
def new() -> str | tuple[str, int] | Response:
    """Open a review."""
    scope, form = current_scope(), request.form
    chosen = form.getlist("incident")
    try:
        opening = service.Opening(
            title=form.get("title", "").replace("\x00", ""),
            kind=form.get("kind", ""),
            framework_key=form.get("framework", ""),
            lead_id=_uuid(form.get("lead", "")) or UUID(int=0),
            due_on=_day(form.get("due_on", "")),
            incident_ids=tuple(found for found in map(_uuid, chosen) if found),
        )
        review = service.open_review(scope, opening)
    except Invalid as error:
        return _new_form(chosen, form, error.errors), 422
    flash("The review is open.", "success")
    return redirect(url_for("reviews.show", review_id=review.id))


def _new_form(chosen: list[str], typed: Any, errors: dict[str, Any]) -> str:
    scope, pack = current_scope(), current_scope().tenant.pack
    covered = [incidents.find(scope, found) for found in map(_uuid, chosen) if found]
    first = covered[0] if covered else None
    due = first.review_due if first and first.review_due and first.review_due >= scope.today() else None
    due = due or add_working_days(pack.nation, scope.today(), pack.targets.review_working_days)
    return render_template(
        "reviews/new.html",
        covered=covered,
        typed=typed,
        errors=errors,
        category_label=taxonomy.category_label,
        kinds=list(REVIEW_KINDS.items()),
        kind=first.review_kind if first else "",
        frameworks=[(found.key, found.title) for found in scope.catalogue.frameworks.values()],
        leads=[
            (str(user.id), f"{user.name}, {user.job_title}") for user in colleagues(scope, service.LEADING)
        ],
        due=due.isoformat(),
        units=current_tree().units,
    )


@blueprint.get("/<uuid:review_id>")
@requires(Permission.READ)
def show(review_id: UUID) -> str:
    """Show a review: how far it is, its factors, what it covers."""
    return _page(review_id, {}, {})


def _page(review_id: UUID, typed: Any, errors: dict[str, Any]) -> str:
    scope = current_scope()
    review = queries.find(scope, review_id)
    framework = service.framework_of(scope, review)
    factors = queries.factors(scope, review.id)
    covered = queries.incidents_of(scope, [review.id])[review.id]
    return render_template(
        "reviews/show.html",
        review=review,
        framework=framework,
        factors=factors,
        groups={group.key: group for group in framework.factors},
        covered=covered,
        units=current_tree().units,
        category_label=taxonomy.category_label,
        people=named(scope, [review.lead_id, review.completed_by]),
        kinds=REVIEW_KINDS,
        factor_words=FACTOR_WORDS,
        themes=THEMES,
        missing=service.missing(framework, review, factors),
        open=review.completed_at is None and _may_write(covered),
        may_share=any(scope.actor.may(Permission.SHARE, incident.unit_id) for incident in covered),
        typed=typed,
        errors=errors,
    )


def _may_write(covered: list[Any]) -> bool:
    return any(current_scope().actor.may(Permission.REVIEW, incident.unit_id) for incident in covered)


@blueprint.get("/<uuid:review_id>/stages/<stage>")
@requires(Permission.REVIEW)
def stage_page(review_id: UUID, stage: str) -> str | Response:
    """Show one stage to write, with its prompt and guidance."""
    try:
        review = service.writable(current_scope(), review_id)
    except Conflict:
        flash("This review is signed off.")
        return redirect(url_for("reviews.show", review_id=review_id))
    return _stage_form(review, stage, str(review.answers.get(stage, "")), {}, None)


@blueprint.post("/<uuid:review_id>/stages/<stage>")
@requires(Permission.REVIEW)
def write_stage(review_id: UUID, stage: str) -> str | tuple[str, int] | Response:
    """Keep what was written; if somebody else wrote it meanwhile, show both texts."""
    scope = current_scope()
    text = request.form.get("text", "").replace("\x00", "")
    version = request.form.get("version", "")
    try:
        review = service.write_stage(
            scope, review_id, stage, text, int(version) if version.isdecimal() else -1
        )
    except Invalid as error:
        return _stage_form(queries.find(scope, review_id), stage, text, error.errors, None), 422
    except service.Overtaken as both:
        return _stage_form(queries.find(scope, review_id), stage, text, {}, both), 409
    stages = [found.key for found in service.framework_of(scope, review).stages]
    after = stages.index(stage) + 1
    flash("Saved.", "success")
    if after < len(stages) and request.form.get("next"):
        return redirect(url_for("reviews.stage_page", review_id=review_id, stage=stages[after]))
    return redirect(url_for("reviews.show", review_id=review_id))


def _stage_form(
    review: Any, key: str, text: str, errors: dict[str, Any], both: service.Overtaken | None
) -> str:
    framework = service.framework_of(current_scope(), review)
    stage = next((found for found in framework.stages if found.key == key), None)
    if stage is None:
        raise NotFound("no such stage")
    return render_template(
        "reviews/stage.html",
        review=review,
        framework=framework,
        stage=stage,
        text=text,
        errors=errors,
        both=both,
    )


@blueprint.post("/<uuid:review_id>/factors")
@requires(Permission.REVIEW)
def add_factor(review_id: UUID) -> str | tuple[str, int] | Response:
    """Add a contributory factor."""
    form = {name: value.replace("\x00", "") for name, value in request.form.items()}
    try:
        service.add_factor(
            current_scope(),
            review_id,
            form.get("group", ""),
            form.get("kind", ""),
            form.get("text", ""),
            form.get("evidence", ""),
        )
    except Invalid as error:
        return _page(review_id, form, error.errors), 422
    flash("The factor is added.", "success")
    return redirect(url_for("reviews.show", review_id=review_id))


@blueprint.post("/<uuid:review_id>/complete")
@requires(Permission.REVIEW)
def complete(review_id: UUID) -> str | tuple[str, int] | Response:
    """Sign the review off."""
    try:
        service.complete(current_scope(), review_id)
    except Invalid as error:
        return _page(review_id, {}, error.errors), 422
    flash("The review is signed off. Write down what it taught.", "success")
    return redirect(url_for("learning.new_page", review=review_id))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min
