"""The trail of an incident in words: no keys, no machine's dates, and people and roles by their names."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from throughline.accounts.permissions import ROLE_WORDS
from throughline.audit import queries as audit
from throughline.audit.models import AuditEvent
from throughline.incidents import taxonomy, wording
from throughline.incidents.desk import REVIEW_KINDS
from throughline.incidents.models import Incident
from throughline.sdk import LEGAL_STATUSES
from throughline.tenancy.scope import Scope

ACTIONS = {
    "incident.reported": "Reported",
    "incident.graded": "Corrected what was recorded",
    "incident.corrected": "Corrected what was recorded",
    "incident.answered": "Follow-up answers added or corrected",
    "incident.triaged": "Decided what it needs",
    "incident.read": "Opened",
    "review.opened": "Review opened",
    "review.completed": "Review signed off",
    "escalation.raised": "Escalated",
    "escalation.acknowledged": "Escalation acknowledged",
    "escalation.declined": "Escalation declined",
    "escalation.delegated": "Escalation passed on by name",
    "escalation.moved_on": "Nobody acknowledged it in time, so it moved on",
    "notice.sent": "People were told",
    "share.asked": "A rule asked to share what is learned",
    "share.met": "What was learned reached everybody it was asked for",
    "share.overdue": "A share that was asked for is overdue, and people were told",
    "flag.set": "Marked",
    "flag.removed": "Mark taken off",
    "clock.started": "Clock started",
    "clock.paused": "Clock paused",
    "clock.resumed": "Clock went on",
    "clock.stopped": "Clock stopped",
    "clock.met": "Recorded that it was done",
    "clock.taken_back": "Recorded that it was not done after all",
    "clock.due_soon": "Warned that a clock ends soon",
    "clock.missed": "A clock was missed, and people were told",
    "obligation.opened": "A duty may apply",
    "obligation.decided": "Decided whether a duty applies",
    "obligation.exempted": "Exemption from a duty claimed",
    "obligation.reopened": "A duty was opened again",
    "obligation.step_recorded": "A step of a duty recorded",
    "obligation.letter_written": "A letter written",
    "followup.added": "Follow-up answers added",
}
LABELS = {
    "confidential": "Read in confidence",
    "evidence": "Where it can be seen",
    "legal_status": "Legal status then",
    "met_at": "Done",
    "occurred_at": "Happened",
    "person_affected": "Person affected",
    "person_age": "Age then",
    "to_role": "To",
    "category": "Kind",
    "due_at": "Ends",
    "due_on": "Due",
    "with": "With",
    "flag": "Mark",
    "review_due": "Review due",
    "review_kind": "Kind of review",
}
_UNSAID = frozenset({"reference", "harm"})  # on the page already; the worse of the two grades shown beside it
_NOTHING = (None, "", False)
_DECISIONS = {"review": "A review", "no_review": "No review needed"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def of_incident(scope: Scope, incident: Incident) -> list[dict[str, Any]]:
    """Return the trail as the page shows it, newest first; who reported in confidence stays unnamed."""
    return [
        {
            "title": ACTIONS.get(event.action) or _spoken(event.action),
            "at": event.at,
            "who": _who(scope, incident, event),
            "changes": _changes(scope, event.before or {}, event.after or {}),
        }
        for event in reversed(audit.of_subject(scope, "incident", incident.id))
    ]


def _who(scope: Scope, incident: Incident, event: AuditEvent) -> str:
    own = scope.actor.id == incident.reporter_id
    reporter = incident.reporter_id is not None and event.actor_id == incident.reporter_id
    if incident.confidential and reporter and not own:
        return "Whoever reported it, in confidence"
    return event.actor_name


def _changes(scope: Scope, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        _change(scope, key, before.get(key), after.get(key))
        for key in dict.fromkeys((*after, *before))
        if key not in _UNSAID
        and not _is_id(after.get(key))
        and not _is_id(before.get(key))
        and (
            wording.is_asked(scope, key)  # to have answered no is something
            or after.get(key) not in _NOTHING
            or before.get(key) not in _NOTHING
        )
    ]


def _change(scope: Scope, key: str, before: Any, after: Any) -> dict[str, Any]:
    """Return what differs, with its label; what is there no more is said too."""
    if wording.is_asked(scope, key):
        (label, was), (_, now) = wording.in_words(scope, {key: before}) + wording.in_words(
            scope, {key: after}
        )
        return {"label": label, "before": was, "after": now}
    label = LABELS.get(key) or _spoken(key)
    if after in _NOTHING:
        return {
            "label": label,
            "before": _said(scope, key, before),
            "after": "No" if after is False else "Not any more",
        }
    return {"label": label, "before": _said(scope, key, before), "after": _said(scope, key, after)}


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _said(scope: Scope, key: str, value: Any) -> Any:
    """Return a value as people say it."""
    if value is True:
        return "Yes"
    if not isinstance(value, str):
        return value
    if key in _WORDS:
        return _WORDS[key](value)
    if _MOMENT.match(value):
        at = scope.local(datetime.fromisoformat(value))
        return f"{at.day} {at:%b %Y, %H:%M}"
    if _DAY.fullmatch(value):
        day = date.fromisoformat(value)
        return f"{day.day} {day:%b %Y}"
    return value


def _spoken(key: str) -> str:
    return key.replace(".", " ").replace("_", " ").capitalize()


_WORDS: Mapping[str, Callable[[str], str]] = {
    "category": taxonomy.category_label,
    "to_role": lambda key: ROLE_WORDS.get(key) or _spoken(key),
    "review_kind": lambda key: REVIEW_KINDS.get(key) or _spoken(key),
    "decision": lambda key: _DECISIONS.get(key) or _spoken(key),
    "legal_status": lambda key: LEGAL_STATUSES.get(key) or _spoken(key),
    "physical_harm": _spoken,
    "psychological_harm": _spoken,
}
