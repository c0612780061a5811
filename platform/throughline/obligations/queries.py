"""Reads of obligations, confined to the incidents the actor reads as their unit does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_

from throughline.clocks.models import Clock
from throughline.clocks.queries import is_open
from throughline.incidents.models import Incident
from throughline.incidents.policy import may_read_all_of, read_whole, visible
from throughline.kernel.errors import NotFound
from throughline.obligations.models import Obligation, ObligationDecision, ObligationStep
from throughline.obligations.terms import duty_of
from throughline.sdk import Duty, DutyStep
from throughline.tenancy.scope import Scope

PAGE = 50
COUNT_UP_TO = 10_000
VIEWS = ("open", "to_decide", "late", "done", "")


@dataclass(frozen=True)
class Progress:
    """One step: its ``state`` is ``done``, ``covered``, ``late``, ``open``, ``waits`` or ``optional``.

    A covered step need not be done, because one that stands in its place was; one that waits comes after
    another that is not done yet.
    """

    row: ObligationStep
    step: DutyStep
    clock: Clock | None
    state: str


@dataclass(frozen=True)
class Standing:
    """An obligation as it stands; ``due_at`` is when the next of its running clocks ends."""

    row: Obligation
    duty: Duty
    steps: tuple[Progress, ...]
    state: str
    due_at: datetime | None
    late: bool


@dataclass(frozen=True)
class Filter:
    """What the list of obligations is narrowed to. ``view`` is one of ``VIEWS``."""

    view: str = "open"
    unit_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of the list by keyset; ``older`` is the cursor of the next page, if there is one."""

    rows: Sequence[tuple[Standing, Incident]]
    count: int
    counted_all: bool
    older: str | None


def find(scope: Scope, obligation_id: UUID, *, lock: bool = False) -> tuple[Obligation, Incident]:
    """Return an obligation and its incident; with ``lock``, as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none, or its incident is not the actor's to read as a whole.
    """
    query = (
        select(Obligation, Incident)
        .join(Incident, Incident.id == Obligation.incident_id)
        .where(Obligation.id == obligation_id, visible(scope))
    )
    if lock:
        query = query.with_for_update(of=Obligation).execution_options(populate_existing=True)
    row = scope.session.execute(query).one_or_none()
    if row is None or not may_read_all_of(scope, row.Incident):
        raise NotFound("no such obligation")
    return row.Obligation, row.Incident


def of_step(scope: Scope, step_id: UUID) -> UUID:
    """Return the obligation a step is of.

    Raises:
        NotFound: there is no such step, or its incident is not the actor's to read as a whole.
    """
    found = scope.session.scalar(
        select(ObligationStep.obligation_id).where(
            ObligationStep.tenant_id == scope.tenant.id, ObligationStep.id == step_id
        )
    )
    if found is None:
        raise NotFound("no such step")
    obligation, _ = find(scope, found)
    return obligation.id


def of_incident(scope: Scope, incident_id: UUID) -> list[Standing]:
    """Return an incident's obligations in the order they opened. The caller has checked who reads it."""
    query = (
        select(Obligation)
        .where(Obligation.tenant_id == scope.tenant.id, Obligation.incident_id == incident_id)
        .order_by(Obligation.opened_at, Obligation.id)
    )
    return standing(scope, scope.session.scalars(query).all())


def decisions(scope: Scope, obligation_id: UUID) -> Sequence[ObligationDecision]:
    """Return what was decided about an obligation, in order."""
    query = (
        select(ObligationDecision)
        .where(
            ObligationDecision.tenant_id == scope.tenant.id, ObligationDecision.obligation_id == obligation_id
        )
        .order_by(ObligationDecision.at, ObligationDecision.id)
    )
    return scope.session.scalars(query).all()


def standing(scope: Scope, rows: Sequence[Obligation]) -> list[Standing]:
    """Return how obligations stand, in two queries however many they are."""
    steps: dict[UUID, list[tuple[ObligationStep, Clock | None]]] = {row.id: [] for row in rows}
    query = (
        select(ObligationStep, Clock)
        .outerjoin(
            Clock, (Clock.tenant_id == ObligationStep.tenant_id) & (Clock.id == ObligationStep.clock_id)
        )
        .where(ObligationStep.tenant_id == scope.tenant.id, ObligationStep.obligation_id.in_(steps))
        .order_by(ObligationStep.position)
        .execution_options(populate_existing=True)
    )
    for step, clock in scope.session.execute(query) if steps else ():
        steps[step.obligation_id].append((step, clock))
    return [_standing(row, steps[row.id], scope.now()) for row in rows]


def _standing(
    row: Obligation, steps: Sequence[tuple[ObligationStep, Clock | None]], now: datetime
) -> Standing:
    duty = duty_of(row.terms)
    terms = {step.key: step for step in duty.steps}
    done = {step.key for step, _ in steps if step.done_at is not None}
    settled = done | covered(duty, done)
    progress = tuple(
        Progress(step, terms[step.key], clock, _step_state(terms[step.key], clock, done, settled, now))
        for step, clock in steps
    )
    ends = [clock.due_at for _, clock in steps if clock is not None and _runs(clock)]
    due = min((at for at in ends if at is not None), default=None)
    late = row.closed_at is None and due is not None and due <= now
    return Standing(row, duty, progress, _state(row, late=late), due if row.closed_at is None else None, late)


def _runs(clock: Clock) -> bool:
    return clock.met_at is None and clock.stopped_at is None


def _state(row: Obligation, *, late: bool) -> str:
    if row.outcome is None:
        return "to_decide"
    if row.outcome != "applies":
        return row.outcome
    if row.closed_at is not None:
        return "done"
    return "late" if late else "under_way"


def _step_state(step: DutyStep, clock: Clock | None, done: set[str], settled: set[str], now: datetime) -> str:
    if step.key in done:
        return "done"
    if step.key in settled:
        return "covered"
    if clock is not None and _runs(clock) and clock.due_at is not None and clock.due_at <= now:
        return "late"
    if not set(step.after) <= settled:
        return "waits"
    return "optional" if step.optional else "open"


def covered(duty: Duty, done: Iterable[str]) -> set[str]:
    """Return the steps that need not be done because one that stands in their place was."""
    finished = set(done)
    return {key for step in duty.steps if step.key in finished for key in step.instead_of} - finished


def complete(duty: Duty, done: Iterable[str]) -> bool:
    """Say whether every step is done that has to be."""
    settled = set(done) | covered(duty, done)
    return all(step.optional or step.key in settled for step in duty.steps)


def listed(scope: Scope, wanted: Filter, before: str | None = None) -> Page:
    """Return one page of obligations, newest first, and how many there are (up to ten thousand).

    Raises:
        NotFound: the cursor is not one of this list's.
    """
    query = _narrowed(scope, select(Obligation, Incident), wanted)
    if before:
        query = query.where(tuple_(Obligation.opened_at, Obligation.id) < tuple_(*_cursor(before)))
    newest = query.order_by(Obligation.opened_at.desc(), Obligation.id.desc()).limit(PAGE + 1)
    rows = scope.session.execute(newest).all()
    shown = rows[:PAGE]
    last = shown[-1].Obligation if len(rows) > PAGE else None
    counted = _narrowed(scope, select(Obligation.id), wanted).limit(COUNT_UP_TO + 1).subquery()
    count = scope.session.scalar(select(func.count()).select_from(counted)) or 0
    stand = standing(scope, [row.Obligation for row in shown])
    return Page(
        [(one, row.Incident) for one, row in zip(stand, shown, strict=True)],
        min(count, COUNT_UP_TO),
        count <= COUNT_UP_TO,
        f"{last.opened_at.isoformat()}~{last.id}" if last is not None else None,
    )


def every(scope: Scope, wanted: Filter) -> list[tuple[Standing, Incident]]:
    """Return all obligations a filter leaves, newest first: at most ten thousand."""
    query = _narrowed(scope, select(Obligation, Incident), wanted)
    newest = query.order_by(Obligation.opened_at.desc(), Obligation.id.desc()).limit(COUNT_UP_TO)
    rows = scope.session.execute(newest).all()
    stand = standing(scope, [row.Obligation for row in rows])
    return [(one, row.Incident) for one, row in zip(stand, rows, strict=True)]


def _narrowed(scope: Scope, query: Select[*tuple[Any, ...]], wanted: Filter) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = [
        Obligation.tenant_id == scope.tenant.id,
        Incident.id == Obligation.incident_id,
        read_whole(scope),
    ]
    if wanted.view in ("open", "to_decide", "late"):
        conditions.append(Obligation.closed_at.is_(None))
    if wanted.view == "to_decide":
        conditions.append(Obligation.outcome.is_(None))
    if wanted.view == "late":
        conditions.append(_late(scope))
    if wanted.view == "done":
        conditions.append(Obligation.closed_at.is_not(None))
    if wanted.unit_ids:
        conditions.append(Incident.unit_id.in_(wanted.unit_ids))
    return query.where(*conditions)


def _late(scope: Scope) -> ColumnElement[bool]:
    return exists().where(
        ObligationStep.tenant_id == Obligation.tenant_id,
        ObligationStep.obligation_id == Obligation.id,
        Clock.tenant_id == ObligationStep.tenant_id,
        Clock.id == ObligationStep.clock_id,
        is_open(),
        Clock.due_at <= scope.now(),
    )


def _cursor(text: str) -> tuple[datetime, UUID]:
    try:
        moment, _, row_id = text.partition("~")
        return datetime.fromisoformat(moment), UUID(row_id)
    except ValueError as wrong:
        raise NotFound("no such page") from wrong
