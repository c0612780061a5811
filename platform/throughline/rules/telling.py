"""Tell people of alarms: what is raised for somebody about one thing at one moment is one message."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from throughline.accounts.people import holders
from throughline.notifications.service import notify
from throughline.rules.links import token_for
from throughline.rules.models import Escalation, Firing
from throughline.rules.subjects import Subject
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

MOST_NAMED = 12
_WHY_YOU = {
    "ignored": "Nobody has acknowledged it yet, so it comes to you.",
    "declined": "It was declined by whoever was asked before you.",
    "delegated": "A colleague has passed it to you by name.",
}


@dataclass(frozen=True)
class Raised:
    """An escalation that was just raised, its firing, and how it was passed on if it was."""

    escalation: Escalation
    firing: Firing
    how: str | None = None


def tell(scope: Scope, about: Subject, raised: Sequence[Raised]) -> None:
    """Tell each person of all that was raised for them."""
    asked: dict[UUID, list[Raised]] = defaultdict(list)
    for one in raised:
        for user_id in _people(scope, about, one.escalation):
            asked[user_id].append(one)
    for user_id, theirs in asked.items():
        _tell(scope, about, user_id, theirs)


def _people(scope: Scope, about: Subject, escalation: Escalation) -> list[UUID]:
    if escalation.to_user_id is not None:
        return [escalation.to_user_id]
    return [user.id for user in holders(scope, escalation.to_role, tree(scope), about.unit_id)]


def _tell(scope: Scope, about: Subject, user_id: UUID, raised: Sequence[Raised]) -> None:
    first = min(raised, key=lambda one: (one.escalation.acknowledge_by, one.escalation.id))
    local = scope.local(first.escalation.acknowledge_by)
    until = f"{local:%H:%M} on {local.day} {local:%B %Y}"
    titles = list(dict.fromkeys(one.firing.title for one in raised))
    if len(raised) == 1:
        subject = f"{about.name}: {titles[0]}"
        asks = f"Please look at {about.place} and acknowledge it by {until}."
    else:
        more = f"; and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else ""
        subject = f"{about.name}: {len(raised)} alarms"
        asks = (
            f"Please look at {about.place} and acknowledge all {len(raised)} by {until}: "
            f"{'; '.join(titles[:MOST_NAMED])}{more}."
        )
    whys = [_WHY_YOU[one.how] for one in raised if one.how]
    why = "".join(f"{found}\n" for found in dict.fromkeys([*whys, *_instead(raised)]))
    notify(
        scope,
        [user_id],
        "escalation",
        subject,
        f"{asks}\n{why}Sign in to see what happened and why you are asked.",
        f"/t/{scope.tenant.slug}/answer/{token_for(scope, first.escalation.id, user_id)}",
        f"escalation:{first.escalation.id}",
    )


def _instead(raised: Sequence[Raised]) -> list[str]:
    return [one.escalation.instead for one in raised if one.escalation.instead]
