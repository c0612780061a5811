"""Somebody reads each report and decides what it needs: mostly in time, and not everywhere equally so."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from throughline.demo.story import packaged
from throughline.demo.story.cast import Cast
from throughline.demo.story.chance import source
from throughline.demo.story.dates import NATION, Calendar, at, local
from throughline.demo.story.records import StoryIncident
from throughline.incidents.taxonomy import worst_harm
from throughline.tenancy.working_days import add_working_days, is_working_day

TRIAGE_WORKING_DAYS, REVIEW_WORKING_DAYS = 2, 20
_LATE, _LATE_ON = 0.08, {"beech": 0.27, "heron-court": 0.2, "north-cmht": 0.14}
_FORGOTTEN_ON = {"beech": 0.65, "heron-court": 0.6}  # of the late ones, those nobody has read to this day
_STILL_FORGOTTEN = timedelta(days=35)
_BY_GOVERNANCE = 0.12
_NEVER_A_NEAR_MISS = frozenset(
    {"self_harm", "violence", "restrictive_practice", "sexual_safety", "safeguarding", "absence", "death"}
)
_OPENS, _CLOSES = time(8, 30), time(17, 30)
_REVIEW_WANTED_LATELY, _REVIEW_WANTED_ONCE = 0.3, 0.02
_LATELY = timedelta(days=30)
_MODERATE = 2


@dataclass(frozen=True)
class Answer:
    """A review that an incident got: its kind, when it is due and when it was opened."""

    kind: str
    due_on: date
    opened_at: datetime
    reason: str


class Desk:
    """Triages incidents. ``answers`` are the reviews that some of them got, ``set_`` what a line says."""

    def __init__(
        self,
        calendar: Calendar,
        cast: Cast,
        answers: Mapping[str, Answer],
        fired: Mapping[str, Sequence[str]],
        seed: int,
    ) -> None:
        self._calendar, self._cast, self._answers, self._fired = calendar, cast, answers, fired
        self._rng = source(seed, "triage")

    @property
    def until(self) -> datetime:
        """Return when the story ends: what would be done then is not done yet."""
        return self._calendar.until

    def triaged(
        self, incident: StoryIncident, decided: str | None = None, when: datetime | None = None
    ) -> StoryIncident:
        """Return an incident with its due time and, once somebody has read it, their decision.

        ``decided`` is the reason for no review and ``when`` the time, for an incident told on its own.
        """
        due = _end_of(add_working_days(NATION, local(incident.reported_at).date(), TRIAGE_WORKING_DAYS))
        found = replace(incident, triage_due=due)
        moment = when or self._moment(incident, due)
        answer = self._answers.get(incident.key)
        if answer is not None and moment >= answer.opened_at:
            moment = max(
                incident.reported_at + timedelta(minutes=5),
                answer.opened_at - timedelta(minutes=self._rng.randint(40, 300)),
            )
        if moment >= self._calendar.until:
            return found
        found = replace(found, triaged_at=moment, triaged_by=self._reader(incident))
        if answer is not None:
            return _to_review(found, answer.reason, answer.kind, answer.due_on)
        if decided is None and self._review_wanted(incident):
            kind = "swarm" if incident.category == "restrictive_practice" else "local"
            reason = self._rng.choice(packaged.table("words/_triage.toml")["wanted"])
            due_on = add_working_days(NATION, local(moment).date(), REVIEW_WORKING_DAYS)
            return _to_review(found, reason, kind, due_on)
        return replace(found, triage_decision="no_review", triage_reason=decided or self._reason(incident))

    def _moment(self, incident: StoryIncident, due: datetime) -> datetime:
        rng = self._rng
        if rng.random() < _LATE_ON.get(incident.unit, _LATE):
            recent = self._calendar.until - incident.reported_at < _STILL_FORGOTTEN
            if recent and rng.random() < _FORGOTTEN_ON.get(incident.unit, 0.1):
                return self._calendar.until
            return _in_office(due + timedelta(hours=rng.uniform(2, 130)), rng)
        soon = _in_office(incident.reported_at + timedelta(hours=rng.lognormvariate(1.6, 1.0)), rng)
        if soon <= due:
            return soon
        last = at(local(due).date(), time(rng.randint(9, 16), rng.randrange(60)))
        return max(last, incident.reported_at + timedelta(minutes=5))

    def _reader(self, incident: StoryIncident) -> str:
        if incident.confidential or self._rng.random() < _BY_GOVERNANCE:
            return self._cast.holding(incident.tenant, "governance_lead")
        return self._cast.manager(incident.unit)

    def _review_wanted(self, incident: StoryIncident) -> bool:
        if worst_harm(incident.physical_harm, incident.psychological_harm) < _MODERATE:
            return False
        lately = self._calendar.until - incident.reported_at < _LATELY
        return self._rng.random() < (_REVIEW_WANTED_LATELY if lately else _REVIEW_WANTED_ONCE)

    def _reason(self, incident: StoryIncident) -> str:
        words = packaged.table("words/_triage.toml")
        for rule in self._fired.get(incident.key, ()):
            if rule in words["after_rule"]:
                return str(self._rng.choice(words["after_rule"][rule]))
        worst = worst_harm(incident.physical_harm, incident.psychological_harm)
        if worst >= _MODERATE:
            return str(self._rng.choice(words["moderate"]))
        pool = [*words["any"], *words["by_category"].get(incident.category, ()) * 2]
        if worst == 0 and incident.category not in _NEVER_A_NEAR_MISS:
            pool += words["no_harm"]
        return str(self._rng.choice(pool))


def _to_review(incident: StoryIncident, reason: str, kind: str, due_on: date) -> StoryIncident:
    return replace(
        incident, triage_decision="review", triage_reason=reason, review_kind=kind, review_due=due_on
    )


def _end_of(day: date) -> datetime:
    return at(day, time(23, 59, 59))


def _in_office(moment: datetime, rng: random.Random) -> datetime:
    """Return the moment itself when somebody reads reports then, else one early on the next working day."""
    wall = local(moment)
    if is_working_day(NATION, wall.date()) and _OPENS <= wall.time() <= _CLOSES:
        return moment
    day = wall.date() if wall.time() < _OPENS else wall.date() + timedelta(days=1)
    while not is_working_day(NATION, day):
        day += timedelta(days=1)
    return at(day, time(rng.choice((8, 9, 9, 10, 11, 14)), rng.randrange(31, 60)))
