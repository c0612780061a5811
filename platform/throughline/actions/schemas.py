"""What a plan and a measure must hold, with messages that say what would put it right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from throughline.actions.models import DIRECTIONS, KINDS, STRENGTHS, Action
from throughline.incidents.taxonomy import CATEGORIES
from throughline.kernel.database import uuid7

LONGEST_TITLE, LONGEST = 200, 4_000
SHORTEST_BASELINE_MONTHS = 12
Errors = dict[str, list[str]]


@dataclass(frozen=True)
class Plan:
    """What an action is to be. ``unit_id`` None is the whole tenant; ``key`` becomes its id."""

    title: str
    description: str
    kind: str
    strength: str
    unit_id: UUID | None
    owner_id: UUID | None
    due_on: date | None
    key: UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class Declaration:
    """How we shall know: counted each month, against a baseline of whole months that is already over.

    ``unit_id`` None is the whole tenant; ``key`` becomes the measure's id.
    """

    title: str
    definition: str
    category: str
    unit_id: UUID | None
    direction: str
    baseline_start: date | None
    baseline_end: date | None
    review_on: date | None
    key: UUID = field(default_factory=uuid7)


def plan_errors(plan: Plan, owners: Collection[UUID], places: Collection[UUID | None], today: date) -> Errors:
    """Return what is wrong with a plan, by field. ``places`` holds None for the whole tenant."""
    errors = _text_errors({"title": (plan.title, LONGEST_TITLE, "Say what changes")})
    if len(plan.description) > LONGEST:
        errors["description"] = [_too_long(plan.description, LONGEST)]
    if plan.kind not in KINDS:
        errors["kind"] = ["Choose what it changes"]
    if plan.strength not in STRENGTHS:
        errors["strength"] = ["Choose how strong it is; the examples help"]
    if plan.unit_id not in places:
        errors["unit"] = ["Choose a unit from the list"]
    if plan.owner_id not in owners:
        errors["owner"] = ["Choose who owns it"]
    if plan.due_on is None or plan.due_on < today:
        errors["due_on"] = ["Choose a day that is still to come"]
    return errors


def declaration_errors(
    wanted: Declaration, judged: Sequence[Action], places: Collection[UUID | None], today: date
) -> Errors:
    """Return what is wrong with a declaration, by field. ``places`` as for a plan."""
    errors = _text_errors(
        {
            "title": (wanted.title, LONGEST_TITLE, "Give it a title"),
            "definition": (wanted.definition, LONGEST, "Say exactly what is counted, and what is not"),
        }
    )
    if wanted.category not in CATEGORIES:
        errors["category"] = ["Choose what is counted"]
    if wanted.direction not in DIRECTIONS:
        errors["direction"] = ["Say which direction is better"]
    if wanted.unit_id not in places:
        errors["unit"] = ["Choose a unit from the list"]
    errors |= _baseline_errors(wanted.baseline_start, wanted.baseline_end, judged, today)
    return errors | _review_errors(wanted.review_on, judged, today)


def _text_errors(texts: Mapping[str, tuple[str, int, str]]) -> Errors:
    errors: Errors = {}
    for name, (text, longest, message) in texts.items():
        if not text:
            errors[name] = [message]
        elif len(text) > longest:
            errors[name] = [_too_long(text, longest)]
    return errors


def _too_long(text: str, longest: int) -> str:
    return f"Use {longest:,} characters or fewer; there are {len(text):,}"


def _baseline_errors(start: date | None, end: date | None, judged: Sequence[Action], today: date) -> Errors:
    if start is None:
        return {"baseline_start": ["Choose the first month of the baseline"]}
    if end is None:
        return {"baseline_end": ["Choose the last month of the baseline"]}
    if end >= today:
        return {"baseline_end": ["Choose a month that is over: a baseline is what was before the change"]}
    if start.day != 1:
        return {"baseline_start": ["Begin on the first day of a month: each point is a whole month"]}
    if (end + timedelta(days=1)).day != 1:
        return {"baseline_end": ["End on the last day of a month: each point is a whole month"]}
    return _span_errors(start, end, judged)


def _span_errors(start: date, end: date, judged: Sequence[Action]) -> Errors:
    done = min((action.completed_on for action in judged if action.completed_on), default=None)
    if done is not None and end >= done:
        return {"baseline_end": [f"Choose a month before the change: the action was done on {_day(done)}"]}
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if months < SHORTEST_BASELINE_MONTHS:
        needed = f"Use at least {SHORTEST_BASELINE_MONTHS} months up to {end:%B %Y}"
        return {"baseline_start": [f"{needed}: with {max(months, 0)} no chart can tell"]}
    return {}


def _review_errors(review_on: date | None, judged: Sequence[Action], today: date) -> Errors:
    if review_on is None or review_on <= today:
        return {
            "review_on": ["Choose a day that is still to come: a measure is declared before it is judged"]
        }
    last = max((action.completed_on or action.due_on for action in judged), default=None)
    if last is not None and review_on <= last:
        return {"review_on": [f"Choose a day after the action is due, {_day(last)}: nothing can show before"]}
    return {}


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
