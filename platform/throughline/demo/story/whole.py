"""Tell the whole story: who works there, what happened, what was decided, learned and done."""

from datetime import date

from throughline.demo.story import escalating, moments, occupancy, ordinary, people, volume
from throughline.demo.story.cast import Cast
from throughline.demo.story.dates import Calendar
from throughline.demo.story.places import COMMISSIONER, FORMAT, TENANTS
from throughline.demo.story.records import Story, StoryIncident, StoryPeriod
from throughline.demo.story.responses import Responding
from throughline.demo.story.stream import Teller
from throughline.demo.story.triage import Desk
from throughline.evidence.periods import last_complete_quarter

SEED = 7


def tell(today: date, seed: int = SEED) -> Story:
    """Return two years that end with yesterday. The same day and seed tell the same story."""
    calendar, cast = Calendar(today), Cast()
    everybody = people.People(calendar, seed)
    told = moments.moments(calendar, everybody, cast)
    slots = volume.slots(calendar, moments.told(calendar), seed)
    stream = Teller(calendar, everybody, cast, seed).tell(slots)
    incidents = sorted(
        [*stream, *(moment.incident for moment in told)], key=lambda one: (one.reported_at, one.key)
    )
    fired = escalating.firings(incidents)
    done = Responding(calendar, cast, incidents, seed).all()
    ordinary.Reviewing(calendar, cast, incidents, fired, seed).add_to(done)
    desk = Desk(calendar, cast, done.answers, fired, seed)
    own = {moment.incident.key: moment for moment in told}
    triaged = tuple(_triaged(desk, incident, own) for incident in incidents)
    acknowledged = {key: moment.acknowledged_at for key, moment in own.items() if moment.acknowledged_at}
    return Story(
        today=today,
        start=calendar.start,
        users=tuple(cast.users),
        unit_days=occupancy.unit_days(calendar, seed),
        persons=people.persons((one.tenant, one.person) for one in triaged if one.person),
        incidents=triaged,
        escalations=escalating.escalations(triaged, fired, acknowledged, calendar, cast, seed),
        reviews=tuple(sorted(done.reviews, key=lambda one: (one.opened_at, one.key))),
        learnings=tuple(sorted(done.learnings, key=lambda one: (one.created_at, one.key))),
        actions=tuple(sorted(done.actions, key=lambda one: (one.created_at, one.key))),
        measures=tuple(sorted(done.measures, key=lambda one: (one.created_at, one.key))),
        periods=_periods(today),
    )


def _triaged(desk: Desk, incident: StoryIncident, own: dict[str, moments.Moment]) -> StoryIncident:
    moment = own.get(incident.key)
    if moment is None:
        return desk.triaged(incident)
    if moment.acknowledged_at is not None and moment.acknowledged_at >= desk.until:
        return desk.triaged(incident, when=desk.until)  # nobody has looked at it yet
    return desk.triaged(incident, moment.decided, moment.triaged_at)


def _periods(today: date) -> tuple[StoryPeriod, ...]:
    """Return the last complete quarter and the one before it, for every provider."""
    last = last_complete_quarter(today)
    return tuple(
        StoryPeriod(tenant, COMMISSIONER, FORMAT, period.start, period.end)
        for period in (last.before(), last)
        for tenant in TENANTS
    )
