"""Open a review, write it stage by stage, name factors in the system, and sign it off."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.people import colleagues
from throughline.audit.service import record
from throughline.incidents.models import Incident
from throughline.incidents.policy import visible
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.kernel.once import store_once
from throughline.reviews import frameworks, policy, queries
from throughline.reviews.events import ReviewCompleted, ReviewOpened
from throughline.reviews.models import FACTOR_KINDS, KINDS, Factor, Review, ReviewIncident
from throughline.sdk import Framework
from throughline.tenancy.scope import Scope

LEADING = ("unit_manager", "governance_lead")
MOST_INCIDENTS = 200
LONGEST_TITLE, LONGEST, LONGEST_FACTOR = 200, 20_000, 2_000


class Overtaken(Conflict):
    """Somebody else wrote this stage since it was read. Both texts are here, so neither is lost."""

    def __init__(self, stage: str, theirs: str, mine: str) -> None:
        self.stage, self.theirs, self.mine = stage, theirs, mine
        super().__init__("written by somebody else since it was read")


@dataclass(frozen=True)
class Opening:
    """What is decided when a review is opened. ``key`` becomes its id, so that sending it twice opens one."""

    title: str
    kind: str
    framework_key: str
    lead_id: UUID | None
    due_on: date | None
    incident_ids: tuple[UUID, ...]
    key: UUID = field(default_factory=uuid7)


def open_review(scope: Scope, opening: Opening) -> Review:
    """Open a review over one incident or many, once for each key.

    Raises:
        NotFound: one of the incidents is not the actor's to see.
        Forbidden: the actor may not review in the unit of one of the incidents.
        Invalid: something is missing or makes no sense; the fields are named.
    """
    covered = _to_cover(scope, opening.incident_ids)
    errors = _opening_errors(scope, opening)
    framework = scope.catalogue.frameworks.get(opening.framework_key)
    if errors or framework is None or opening.lead_id is None or opening.due_on is None:
        raise Invalid(errors)
    review = Review(
        id=opening.key,
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
    if not store_once(scope.session, review):
        return _opened_before(scope, opening.key)
    ids = tuple(incident.id for incident in covered)
    scope.session.add_all(ReviewIncident(review_id=review.id, incident_id=incident_id) for incident_id in ids)
    scope.session.flush()
    about = {"title": review.title, "kind": review.kind, "due_on": review.due_on}
    record(scope, "review.opened", "review", review.id, after={**about, "incidents": ids})
    for incident_id in ids:
        record(scope, "review.opened", "incident", incident_id, after=about)
    scope.emit(ReviewOpened(review.id, ids))
    return review


def _to_cover(scope: Scope, incident_ids: Sequence[UUID]) -> list[Incident]:
    wanted = list(dict.fromkeys(incident_ids))
    query = select(Incident).where(Incident.id.in_(wanted), visible(scope)).order_by(Incident.occurred_at)
    covered = list(scope.session.scalars(query)) if wanted else []
    if len(covered) < len(wanted):
        raise NotFound("no such incident")
    if not all(policy.may_cover(scope, incident) for incident in covered):
        raise Forbidden("may not review there")
    return covered


def _opening_errors(scope: Scope, opening: Opening) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(opening.title.strip()) <= LONGEST_TITLE:
        errors["title"] = [f"Give it a title of up to {LONGEST_TITLE} characters"]
    if opening.kind not in KINDS:
        errors["kind"] = ["Choose the kind of review"]
    if opening.framework_key not in scope.catalogue.frameworks:
        errors["framework"] = ["Choose a framework from the list"]
    if opening.lead_id not in {user.id for user in colleagues(scope, LEADING)}:
        errors["lead"] = ["Choose who leads it"]
    if opening.due_on is None or opening.due_on < scope.today():
        errors["due_on"] = ["Choose a day that is still to come"]
    if not opening.incident_ids:
        errors["references"] = ["Name at least one incident that it covers"]
    elif len(set(opening.incident_ids)) > MOST_INCIDENTS:
        errors["references"] = [f"Name at most {MOST_INCIDENTS} incidents; a theme may need two reviews"]
    return errors


def _opened_before(scope: Scope, review_id: UUID) -> Review:
    review = scope.session.scalar(select(Review).where(Review.id == review_id))
    if review is None or review.opened_by != scope.actor.id:
        raise Conflict("this form was sent by somebody else")
    return review


def writable(scope: Scope, review_id: UUID, *, lock: bool = False) -> Review:
    """Return a review that is open and that the actor may write; with ``lock``, held until they are done.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: they may see it but not write it.
        Conflict: it is signed off, or its framework is not in use any more.
    """
    review = queries.find(scope, review_id, lock=lock)
    if not policy.may_write(scope, queries.incidents_of(scope, [review.id])[review.id]):
        raise Forbidden("may not review there")
    if review.completed_at is not None:
        raise Conflict("signed off already")
    if frameworks.in_use(scope, review) is None:
        raise Conflict("its framework is not in use")
    return review


def stage_version(review: Review, stage: str) -> int:
    """Return a number that changes when the text of one stage does, for telling who wrote it in between."""
    return zlib.crc32(str(review.answers.get(stage, "")).encode())


def write_stage(scope: Scope, review_id: UUID, stage: str, text: str, version: int) -> Review:
    """Write one stage. What it said before stays in the trail.

    ``version`` is the stage's own (``stage_version``) when the actor read it, so that two people who write
    two stages never meet.

    Raises:
        Overtaken: somebody else wrote this stage since, and something else.
        Conflict: the review is signed off.
        Invalid: there is no such stage, or the text is too long.
    """
    review = writable(scope, review_id, lock=True)
    text = _plain(text)
    if stage not in {found.key for found in _framework(scope, review).stages}:
        raise Invalid({"stage": ["This framework has no such stage"]})
    if len(text) > LONGEST:
        raise Invalid({"text": [f"Use {LONGEST:,} characters or fewer; there are {len(text):,}"]})
    before = str(review.answers.get(stage, ""))
    if before == text:
        return review
    if stage_version(review, stage) != version:
        raise Overtaken(stage, before, text)
    review.answers = {**review.answers, stage: text}
    scope.session.flush()
    record(scope, "review.written", "review", review.id, before={stage: before}, after={stage: text})
    return review


def _framework(scope: Scope, review: Review) -> Framework:
    found = frameworks.in_use(scope, review)
    if found is None:
        raise Conflict("its framework is not in use")
    return found


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def add_factor(
    scope: Scope,
    review_id: UUID,
    group_key: str,
    kind: str,
    text: str,
    evidence: str = "",
    key: UUID | None = None,
) -> Factor:
    """Name a contributory factor in the system, with what shows it; once for each key.

    Raises:
        Conflict: the review is signed off.
        Invalid: something is missing or too long; the fields are named.
    """
    review = writable(scope, review_id, lock=True)
    groups = {group.key: group for group in _framework(scope, review).factors}
    factor_id = key or uuid7()
    known = next((found for found in queries.factors(scope, review.id) if found.id == factor_id), None)
    if known is not None:
        return known
    errors = _factor_errors(kind, _plain(text), _plain(evidence))
    if group_key not in groups:
        errors["group"] = ["Choose the part of the system"]
    if errors:
        raise Invalid(errors)
    factor = Factor(
        id=factor_id,
        review_id=review.id,
        group_key=group_key,
        theme=groups[group_key].theme,
        kind=kind,
        text=_plain(text),
        evidence=_plain(evidence),
        added_at=scope.now(),
        added_by=scope.actor.id,
    )
    if not store_once(scope.session, factor):
        raise Conflict("this form was sent for another review")
    record(scope, "factor.added", "review", review.id, after=_facts(factor))
    return factor


def _factor_errors(kind: str, text: str, evidence: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if kind not in FACTOR_KINDS:
        errors["kind"] = ["Say whether it made things harder or easier"]
    if not text:
        errors["text"] = ["Say in a sentence what it was about the system that played a part"]
    elif len(text) > LONGEST_FACTOR:
        errors["text"] = [f"Use {LONGEST_FACTOR:,} characters or fewer; there are {len(text):,}"]
    if len(evidence) > LONGEST_FACTOR:
        errors["evidence"] = [f"Use {LONGEST_FACTOR:,} characters or fewer; there are {len(evidence):,}"]
    return errors


def remove_factor(scope: Scope, review_id: UUID, factor_id: UUID) -> None:
    """Take out a factor that was named by mistake. What it said stays in the trail. Twice is once.

    Raises:
        Conflict: the review is signed off.
    """
    review = writable(scope, review_id, lock=True)
    factor = next((found for found in queries.factors(scope, review.id) if found.id == factor_id), None)
    if factor is None:
        return
    scope.session.delete(factor)
    scope.session.flush()
    record(scope, "factor.removed", "review", review.id, before=_facts(factor))


def _facts(factor: Factor) -> dict[str, str]:
    return {
        "group": factor.group_key,
        "kind": factor.kind,
        "text": factor.text,
        "evidence": factor.evidence,
    }


def missing(scope: Scope, framework: Framework, review: Review, factors: Sequence[Factor]) -> list[str]:
    """Return, in sentences, what is missing before a review can be signed off."""
    empty = [stage.title for stage in framework.stages if not str(review.answers.get(stage.key, "")).strip()]
    found = [f"“{title}” is still empty" for title in empty]
    if not factors:
        found.append("No contributory factor is named yet")
    return found + frameworks.objections(scope, framework, review, factors)


def complete(scope: Scope, review_id: UUID) -> Review:
    """Sign a review off.

    Raises:
        Conflict: it was signed off already.
        Invalid: a stage is empty or no factor is named; each is listed.
    """
    review = writable(scope, review_id, lock=True)
    lacks = missing(scope, _framework(scope, review), review, queries.factors(scope, review.id))
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
