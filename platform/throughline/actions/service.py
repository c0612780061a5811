"""Plan an action, complete it, declare how we shall know, and judge it when the day has come."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from throughline.accounts.people import colleagues
from throughline.accounts.permissions import Permission
from throughline.actions import policy, queries
from throughline.actions.events import ActionCompleted, ActionPlanned, MeasureDeclared, VerdictGiven
from throughline.actions.models import VERDICTS, Action, ActionLearning, Measure, MeasureAction
from throughline.actions.schemas import LONGEST, Declaration, Plan, declaration_errors, plan_errors
from throughline.audit.service import record
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.kernel.once import store_once
from throughline.learning import queries as learning
from throughline.notifications.service import notify
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

__all__ = ["Declaration", "Plan", "complete", "declare", "judge", "plan"]


def plan(scope: Scope, wanted: Plan, learning_ids: Iterable[UUID]) -> Action:
    """Plan an action that serves one learning or several, once for each key, and tell its owner.

    Raises:
        Forbidden: the actor plans no actions.
        NotFound: one of the learnings is not there.
        Invalid: something is missing or makes no sense, or the unit is not one the actor acts for; the fields
            are named.
    """
    _must_act(scope)
    served = [learning.find(scope, learning_id).id for learning_id in dict.fromkeys(learning_ids)]
    wanted = replace(wanted, title=_plain(wanted.title), description=_plain(wanted.description))
    owners = [user.id for user in colleagues(scope, policy.OWNING)]
    errors = plan_errors(wanted, owners, policy.place_ids(scope, tree(scope)), scope.today())
    if not served:
        errors["learning"] = ["An action serves at least one learning; start from a learning's page"]
    if errors or wanted.owner_id is None or wanted.due_on is None:
        raise Invalid(errors)
    action = Action(
        id=wanted.key,
        title=wanted.title,
        description=wanted.description,
        kind=wanted.kind,
        strength=wanted.strength,
        unit_id=wanted.unit_id,
        owner_id=wanted.owner_id,
        due_on=wanted.due_on,
        created_at=scope.now(),
        created_by=scope.actor.id,
    )
    if not store_once(scope.session, action):
        return _planned_before(scope, action.id)
    scope.session.add_all(ActionLearning(action_id=action.id, learning_id=found) for found in served)
    scope.session.flush()
    after = {
        "title": action.title,
        "strength": action.strength,
        "unit": action.unit_id,
        "owner": action.owner_id,
        "due_on": action.due_on,
        "learnings": tuple(served),
    }
    record(scope, "action.planned", "action", action.id, after=after)
    scope.emit(ActionPlanned(action.id, tuple(served)))
    _tell_owner(scope, action)
    return action


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _must_act(scope: Scope) -> None:
    if not scope.actor.may(Permission.ACT):
        raise Forbidden("plans no actions")


def _must_act_for(scope: Scope, unit_id: UUID | None) -> None:
    if not policy.may_act(scope, unit_id):
        raise Forbidden("may not act there")


def _planned_before(scope: Scope, action_id: UUID) -> Action:
    action = scope.session.scalar(select(Action).where(Action.id == action_id))
    if action is None or action.created_by != scope.actor.id:
        raise Conflict("this form was sent by somebody else")
    return action


def _tell_owner(scope: Scope, action: Action) -> None:
    if action.owner_id == scope.actor.id:
        return
    notify(
        scope,
        [action.owner_id],
        "action",
        f"You own an action: {action.title}",
        f"It is due on {action.due_on.day} {action.due_on:%B %Y}.",
        f"/t/{scope.tenant.slug}/actions/{action.id}",
        f"action:{action.id}",
    )


def complete(scope: Scope, action_id: UUID, note: str) -> Action:
    """Say that an action is done, with what was done. Its owner may, and whoever may act for its unit.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: they neither own it nor act for its unit.
        Conflict: it was done already.
        Invalid: the note is missing or too long.
    """
    action = queries.find(scope, action_id, lock=True)
    if not policy.may_complete(scope, action):
        raise Forbidden("neither the owner nor acting there")
    if action.completed_on is not None:
        raise Conflict("done already")
    note = _plain(note)
    if not note:
        raise Invalid({"note": ["Say in a line what was done and what shows it"]})
    if len(note) > LONGEST:
        raise Invalid({"note": [f"Use {LONGEST:,} characters or fewer; there are {len(note):,}"]})
    action.completed_on, action.completed_by = scope.today(), scope.actor.id
    action.completion_note = note
    scope.session.flush()
    after = {"completed_on": action.completed_on, "note": note}
    record(scope, "action.completed", "action", action.id, after=after)
    scope.emit(ActionCompleted(action.id))
    return action


def declare(scope: Scope, wanted: Declaration, action_ids: Iterable[UUID]) -> Measure:
    """Declare a measure for one action or several before its effect is known, once for each key.

    Raises:
        NotFound: one of the actions is not the actor's to see.
        Forbidden: the actor may not act for the unit of one of the actions.
        Invalid: something is missing or makes no sense, or the unit is not one the actor acts for; the fields
            are named.
    """
    _must_act(scope)
    judged = [queries.find(scope, action_id) for action_id in dict.fromkeys(action_ids)]
    for action in judged:
        _must_act_for(scope, action.unit_id)
    wanted = replace(wanted, title=_plain(wanted.title), definition=_plain(wanted.definition))
    errors = declaration_errors(wanted, judged, policy.place_ids(scope, tree(scope)), scope.today())
    if not judged:
        errors["action"] = ["A measure judges at least one action; start from an action's page"]
    if errors or wanted.baseline_start is None or wanted.baseline_end is None or wanted.review_on is None:
        raise Invalid(errors)
    measure = Measure(
        id=wanted.key,
        title=wanted.title,
        definition=wanted.definition,
        category=wanted.category,
        unit_id=wanted.unit_id,
        direction=wanted.direction,
        baseline_start=wanted.baseline_start,
        baseline_end=wanted.baseline_end,
        review_on=wanted.review_on,
        created_at=scope.now(),
        created_by=scope.actor.id,
    )
    if not store_once(scope.session, measure):
        return _declared_before(scope, measure.id)
    ids = tuple(action.id for action in judged)
    scope.session.add_all(MeasureAction(measure_id=measure.id, action_id=action_id) for action_id in ids)
    scope.session.flush()
    after = {
        "title": measure.title,
        "category": measure.category,
        "unit": measure.unit_id,
        "direction": measure.direction,
        "baseline_start": measure.baseline_start,
        "baseline_end": measure.baseline_end,
        "review_on": measure.review_on,
        "actions": ids,
    }
    record(scope, "measure.declared", "measure", measure.id, after=after)
    scope.emit(MeasureDeclared(measure.id, ids))
    return measure


def _declared_before(scope: Scope, measure_id: UUID) -> Measure:
    measure = scope.session.scalar(select(Measure).where(Measure.id == measure_id))
    if measure is None or measure.created_by != scope.actor.id:
        raise Conflict("this form was sent by somebody else")
    return measure


def judge(scope: Scope, measure_id: UUID, verdict: str, reason: str) -> Measure:
    """Give a measure its verdict, at or after its review date. A verdict is given once.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: the actor may not act for its unit.
        Conflict: it was judged already.
        Invalid: it is too early, or the verdict or its reason is missing.
    """
    measure = queries.find_measure(scope, measure_id, lock=True)
    _must_act_for(scope, measure.unit_id)
    if measure.verdict is not None:
        raise Conflict("judged already")
    reason = _plain(reason)
    errors: dict[str, list[str]] = {}
    if measure.review_on > scope.today():
        day = f"{measure.review_on.day} {measure.review_on:%B %Y}"
        errors["verdict"] = [f"It is to be judged on {day}, not before"]
    elif verdict not in VERDICTS:
        errors["verdict"] = ["Choose what the numbers say; “cannot tell” is an honest answer"]
    if not reason:
        errors["reason"] = ["Say in a sentence what the numbers show"]
    elif len(reason) > LONGEST:
        errors["reason"] = [f"Use {LONGEST:,} characters or fewer; there are {len(reason):,}"]
    if errors:
        raise Invalid(errors)
    measure.verdict, measure.verdict_reason = verdict, reason
    measure.verdict_at, measure.verdict_by = scope.now(), scope.actor.id
    scope.session.flush()
    record(scope, "measure.judged", "measure", measure.id, after={"verdict": verdict, "reason": reason})
    scope.emit(VerdictGiven(measure.id, verdict))
    return measure
