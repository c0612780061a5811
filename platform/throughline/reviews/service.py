"""Open a review, write it stage by stage, name factors in the system, and sign it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from throughline.accounts.people import colleagues
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.incidents import policy
from throughline.incidents import queries as incidents
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.reviews import queries
from throughline.reviews.events import ReviewCompleted, ReviewOpened
from throughline.reviews.models import FACTOR_KINDS, KINDS, Factor, Review, ReviewIncident
from throughline.sdk import Framework
from throughline.tenancy.scope import Scope

LEADING = ("unit_manager", "governance_lead")
_LONGEST = 20_000
_LONGEST_FACTOR = 2_000


class Overtaken(Conflict):
    """Somebody else wrote this stage since it was read. Both texts are here, so neither is lost."""

    def __init__(self, stage: str, theirs: str, mine: str, version: int) -> None:
        self.stage, self.theirs, self.mine, self.version = stage, theirs, mine, version
        super().__init__("written by somebody else since it was read")


@dataclass(frozen=True)
class Opening:
    """What is decided when a review is opened."""

    title: str
    kind: str
    framework_key: str
    lead_id: UUID
    due_on: date
    incident_ids: tuple[UUID, ...]


def open_review(scope: Scope, opening: Opening) -> Review:
    """Open a review over one incident or many.

    Raises:
        Invalid: something is missing or makes no sense; the fields are named.
        Forbidden: the actor may not review in the unit of one of the incidents.
        NotFound: one of the incidents is not theirs to see.
    """
    framework = scope.catalogue.frameworks.get(opening.framework_key)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(opening.title.strip()) <= 200:  # noqa: PLR2004 - a title's length
        errors["title"] = ["Give it a title of up to 200 characters"]
    if opening.kind not in KINDS:
        errors["kind"] = ["Choose the kind of review"]
    if framework is None:
        errors["framework"] = ["Choose a framework from the list"]
    if opening.lead_id not in {user.id for user in colleagues(scope, LEADING)}:
        errors["lead"] = ["Choose who leads it"]
    if opening.due_on < scope.today():
        errors["due_on"] = ["Choose a day that is still to come"]
    if not opening.incident_ids:
        errors["incidents"] = ["A review covers at least one incident"]
    if errors or framework is None:
        raise Invalid(errors)
    covered = [incidents.find(scope, incident_id) for incident_id in dict.fromkeys(opening.incident_ids)]
    if not all(_may_review(scope, incident) for incident in covered):
        raise Forbidden("may not review there")
    review = Review(
        id=uuid7(),
        title=opening.title.strip(),
        kind=opening.kind,
        framework_key=framework.key,
        framework_version=framework.version,
        lead_id=opening.lead_id,
        opened_at=scope.now(),
        opened_by=scope.actor.id,
        due_on=opening.due_on,
        answers={},
    )
    scope.session.add(review)
    scope.session.flush()
    scope.session.add_all(
        ReviewIncident(review_id=review.id, incident_id=incident.id) for incident in covered
    )
    scope.session.flush()
    ids = tuple(incident.id for incident in covered)
    after = {"title": review.title, "kind": review.kind, "due_on": review.due_on, "incidents": ids}
    record(scope, "review.opened", "review", review.id, after=after)
    for incident_id in ids:
        record(
            scope,
            "review.opened",
            "incident",
            incident_id,
            after={"title": review.title, "kind": review.kind},
        )
    scope.emit(ReviewOpened(review.id, ids))
    return review


def _may_review(scope: Scope, incident: Incident) -> bool:
    allowed = scope.actor.may(Permission.REVIEW, incident.unit_id)
    return allowed and policy.may_read_all_of(scope, incident)


def writable(scope: Scope, review_id: UUID) -> Review:
    """Return a review that is open and that the actor may write.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: they may see it but not write it.
        Conflict: it is signed off.
    """
    review = queries.find(scope, review_id)
    covered = queries.incidents_of(scope, [review.id])[review.id]
    if not any(_may_review(scope, incident) for incident in covered):
        raise Forbidden("may not review there")
    if review.completed_at is not None:
        raise Conflict("signed off already")
    return review


def framework_of(scope: Scope, review: Review) -> Framework:
    """Return the framework a review was begun in, in its version then.

    Raises:
        Conflict: the plugin that brought it is not in use any more.
    """
    found = scope.catalogue.framework(review.framework_key, review.framework_version)
    if found is None:
        raise Conflict("its framework is not in use")
    return found


def write_stage(scope: Scope, review_id: UUID, stage: str, text: str, version: int) -> Review:
    """Write one stage.

    Raises:
        Overtaken: somebody else wrote this stage since the actor read ``version``.
        Invalid: there is no such stage, or the text is too long.
    """
    review = writable(scope, review_id)
    if stage not in {found.key for found in framework_of(scope, review).stages}:
        raise Invalid({"stage": ["This framework has no such stage"]})
    if len(text) > _LONGEST:
        raise Invalid({"text": [f"Use {_LONGEST:,} characters or fewer"]})
    before = str(review.answers.get(stage, ""))
    if review.version != version and before.strip() not in ("", text.strip()):
        raise Overtaken(stage, before, text, review.version)
    if before != text:
        review.answers = {**review.answers, stage: text}
        scope.session.flush()
        record(scope, "review.written", "review", review.id, before={stage: before}, after={stage: text})
    return review


def add_factor(scope: Scope, review_id: UUID, group_key: str, kind: str, text: str, evidence: str) -> Factor:
    """Name a contributory factor in the system, with what shows it.

    Raises:
        Invalid: something is missing; the fields are named.
    """
    review = writable(scope, review_id)
    groups = {group.key: group for group in framework_of(scope, review).factors}
    errors: dict[str, list[str]] = {}
    if group_key not in groups:
        errors["group"] = ["Choose the part of the system"]
    if kind not in FACTOR_KINDS:
        errors["kind"] = ["Say whether it made things harder or easier"]
    if not 1 <= len(text.strip()) <= _LONGEST_FACTOR:
        errors["text"] = ["Say in a sentence what it was about the system that played a part"]
    if errors:
        raise Invalid(errors)
    factor = Factor(
        id=uuid7(),
        review_id=review.id,
        group_key=group_key,
        theme=groups[group_key].theme,
        kind=kind,
        text=text.strip(),
        evidence=evidence.strip()[:_LONGEST_FACTOR],
        added_at=scope.now(),
        added_by=scope.actor.id,
    )
    scope.session.add(factor)
    scope.session.flush()
    after = {"group": group_key, "kind": kind, "text": factor.text, "evidence": factor.evidence}
    record(scope, "factor.added", "review", review.id, after=after)
    return factor


def missing(framework: Framework, review: Review, factors: Sequence[Factor]) -> list[str]:
    """Return, in sentences, what is missing before a review can be signed off."""
    empty = [stage.title for stage in framework.stages if not str(review.answers.get(stage.key, "")).strip()]
    found = [f"“{title}” is still empty" for title in empty]
    if not factors:
        found.append("No contributory factor is named yet")
    return found


def complete(scope: Scope, review_id: UUID) -> Review:
    """Sign a review off.

    Raises:
        Invalid: a stage is empty or no factor is named; each is listed.
        Conflict: it was signed off already.
    """
    review = writable(scope, review_id)
    lacks = missing(framework_of(scope, review), review, queries.factors(scope, review.id))
    if lacks:
        raise Invalid({"review": lacks})
    review.completed_at, review.completed_by = scope.now(), scope.actor.id
    scope.session.flush()
    ids = queries.incident_ids(scope, review.id)
    record(scope, "review.completed", "review", review.id, after={"completed_at": review.completed_at})
    for incident_id in ids:
        record(scope, "review.completed", "incident", incident_id, after={"title": review.title})
    scope.emit(ReviewCompleted(review.id, ids))
    return review
