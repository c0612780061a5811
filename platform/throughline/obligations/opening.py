"""A rule opens an obligation: once for an incident and a duty, its clocks running, whoever triages told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from throughline.accounts.people import holders
from throughline.audit.service import record
from throughline.clocks import service as clocks
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.notifications.service import notify
from throughline.obligations.models import Obligation, ObligationStep
from throughline.obligations.terms import as_terms, with_own_targets
from throughline.sdk import Duty, DutyStep
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

_WARN_BEFORE = 24
_NATIONS: Mapping[str, tuple[str, ...]] = {
    "England": ("ENG",),
    "Wales": ("WLS",),
    "Scotland": ("SCT",),
    "Northern Ireland": ("NIR",),
    "England and Wales": ("ENG", "WLS"),
    "Great Britain": ("ENG", "WLS", "SCT"),
    "United Kingdom": ("ENG", "WLS", "SCT", "NIR"),
}


@dataclass(frozen=True)
class Because:
    """Why an obligation opens: the rule that spoke, its firing, the values it read, and its words."""

    rule_key: str
    rule_version: int
    firing_id: UUID | None
    inputs: Mapping[str, Any]
    reasoning: str


def open_by_rule(
    scope: Scope, incident: Incident, duty_key: str, because: Because, *, telling: bool = True
) -> UUID | None:
    """Open a duty on an incident; None when the incident has it, or it is the law of another nation.

    Without ``telling`` nobody is told: what is brought in from the past is no news.

    Raises:
        KeyError: no enabled plugin has this duty.
    """
    settings = scope.tenant.pack.plugins.get(duty_key.partition(".")[0], {})
    duty = with_own_targets(scope.catalogue.duties[duty_key], settings)
    if scope.tenant.pack.nation not in _NATIONS.get(duty.authority.jurisdiction, ()):
        return None
    statement = (
        insert(Obligation)
        .values(
            tenant_id=scope.tenant.id,
            id=uuid7(),
            incident_id=incident.id,
            duty_key=duty.key,
            duty_version=duty.version,
            title=duty.title,
            terms=as_terms(duty),
            rule_key=because.rule_key,
            rule_version=because.rule_version,
            firing_id=because.firing_id,
            inputs=dict(because.inputs),
            reasoning=because.reasoning,
            opened_at=scope.now(),
            outcome=None if duty.asks else "applies",
            version=1,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "incident_id", "duty_key"])
        .returning(Obligation.id)
    )
    obligation_id = scope.session.scalar(statement)
    if obligation_id is None:
        return None
    rule = (because.rule_key, because.rule_version)
    for position, step in enumerate(duty.steps):
        step_id = uuid7()
        scope.session.add(
            ObligationStep(
                id=step_id,
                obligation_id=obligation_id,
                key=step.key,
                position=position,
                clock_id=start_clock(scope, incident, duty, step, step_id, rule),
            )
        )
    scope.session.flush()
    after = {"duty": duty.title, "rule": because.rule_key}
    record(scope, "obligation.opened", "incident", incident.id, after=after)
    if duty.asks and telling:
        _tell(scope, incident)
    return obligation_id


def start_clock(
    scope: Scope, incident: Incident, duty: Duty, step: DutyStep, step_id: UUID, rule: tuple[str, int]
) -> UUID | None:
    """Start the clock of a step's target; None when it has none, or one runs already."""
    if step.within_hours is None and step.within_working_days is None:
        return None
    warn = _WARN_BEFORE if step.within_hours is None else min(_WARN_BEFORE, step.within_hours // 2)
    counting = clocks.Counting(
        f"{duty.key.partition('.')[2]}.{step.key}",
        f"{step.title} ({duty.title})",
        step.within_hours,
        step.within_working_days,
        warn,
        page_of(step_id),
    )
    return clocks.start_by_rule(scope, incident, counting, *rule)


def page_of(step_id: UUID) -> str:
    """Return the page a step is recorded on, below the tenant's address: what meets the step's clock."""
    return f"obligation-steps/{step_id}"


def _tell(scope: Scope, incident: Incident) -> None:
    """Tell whoever triages, once for each state of the incident; with one in confidence, past the unit."""
    units = tree(scope)
    role = "governance_lead" if incident.confidential else "unit_manager"
    notify(
        scope,
        [user.id for user in holders(scope, role, units, incident.unit_id)],
        "notice",
        f"{incident.reference}: decide whether a duty applies",
        f"The law may ask for something after {incident.reference} at {units.units[incident.unit_id].name}.\n"
        "Sign in to read the question, decide, and say why.",
        f"/t/{scope.tenant.slug}/incidents/{incident.reference}/obligations",
        f"obligations:{incident.id}:{incident.version}",
    )
