"""Change a plan that does not hold, or a verdict that was wrong: with a reason, and what was before is kept.

What was before stands in the trail, which nobody can change; ``history`` reads it back for the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from throughline.accounts.people import colleagues
from throughline.actions import policy, queries
from throughline.actions.events import VerdictGiven
from throughline.actions.models import VERDICTS, Action, Measure
from throughline.actions.schemas import LONGEST, Errors
from throughline.audit import queries as audit
from throughline.audit.service import record
from throughline.kernel.errors import Conflict, Forbidden, Invalid
from throughline.notifications.service import notify
from throughline.tenancy.scope import Scope

LONGEST_REASON = 500
REPLANNED, CORRECTED = "action.replanned", "measure.corrected"


def replan(
    scope: Scope,
    action_id: UUID,
    owner_id: UUID | None,
    due_on: date | None,
    reason: str,
    seen: tuple[UUID | None, date | None],
) -> Action:
    """Give an action that is not done another owner, another day or both, and tell whom it concerns.

    ``seen`` is the owner and the day that stood on the page the change was made from.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: the actor may not act for its unit.
        Conflict: it is done, or somebody else changed it meanwhile.
        Invalid: nothing differs, or something is missing; the fields are named.
    """
    action = queries.find(scope, action_id, lock=True)
    _must_act_for(scope, action.unit_id)
    if action.completed_on is not None or seen != (action.owner_id, action.due_on):
        raise Conflict("done, or changed meanwhile")
    errors: Errors = {}
    if owner_id != action.owner_id and owner_id not in {user.id for user in colleagues(scope, policy.OWNING)}:
        errors["owner"] = ["Choose who owns it"]
    if due_on is None or (due_on != action.due_on and due_on < scope.today()):
        errors["due_on"] = ["Choose a day that is still to come"]
    if not errors and (owner_id, due_on) == (action.owner_id, action.due_on):
        errors["due_on"] = ["Choose another day or another owner; these are the ones it has"]
    reason = _sentence(
        errors, "reason", reason, "Say why the plan changes. Everybody who sees the action reads it"
    )
    if errors or owner_id is None or due_on is None:
        raise Invalid(errors)
    owner_before, before = action.owner_id, {"owner": action.owner_id, "due_on": action.due_on}
    action.owner_id, action.due_on = owner_id, due_on
    scope.session.flush()
    after = {"owner": owner_id, "due_on": due_on, "reason": reason}
    record(scope, REPLANNED, "action", action.id, before=before, after=after)
    _tell(scope, action, owner_before, reason)
    return action


def _tell(scope: Scope, action: Action, owner_before: UUID, reason: str) -> None:
    day = f"{action.due_on.day} {action.due_on:%B %Y}"
    moved = action.owner_id != owner_before
    told = [
        (
            action.owner_id,
            "You own an action" if moved else "Your action has a new day",
            f"It is due on {day}.",
        )
    ]
    if moved:
        told.append((owner_before, "An action is no longer yours", "Somebody else owns it now."))
    for user_id, subject, body in told:
        if user_id == scope.actor.id:
            continue
        notify(
            scope,
            [user_id],
            "action",
            f"{subject}: {action.title}",
            f"{body} {reason}",
            f"/t/{scope.tenant.slug}/actions/{action.id}",
            f"action:{action.id}:{scope.now().isoformat()}",
        )


def correct(
    scope: Scope, measure_id: UUID, verdict: str, reason: str, why: str, seen: tuple[str, str]
) -> Measure:
    """Put another verdict in the place of one that was wrong. The earlier one stays readable beside it.

    ``reason`` is what the numbers say; ``why`` is what was wrong before; ``seen`` is the verdict and reason
    that stood on the page the correction was made from.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: the actor may not act for its unit.
        Conflict: it was never judged, or somebody else corrected it meanwhile.
        Invalid: nothing differs, or something is missing; the fields are named.
    """
    measure = queries.find_measure(scope, measure_id, lock=True)
    _must_act_for(scope, measure.unit_id)
    if measure.verdict is None or seen != (measure.verdict, measure.verdict_reason):
        raise Conflict("not judged, or corrected meanwhile")
    errors: Errors = {}
    if verdict not in VERDICTS:
        errors["verdict"] = ["Choose what the numbers say; “cannot tell” is an honest answer"]
    reason = _sentence(errors, "reason", reason, "Say in a sentence what the numbers show", LONGEST)
    why = _sentence(errors, "why", why, "Say what was wrong with the verdict before")
    if not errors and (verdict, reason) == (measure.verdict, measure.verdict_reason):
        errors["verdict"] = ["Nothing differs from the verdict it has"]
    if errors:
        raise Invalid(errors)
    before = {
        "verdict": measure.verdict,
        "reason": measure.verdict_reason,
        "at": measure.verdict_at,
        "by": measure.verdict_by,
    }
    measure.verdict, measure.verdict_reason = verdict, reason
    measure.verdict_at, measure.verdict_by = scope.now(), scope.actor.id
    scope.session.flush()
    after = {"verdict": verdict, "reason": reason, "why": why}
    record(scope, CORRECTED, "measure", measure.id, before=before, after=after)
    scope.emit(VerdictGiven(measure.id, verdict))
    return measure


@dataclass(frozen=True)
class Change:
    """One change of a plan or one correction of a verdict: what differs, when, and who said why."""

    at: datetime
    who: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def history(scope: Scope, subject: Action | Measure) -> list[Change]:
    """Return the changes of a plan, or the corrections of a verdict, newest first."""
    kind, wanted = ("action", REPLANNED) if isinstance(subject, Action) else ("measure", CORRECTED)
    return [
        Change(event.at, event.actor_name, event.before or {}, event.after or {})
        for event in reversed(audit.of_subject(scope, kind, subject.id))
        if event.action == wanted
    ]


def _must_act_for(scope: Scope, unit_id: UUID | None) -> None:
    if not policy.may_act(scope, unit_id):
        raise Forbidden("may not act there")


def _sentence(errors: Errors, name: str, text: str, missing: str, longest: int = LONGEST_REASON) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        errors[name] = [missing]
    elif len(text) > longest:
        errors[name] = [f"Use {longest:,} characters or fewer; there are {len(text):,}"]
    return text
