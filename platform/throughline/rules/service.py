"""Look at an incident with the tenant's rules, and carry out what they ask for, in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from throughline.clocks.events import ClockDueSoon, ClockMissed
from throughline.incidents.events import IncidentChanged, IncidentGraded, IncidentReported, IncidentTriaged
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.notifications.events import DeliveryFailed
from throughline.rules.active import active
from throughline.rules.budget import within_budget
from throughline.rules.confining import TookTooLong, limited
from throughline.rules.effects import as_data, carry_out
from throughline.rules.engine import Finding, RuleFailure
from throughline.rules.looking import facts_of, look_back
from throughline.rules.models import Firing
from throughline.rules.noting import note_problem
from throughline.rules.subjects import Subject, of_incident
from throughline.rules.telling import Raised, tell
from throughline.rules.workbench import shadow
from throughline.sdk import Asked, Earlier, Trigger
from throughline.tenancy.scope import Scope

RULE_FAILED = "A rule could not be evaluated"
PATIENCE = 5.0  # seconds that a report waits for the counts of earlier incidents


def on_reported(scope: Scope, event: IncidentReported) -> None:
    """Look at a new report. History that an import brings in raises no alarm today."""
    look(scope, event.incident_id, Trigger.INCIDENT_REPORTED)


def on_graded(scope: Scope, event: IncidentGraded) -> None:
    """Look again at an incident whose kind or harm was corrected."""
    look(scope, event.incident_id, Trigger.INCIDENT_GRADED)


def on_changed(scope: Scope, event: IncidentChanged) -> None:
    """Look again at an incident of which a fact was added or corrected."""
    look(scope, event.incident_id, Trigger.INCIDENT_CHANGED)


def on_triaged(scope: Scope, event: IncidentTriaged) -> None:
    """Look at an incident somebody has decided about."""
    look(scope, event.incident_id, Trigger.INCIDENT_TRIAGED)


def on_clock_due_soon(scope: Scope, event: ClockDueSoon) -> None:
    """Look at an incident of which a clock ends soon: once for each end of each clock."""
    _look_at_clock(scope, event, Trigger.CLOCK_DUE_SOON)


def on_clock_missed(scope: Scope, event: ClockMissed) -> None:
    """Look at an incident of which a clock was missed: once for each end of each clock."""
    _look_at_clock(scope, event, Trigger.CLOCK_MISSED)


def _look_at_clock(scope: Scope, event: ClockDueSoon | ClockMissed, trigger: Trigger) -> None:
    moment = f"{event.clock_id} {event.due_at.isoformat()}"
    look(scope, event.incident_id, trigger, moment, {"clock.key": event.key})


def on_delivery_failed(scope: Scope, event: DeliveryFailed) -> None:
    """Show the administrator a message that did not go out."""
    note_problem(scope, event.channel, "A message was not sent", event.detail, "delivery", event.delivery_id)


def look(
    scope: Scope,
    incident_id: UUID,
    trigger: Trigger,
    moment: str = "",
    moment_facts: Mapping[str, str] = MappingProxyType({}),
) -> list[Firing]:
    """Evaluate the rules of a trigger on an incident and carry out what is new; return the new firings.

    ``moment`` names what came due, where the same facts at another moment are news: a second clock, a second
    review. ``moment_facts`` are the facts of the moment.
    """
    rules = active(scope)
    if not rules.live.of(trigger) and not rules.shadow.of(trigger):
        return []
    incident = scope.session.get_one(Incident, (scope.tenant.id, incident_id))
    counts = _earlier(scope, incident, (*rules.live.lookbacks(trigger), *rules.shadow.lookbacks(trigger)))
    facts = {**facts_of(scope, incident), **moment_facts}
    about = of_incident(scope, incident)
    shadow.keep(scope, about, trigger, rules.shadow.evaluate(trigger, facts, counts), moment)
    return say(scope, about, trigger, rules.live.evaluate(trigger, facts, counts), moment)


def _earlier(scope: Scope, incident: Incident, wanted: Sequence[Asked]) -> dict[Earlier, int]:
    """Return what look-backs find; nothing where that fails or takes long, so that the rest goes on.

    The rules that read a count which is missing then fail by name; the report is stored all the same.
    """
    if not wanted:
        return {}
    try:
        with limited(scope, PATIENCE):
            return look_back(scope, incident, wanted)
    except (OperationalError, InterfaceError):  # the database is away, which is no fault of the rule
        raise
    except (TookTooLong, DBAPIError):
        return {}


def say(
    scope: Scope,
    about: Subject,
    trigger: Trigger,
    outcomes: Iterable[Finding | RuleFailure],
    moment: str = "",
) -> list[Firing]:
    """Carry out what rules found about an incident or a unit, and note those that failed."""
    fired: list[Firing] = []
    raised: list[Raised] = []
    for outcome in outcomes:
        if isinstance(outcome, RuleFailure):
            note_problem(scope, outcome.rule_key, RULE_FAILED, outcome.message, about.kind, about.id)
        elif (spoken := _spoken(scope, about, trigger, outcome, moment)) is not None:
            fired.append(spoken[0])
            raised += spoken[1]
    _tell(scope, about, raised)
    return fired


def _tell(scope: Scope, about: Subject, raised: list[Raised]) -> None:
    """Tell of alarms together, so that several rules at one moment are one message.

    Where that fails, the alarms stand, wait on the page of what they are about, and move on by themselves.
    """
    if not raised:
        return
    try:
        with scope.session.begin_nested():
            tell(scope, about, raised)
    except (OperationalError, InterfaceError):  # the database is away, which is no fault of the rule
        raise
    except Exception as error:  # the report is stored all the same
        key = raised[0].firing.rule_key
        message = f"{key} spoke, and nobody could be told: {_kind_of(error)}."
        note_problem(scope, key, RULE_FAILED, message, about.kind, about.id)


def _spoken(
    scope: Scope, about: Subject, trigger: Trigger, finding: Finding, moment: str
) -> tuple[Firing, list[Raised]] | None:
    """Store a firing and carry out what it asks for; what fails is undone with its firing, and told.

    Returns the alarms to be told of with it.
    """
    try:
        with scope.session.begin_nested():
            firing = _store(scope, about, trigger, finding, moment)
            if firing is None:
                return None
            effects = within_budget(scope, firing, finding.effects, finding.budget)
            return firing, carry_out(scope, about, firing, effects, finding.inputs)
    except (OperationalError, InterfaceError):  # the database is away, which is no fault of the rule
        raise
    except Exception as error:  # a rule's words and times are a plugin's: the report is stored all the same
        message = f"{finding.rule_key} spoke, and what it asks for failed: {_kind_of(error)}."
        note_problem(scope, finding.rule_key, RULE_FAILED, message, about.kind, about.id)
        return None


def _kind_of(error: Exception) -> str:
    """Say what failed without its text, which may quote what somebody wrote."""
    cause = getattr(error, "orig", None)
    return type(cause or error).__name__


def _store(scope: Scope, about: Subject, trigger: Trigger, finding: Finding, moment: str) -> Firing | None:
    """Store a firing; None when the same rule version already spoke on the same inputs."""
    digest = finding.digest_at(moment)
    firing_id = uuid7()
    values = {
        "tenant_id": scope.tenant.id,
        "id": firing_id,
        **about.columns,
        "rule_key": finding.rule_key,
        "rule_version": finding.version,
        "trigger": trigger.value,
        "digest": digest,
        "title": finding.title,
        "why": finding.why,
        "explanation": finding.explanation,
        "effects": [as_data(effect) for effect in finding.effects],
        "steps": [step.as_data() for step in finding.steps],
        "at": scope.now(),
    }
    statement = (
        insert(Firing)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=["tenant_id", f"{about.kind}_id", "rule_key", "rule_version", "digest"]
        )
        .returning(Firing)
    )
    return scope.session.scalars(statement).one_or_none()
