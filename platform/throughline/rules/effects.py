"""What a rule asks for, carried out by the services below in the transaction of its firing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from throughline.accounts.people import holders
from throughline.audit.service import record
from throughline.clocks import service as clocks
from throughline.incidents import flags
from throughline.incidents.models import Incident
from throughline.learning import asking
from throughline.notifications.service import notify
from throughline.obligations import opening as obligations
from throughline.rules import escalating
from throughline.rules.models import Firing
from throughline.rules.noting import note_problem
from throughline.rules.subjects import Subject
from throughline.rules.targets import guarded_role
from throughline.rules.telling import Raised
from throughline.sdk import (
    Effect,
    Escalate,
    Notify,
    OpenObligation,
    RequireReview,
    RequireShare,
    SetFlag,
    StartClock,
)
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

NOT_CARRIED_OUT = "What a rule asks for could not be done"
_NAMES: dict[type, str] = {
    Escalate: "escalate",
    RequireReview: "require_review",
    RequireShare: "require_share",
    StartClock: "start_clock",
    SetFlag: "set_flag",
    Notify: "notify",
    OpenObligation: "open_obligation",
}


def as_data(effect: Effect) -> dict[str, Any]:
    """Return an effect as a firing stores it."""
    return {"effect": _NAMES[type(effect)], **asdict(effect)}


def carry_out(
    scope: Scope,
    about: Subject,
    firing: Firing,
    effects: Sequence[Effect],
    inputs: Mapping[str, Any] = MappingProxyType({}),
) -> list[Raised]:
    """Do what a firing asks for, in the order of the rule; return the alarms that are still to be told of.

    ``inputs`` are the values the rule read. A clock, a share, a flag and an obligation need one incident.

    Raises:
        LookupError: what needs an incident is asked for where there is none.
    """
    raised: list[Raised] = []
    for effect in effects:
        match effect:
            case Escalate():
                raised += escalating.open_first(scope, about, firing, effect)
            case RequireReview():
                _suggest_review(about, effect)
            case RequireShare():
                _ask_share(scope, _incident(about), firing, effect)
            case StartClock():
                _start_clock(scope, _incident(about), firing, effect)
            case SetFlag():
                rule = (firing.rule_key, firing.rule_version)
                flags.put_on(scope, _incident(about).id, effect.key, effect.title, *rule)
            case Notify():
                _notify(scope, about, firing, effect)
            case OpenObligation():
                because = obligations.Because(
                    firing.rule_key, firing.rule_version, firing.id, inputs, firing.explanation
                )
                obligations.open_by_rule(scope, _incident(about), effect.duty, because)
    return raised


def _incident(about: Subject) -> Incident:
    if about.incident is None:
        raise LookupError("there is no incident to act on")
    return about.incident


def _suggest_review(about: Subject, effect: RequireReview) -> None:
    """Suggest a review to the triage form; about a unit, the page of the alarm recommends it."""
    incident = about.incident
    if incident is not None and incident.review_kind is None and incident.triaged_at is None:
        incident.review_kind = effect.kind  # what the triage form suggests; a person decides


def _ask_share(scope: Scope, incident: Incident, firing: Firing, effect: RequireShare) -> None:
    wanted = asking.Wanted(firing.title, effect.audience, effect.within_working_days, effect.words)
    if not asking.ask(scope, incident, wanted, firing.rule_key, firing.rule_version):
        words = asking.audience_words(effect.audience)
        message = f"{firing.rule_key} asks for a share with {words}, and there is no such open unit."
        note_problem(scope, firing.rule_key, NOT_CARRIED_OUT, message, "incident", incident.id)


def _start_clock(scope: Scope, incident: Incident, firing: Firing, effect: StartClock) -> None:
    counting = clocks.Counting(
        effect.key, effect.title, effect.hours, effect.working_days, effect.warn_before_hours
    )
    clocks.start_by_rule(scope, incident, counting, firing.rule_key, firing.rule_version)


def _notify(scope: Scope, about: Subject, firing: Firing, effect: Notify) -> None:
    role = guarded_role(about, effect.to)
    told = notify(
        scope,
        [user.id for user in holders(scope, role, tree(scope), about.unit_id)],
        "notice",
        f"{about.name}: {firing.title}",
        f"{effect.words}\n{about.place}. Nothing needs acknowledging.\nSign in to see what happened and why "
        "you are told.",
        about.page(scope.tenant.slug, firing.id),
        f"notice:{firing.id}:{role}",
    )
    if told:
        after = {"rule": firing.rule_key, "to_role": role, "people_told": told}
        record(scope, "notice.sent", about.kind, about.id, after=after)
