"""What a rule says, in a sentence for people who will never read its condition."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from throughline.accounts.permissions import ROLE_WORDS
from throughline.learning.asking import audience_words
from throughline.sdk import (
    ABOUT_UNITS,
    ON_CALL,
    PERSON,
    Effect,
    Escalate,
    OpenObligation,
    RequireReview,
    RequireShare,
    Rule,
    SetFlag,
    StartClock,
    Trigger,
)

TRIGGERS: dict[Trigger, str] = {
    Trigger.INCIDENT_REPORTED: "is reported",
    Trigger.INCIDENT_GRADED: "is graded anew",
    Trigger.INCIDENT_CHANGED: "has a fact added or corrected",
    Trigger.INCIDENT_TRIAGED: "is triaged",
    Trigger.CLOCK_DUE_SOON: "has a clock that ends soon",
    Trigger.CLOCK_MISSED: "has a clock that was missed",
    Trigger.REVIEW_OVERDUE: "has a review that is overdue",
    Trigger.ACTION_OVERDUE: "has an action that is overdue",
    Trigger.NIGHTLY_SCAN: "is one of a pattern on its unit",
    Trigger.MEASURE_OVERDUE: "has a measure that is due to be judged",
    Trigger.SHARE_OVERDUE: "taught something that a unit has not answered for in time",
}
REVIEWS = {
    "psii": "a patient safety incident investigation",
    "aar": "an after action review",
    "swarm": "a swarm huddle",
    "mdt": "a multidisciplinary team review",
    "thematic": "a thematic review",
    "local": "a local review",
}
STATUSES = {
    "draft": ("Draft", "neutral", "Being written. It does nothing."),
    "shadow": ("Shadow", "soon", "It records what it would have done and does nothing."),
    "live": ("Live", "good", "It speaks on every incident it looks at."),
    "retired": ("Retired", "neutral", "It no longer speaks. What it did stays."),
    "aside": ("Put aside", "late", "This organisation does not use it."),
}
NONE = {
    "live": ("No rule is live", "Nothing reaches anybody by a rule."),
    "shadow": (
        "No rule runs in shadow",
        "A draft runs in shadow to see what it would do.",
    ),
    "draft": ("No draft", "Begin from a blank rule, or from one that a plugin brings."),
    "retired": ("No rule was retired", "A rule that is retired is kept here, to be read and brought back."),
    "aside": ("No rule is put aside", "A rule of a plugin or pack can be put aside where it does not fit."),
}


DONE = {
    "rule.drafted": "Drafted",
    "rule.approval-asked": "Approval asked for",
    "rule.shadowed": "Run in shadow",
    "rule.put-live": "Put live",
    "rule.retired": "Retired",
}
"""What the trail says of a version, in words."""


Names = Mapping[str, str]
"""The names of people by their address, of those whom the reader may know."""

NOBODY: Names = MappingProxyType({})


def meaning(rule: Rule, names: Names = NOBODY) -> list[str]:
    """Return what a rule does in sentences: when it looks, and each thing it asks for."""
    looks = "When an incident " + _or([TRIGGERS[trigger] for trigger in rule.on]) + ", it looks at it."
    if not ABOUT_UNITS.isdisjoint(rule.on):
        looks = "Once a night it looks at every open unit, and speaks when this begins to hold there."
    budget = [f"It alarms at most {rule.budget} times a day."] if rule.budget else []
    return [looks, *(effect_words(effect, names) for effect in rule.then), *budget]


def effect_words(effect: Effect, names: Names = NOBODY) -> str:
    """Return what one effect asks for, in a sentence."""
    if isinstance(effect, Escalate):
        chain = "".join(
            f" If nobody does, {_role(step.to, names)} hears of it {_hours(step.after_hours)} later."
            for step in effect.chain
        )
        within = _hours(effect.acknowledge_within_hours)
        return f"It tells {_role(effect.to, names)}, to be acknowledged within {within}.{chain}"
    if isinstance(effect, RequireReview):
        return (
            f"It asks for {REVIEWS[effect.kind]}, to start within {_days(effect.start_within_working_days)}."
        )
    if isinstance(effect, RequireShare):
        within = _days(effect.within_working_days)
        return (
            f"It asks that what is learned is shared with {audience_words(effect.audience)} within {within}."
        )
    if isinstance(effect, StartClock):
        length = _hours(effect.hours) if effect.hours is not None else _days(effect.working_days or 0)
        return f"It starts the clock “{effect.title}”: {length}."
    if isinstance(effect, (SetFlag, OpenObligation)):
        return _mark_words(effect)
    return f"It tells {_role(effect.to, names)}: “{effect.words}”"


def _mark_words(effect: SetFlag | OpenObligation) -> str:
    if isinstance(effect, SetFlag):
        return f"It marks the incident “{effect.title}”."
    return f"It opens the duty {effect.duty}, whose steps are tracked to the end."


def target_word(to: str) -> str:
    """Return a role, the one on call or a person in a few words."""
    return "On call" if to == ON_CALL else ROLE_WORDS.get(to, to.removeprefix(PERSON))


def recipient_words(to: str, names: Names) -> str:
    """Return who would be sent something, as a line of a table begins."""
    if to == ON_CALL:
        return "Whoever is on call for the unit"
    if not to.startswith(PERSON):
        return ROLE_WORDS.get(to, to)
    address = to.removeprefix(PERSON)
    return names.get(address) or f"{address}, who has no role here"


def _role(key: str, names: Names) -> str:
    if key == ON_CALL:
        return "whoever is on call for the unit"
    if key.startswith(PERSON):
        address = key.removeprefix(PERSON)
        return names.get(address, address)
    return f"the {ROLE_WORDS.get(key, key).lower()}"


def _hours(hours: int) -> str:
    return "1 hour" if hours == 1 else f"{hours} hours"


def _days(days: int) -> str:
    return "1 working day" if days == 1 else f"{days} working days"


def _or(words: Sequence[str]) -> str:
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"  # noqa: PLR2004
