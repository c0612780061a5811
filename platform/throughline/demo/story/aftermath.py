"""What came of an ordinary review: a learning and who answered it, actions, and how they meant to know."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from throughline.demo.story import packaged
from throughline.demo.story.cast import Cast
from throughline.demo.story.dates import NATION, Calendar, at, local
from throughline.demo.story.places import SERVICES
from throughline.demo.story.records import (
    StoryAction,
    StoryIncident,
    StoryLearning,
    StoryMeasure,
    StoryReview,
    StoryShare,
)
from throughline.demo.story.responses import Responses
from throughline.incidents.taxonomy import category_label
from throughline.tenancy.working_days import add_working_days
from throughline.trends.spc import xmr

_UNAPPROVED, _UNANSWERED = 0.12, 0.16
_UNDONE, _DONE_LATE = 0.16, 0.2
_MEASURED = 0.6
_BASELINE, _ENOUGH, _FEW = 12, 7, 1.5


class Aftermath:
    """Carries a finished review on, as far as its people did."""

    def __init__(
        self, calendar: Calendar, cast: Cast, incidents: Sequence[StoryIncident], rng: random.Random
    ) -> None:
        self._calendar, self._cast, self._incidents, self._rng = calendar, cast, incidents, rng
        self._measured: set[tuple[str, str]] = set()

    def of(self, review: StoryReview, incident: StoryIncident, done: Responses) -> None:
        """Add what a review taught and what was done about it."""
        assert review.completed_at is not None
        words = packaged.table("words/_reviews.toml")
        known: Mapping[str, Any] = self._rng.choice(
            words.get(incident.category, words["any"])["learnings"] + words["any"]["learnings"][:1]
        )
        written = review.completed_at + timedelta(minutes=self._rng.randint(20, 90))
        if written >= self._calendar.until:
            return
        approved = self._later(written, 0, 12)
        if approved is not None and self._rng.random() < _UNAPPROVED:
            approved = None
        learning = StoryLearning(
            tenant=review.tenant,
            key=f"learning/{incident.key}",
            reviews=(review.key,),
            title=known["title"],
            what_we_found=known["found"],
            what_changes=known["changes"],
            why=known["why"],
            created_at=written,
            created_by=review.lead,
            approved_at=approved,
            approved_by=self._cast.holding(review.tenant, "governance_lead") if approved else None,
            shares=self._shares(incident.unit, approved),
        )
        done.learnings.append(learning)
        if approved is None:
            return
        count = self._rng.choice((0, 1, 1, 2))
        actions = [
            self._action(learning, incident.unit, raw, number, approved)
            for number, raw in enumerate(known["actions"][:count])
        ]
        actions = [one for one in actions if one.created_at < self._calendar.until]
        done.actions += actions
        if actions and self._rng.random() < _MEASURED:
            self._measure(incident, actions, done)

    def _later(self, moment: datetime, least: int, most: int) -> datetime | None:
        """Return a working moment some working days later, or None if that is still to come."""
        day = add_working_days(NATION, local(moment).date(), self._rng.randint(least, most) + 1)
        found = at(day, time(self._rng.randint(9, 16), self._rng.randrange(60)))
        return found if found < self._calendar.until else None

    def _shares(self, unit: str, approved: datetime | None) -> tuple[StoryShare, ...]:
        if approved is None:
            return ()
        here = SERVICES[unit]
        others = [one.key for one in SERVICES.values() if one.tenant == here.tenant and one.key != unit]
        chosen = self._rng.sample(others, self._rng.choice((1, 2, 3)))
        shared = approved + timedelta(minutes=self._rng.randint(5, 50))
        if shared >= self._calendar.until:
            return ()
        return tuple(self._share(one, shared) for one in (unit, *chosen))

    def _share(self, unit: str, shared: datetime) -> StoryShare:
        answered = None if self._rng.random() < _UNANSWERED else self._later(shared, 0, 9)
        return StoryShare(unit, shared, answered, self._cast.manager(unit) if answered else None)

    def _action(
        self, learning: StoryLearning, unit: str, raw: Mapping[str, str], number: int, approved: datetime
    ) -> StoryAction:
        rng = self._rng
        created = approved + timedelta(minutes=rng.randint(60, 180))
        due = add_working_days(NATION, local(created).date(), rng.choice((20, 30, 40, 60)))
        undone = rng.random() < _UNDONE
        late = rng.random() < _DONE_LATE
        finished = (
            due + timedelta(days=rng.randint(2, 30)) if late else due - timedelta(days=rng.randint(0, 12))
        )
        done = None if undone or finished >= self._calendar.today else finished
        owner = (
            self._cast.manager(unit)
            if rng.random() < 0.8  # noqa: PLR2004 - a share
            else self._cast.holding(learning.tenant, "governance_lead")
        )
        return StoryAction(
            tenant=learning.tenant,
            key=f"{learning.key}/{number}",
            learnings=(learning.key,),
            title=f"{raw['title']}, {SERVICES[unit].name}",
            description=raw["description"],
            kind=raw["kind"],
            strength=raw["strength"],
            unit=unit,
            owner=owner,
            due_on=due,
            created_at=created,
            created_by=learning.created_by,
            completed_on=done,
            completion_note=rng.choice(
                (
                    "Done and seen in use.",
                    "In place on all shifts.",
                    "Finished; looked at again after two weeks.",
                )
            )
            if done
            else "",
        )

    def _measure(self, incident: StoryIncident, actions: Sequence[StoryAction], done: Responses) -> None:
        first = actions[0]
        made = self._calendar.months_ago(local(first.created_at).date())
        known = (incident.unit, incident.category)
        if made > self._calendar.months_ago(self._calendar.start) - _BASELINE or known in self._measured:
            return  # the months before would not be known
        taken = {(one.unit, one.category) for one in done.measures}
        if known in taken:
            return
        self._measured.add(known)
        turn = self._calendar.month(made)
        before = self._calendar.month(made + _BASELINE)
        judged_on = self._calendar.month(made - _ENOUGH - 1) if made > _ENOUGH else None
        review_on = judged_on or _months_after(turn, _ENOUGH + 1)
        at_ = self._judged(judged_on)
        verdict, reason = self._verdict(incident, made) if at_ else (None, "")
        name = category_label(incident.category)
        done.measures.append(
            StoryMeasure(
                tenant=incident.tenant,
                key=f"measure/{incident.key}",
                actions=tuple(one.key for one in actions),
                title=f"{name}, {SERVICES[incident.unit].name}, each month",
                definition=f"Incidents reported on the unit as {name.lower()} in a calendar month.",
                category=incident.category,
                unit=incident.unit,
                direction="lower",
                baseline_start=before,
                baseline_end=turn - timedelta(days=1),
                review_on=review_on,
                created_at=first.created_at + timedelta(minutes=25),
                created_by=first.created_by,
                verdict=verdict,
                verdict_reason=reason,
                verdict_at=at_,
                verdict_by=first.created_by if at_ else None,
            )
        )

    def _judged(self, day: date | None) -> datetime | None:
        if day is None or self._rng.random() < 0.2:  # noqa: PLR2004 - a share is late with it
            return None
        return self._later(at(day, time(9)), 2, 8)

    def _verdict(self, incident: StoryIncident, made: int) -> tuple[str, str]:
        """Judge the months since against those before, by the chart."""
        counts = [0] * (made + _BASELINE + 1)
        for one in self._incidents:
            ago = self._calendar.months_ago(local(one.occurred_at).date())
            if (one.unit, one.category) == (incident.unit, incident.category) and ago < len(counts):
                counts[-1 - ago] += 1
        before, since = counts[:_BASELINE], counts[_BASELINE + 1 : _BASELINE + 1 + _ENOUGH]
        was, now = sum(before) / len(before), sum(since) / len(since)
        told = f"{was:.1f} a month in the year before, {now:.1f} in the {len(since)} months since."
        if was < _FEW:
            return "cannot_tell", f"{told} Too few to tell; we shall look at the time between them instead."
        points = [
            one for one in xmr([*before, *since], fix_after=_BASELINE).points[_BASELINE:] if one.special
        ]
        if points and all(one.side < 0 for one in points):
            return "improved", f"{told} The chart signals a change for the better."
        if points and all(one.side > 0 for one in points):
            return (
                "worse",
                f"{told} The chart signals a rise: this is not enough, or something else has changed.",
            )
        return (
            "no_change",
            f"{told} Within what chance alone gives. The action stays; something stronger is needed.",
        )


def _months_after(day: date, count: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(years, month + 1, 1)
