"""Plan an action, complete it, declare how we shall know, and judge it when the day has come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from throughline.accounts.people import colleagues
from throughline.accounts.permissions import ROLES, Permission
from throughline.actions import queries
from throughline.actions.events import ActionCompleted, VerdictGiven
from throughline.actions.models import (
    DIRECTIONS,
    KINDS,
    STRENGTHS,
    VERDICTS,
    Action,
    ActionLearning,
    Measure,
    MeasureAction,
)
from throughline.audit.service import record
from throughline.incidents.taxonomy import CATEGORIES
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.learning import queries as learning
from throughline.notifications.service import notify
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_LONGEST_TITLE, _LONGEST = 200, 4_000
SHORTEST_BASELINE_MONTHS = 12


@dataclass(frozen=True)
class Plan:
    """What an action is to be. ``unit_id`` None is the whole tenant."""

    title: str
    description: str
    kind: str
    strength: str
    unit_id: UUID | None
    owner_id: UUID | None
    due_on: date | None


@dataclass(frozen=True)
class Declaration:
    """How we shall know: counted each month, against a baseline that is already over."""

    title: str
    definition: str
    category: str
    unit_id: UUID | None
    direction: str
    baseline_start: date | None
    baseline_end: date | None
    review_on: date | None


def plan(scope: Scope, wanted: Plan, learning_ids: Iterable[UUID]) -> Action:
    """Plan an action that serves one learning or several, and tell its owner.

    Raises:
        Invalid: something is missing or makes no sense; the fields are named.
        Forbidden: the actor may not act in that unit.
        NotFound: one of the learnings is not there.
    """
    served = list(dict.fromkeys(learning_ids))
    errors = _plan_errors(scope, wanted)
    if not served:
        errors["learning"] = ["An action serves at least one learning"]
    if errors or wanted.owner_id is None or wanted.due_on is None:
        raise Invalid(errors)
    _must_act(scope, wanted.unit_id)
    for learning_id in served:
        learning.find(scope, learning_id)
    action = Action(
        id=uuid7(),
        title=wanted.title.strip(),
        description=wanted.description.strip(),
        kind=wanted.kind,
        strength=wanted.strength,
        unit_id=wanted.unit_id,
        owner_id=wanted.owner_id,
        due_on=wanted.due_on,
        created_at=scope.now(),
        created_by=scope.actor.id,
    )
    scope.session.add(action)
    scope.session.flush()
    scope.session.add_all(ActionLearning(action_id=action.id, learning_id=found) for found in served)
    scope.session.flush()
    after = {
        "title": action.title,
        "strength": action.strength,
        "due_on": action.due_on,
        "owner": action.owner_id,
    }
    record(scope, "action.planned", "action", action.id, after=after)
    notify(
        scope,
        [action.owner_id],
        "action",
        f"You own an action: {action.title}",
        f"It is due on {action.due_on.day} {action.due_on:%B %Y}.",
        f"/t/{scope.tenant.slug}/actions/{action.id}",
        f"action:{action.id}",
    )
    return action


def _plan_errors(scope: Scope, wanted: Plan) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(wanted.title.strip()) <= _LONGEST_TITLE:
        errors["title"] = [f"Say what changes, in up to {_LONGEST_TITLE} characters"]
    if len(wanted.description) > _LONGEST:
        errors["description"] = [f"Use {_LONGEST:,} characters or fewer"]
    if wanted.kind not in KINDS:
        errors["kind"] = ["Choose what it changes"]
    if wanted.strength not in STRENGTHS:
        errors["strength"] = ["Choose how strong it is; the examples help"]
    if wanted.owner_id not in {user.id for user in colleagues(scope, ROLES)}:
        errors["owner"] = ["Choose who owns it"]
    if wanted.due_on is None or wanted.due_on < scope.today():
        errors["due_on"] = ["Choose a day that is still to come"]
    if wanted.unit_id is not None and wanted.unit_id not in tree(scope).units:
        errors["unit"] = ["Choose from the list"]
    return errors


def _must_act(scope: Scope, unit_id: UUID | None) -> None:
    whole = scope.actor.units_for(Permission.ACT) is None
    if not (whole if unit_id is None else scope.actor.may(Permission.ACT, unit_id)):
        raise Forbidden("may not act there")


def complete(scope: Scope, action_id: UUID, note: str) -> Action:
    """Say that an action is done, with what was done. Its owner may, and whoever may act in its unit.

    Raises:
        Conflict: it was done already.
        Invalid: the note is missing.
    """
    action = queries.find(scope, action_id)
    if action.owner_id != scope.actor.id:
        _must_act(scope, action.unit_id)
    if action.completed_on is not None:
        raise Conflict("done already")
    if not note.strip():
        raise Invalid({"note": ["Say in a line what was done and what shows it"]})
    action.completed_on, action.completed_by = scope.today(), scope.actor.id
    action.completion_note = note.strip()[:_LONGEST]
    scope.session.flush()
    record(scope, "action.completed", "action", action.id, after={"note": action.completion_note})
    scope.emit(ActionCompleted(action.id))
    return action


def declare(scope: Scope, wanted: Declaration, action_ids: Iterable[UUID]) -> Measure:
    """Declare a measure for one action or several, before its effect is known.

    Raises:
        Invalid: something is missing or makes no sense; the fields are named.
        NotFound: one of the actions is not the actor's to see.
    """
    judged = [queries.find(scope, action_id) for action_id in dict.fromkeys(action_ids)]
    errors = _declaration_errors(scope, wanted)
    if not judged:
        errors["action"] = ["A measure judges at least one action"]
    if errors or wanted.baseline_start is None or wanted.baseline_end is None or wanted.review_on is None:
        raise Invalid(errors)
    for action in judged:
        _must_act(scope, action.unit_id)
    measure = Measure(
        id=uuid7(),
        title=wanted.title.strip(),
        definition=wanted.definition.strip(),
        category=wanted.category,
        unit_id=wanted.unit_id,
        direction=wanted.direction,
        baseline_start=wanted.baseline_start,
        baseline_end=wanted.baseline_end,
        review_on=wanted.review_on,
        created_at=scope.now(),
        created_by=scope.actor.id,
    )
    scope.session.add(measure)
    scope.session.flush()
    scope.session.add_all(MeasureAction(measure_id=measure.id, action_id=action.id) for action in judged)
    scope.session.flush()
    after = {"title": measure.title, "direction": measure.direction, "review_on": measure.review_on}
    record(scope, "measure.declared", "measure", measure.id, after=after)
    return measure


def _declaration_errors(scope: Scope, wanted: Declaration) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(wanted.title.strip()) <= _LONGEST_TITLE:
        errors["title"] = [f"Give it a title of up to {_LONGEST_TITLE} characters"]
    if not 1 <= len(wanted.definition.strip()) <= _LONGEST:
        errors["definition"] = ["Say exactly what is counted"]
    if wanted.category not in CATEGORIES:
        errors["category"] = ["Choose what is counted"]
    if wanted.direction not in DIRECTIONS:
        errors["direction"] = ["Say which direction is better"]
    if wanted.unit_id is not None and wanted.unit_id not in tree(scope).units:
        errors["unit"] = ["Choose from the list"]
    if wanted.review_on is None or wanted.review_on <= scope.today():
        errors["review_on"] = [
            "Choose a day that is still to come: a measure is declared before it is judged"
        ]
    return errors | _baseline_errors(scope, wanted.baseline_start, wanted.baseline_end)


def _baseline_errors(scope: Scope, start: date | None, end: date | None) -> dict[str, list[str]]:
    if start is None or end is None:
        return {"baseline_start": ["Choose the first and the last day of the baseline"]}
    if end > scope.today():
        return {"baseline_end": ["The baseline has to be over before the measure is declared"]}
    months = (end.year - start.year) * 12 + end.month - start.month + (1 if end.day >= start.day - 1 else 0)
    if months < SHORTEST_BASELINE_MONTHS:
        return {"baseline_start": [f"Use at least {SHORTEST_BASELINE_MONTHS} months, or no chart can tell"]}
    return {}


def judge(scope: Scope, measure_id: UUID, verdict: str, reason: str) -> Measure:
    """Give a measure its verdict, at or after its review date.

    Raises:
        Conflict: it was judged already.
        Invalid: it is too early, or the reason is missing.
    """
    measure = queries.find_measure(scope, measure_id)
    _must_act(scope, measure.unit_id)
    if measure.verdict is not None:
        raise Conflict("judged already")
    errors: dict[str, list[str]] = {}
    if measure.review_on > scope.today():
        errors["verdict"] = [
            f"It is to be judged on {measure.review_on.day} {measure.review_on:%B %Y}, not before"
        ]
    elif verdict not in VERDICTS:
        errors["verdict"] = ["Choose what the numbers say; “cannot tell” is an honest answer"]
    if not reason.strip():
        errors["reason"] = ["Say in a sentence what the numbers show"]
    if errors:
        raise Invalid(errors)
    measure.verdict, measure.verdict_reason = verdict, reason.strip()[:_LONGEST]
    measure.verdict_at, measure.verdict_by = scope.now(), scope.actor.id
    scope.session.flush()
    after = {"verdict": verdict, "reason": measure.verdict_reason}
    record(scope, "measure.judged", "measure", measure.id, after=after)
    scope.emit(VerdictGiven(measure.id, verdict))
    return measure
