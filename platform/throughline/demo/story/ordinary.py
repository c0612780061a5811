"""The many reviews that no line tells: one incident or a few, what was found, and what came of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from throughline.demo.story import packaged
from throughline.demo.story.aftermath import Aftermath
from throughline.demo.story.cast import Cast
from throughline.demo.story.chance import source
from throughline.demo.story.dates import NATION, Calendar, at, local
from throughline.demo.story.places import SERVICES
from throughline.demo.story.records import StoryFactor, StoryIncident, StoryReview
from throughline.demo.story.responses import FRAMEWORK, Responses
from throughline.demo.story.triage import REVIEW_WORKING_DAYS, Answer
from throughline.incidents.taxonomy import category_label, worst_harm
from throughline.tenancy.working_days import add_working_days

_FIRED, _MODERATE_HARM, _ELSE = 0.72, 0.36, 0.016
_MODERATE = 2
_COMPANY, _COMPANY_WITHIN = 0.45, timedelta(days=24)
_LATE, _LATE_ON = 0.16, {"beech": 0.5, "heron-court": 0.45}
_NEVER = 0.07
_LEARNT = 0.5
_KINDS = (("local", 48), ("aar", 22), ("swarm", 16), ("mdt", 14))
_AFTER_RULE = {
    "psirf.prone_restraint": "swarm",
    "psirf.repeated_self_harm": "thematic",
    "psirf.death": "psii",
    "psirf.severe_harm": "mdt",
    "psirf.severe_psychological_harm": "mdt",
}
_ASKED = (
    "More harm than usual. A short review with those who were there.",
    "A chance to learn while it is fresh.",
    "Similar to earlier ones; let us look at them together.",
    "The person would like to know how this could happen.",
    "A rule asked for a look at this, and we agree.",
)


class Reviewing:
    """Opens, writes and closes ordinary reviews over incidents that no line covers."""

    def __init__(
        self,
        calendar: Calendar,
        cast: Cast,
        incidents: Sequence[StoryIncident],
        fired: Mapping[str, Sequence[str]],
        seed: int,
    ) -> None:
        self._calendar, self._cast, self._incidents, self._fired = calendar, cast, incidents, fired
        self._rng = source(seed, "ordinary")
        self._after = Aftermath(calendar, cast, incidents, source(seed, "aftermath"))

    def add_to(self, done: Responses) -> None:
        """Add reviews and what came of them."""
        earlier: dict[tuple[str, str], list[StoryIncident]] = defaultdict(list)
        for incident in self._incidents:
            same = earlier[incident.unit, incident.category]
            if incident.key not in done.answers and self._wanted(incident):
                company = self._company(incident, same, done)
                self._open(incident, company, done)
            same.append(incident)

    def _wanted(self, incident: StoryIncident) -> bool:
        if incident.key in self._fired:
            share = _FIRED
        elif worst_harm(incident.physical_harm, incident.psychological_harm) >= _MODERATE:
            share = _MODERATE_HARM
        else:
            share = _ELSE
        return self._rng.random() < share

    def _company(
        self, incident: StoryIncident, same: Sequence[StoryIncident], done: Responses
    ) -> list[StoryIncident]:
        if self._rng.random() > _COMPANY:
            return []
        since = incident.occurred_at - _COMPANY_WITHIN
        found = [
            one
            for one in same[-8:]
            if one.occurred_at > since and one.key not in done.answers and not one.confidential
        ]
        return found[-self._rng.choice((1, 1, 2)) :]

    def _open(self, incident: StoryIncident, company: Sequence[StoryIncident], done: Responses) -> None:
        rng = self._rng
        opened = self._office(
            add_working_days(NATION, local(incident.reported_at).date(), rng.choice((1, 1, 2, 2, 3, 5)))
        )
        if opened >= self._calendar.until:
            return
        kind = next(
            (_AFTER_RULE[rule] for rule in self._fired.get(incident.key, ()) if rule in _AFTER_RULE),
            rng.choices([key for key, _ in _KINDS], [weight for _, weight in _KINDS])[0],
        )
        due = add_working_days(NATION, local(opened).date(), REVIEW_WORKING_DAYS)
        for one in (incident, *company):
            done.answers[one.key] = Answer(kind, due, opened, rng.choice(_ASKED))
        completed = self._completed(incident.unit, opened, due)
        review = self._written(incident, company, kind, opened, due, completed)
        done.reviews.append(review)
        if completed is not None and rng.random() < _LEARNT:
            self._after.of(review, incident, done)

    def _completed(self, unit: str, opened: datetime, due: date) -> datetime | None:
        rng = self._rng
        if rng.random() < _NEVER:
            return None
        if rng.random() < _LATE_ON.get(unit, _LATE):
            day = due + timedelta(days=rng.randint(3, 45))
        else:
            day = local(opened).date() + timedelta(days=rng.randint(4, 25))
        moment = self._office(add_working_days(NATION, day, 1))
        return moment if moment < self._calendar.until else None

    def _office(self, day: date) -> datetime:
        return at(day, time(self._rng.randint(9, 16), self._rng.randrange(60)))

    def _written(
        self,
        incident: StoryIncident,
        company: Sequence[StoryIncident],
        kind: str,
        opened: datetime,
        due: date,
        completed: datetime | None,
    ) -> StoryReview:
        unit = SERVICES[incident.unit]
        lead = (
            self._cast.holding(incident.tenant, "governance_lead")
            if incident.confidential or self._rng.random() < 0.25  # noqa: PLR2004 - a share
            else self._cast.manager(incident.unit)
        )
        review = StoryReview(
            tenant=incident.tenant,
            key=f"review/{incident.key}",
            title=f"{category_label(incident.category)} on {unit.name}, {local(incident.occurred_at):%B %Y}",
            kind=kind,
            framework=FRAMEWORK,
            lead=lead,
            incidents=(incident.key, *(one.key for one in company)),
            opened_at=opened,
            opened_by=lead,
            due_on=due,
            completed_at=completed,
            completed_by=lead if completed else None,
            answers={},
            factors=(),
        )
        begun = completed is not None or self._rng.random() < 0.6  # noqa: PLR2004 - a share
        if not begun:
            return review
        return replace(
            review,
            answers=self._answers(incident, len(company), whole=completed is not None),
            factors=self._factors(incident.category, whole=completed is not None),
        )

    def _answers(self, incident: StoryIncident, company: int, *, whole: bool) -> dict[str, str]:
        words = packaged.table("words/_reviews.toml")
        own: Mapping[str, Any] = words.get(incident.category, words["any"])

        def one(part: str) -> str:
            return str(self._rng.choice(own[part]))

        first = f"{incident.what_happened} {one('after')}"
        if company:
            first += f" We looked at {company + 1} incidents of this kind together."
        answers = {"what_happened": first, "work_as_done": one("as_done")}
        if not whole:
            return answers
        return answers | {
            "work_system": one("system"),
            "what_we_learned": one("learned"),
            "areas_for_improvement": one("improve"),
        }

    def _factors(self, category: str, *, whole: bool) -> tuple[StoryFactor, ...]:
        words = packaged.table("words/_reviews.toml")
        known = words.get(category, words["any"])["factors"]
        count = min(len(known), self._rng.choice((2, 3, 3, 4))) if whole else self._rng.choice((0, 1, 2))
        return tuple(StoryFactor(*parts) for parts in self._rng.sample(known, count))
