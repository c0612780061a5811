"""The fields of the form, each as it is typed: what is wrong with a value is said later, beside its field."""

from dataclasses import dataclass

MOST_ROWS = 20
"""The most conditions, look-backs, outcomes or examples that the form holds; more is written as text."""


@dataclass(frozen=True)
class Condition:
    """One line of what must hold, all of them together: a fact or a count, a comparison, and a value.

    ``how`` is a key of ``conditions.HOWS``. For ``one_of`` the value is words with commas between them; for a
    fact that is true or false it is ``yes`` or ``no``.
    """

    fact: str = ""
    how: str = "is"
    value: str = ""


@dataclass(frozen=True)
class Counted:
    """A look-back: its name, what is counted, which incidents, what they share, within how many days."""

    name: str = ""
    what: str = ""
    category: str = ""
    harm: str = ""
    same: tuple[str, ...] = ()
    days: str = ""
    where: str = ""


@dataclass(frozen=True)
class Step:
    """Who hears next, and how long after the one before."""

    to: str = ""
    after: str = ""


@dataclass(frozen=True)
class Outcome:
    """One effect: its name as under ``then``, its keys with their values, and the chain of an escalation."""

    kind: str
    values: tuple[tuple[str, str], ...] = ()
    chain: tuple[Step, ...] = ()

    def value(self, key: str) -> str:
        """Return the value of a key; empty when it is not given."""
        return dict(self.values).get(key, "")


@dataclass(frozen=True)
class Example:
    """An example: ``given`` has a fact and its value on each line; ``fires`` is ``yes`` or ``no``."""

    given: str = ""
    fires: str = ""


@dataclass(frozen=True)
class Form:
    """A rule as the form shows it. ``version`` and ``status`` are carried along and not asked."""

    key: str = ""
    version: str = ""
    title: str = ""
    why: str = ""
    owner: str = ""
    status: str = ""
    budget: str = ""
    statement: str = ""
    reference: str = ""
    quote: str = ""
    jurisdiction: str = ""
    provider_kinds: tuple[str, ...] = ()
    confidence: str = ""
    applies_from: str = ""
    applies_to: str = ""
    verified_on: str = ""
    review_due: str = ""
    on: tuple[str, ...] = ()
    counts: tuple[Counted, ...] = ()
    conditions: tuple[Condition, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    examples: tuple[Example, ...] = ()


OUTCOMES = {
    "escalate": ("to", "acknowledge_within", "chain"),
    "require_review": ("kind", "start_within"),
    "require_share": ("with", "within", "words"),
    "start_clock": ("key", "title", "within", "warn_before"),
    "open_obligation": ("duty",),
    "set_flag": ("key", "title"),
    "notify": ("to", "words"),
}
"""The effects and their keys that the form has fields for. What else a text may hold is beyond the form."""

AUTHORITY = (
    *("statement", "reference", "quote", "jurisdiction", "confidence"),
    *("applies_from", "applies_to", "verified_on", "review_due"),
)
"""The keys of the authority that hold one text; ``provider_kinds`` holds a list."""
