"""The seven steps of the line, derived from what is recorded. Pure: facts in, steps out.

A step is ``done``, ``due`` (by a date to come), ``late``, a ``gap`` (nothing is under way that would close
it), ``not_needed`` (a person decided so, with why) or ``waiting`` (for the step before it).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

STEPS = ("reported", "triaged", "reviewed", "analysed", "learned", "acted", "improved")
ANSWER_WITHIN = timedelta(days=14)  # how long a unit has to acknowledge what was shared with it


@dataclass(frozen=True)
class Link:
    """Evidence of a step, or the way to close a gap: words, and the endpoint that leads there."""

    label: str
    endpoint: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """What would close a gap, and where, for whoever can (``permission`` in the incident's unit)."""

    sentence: str
    close: Link | None = None
    permission: str = ""


@dataclass(frozen=True)
class Step:
    """One step of one incident's line."""

    key: str
    state: str
    at: datetime | None = None
    who: UUID | None = None
    who_words: str = ""
    due: datetime | None = None
    note: str = ""
    evidence: tuple[Link, ...] = ()
    gap: Gap | None = None


# Of the records below, ``opens`` says whether whoever reads the line may open them. Of one that does not
# open, the line says that it is there and how far it is: not its title, its words, or who has it in hand.


@dataclass(frozen=True)
class ReviewFacts:
    """A review that covers the incident."""

    id: UUID
    title: str
    lead_id: UUID
    due_on: date
    completed_at: datetime | None
    completed_by: UUID | None
    themes: tuple[str, ...]
    opens: bool = True


@dataclass(frozen=True)
class LearningFacts:
    """A learning from one of those reviews, with how many units it went to and how many answered."""

    id: UUID
    title: str
    created_at: datetime
    approved_at: datetime | None
    approved_by: UUID | None
    shared_at: datetime | None
    units: int
    answered: int
    opens: bool = True


@dataclass(frozen=True)
class ActionFacts:
    """An action that serves one of those learnings."""

    id: UUID
    title: str
    owner_id: UUID
    due_on: date
    completed_on: date | None
    opens: bool = True


@dataclass(frozen=True)
class MeasureFacts:
    """A measure that judges one of those actions."""

    id: UUID
    title: str
    review_on: date
    verdict: str | None
    verdict_reason: str
    verdict_at: datetime | None
    verdict_by: UUID | None
    opens: bool = True


@dataclass(frozen=True)
class AskedFacts:
    """A share that a rule asks for and that is not yet met: with whom, by when."""

    with_whom: str
    due_on: date
    words: str = ""


@dataclass(frozen=True)
class LineFacts:
    """Everything the line of one incident is derived from."""

    incident_id: UUID
    reported_at: datetime
    reporter_id: UUID | None
    reporter_words: str
    triage_due: datetime
    triaged_at: datetime | None
    triaged_by: UUID | None
    decision: str | None
    reason: str
    review_due: date | None
    reviews: tuple[ReviewFacts, ...]
    learnings: tuple[LearningFacts, ...]
    actions: tuple[ActionFacts, ...]
    measures: tuple[MeasureFacts, ...]
    asked: tuple[AskedFacts, ...] = ()


def derive(facts: LineFacts, now: datetime, zone: ZoneInfo, learning_days: int) -> tuple[Step, ...]:
    """Return the seven steps of an incident, in order."""
    reported = Step(
        "reported",
        "done",
        facts.reported_at,
        facts.reporter_id,
        facts.reporter_words if not facts.reporter_id else "",
    )
    triaged = _triaged(facts, now)
    if facts.decision == "no_review":
        rest = [Step(key, "not_needed") for key in STEPS[2:]]
        rest[0] = Step("reviewed", "not_needed", note=facts.reason)
        return (reported, triaged, *rest)
    reviewed = _reviewed(facts, now, zone)
    analysed = _analysed(facts, reviewed)
    learned = _asked(facts, now, zone, _learned(facts, now, learning_days, analysed))
    acted = _acted(facts, now, zone, learned)
    return (reported, triaged, reviewed, analysed, learned, acted, _improved(facts, now, zone, acted))


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def _state(due: datetime, now: datetime) -> str:
    return "late" if due < now else "due"


def _triaged(facts: LineFacts, now: datetime) -> Step:
    if facts.triaged_at is not None:
        late = facts.triaged_at > facts.triage_due
        words = "Decided after its due time. " if late else ""
        decision = {"review": "A review is needed.", "no_review": "No review is needed."}[
            facts.decision or "review"
        ]
        return Step("triaged", "done", facts.triaged_at, facts.triaged_by, note=f"{words}{decision}")
    close = Link("Decide what it needs", "incidents.triage_page", {"incident_id": str(facts.incident_id)})
    gap = Gap("Somebody has to read this and decide what response it needs.", close, "triage")
    return Step("triaged", _state(facts.triage_due, now), due=facts.triage_due, gap=gap)


def _reviewed(facts: LineFacts, now: datetime, zone: ZoneInfo) -> Step:
    finished = [review for review in facts.reviews if review.completed_at is not None]
    if finished:
        review = min(finished, key=lambda found: found.completed_at or now)
        late = review.completed_at is not None and review.completed_at > _end_of(review.due_on, zone)
        said = (review.title if review.opens else "", "Completed after its due date." if late else "")
        return Step(
            "reviewed",
            "done",
            review.completed_at,
            (review.completed_by or review.lead_id) if review.opens else None,
            note=" ".join(words for words in said if words),
            evidence=tuple(_review_link(found) for found in finished if found.opens),
        )
    if facts.reviews:
        review = facts.reviews[0]
        due = _end_of(review.due_on, zone)
        close = _review_link(review) if review.opens else None
        gap = Gap("The review is open. Completing it closes this step.", close, "review")
        who, note = (review.lead_id, review.title) if review.opens else (None, "")
        return Step("reviewed", _state(due, now), who=who, due=due, note=note, gap=gap)
    if facts.triaged_at is None or facts.review_due is None:
        return Step("reviewed", "waiting")
    due = _end_of(facts.review_due, zone)
    close = Link("Open the review", "reviews.new_page", {"incident": str(facts.incident_id)})
    gap = Gap("A review was asked for and nobody has opened it yet.", close, "review")
    return Step("reviewed", _state(due, now), due=due, gap=gap)


def _review_link(review: ReviewFacts) -> Link:
    return Link("Open the review", "reviews.show", {"review_id": str(review.id)})


def _analysed(facts: LineFacts, reviewed: Step) -> Step:
    themes = [theme for review in facts.reviews for theme in review.themes]
    if themes and not all(review.opens for review in facts.reviews):
        return Step("analysed", reviewed.state, reviewed.at, due=reviewed.due)
    if reviewed.state == "done" and themes:
        named = ", ".join(dict.fromkeys(theme.replace("_", " ") for theme in themes))
        count = f"{len(themes)} contributory factor{'s' if len(themes) != 1 else ''}"
        return Step("analysed", "done", reviewed.at, reviewed.who, note=f"{count}: {named}.")
    if reviewed.state == "done":
        close = reviewed.evidence[0] if reviewed.evidence else None
        gap = Gap("The review names no contributory factor in the system.", close, "review")
        return Step("analysed", "gap", gap=gap)
    if themes:
        return Step("analysed", reviewed.state, note=f"{len(themes)} found so far.", due=reviewed.due)
    return Step("analysed", "waiting")


def _learned(facts: LineFacts, now: datetime, learning_days: int, analysed: Step) -> Step:
    shared = [found for found in facts.learnings if found.approved_at and found.shared_at]
    links = tuple(_learning_link(found) for found in facts.learnings if found.opens)
    first_link = links[0] if links else None
    if shared:
        first = min(shared, key=lambda found: found.shared_at or now)
        units = sum(found.units for found in shared)
        answered = sum(found.answered for found in shared)
        note = f"Shared with {units} unit{'s' if units != 1 else ''}; {answered} acknowledged."
        gap = None
        missing = units - answered
        if missing and first.shared_at is not None and now - first.shared_at > ANSWER_WITHIN:
            who = "1 unit has" if missing == 1 else f"{missing} units have"
            gap = Gap(f"{who} not acknowledged what was learned.", first_link, "share")
        return Step("learned", "done", first.shared_at, first.approved_by, note=note, evidence=links, gap=gap)
    if analysed.state != "done" or analysed.at is None:
        return Step("learned", "waiting")
    due = analysed.at + timedelta(days=learning_days)
    if facts.learnings:
        gap = Gap(
            "What was learned is written, and not yet shared with the units it is for.", first_link, "share"
        )
        return Step("learned", _state(due, now), due=due, note=links[0].label if links else "", gap=gap)
    review_id = next(review.id for review in facts.reviews if review.completed_at)
    close = Link("Write what was learned", "learning.new_page", {"review": str(review_id)})
    gap = Gap("The review is done and nobody has written down what it taught.", close, "share")
    return Step("learned", _state(due, now), due=due, gap=gap)


def _asked(facts: LineFacts, now: datetime, zone: ZoneInfo, learned: Step) -> Step:
    """Add what rules ask to share to the step, as a gap that says with whom and by when."""
    if not facts.asked:
        return learned
    first = facts.asked[0]
    day = f"{first.due_on.day} {first.due_on:%B %Y}"
    verb = "asked" if _end_of(first.due_on, zone) < now else "asks"
    reason = f" {first.words}" if first.words else ""
    sentence = f"A rule {verb} to share what is learned with {first.with_whom} by {day}.{reason}"
    if learned.gap is not None and learned.state != "done":
        sentence = f"{learned.gap.sentence} {sentence}"
    return replace(learned, gap=Gap(sentence, _way_to_share(facts, learned), "share"))


def _way_to_share(facts: LineFacts, learned: Step) -> Link | None:
    written = next((found for found in facts.learnings if found.opens), None)
    if written is not None:
        return Link("Choose the units", "learning.show", {"learning_id": str(written.id)})
    return learned.gap.close if learned.gap is not None else None


def _learning_link(learning: LearningFacts) -> Link:
    return Link(learning.title, "learning.show", {"learning_id": str(learning.id)})


def _acted(facts: LineFacts, now: datetime, zone: ZoneInfo, learned: Step) -> Step:
    if learned.state != "done":
        return Step("acted", "waiting")
    if not facts.actions:
        learning = next((found for found in facts.learnings if found.opens), None)
        page = "actions.new_page"
        close = Link("Plan an action", page, {"learning": str(learning.id)}) if learning else None
        gap = Gap("Something was learned and no action follows from it.", close, "act")
        return Step("acted", "gap", gap=gap)
    links = tuple(_action_link(found) for found in facts.actions if found.opens)
    unfinished = [found for found in facts.actions if found.completed_on is None]
    if not unfinished:
        last = max(facts.actions, key=lambda found: found.completed_on or date.min)
        done = datetime.combine(last.completed_on or now.date(), time(12), tzinfo=zone)
        count = f"{len(facts.actions)} action{'s' if len(facts.actions) != 1 else ''} done."
        owner = last.owner_id if last.opens else None
        return Step("acted", "done", done, owner, note=count, evidence=links)
    first = min(unfinished, key=lambda found: found.due_on)
    due = _end_of(first.due_on, zone)
    left = f"{len(unfinished)} of {len(facts.actions)} actions still to do."
    if not first.opens:
        return Step("acted", _state(due, now), due=due, evidence=links, gap=Gap(left))
    gap = Gap(f"{left} The next is: {first.title}.", _action_link(first), "act")
    return Step("acted", _state(due, now), who=first.owner_id, due=due, evidence=links, gap=gap)


def _action_link(action: ActionFacts) -> Link:
    return Link(action.title, "actions.show", {"action_id": str(action.id)})


def _improved(facts: LineFacts, now: datetime, zone: ZoneInfo, acted: Step) -> Step:
    if acted.state not in ("done", "due", "late"):
        return Step("improved", "waiting")
    if not facts.measures:
        action = next((found for found in facts.actions if found.opens), None)
        page = "actions.new_measure_page"
        close = Link("Declare a measure", page, {"action": str(action.id)}) if action else None
        gap = Gap("Nobody has said how we shall know whether it worked.", close, "act")
        return Step("improved", "gap", gap=gap)
    links = tuple(_measure_link(found) for found in facts.measures if found.opens)
    judged = [found for found in facts.measures if found.verdict is not None]
    better = [found for found in judged if found.verdict == "improved"]
    if better:
        found = better[0]
        who = found.verdict_by if found.opens else None
        # What the numbers show is told to everybody: it is what the report was for.
        return Step("improved", "done", found.verdict_at, who, note=found.verdict_reason, evidence=links)
    if judged:
        words = {"no_change": "no change", "worse": "things got worse", "cannot_tell": "we cannot tell yet"}
        sentence = f"The measure says: {words[judged[0].verdict or 'cannot_tell']}. Decide what to try next."
        seen = _measure_link(judged[0]) if judged[0].opens else None
        note = judged[0].verdict_reason if judged[0].opens else ""
        return Step("improved", "gap", note=note, evidence=links, gap=Gap(sentence, seen, "act"))
    first = min(facts.measures, key=lambda found: found.review_on)
    due = _end_of(first.review_on, zone)
    gap = Gap("A measure is declared, and not judged yet.")
    if first.opens:
        gap = Gap(f"Judge the measure: {first.title}.", _measure_link(first), "act")
    return Step("improved", _state(due, now), due=due, evidence=links, gap=gap)


def _measure_link(measure: MeasureFacts) -> Link:
    return Link(measure.title, "actions.show_measure", {"measure_id": str(measure.id)})


def first_gap(steps: Sequence[Step]) -> Step | None:
    """Return the first step that is late or a gap: where the line is broken."""
    return next((step for step in steps if step.state in ("late", "gap")), None)
