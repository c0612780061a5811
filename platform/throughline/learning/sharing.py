"""Share a learning with the units it is for, let each answer, and remind those that have not."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.people import holders
from throughline.accounts.permissions import Permission
from throughline.audit.service import record
from throughline.jobs.watching import AT_ONE_LOOK, Watch
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.learning import queries
from throughline.learning.events import LearningShared, ShareAcknowledged
from throughline.learning.identifying import Found, in_learning
from throughline.learning.models import Learning, Share
from throughline.learning.policy import shareable
from throughline.learning.service import make_approved, must_share
from throughline.learning.words import ANSWERS, KINDS
from throughline.notifications.service import notify
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import Tree, tree
from throughline.tenancy.scope import Scope

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that is read as something else
CODE_LENGTH = 10  # 50 bits: what a sheet leads to holds nobody's details, and is not found by trying
ANSWER_DAYS = 14  # the first of the two days domain.md counts acknowledgement by
LATEST = timedelta(days=366)
LONGEST_WORDS = 500
CHECKED = "checked"


@dataclass(frozen=True)
class Terms:
    """How a learning is to reach a team, by when the unit answers, and that it was checked for details.

    ``checked`` holds why what looks as if it could identify somebody does not; empty where nothing does.
    """

    kind: str = "team_briefing"
    answer_by: date | None = None
    checked: str = ""


class Recognisable(Invalid):
    """The text holds what could identify somebody, and nobody has said yet that it does not."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.found = tuple(found)
        words = ", ".join(f"“{one.text}”" for one in self.found[:5])
        super().__init__(
            {CHECKED: [f"Somebody could be recognised by {words}. Change the draft, or say why not"]}
        )


def share(scope: Scope, learning_id: UUID, unit_ids: Iterable[UUID], terms: Terms | None = None) -> int:
    """Share a learning with units, approving it first if it is not yet; return how many units are new.

    Raises:
        Forbidden: the actor shares no learning.
        Recognisable: its text could identify somebody, and ``terms`` does not say why it is safe.
        Invalid: no unit was chosen, or one that the actor may not share with, or a term cannot be.
    """
    must_share(scope)
    terms = terms or Terms()
    learning = queries.find(scope, learning_id, lock=True)
    units = tree(scope)
    open_to_actor = {unit.id: unit for unit in shareable(scope, units)}
    wanted = list(dict.fromkeys(unit_ids))
    errors = _errors(scope, terms)
    if not wanted:
        errors["units"] = ["Choose at least one unit it is for"]
    elif any(unit_id not in open_to_actor for unit_id in wanted):
        errors["units"] = ["Choose from the units in the list: those you may share with"]
    if errors:
        raise Invalid(errors)
    if learning.approved_at is None:
        _must_be_safe(scope, learning, terms)
        make_approved(scope, learning)
    fresh = [open_to_actor[unit_id] for unit_id in _share_with(scope, learning, wanted, terms)]
    if fresh:
        after = {"units": tuple(unit.name for unit in fresh), "kind": terms.kind}
        record(scope, "learning.shared", "learning", learning.id, after=after)
        scope.emit(LearningShared(learning.id, tuple(unit.id for unit in fresh)))
        _tell(scope, learning, units, fresh)
    return len(fresh)


def _errors(scope: Scope, terms: Terms) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if terms.kind not in KINDS:
        errors["kind"] = ["Choose how it reaches the team from the list"]
    if terms.answer_by is not None and not scope.today() <= terms.answer_by <= scope.today() + LATEST:
        errors["answer_by"] = ["Choose a day from today on, within a year"]
    if len(terms.checked) > LONGEST_WORDS:
        errors[CHECKED] = [f"Use {LONGEST_WORDS} characters or fewer; there are {len(terms.checked):,}"]
    return errors


def _must_be_safe(scope: Scope, learning: Learning, terms: Terms) -> None:
    """Let a text out only when it identifies nobody, or somebody has said why it does not."""
    found = in_learning(scope, learning)
    if not found:
        return
    if not terms.checked.strip():
        raise Recognisable(found)
    after = {"looked_like": tuple(one.text for one in found), "why_safe": terms.checked.strip()}
    record(scope, "learning.checked", "learning", learning.id, after=after)


def new_code() -> str:
    """Return a new code for a sheet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _share_with(scope: Scope, learning: Learning, unit_ids: list[UUID], terms: Terms) -> list[UUID]:
    answer_by = terms.answer_by or scope.today() + timedelta(days=ANSWER_DAYS)
    rows = [
        {
            "tenant_id": scope.tenant.id,
            "id": uuid7(),
            "learning_id": learning.id,
            "unit_id": unit_id,
            "kind": terms.kind,
            "code": new_code(),
            "shared_at": scope.now(),
            "shared_by": scope.actor.id,
            "answer_by": answer_by,
            "answer_words": "",
        }
        for unit_id in unit_ids
    ]
    statement = (
        insert(Share)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "learning_id", "unit_id"])
        .returning(Share.unit_id)
    )
    return list(scope.session.scalars(statement))


def _tell(scope: Scope, learning: Learning, units: Tree, fresh: Sequence[Unit]) -> None:
    for unit in fresh:
        notify(
            scope,
            [user.id for user in holders(scope, "unit_manager", units, unit.id)],
            "learning",
            f"To share with {unit.name}: {learning.title}",
            "A learning is for your unit. Read it, share it with your team, and say what it means there.",
            f"/t/{scope.tenant.slug}/learning/{learning.id}",
            f"share:{learning.id}:{unit.id}",
        )


def acknowledge(
    scope: Scope, learning_id: UUID, unit_id: UUID, answer: str = "adopted", words: str = ""
) -> Share:
    """Say that a unit has shared a learning with its team, and what it means there.

    Raises:
        NotFound: it was not shared with that unit.
        Forbidden: the actor does not answer for the unit.
        Conflict: it was acknowledged already.
        Invalid: the answer is not one of ``ANSWERS``, or needs its reason.
    """
    query = select(Share).where(Share.learning_id == learning_id, Share.unit_id == unit_id)
    found = scope.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound("not shared with this unit")
    if not scope.actor.may(Permission.ACKNOWLEDGE, unit_id):
        raise Forbidden("does not answer for this unit")
    if found.acknowledged_at is not None:
        raise Conflict("acknowledged already")
    words = words.replace("\r\n", "\n").strip()
    errors = _answer_errors(answer, words)
    if errors:
        raise Invalid(errors)
    found.acknowledged_at, found.acknowledged_by = scope.now(), scope.actor.id
    found.answer, found.answer_words = answer, words
    scope.session.flush()
    after = {"unit": unit_id, "answer": answer, "words": words}
    record(scope, "learning.acknowledged", "learning", learning_id, after=after)
    scope.emit(ShareAcknowledged(learning_id, unit_id))
    return found


def _answer_errors(answer: str, words: str) -> Mapping[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if answer not in ANSWERS:
        errors["answer"] = ["Choose what it means for the unit"]
    elif ANSWERS[answer].asks_why and not words:
        errors["words"] = [f"Say why it is “{ANSWERS[answer].label.lower()}” here"]
    if len(words) > LONGEST_WORDS:
        errors["words"] = [f"Use {LONGEST_WORDS} characters or fewer; there are {len(words):,}"]
    return errors


def _unanswered(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (
        Share.acknowledged_at.is_(None),
        Share.reminded_at.is_(None),
        Share.answer_by < scope.today(),
    )


def unanswered_ones(scope: Scope) -> Sequence[UUID]:
    """Return the shares whose day passed without an answer and whose unit was not reminded."""
    query = select(Share.id).where(*_unanswered(scope)).order_by(Share.answer_by, Share.id)
    return scope.session.scalars(query.limit(AT_ONE_LOOK)).all()


def remind(scope: Scope, share_id: UUID) -> bool:
    """Remind a unit's managers of a share they have not answered, if that is still so: once."""
    query = select(Share).where(Share.id == share_id, *_unanswered(scope))
    found = scope.session.scalar(query.with_for_update(skip_locked=True, of=Share))
    if found is None:
        return False
    found.reminded_at = scope.now()
    scope.session.flush()
    units = tree(scope)
    unit = units.units[found.unit_id]
    learning = scope.session.get_one(Learning, (scope.tenant.id, found.learning_id))
    told = notify(
        scope,
        [user.id for user in holders(scope, "unit_manager", units, unit.id)]
        if unit.closed_on is None
        else [],
        "learning",
        f"{unit.name} has not answered yet: {learning.title}",
        "What was learned elsewhere is waiting to be shared with your team. Say what it means there.",
        f"/t/{scope.tenant.slug}/learning/{learning.id}",
        f"share unanswered:{found.id}",
    )
    after = {"unit": unit.name, "people_told": told}
    record(scope, "learning.reminded", "learning", learning.id, after=after)
    return True


WATCHES = (Watch("share unanswered", unanswered_ones, remind),)
