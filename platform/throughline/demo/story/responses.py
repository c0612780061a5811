"""What became of it: the reviews of each line, what they taught, what was done and whether it worked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from throughline.demo.story.cast import Cast
from throughline.demo.story.chance import source
from throughline.demo.story.dates import Calendar, local
from throughline.demo.story.moments import Line, key_of, lines, start_of
from throughline.demo.story.records import (
    StoryAction,
    StoryFactor,
    StoryIncident,
    StoryLearning,
    StoryMeasure,
    StoryReview,
    StoryShare,
)
from throughline.demo.story.triage import Answer
from throughline.incidents.taxonomy import worst_harm

_Served = TypeVar("_Served", StoryReview, StoryLearning, StoryAction)
FRAMEWORK = "seips.work_system"
_READ_BEFORE_OPENED = timedelta(hours=20)
_A_LITTLE = timedelta(minutes=37)
_ASKED = "Meets our response plan. A review will look at what made it likely."


@dataclass
class Responses:
    """Everything the lines did with the incidents."""

    reviews: list[StoryReview] = field(default_factory=list)
    learnings: list[StoryLearning] = field(default_factory=list)
    actions: list[StoryAction] = field(default_factory=list)
    measures: list[StoryMeasure] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)  # by incident key


class Responding:
    """Carries the lines out over the incidents there are."""

    def __init__(self, calendar: Calendar, cast: Cast, incidents: Sequence[StoryIncident], seed: int) -> None:
        self._calendar, self._cast, self._incidents = calendar, cast, incidents
        self._rng = source(seed, "responses")
        self._done = Responses()

    def all(self) -> Responses:
        """Return what every line did.

        Raises:
            ValueError: a review would cover nothing, or a line dates something done in the future.
        """
        for line in lines():
            self._line(line)
        return self._done

    def _line(self, line: Line) -> None:
        prefix = line["key"]
        reviews = [one for raw in line.get("reviews", ()) if (one := self._review(line, raw))]
        self._done.reviews += reviews
        for raw in line.get("learnings", ()):
            if served := _named(raw, "reviews", reviews):
                self._done.learnings.append(self._learning(line, raw, served))
        learnings = [one for one in self._done.learnings if one.key.startswith(f"{prefix}/")]
        for raw in line.get("actions", ()):
            if taught := _named(raw, "learnings", learnings):
                self._done.actions.append(self._action(line, raw, taught))
        actions = [one for one in self._done.actions if one.key.startswith(f"{prefix}/")]
        for raw in line.get("measures", ()):
            if judged := _named(raw, "actions", actions):
                self._done.measures.append(self._measure(line, raw, judged))

    def _review(self, line: Line, raw: Mapping[str, Any]) -> StoryReview | None:
        """Return a review, or None when chance left it nothing to look at in these two years."""
        start = start_of(line, self._calendar)
        opened = self._calendar.in_office(raw["opened"], start, self._rng)
        own = [key_of(line, moment) for moment in line.get("moments", ()) if moment.get("review", True)]
        if "moments" in raw:
            own = [f"{line['key']}/{key}" for key in raw["moments"]]
        covered = own + [
            key for chosen in raw.get("covers", ()) for key in self._covered(chosen, opened, own)
        ]
        if not covered:
            return None
        due = self._calendar.day(raw["due"], start)
        for key in covered:
            reason = raw.get("asked", _ASKED)
            self._done.answers.setdefault(key, Answer(raw["kind"], due, opened, reason))
        lead = self._cast.named(line["tenant"], raw["lead"])
        done = self._after(raw.get("completed"), start, opened)
        return StoryReview(
            tenant=line["tenant"],
            key=f"{line['key']}/{raw['key']}",
            title=raw["title"],
            kind=raw["kind"],
            framework=FRAMEWORK,
            lead=lead,
            incidents=tuple(covered),
            opened_at=opened,
            opened_by=lead,
            due_on=due,
            completed_at=done,
            completed_by=lead if done else None,
            answers={stage: text.strip() for stage, text in raw.get("answers", {}).items()},
            factors=tuple(StoryFactor(*parts) for parts in raw.get("factors", ())),
        )

    def _covered(self, chosen: Mapping[str, Any], opened: datetime, own: Sequence[str]) -> Iterable[str]:
        """Return incidents of the ordinary run that a review looks at together, the latest first."""
        since, until = self._calendar.day(chosen["from"]), self._calendar.day(chosen["to"])
        found = [
            incident.key
            for incident in reversed(self._incidents)
            if incident.unit in chosen["units"]
            and incident.category == chosen["category"]
            and since <= local(incident.occurred_at).date() < until
            and incident.reported_at < opened - _READ_BEFORE_OPENED
            and _fits(incident, chosen)
            and incident.key not in self._done.answers
            and incident.key not in own
        ]
        return found[: chosen["most"]]

    def _learning(self, line: Line, raw: Mapping[str, Any], served: Sequence[StoryReview]) -> StoryLearning:
        start = start_of(line, self._calendar)
        latest = max(one.completed_at or one.opened_at for one in served)
        written = self._after(raw.get("written", raw.get("approved")), start, latest)
        approved = self._after(raw.get("approved"), start, written)
        shared = self._after(raw.get("shared"), start, approved)
        assert written is not None
        by = served[0].lead
        answered = raw.get("acknowledged", {})
        return StoryLearning(
            tenant=line["tenant"],
            key=f"{line['key']}/{raw['key']}",
            reviews=tuple(one.key for one in served),
            title=raw["title"],
            what_we_found=_paragraph(raw["found"]),
            what_changes=_paragraph(raw["changes"]),
            why=_paragraph(raw["why"]),
            created_at=written,
            created_by=by,
            approved_at=approved,
            approved_by=by if approved else None,
            shares=tuple(self._share(unit, shared, answered.get(unit), start) for unit in raw["units"])
            if shared
            else (),
        )

    def _share(self, unit: str, shared: datetime, answered: str | None, start: date) -> StoryShare:
        at = self._after(answered, start, shared)
        return StoryShare(unit, shared, at, self._cast.manager(unit) if at else None)

    def _action(self, line: Line, raw: Mapping[str, Any], served: Sequence[StoryLearning]) -> StoryAction:
        start = start_of(line, self._calendar)
        planned = self._after(raw["planned"], start, max(one.created_at for one in served))
        done = self._after(raw.get("done"), start, planned)
        assert planned is not None
        return StoryAction(
            tenant=line["tenant"],
            key=f"{line['key']}/{raw['key']}",
            learnings=tuple(one.key for one in served),
            title=raw["title"],
            description=_paragraph(raw["description"]),
            kind=raw["kind"],
            strength=raw["strength"],
            unit=raw.get("unit"),
            owner=self._cast.named(line["tenant"], raw["owner"]),
            due_on=self._calendar.day(raw["due"], start),
            created_at=planned,
            created_by=served[0].created_by,
            completed_on=local(done).date() if done else None,
            completion_note=_paragraph(raw.get("note", "")),
        )

    def _measure(self, line: Line, raw: Mapping[str, Any], judged: Sequence[StoryAction]) -> StoryMeasure:
        start = start_of(line, self._calendar)
        declared = self._after(raw["declared"], start, max(one.created_at for one in judged))
        review_on = self._calendar.day(raw["review_on"], start)
        at = self._after(raw.get("judged"), start, declared)
        first, last = (self._calendar.month(ago) for ago in (raw["baseline"][0], raw["baseline"][1] - 1))
        assert declared is not None
        return StoryMeasure(
            tenant=line["tenant"],
            key=f"{line['key']}/{raw['key']}",
            actions=tuple(one.key for one in judged),
            title=raw["title"],
            definition=_paragraph(raw["definition"]),
            category=raw["category"],
            unit=raw.get("unit"),
            direction=raw["direction"],
            baseline_start=first,
            baseline_end=last - timedelta(days=1),
            review_on=review_on,
            created_at=declared,
            created_by=judged[0].created_by,
            verdict=raw.get("verdict") if at else None,
            verdict_reason=self._reason(line["tenant"], raw, at) if at else "",
            verdict_at=at,
            verdict_by=judged[0].created_by if at else None,
        )

    def _reason(self, tenant: str, raw: Mapping[str, Any], judged: datetime) -> str:
        """Return why a verdict is what it is, with the numbers the months really had."""
        most, least = raw["baseline"]
        before = self._a_month(tenant, raw, range(least, most + 1))
        since = range(self._calendar.months_ago(local(judged).date()) + 1, raw["since"] + 1)
        after = self._a_month(tenant, raw, since)
        return _paragraph(raw["reason"]).format(
            before=f"{before:.1f}", after=f"{after:.1f}", months=len(since)
        )

    def _a_month(self, tenant: str, raw: Mapping[str, Any], months: range) -> float:
        count: int = sum(
            one.tenant == tenant
            and one.category == raw["category"]
            and raw.get("unit") in (None, one.unit)
            and self._calendar.months_ago(local(one.occurred_at).date()) in months
            for one in self._incidents
        )
        return count / len(months)

    def _after(self, written: str | None, start: date, earlier: datetime | None) -> datetime | None:
        """Read a date on which something was done; on the same day as what it follows, a little later."""
        if written is None:
            return None
        moment = self._calendar.in_office(written, start, self._rng)
        return moment if earlier is None or moment > earlier else earlier + _A_LITTLE


def _named(raw: Mapping[str, Any], part: str, known: Sequence[_Served]) -> list[_Served]:
    """Return those of a line's records that a later one names, all of them where it names none."""
    return [one for one in known if part not in raw or one.key.split("/")[1] in raw[part]]


def _fits(incident: StoryIncident, chosen: Mapping[str, Any]) -> bool:
    positions = incident.extra.get("psirf.restraint", {}).get("positions", ())
    worst = worst_harm(incident.physical_harm, incident.psychological_harm)
    return (
        ("prone" in positions or not chosen.get("prone", False))
        and worst >= chosen.get("min_harm", 0)
        and (not chosen.get("sub") or incident.subcategory in chosen["sub"])
        and not incident.confidential
    )


def _paragraph(text: str) -> str:
    return " ".join(text.split())
