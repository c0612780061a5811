"""The pages of a review: open it, write it stage by stage, name factors, sign it off."""

import re
from collections.abc import Mapping, Sequence
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
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Invalid, NotFound
from throughline.reviews import frameworks, policy, queries, service, wording
from throughline.reviews.models import Review
from throughline.sdk import THEMES
from throughline.tenancy.working_days import add_working_days

blueprint = Blueprint("reviews", __name__, url_prefix="/t/<tenant>/reviews", template_folder="templates")
VIEWS = (("open", "Open"), ("late", "Late"), ("completed", "Signed off"), ("", "All"))
LONGEST_VERSION = 10  # digits
USUAL = "usual"
"""What the form sends for the framework that is usual for the kind of review."""
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
    counts = queries.counts(scope)
    return render_template(
        "reviews/list.html",
        page=page,
        views=[
            (label, url_for("reviews.index", state=key), key == state, counts.get(key))
            for key, label in VIEWS
        ],
        seen=queries.incidents_of(scope, ids),
        covered=queries.covered(scope, ids),
        people=named(scope, [review.lead_id for review in page.rows]),
        kinds=REVIEW_KINDS,
        today=scope.today(),
        units=current_tree().units,
    )


@blueprint.get("/new")
@requires(Permission.REVIEW)
def new_page() -> str:
    """Ask what a new review is and who leads it."""
    return _new_form(_chosen(request.args.getlist("incident")), {}, {})


@blueprint.post("/new")
@requires(Permission.REVIEW)
def new() -> str | tuple[str, int] | Response:
    """Open a review."""
    scope, form = current_scope(), _clean()
    covered = _chosen(request.form.getlist("incident"))
    more, unknown = _by_references(form.get("references", ""))
    opening = service.Opening(
        title=form.get("title", ""),
        kind=form.get("kind", ""),
        framework_key=_framework_key(form),
        lead_id=_typed_uuid(form.get("lead", "")),
        due_on=_day(form.get("due_on", "")),
        incident_ids=tuple(incident.id for incident in (*covered, *more)),
        key=_typed_uuid(form.get("key", "")) or uuid7(),
    )
    try:
        if unknown:
            raise Invalid({"references": [f"{', '.join(unknown)}: no incident here that you may review"]})
        review = service.open_review(scope, opening)
    except Invalid as error:
        return _new_form(covered, form, error.errors), 422
    flash("The review is open.", "success")
    return redirect(url_for("reviews.show", review_id=review.id))


def _framework_key(form: Mapping[str, str]) -> str:
    """Return the framework that was chosen, or the one that is usual for the kind that was."""
    chosen = form.get("framework", "")
    usual = frameworks.usual_for(current_scope(), form.get("kind", "")) if chosen == USUAL else None
    return usual.key if usual else chosen


def _framework_choices() -> list[tuple[str, str]]:
    known = current_scope().catalogue.frameworks.values()
    usual = [(USUAL, "The one that is usual for the kind of review")] if len(known) > 1 else []
    return [*usual, *((one.key, one.title) for one in known)]


def _framework_hint() -> str:
    """Say which framework is usual for which kind of review, where there are several."""
    scope = current_scope()
    if len(scope.catalogue.frameworks) < 2:  # noqa: PLR2004
        return ""
    of: dict[str, list[str]] = {}
    for kind, label in REVIEW_KINDS.items():
        found = frameworks.usual_for(scope, kind)
        of.setdefault(found.title if found else "", []).append(label)
    plain = {title: labels for title, labels in of.items() if labels != [title]}
    said = "; ".join(f"{title} for {', '.join(labels)}" for title, labels in plain.items())
    return f"Usual here: {said}{'; the others have their own' if len(plain) < len(of) else ''}."


def _chosen(ids: Sequence[str]) -> list[Incident]:
    return [incidents.find(current_scope(), found) for found in map(_uuid, ids) if found]


def _by_references(text: str) -> tuple[list[Incident], list[str]]:
    """Return the incidents that typed references stand for, and the references that stand for none."""
    found: list[Incident] = []
    unknown: list[str] = []
    for reference in dict.fromkeys(re.split(r"[\s,;]+", text.strip().upper())):
        if not reference:
            continue
        try:
            incident = incidents.by_reference(current_scope(), reference)
        except NotFound:
            unknown.append(reference[:40])
        else:
            if policy.may_cover(current_scope(), incident):
                found.append(incident)
            else:
                unknown.append(reference)
    return found, unknown


def _kind_asked() -> str:
    """Return the kind that the address names, such as an alarm's link; empty where it is none."""
    asked = request.args.get("kind", "")
    return asked if asked in REVIEW_KINDS else ""


def _new_form(covered: Sequence[Incident], typed: Any, errors: dict[str, Any]) -> str:
    scope, pack = current_scope(), current_scope().tenant.pack
    first = covered[0] if covered else None
    due = first.review_due if first and first.review_due and first.review_due >= scope.today() else None
    days = pack.targets.review_working_days
    due = due or add_working_days(pack.nation, scope.today(), days, pack.closures)
    kind = first.review_kind if first and first.review_kind else _kind_asked()
    usual = frameworks.usual_for(scope, kind)
    return render_template(
        "reviews/new.html",
        key=typed.get("key") or uuid7(),
        covered=covered,
        typed=typed,
        errors=errors,
        category_label=taxonomy.category_label,
        kinds=list(REVIEW_KINDS.items()),
        kind=kind,
        frameworks=_framework_choices(),
        framework=usual.key if usual and kind else USUAL,
        framework_hint=_framework_hint(),
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
    return _page(queries.find(current_scope(), review_id), {}, {})


def _page(review: Review, typed: Mapping[str, str], errors: dict[str, Any]) -> str:
    scope = current_scope()
    factors = queries.factors(scope, review.id)
    framework = frameworks.shown_in(scope, review, factors)
    known = frameworks.in_use(scope, review) is not None
    seen = queries.incidents_of(scope, [review.id])[review.id]
    return render_template(
        "reviews/show.html",
        key=typed.get("key") or uuid7(),
        review=review,
        framework=framework,
        known=known,
        factors=factors,
        groups={group.key: group for group in framework.factors},
        seen=seen,
        covered=queries.covered(scope, [review.id])[review.id],
        units=current_tree().units,
        category_label=taxonomy.category_label,
        people=named(scope, [review.lead_id, review.completed_by]),
        kinds=REVIEW_KINDS,
        factor_words=FACTOR_WORDS,
        themes=THEMES,
        today=scope.today(),
        missing=service.missing(scope, framework, review, factors),
        open=known and review.completed_at is None and policy.may_write(scope, seen),
        may_share=any(scope.actor.may(Permission.SHARE, incident.unit_id) for incident in seen),
        typed=typed,
        errors=errors,
    )


@blueprint.get("/<uuid:review_id>/stages/<stage>")
@requires(Permission.REVIEW)
def stage_page(review_id: UUID, stage: str) -> str | Response:
    """Show one stage to write, with its prompt and guidance."""
    try:
        review = service.writable(current_scope(), review_id)
    except Conflict:
        flash("This review can only be read now.")
        return redirect(url_for("reviews.show", review_id=review_id))
    return _stage_form(review, stage, str(review.answers.get(stage, "")), {})


@blueprint.post("/<uuid:review_id>/stages/<stage>")
@requires(Permission.REVIEW)
def write_stage(review_id: UUID, stage: str) -> str | tuple[str, int] | Response:
    """Keep what was written; if somebody else wrote it meanwhile, show both texts."""
    scope, form = current_scope(), _clean()
    text, version = form.get("text", ""), form.get("version", "")
    read = int(version) if version.isdecimal() and len(version) <= LONGEST_VERSION else -1
    try:
        review = service.write_stage(scope, review_id, stage, text, read)
    except Invalid as error:
        # As it was read: with a newer one, what somebody else wrote meanwhile would be overwritten unseen.
        return _stage_form(queries.find(scope, review_id), stage, text, error.errors, version=read), 422
    except service.Overtaken as both:
        return _stage_form(queries.find(scope, review_id), stage, text, {}, theirs=both.theirs), 409
    except Conflict:
        return _stage_form(queries.find(scope, review_id), stage, text, {}, closed=True), 409
    stages = [found.key for found in frameworks.shown_in(scope, review, ()).stages]
    after = stages.index(stage) + 1
    flash("Saved.", "success")
    if after < len(stages) and form.get("next"):
        return redirect(url_for("reviews.stage_page", review_id=review_id, stage=stages[after]))
    return redirect(url_for("reviews.show", review_id=review_id))


def _stage_form(
    review: Review,
    key: str,
    text: str,
    errors: dict[str, Any],
    theirs: str | None = None,
    closed: bool = False,
    version: int | None = None,
) -> str:
    framework = frameworks.shown_in(current_scope(), review, ())
    stage = next((found for found in framework.stages if found.key == key), None)
    if stage is None:
        raise NotFound("no such stage")
    return render_template(
        "reviews/stage.html",
        review=review,
        framework=framework,
        stage=stage,
        version=service.stage_version(review, key) if version is None else version,
        text=text,
        longest=service.LONGEST,
        errors=errors,
        theirs=theirs,
        closed=closed,
    )


@blueprint.post("/<uuid:review_id>/factors")
@requires(Permission.REVIEW)
def add_factor(review_id: UUID) -> str | tuple[str, int] | Response:
    """Add a contributory factor."""
    scope, form = current_scope(), _clean()
    try:
        factor = service.add_factor(
            scope,
            review_id,
            form.get("group", ""),
            form.get("kind", ""),
            form.get("text", ""),
            form.get("evidence", ""),
            _typed_uuid(form.get("key", "")),
        )
    except Invalid as error:
        return _page(queries.find(scope, review_id), form, error.errors), 422
    except Conflict:
        flash("This review can only be read now. The factor was not added.", "error")
        return redirect(url_for("reviews.show", review_id=review_id))
    flash("The factor is added.", "success")
    personal = wording.about_a_person(factor.text)
    if personal:
        flash(
            f"Read it once more: “{personal}” can sound as if it were about a person. Say what made it hard."
        )
    return redirect(url_for("reviews.show", review_id=review_id))


@blueprint.post("/<uuid:review_id>/factors/<uuid:factor_id>/remove")
@requires(Permission.REVIEW)
def remove_factor(review_id: UUID, factor_id: UUID) -> Response:
    """Take a factor out that was named by mistake."""
    try:
        service.remove_factor(current_scope(), review_id, factor_id)
    except Conflict:
        flash("This review can only be read now.", "error")
    else:
        flash("The factor is taken out. The trail keeps it.", "success")
    return redirect(url_for("reviews.show", review_id=review_id))


@blueprint.post("/<uuid:review_id>/complete")
@requires(Permission.REVIEW)
def complete(review_id: UUID) -> str | tuple[str, int] | Response:
    """Sign the review off."""
    scope = current_scope()
    try:
        service.complete(scope, review_id)
    except Invalid as error:
        return _page(queries.find(scope, review_id), {}, error.errors), 422
    except Conflict:
        flash("This review is signed off already.")
        return redirect(url_for("reviews.show", review_id=review_id))
    flash("The review is signed off. Write down what it taught.", "success")
    return redirect(url_for("learning.new_page", review=review_id))


def _clean() -> Mapping[str, str]:
    return {name: value.replace("\x00", "") for name, value in request.form.items()}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise NotFound("no such thing") from wrong


def _typed_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
