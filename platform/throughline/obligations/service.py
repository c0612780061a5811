"""What people do about an obligation: decide, record its steps, write letters, claim an exemption, reopen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Template
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from throughline.audit.service import record
from throughline.clocks import queries as clock_queries
from throughline.clocks import service as clocks
from throughline.clocks.models import Clock
from throughline.incidents import policy
from throughline.incidents.models import Incident
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.obligations import queries
from throughline.obligations.models import Obligation, ObligationDecision, ObligationStep
from throughline.obligations.opening import page_of, start_clock
from throughline.obligations.terms import duty_of
from throughline.sdk import Duty, DutyStep
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

LONGEST = 2000
LONGEST_LINE = 200
LONGEST_LETTER = 20_000


@dataclass(frozen=True)
class Held:
    """An obligation held for a change: its duty, its steps by key, and the incident."""

    row: Obligation
    incident: Incident
    duty: Duty
    steps: Mapping[str, ObligationStep]

    @property
    def done(self) -> list[str]:
        """The keys of the steps that are done."""
        return [key for key, step in self.steps.items() if step.done_at is not None]

    def terms(self, key: str) -> DutyStep:
        """Return what the duty says of a step."""
        return next(step for step in self.duty.steps if step.key == key)


@dataclass(frozen=True)
class Done:
    """What is recorded of a step. ``done_at`` is aware."""

    done_at: datetime
    evidence: str
    who_was_told: str = ""
    reference: str = ""


def decide(
    scope: Scope, obligation_id: UUID, version: int, answers: Mapping[str, str], reason: str
) -> Obligation:
    """Answer the duty's questions, with the reason: the duty then applies, or is not required.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, or it was decided already.
        Invalid: a question is not answered with one of its answers, or no reason is given.
    """
    held = _held(scope, obligation_id, version)
    if held.row.outcome is not None:
        raise Conflict("decided already")
    errors = _unanswered(held.duty, answers)
    reason = _text(reason, "reason", "Say what you weighed, and why you decide so", LONGEST, errors)
    if errors:
        raise Invalid(errors)
    chosen = {ask: {one.key: one for one in ask.answers}[answers[ask.key]] for ask in held.duty.asks}
    outcome = "applies" if all(answer.applies for answer in chosen.values()) else "not_required"
    said = {ask.title: answer.label for ask, answer in chosen.items()}
    _settle(scope, held, "judged", outcome, reason, said)
    _tell(scope, held, "decided", {"outcome": _WORDS[outcome], "reason": reason})
    return held.row


def exempt(scope: Scope, obligation_id: UUID, version: int, key: str, reason: str) -> Obligation:
    """Claim an exemption of the duty, with what has to be recorded about it.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, or nothing more is to be done about it.
        Invalid: the duty has no such exemption, or nothing is recorded.
    """
    held = _held(scope, obligation_id, version)
    if held.row.closed_at is not None:
        raise Conflict("closed already")
    found = next((one for one in held.duty.exemptions if one.key == key), None)
    errors: dict[str, list[str]] = {} if found else {"exemption": ["Choose the exemption"]}
    reason = _text(reason, "exempt_reason", "Record what the exemption asks for", LONGEST, errors)
    if errors or found is None:
        raise Invalid(errors)
    _settle(scope, held, "exempted", "exempt", reason, {}, found.title)
    _tell(scope, held, "exempted", {"exemption": found.title, "reason": reason})
    return held.row


def reopen(
    scope: Scope, obligation_id: UUID, version: int, reason: str, again: Sequence[str] = ()
) -> Obligation:
    """Take back what was decided, with the reason; the steps named in ``again`` are to be done anew.

    Clocks that had been stopped or met begin anew for the steps that are not done. What was recorded stays
    in the trail.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: it changed since the actor read ``version``, or nothing was decided yet.
        Invalid: there is no reason; or every step is done, nothing is asked, and none is named.
    """
    held = _held(scope, obligation_id, version)
    if held.row.outcome is None:
        raise Conflict("not decided yet")
    errors: dict[str, list[str]] = {}
    reason = _text(reason, "reopen_reason", "Say why it has to be looked at again", LONGEST, errors)
    left = [key for key in held.done if key not in again]
    if not held.duty.asks and queries.complete(held.duty, left):
        errors["again"] = ["Choose the step that is to be done again"]
    if not set(again) <= set(held.done):
        errors["again"] = ["Choose from the steps that are done"]
    if errors:
        raise Invalid(errors)
    before = {}
    for key in again:
        before[held.terms(key).title] = _undone(held.steps[key])
    held.row.outcome, held.row.closed_at = (None if held.duty.asks else "applies"), None
    _decided(scope, held, "reopened", reason, {}, "")
    _restart(scope, held, reason)
    scope.session.flush()
    _tell(scope, held, "reopened", {"reason": reason}, before)
    return held.row


def record_step(scope: Scope, step_id: UUID, version: int, told: Done) -> Obligation:
    """Record that a step was done: when, where it can be seen, and what else it asks for.

    It meets the step's clock. When every step is done that has to be, the obligation is done.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about.
        Conflict: the obligation changed since ``version``, does not apply, or the step is done already.
        Invalid: it was before the incident or is still to come, or something it asks for is missing.
    """
    held, step = _held_step(scope, step_id, version)
    terms = held.terms(step.key)
    if step.done_at is not None:
        raise Conflict("recorded already")
    at = told.done_at.astimezone(UTC)
    errors: dict[str, list[str]] = {}
    if at > scope.now():
        errors["done_at"] = ["This is in the future. Enter when it was done"]
    if at < held.incident.occurred_at.replace(second=0, microsecond=0):
        errors["done_at"] = ["This is before the incident. Enter when it was done"]
    settled = {*held.done, *queries.covered(held.duty, held.done)}
    first = [held.terms(key).title for key in terms.after if key not in settled]
    if first:
        errors["done_at"] = [f"Record this first: {'; '.join(first)}"]
    evidence = _text(told.evidence, "evidence", "Say what was done and where it can be seen", LONGEST, errors)
    who = told.who_was_told.strip()
    if terms.asks_who_was_told:
        who = _text(who, "who_was_told", "Say who was told, such as: his mother", LONGEST_LINE, errors)
    reference = told.reference.strip()
    if terms.asks_reference:
        reference = _text(reference, "reference", f"Write the {terms.asks_reference}", LONGEST_LINE, errors)
    if errors:
        raise Invalid(errors)
    step.done_at, step.said_at, step.done_by = at, scope.now(), scope.actor.id
    step.evidence, step.who_was_told, step.reference = evidence, who, reference
    _meet(scope, step, at, evidence)
    for key in queries.covered(held.duty, held.done):
        _stop(scope, [held.steps[key]], f"“{terms.title}” stands in its place.")
    _close_if_complete(scope, held)
    _touch(scope, held.row)
    after = {"duty": held.duty.title, "step": terms.title, "done_at": at, "evidence": evidence}
    record(scope, "obligation.step_recorded", "incident", held.incident.id, after=after)
    return held.row


def write_letter(scope: Scope, step_id: UUID, version: int, text: str) -> Obligation:
    """Keep the letter of a step as it is sent. Until the step is recorded it can be changed.

    Raises:
        NotFound, Forbidden: it is not the actor's to see, or to decide about; the step has no letter.
        Conflict: the obligation changed since ``version``, does not apply, or the step is done already.
        Invalid: the letter is empty or too long.
    """
    held, step = _held_step(scope, step_id, version)
    if not held.terms(step.key).letter:
        raise NotFound("this step has no letter")
    if step.done_at is not None:
        raise Conflict("sent already")
    errors: dict[str, list[str]] = {}
    text = _text(text.replace("\r\n", "\n"), "letter", "Write the letter", LONGEST_LETTER, errors)
    if errors:
        raise Invalid(errors)
    step.letter, step.letter_at, step.letter_by = text, scope.now(), scope.actor.id
    _touch(scope, held.row)
    after = {"duty": held.duty.title, "step": held.terms(step.key).title}
    record(scope, "obligation.letter_written", "incident", held.incident.id, after=after)
    return held.row


def letter_begun(scope: Scope, incident: Incident, step: DutyStep) -> str:
    """Return the text a letter of a step begins with, its words filled in."""
    happened, today = scope.local(incident.occurred_at), scope.today()
    return Template(step.letter).safe_substitute(
        reference=incident.reference,
        provider=scope.tenant.pack.name,
        unit=tree(scope).units[incident.unit_id].name,
        happened_on=f"{happened.day} {happened:%B %Y}",
        today=f"{today.day} {today:%B %Y}",
        writer=scope.actor.name,
    )


_WORDS = {"applies": "It applies", "not_required": "Not required", "exempt": "Exempt"}


def _held(scope: Scope, obligation_id: UUID, version: int) -> Held:
    row, incident = queries.find(scope, obligation_id, lock=True)
    if not policy.may_triage(scope, incident):
        raise Forbidden("may not decide about an obligation here")
    if row.version != version:
        raise Conflict("changed since it was read")
    query = (
        select(ObligationStep)
        .where(ObligationStep.tenant_id == scope.tenant.id, ObligationStep.obligation_id == row.id)
        .order_by(ObligationStep.position)
        .execution_options(populate_existing=True)
    )
    steps = {step.key: step for step in scope.session.scalars(query)}
    return Held(row, incident, duty_of(row.terms), steps)


def _held_step(scope: Scope, step_id: UUID, version: int) -> tuple[Held, ObligationStep]:
    held = _held(scope, queries.of_step(scope, step_id), version)
    if held.row.outcome != "applies":
        raise Conflict("it is not decided that the duty applies")
    return held, next(step for step in held.steps.values() if step.id == step_id)


def _unanswered(duty: Duty, answers: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        f"ask_{ask.key}": ["Choose an answer"]
        for ask in duty.asks
        if answers.get(ask.key, "") not in [answer.key for answer in ask.answers]
    }


def _settle(
    scope: Scope,
    held: Held,
    kind: str,
    outcome: str,
    reason: str,
    said: Mapping[str, str],
    exemption: str = "",
) -> None:
    held.row.outcome = outcome
    if outcome == "applies":
        _close_if_complete(scope, held)
    else:
        held.row.closed_at = scope.now()
        _stop(scope, held.steps.values(), reason)
    _decided(scope, held, kind, reason, said, exemption)
    scope.session.flush()


def _decided(
    scope: Scope, held: Held, kind: str, reason: str, said: Mapping[str, str], exemption: str
) -> None:
    scope.session.add(
        ObligationDecision(
            id=uuid7(),
            obligation_id=held.row.id,
            kind=kind,
            outcome=held.row.outcome,
            answers=dict(said),
            exemption=exemption,
            reason=reason,
            at=scope.now(),
            by_id=scope.actor.id,
        )
    )


def _close_if_complete(scope: Scope, held: Held) -> None:
    if queries.complete(held.duty, held.done):
        held.row.closed_at = scope.now()
        _stop(scope, held.steps.values(), "Everything that had to be done is done.")


def _undone(step: ObligationStep) -> str:
    was = f"{step.done_at:%Y-%m-%d}: {step.evidence}" if step.done_at else ""
    step.done_at = step.said_at = step.done_by = None
    step.evidence = step.who_was_told = step.reference = ""
    return was


def _restart(scope: Scope, held: Held, reason: str) -> None:
    """Let a clock run for every step that is open again and has a target."""
    rule = (held.row.rule_key, held.row.rule_version)
    settled = {*held.done, *queries.covered(held.duty, held.done)}
    for key, step in held.steps.items():
        if key in settled or _open_clock(scope, step) is not None:
            continue
        met = _clock(scope, step)
        if met is not None and met.met_at is not None:
            said = reason[: clocks.LONGEST]
            clocks.take_back(scope, met.id, met.version, said, by=page_of(step.id))
        begun = start_clock(scope, held.incident, held.duty, held.terms(key), step.id, rule)
        step.clock_id = begun or step.clock_id


def _clock(scope: Scope, step: ObligationStep) -> Clock | None:
    if step.clock_id is None:
        return None
    return scope.session.get(Clock, (scope.tenant.id, step.clock_id), populate_existing=True)


def _open_clock(scope: Scope, step: ObligationStep) -> Clock | None:
    clock = _clock(scope, step)
    over = clock is None or clock_queries.state_of(clock, scope.now()) in ("met", "stopped")
    return None if over else clock


def _meet(scope: Scope, step: ObligationStep, at: datetime, evidence: str) -> None:
    clock = _open_clock(scope, step)
    if clock is not None:  # what was done before anybody asked for it meets the clock as it begins
        met_at, said = max(at, clock.started_at), evidence[: clocks.LONGEST]
        clocks.meet(scope, clock.id, clock.version, met_at, said, by=page_of(step.id))


def _stop(scope: Scope, steps: Iterable[ObligationStep], reason: str) -> None:
    for step in steps:
        clock = _open_clock(scope, step)
        if clock is not None:
            said = reason[: clocks.LONGEST]
            clocks.stop(scope, clock.id, clock.version, said, by=page_of(step.id))


def _text(text: str, name: str, missing: str, longest: int, errors: dict[str, list[str]]) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        errors[name] = [missing]
    elif len(text) > longest:
        errors[name] = [f"Use {longest:,} characters or fewer"]
    return text


def _touch(scope: Scope, row: Obligation) -> None:
    """Count a change of a step as one of the obligation, so that two people never record over each other."""
    flag_modified(row, "title")
    scope.session.flush()


def _tell(
    scope: Scope,
    held: Held,
    what: str,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> None:
    told = {"duty": held.duty.title, **after}
    record(scope, f"obligation.{what}", "incident", held.incident.id, before, told)
