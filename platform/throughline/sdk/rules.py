"""Escalation rules: a condition on an incident, why it matters, on whose authority, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from throughline.sdk.facts import FactKind

LOCAL = "local"
"""What the keys of an organisation's own rules begin with, where a plugin's begin with the plugin's key."""


class Trigger(StrEnum):
    """The moments at which a rule is looked at."""

    INCIDENT_REPORTED = "incident.reported"
    INCIDENT_GRADED = "incident.graded"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_TRIAGED = "incident.triaged"
    CLOCK_DUE_SOON = "clock.due_soon"
    CLOCK_MISSED = "clock.missed"
    REVIEW_OVERDUE = "review.overdue"
    ACTION_OVERDUE = "action.overdue"
    MEASURE_OVERDUE = "measure.overdue"
    SHARE_OVERDUE = "share.overdue"
    NIGHTLY_SCAN = "nightly.scan"


ABOUT_UNITS = frozenset({Trigger.NIGHTLY_SCAN})
"""The triggers at which a rule looks at a unit as a whole. The others look at one incident.

At a nightly scan a rule sees whole days, up to and including yesterday, on the organisation's calendar. Its
condition reads the facts of the unit and its own look-backs. It speaks when its condition holds and did not
at the scan before, and again only after it has not held at a scan in between.
"""


@dataclass(frozen=True)
class Authority:
    """Where a rule comes from, said honestly.

    ``confidence`` is ``"sourced"`` when the statement was seen in the reference named, otherwise
    ``"unverified"``: then it is a starting point for the organisation's own decision, and every page that
    shows it says so. ``jurisdiction`` is a nation's name. ``quote`` is the reference's own words, 25 of them
    at most. ``provider_kinds`` are those it speaks to, of ``PROVIDER_KINDS``; every one when empty. It is in
    force from ``applies_from`` to ``applies_to``, each included; without them, since before and until
    further notice. These four tell a reader what it is; they do not decide whether the rule is looked at.
    """

    statement: str
    reference: str
    jurisdiction: str = "England"
    confidence: Literal["sourced", "unverified"] = "unverified"
    verified_on: date | None = None
    review_due: date | None = None
    quote: str = ""
    provider_kinds: tuple[str, ...] = ()
    applies_from: date | None = None
    applies_to: date | None = None


Shared = Literal["person", "unit", "location", "subtree", "category"]
"""What an earlier incident may share with this one, so that a look-back counts it.

``person``: the same known person affected. ``unit``: the same unit. ``location``: the same unit and the same
words for where in it, however they are written in capitals and spaced at the ends. ``subtree``: the unit
directly above this incident's unit or any unit below that one, at any depth, this incident's own unit and its
neighbours among them; for a unit with nothing above it, the unit itself and all below it. ``category``: the
same category. Where this incident has no known person, or no words for its location, nothing is shared.
"""


@dataclass(frozen=True)
class LookBack:
    """A count of earlier incidents, which the condition reads as a whole number under ``name``.

    Counts the tenant's incidents by when they happened, in the window of ``within_days`` days (of 24 hours)
    that ends with this incident and includes it, that share with it everything in ``same`` and, if given, are
    of ``category``, of at least ``min_harm`` on the scale of ``incident.harm``, and such that ``where``
    holds: a condition in the language of ``Rule.when`` over the facts of each of those incidents, without
    counts. One for which ``where`` has no answer is not counted. If the person is not known, ``same`` person
    counts 0.

    ``of`` says what is counted: the incidents, the different people affected in them (those without a known
    person are not counted), or the different units they happened on.
    """

    name: str
    within_days: int
    same: tuple[Shared, ...]
    category: str | None = None
    min_harm: int | None = None
    where: str = ""
    of: Literal["incidents", "people", "units"] = "incidents"


@dataclass(frozen=True)
class SinceLast:
    """The time since the latest earlier incident, which the condition reads as a whole number of days.

    Whole days of 24 hours, 0 and up, since the latest incident that happened before this one, less than
    ``within_days`` days before it, and that matches as a ``LookBack`` would count it; ``within_days`` when
    there is none. An incident at the very same moment is not earlier.
    """

    name: str
    within_days: int
    same: tuple[Shared, ...]
    category: str | None = None
    min_harm: int | None = None
    where: str = ""


Earlier = LookBack | SinceLast
"""What a rule can ask about earlier incidents.

At a nightly scan only a ``LookBack`` with ``same`` being ``("unit",)`` can be asked: it counts the incidents
that happened on the unit on the last ``within_days`` days, or the different people affected in them.
"""


@dataclass(frozen=True)
class Rate:
    """Incidents for every 10,000 occupied bed days on a unit, which the condition reads as a whole number.

    Over the last ``within_days`` days, of ``category`` if given, rounded to the nearest: a rate of 3.1 for
    every 1,000 reads 31. With ``below``, of the unit and everything below it together. Where a day has no
    figure of occupied bed days, or nobody was there at all, there is no answer, and the rule does not fire.
    """

    name: str
    within_days: int
    category: str | None = None
    below: bool = False


SIGNALS: tuple[str, ...] = (
    "none",
    "too_few",
    "high_outside",
    "high_trend",
    "high_two_of_three",
    "high_shift",
    "low_outside",
    "low_trend",
    "low_two_of_three",
    "low_shift",
)
"""What a ``Signal`` says."""


@dataclass(frozen=True)
class Signal:
    """What a control chart says of the newest whole week or month on a unit: one of ``SIGNALS``, a text.

    The chart is an XmR chart of how many incidents happened (of ``category`` if given; with ``below``, on the
    unit and everything below it) in each of the last ``periods`` whole weeks or months, with the limits of
    the first twelve. ``too_few`` when there are fewer than twelve since anything was first counted there:
    trial limits never alarm.
    """

    name: str
    every: Literal["week", "month"]
    periods: int
    category: str | None = None
    below: bool = False


@dataclass(frozen=True)
class Silence:
    """The whole days since the last report about a unit, of any incident; ``within_days`` at most.

    0 when something was reported yesterday.
    """

    name: str
    within_days: int


@dataclass(frozen=True)
class UsualReports:
    """How many reports a week a unit makes, rounded down, over the last ``within_days`` days.

    Days without any count too, so a silence makes it lower.
    """

    name: str
    within_days: int


Pattern = Rate | Signal | Silence | UsualReports
"""What only a rule of a nightly scan can ask: of daily counts, and of when reports were made."""

Asked = Earlier | Pattern
"""Everything a rule's ``let`` can hold."""


def kind_of(asked: Asked) -> FactKind:
    """Return the kind of value that the condition reads."""
    return FactKind.STRING if isinstance(asked, Signal) else FactKind.INT


@dataclass(frozen=True)
class ChainStep:
    """Who is told next when nobody has acknowledged, so many hours after the step before was told."""

    to: str
    after_hours: int


@dataclass(frozen=True)
class Escalate:
    """Bring the incident to somebody, to be acknowledged within so many hours.

    ``to`` is a role, whose holders for the unit are asked; ``ON_CALL``; or ``PERSON`` and an e-mail address.
    Where nobody is on call, or the person may not read the incident, the unit manager is asked instead, and
    the alarm says so; of what was said in confidence, the governance lead. If nobody acknowledges, it moves
    along ``chain`` by itself. Nobody is in it twice.
    """

    to: str
    acknowledge_within_hours: int
    chain: tuple[ChainStep, ...] = ()


@dataclass(frozen=True)
class RequireReview:
    """Ask for a learning response of a kind, to start within so many working days.

    It is a recommendation: a person decides, and gives the reason.
    """

    kind: str
    start_within_working_days: int


@dataclass(frozen=True)
class StartClock:
    """Start a clock on the incident: by its end something must be done, and a person says that it is.

    It counts either ``hours`` or ``working_days`` of the organisation's nation. While a clock of this ``key``
    runs on the incident no second one is started, and a later change of the rule leaves it as it is.
    """

    key: str
    title: str
    hours: int | None = None
    working_days: int | None = None
    warn_before_hours: int = 24


@dataclass(frozen=True)
class SetFlag:
    """Mark the incident with a few words that everybody who may read it sees in the queue and on its page."""

    key: str
    title: str


@dataclass(frozen=True)
class Notify:
    """Tell the holders of a role for the incident's unit; nothing to acknowledge.

    ``words`` leave the building by e-mail: they say what to look at, never a narrative.
    """

    to: str
    words: str


@dataclass(frozen=True)
class RequireShare:
    """Ask that what is learned from the incident is shared with an audience, within so many working days.

    ``audience`` holds the types of service it is for, as the organisation's units name them; with none, it is
    for every unit. It is met by itself when one learning, from a review of the incident, is shared with every
    open unit of the audience. ``words`` say in a sentence why, for whoever shares. It is asked once for each
    incident and rule, and a later change of the rule leaves it as it is.
    """

    audience: tuple[str, ...]
    within_working_days: int
    words: str = ""


@dataclass(frozen=True)
class OpenObligation:
    """Open a duty on the incident, once: ``duty`` is the key of a ``Duty`` of an enabled plugin.

    A duty of another nation's law (its authority's ``jurisdiction``) than the organisation's is not opened.
    The duty's own questions are put to whoever triages. A rule that fires again, or a correction after which
    it would not, changes nothing about an obligation that is open.
    """

    duty: str


Effect = Escalate | RequireReview | StartClock | SetFlag | Notify | RequireShare | OpenObligation
"""What a rule can cause. Effects are data: the platform carries them out."""


@dataclass(frozen=True)
class RuleTest:
    """An example the rule must satisfy: with these facts it fires, or it does not.

    Facts go by their full names (``incident.category``); what is not given is at its default.
    """

    given: Mapping[str, object] = field(hash=False)
    fires: bool

    def __post_init__(self) -> None:
        if isinstance(self.given, Mapping):
            object.__setattr__(self, "given", MappingProxyType(dict(self.given)))


Status = Literal["draft", "shadow", "live", "retired"]
"""How far a rule is: only a live one does anything. A draft is being written, a shadow is being watched, and
a retired one is kept to be read."""


@dataclass(frozen=True)
class Rule:
    """One escalation rule: ``when`` is a condition in CEL (Common Expression Language).

    The condition reads the facts of the incident, the answers of field sets, and what ``let`` asks about
    earlier incidents; at a nightly scan, the facts of the unit and what ``let`` asks about it. A change of
    meaning is a new ``version``: firings are stored with the version that made them. ``owner`` is who
    answers for it, as colleagues say it: a job rather than a name.
    ``budget`` is how often it may alarm (escalate or notify) on one local day; without it, as often as the
    organisation lets every rule. What it finds beyond that is kept, and tells nobody.
    """

    key: str
    version: int
    title: str
    why: str
    authority: Authority
    on: tuple[Trigger, ...]
    when: str
    then: tuple[Effect, ...]
    let: tuple[Asked, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    owner: str = ""
    status: Status = "live"
    budget: int | None = None
