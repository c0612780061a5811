"""Look at every open unit once a night with the rules of the nightly scan (decision 007).

A tenant's row in ``scan_night`` is taken before anything is looked at, so of many tickers one does the work;
it and all that follows are one transaction, so one that dies did nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from throughline.kernel.database import uuid7
from throughline.rules.active import active
from throughline.rules.engine import Finding, RuleFailure, RuleSet
from throughline.rules.looking import facts_of_unit
from throughline.rules.models import ScanEpisode, ScanNight
from throughline.rules.scanning.answers import Seen, answer
from throughline.rules.scanning.counting import see
from throughline.rules.service import say
from throughline.rules.subjects import of_unit
from throughline.rules.workbench import shadow as shadows
from throughline.sdk import Rate, Rule, Signal, Trigger
from throughline.tenancy.models import Unit
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

AFTER_MIDNIGHT = timedelta(hours=3)  # on the wall clock: the evening before has been told by then
SCAN = Trigger.NIGHTLY_SCAN
Episode = tuple[UUID, str, int]


def night_of(scope: Scope) -> date:
    """Return the night that is due: the tenant's day, which begins at three in the morning for a scan."""
    return (scope.local(scope.now()).replace(tzinfo=None) - AFTER_MIDNIGHT).date()


def due(scope: Scope) -> Sequence[UUID]:
    """Return the tenant's own id when its units were not looked at tonight; nothing without scan rules."""
    rules = active(scope)
    if not rules.live.of(SCAN) and not rules.shadow.of(SCAN):
        return ()
    last = scope.session.scalar(select(ScanNight.night))
    return () if last is not None and last >= night_of(scope) else (scope.tenant.id,)


def scan(scope: Scope, _tenant_id: UUID) -> bool:
    """Look at the units as of tonight, unless another ticker did. Nights that were missed stay so."""
    night, rules = night_of(scope), active(scope)
    if not _taken(scope, night):
        return False
    asked = (*rules.live.lookbacks(SCAN), *rules.shadow.lookbacks(SCAN))
    seen = see(scope, asked, night, night)
    spoke, unanswered = _live(scope, rules.live, seen, night)
    _shadow(scope, rules.shadow, seen, night)
    row = scope.session.scalars(select(ScanNight).execution_options(populate_existing=True)).one()
    row.units, row.spoke, row.unanswered = len(open_units(scope)), spoke, dict(unanswered)
    return True


def open_units(scope: Scope) -> list[Unit]:
    """Return the units a scan looks at: those that are not closed."""
    return [unit for unit in tree(scope).units.values() if unit.closed_on is None]


def outcomes_of(
    scope: Scope, rules: RuleSet, seen: Seen, night: date
) -> Iterator[tuple[Unit, Finding | RuleFailure]]:
    """Return what the rules of a scan find about each open unit on a night, and where they had no answer.

    A unit without care of its own, such as a division, is looked at by the rules that look below it.
    """
    lookbacks = rules.lookbacks(SCAN)
    below = {found.rule.key for found in rules.of(SCAN) if looks_below(found.rule)}
    services = {unit.id for unit in tree(scope).services()}
    for unit in looked_at_by(scope, rules):
        values = {one: answer(seen, one, unit.id, night) for one in lookbacks}
        for outcome in rules.evaluate(SCAN, facts_of_unit(unit), values):
            if unit.id in services or outcome.rule_key in below:
                yield unit, outcome


def looked_at_by(scope: Scope, rules: RuleSet) -> list[Unit]:
    """Return the open units that at least one of the rules of a scan looks at."""
    if any(looks_below(found.rule) for found in rules.of(SCAN)):
        return open_units(scope)
    services = {unit.id for unit in tree(scope).services()}
    return [unit for unit in open_units(scope) if unit.id in services]


def looks_below(rule: Rule) -> bool:
    """Say whether a rule looks at a unit with everything below it."""
    return any(isinstance(asked, Rate | Signal) and asked.below for asked in rule.let)


def _taken(scope: Scope, night: date) -> bool:
    """Take the night: true for the first who asks, once the others' transactions have ended."""
    nothing = {"units": 0, "spoke": 0, "unanswered": {}}
    row = {"tenant_id": scope.tenant.id, "id": uuid7(), "night": night, "at": scope.now(), **nothing}
    new = insert(ScanNight).values(row)
    taken = new.on_conflict_do_update(
        index_elements=["tenant_id"],
        set_={"night": new.excluded.night, "at": new.excluded.at},
        where=ScanNight.night < new.excluded.night,
    )
    return scope.session.scalar(taken.returning(ScanNight.id)) is not None


def _live(scope: Scope, rules: RuleSet, seen: Seen, night: date) -> tuple[int, Counter[str]]:
    known, kept = _episodes(scope, shadow=False), set[Episode]()
    begun: dict[Episode, Finding] = {}
    unanswered, failed = Counter[str](), set[str]()
    for unit, outcome in outcomes_of(scope, rules, seen, night):
        episode = (unit.id, outcome.rule_key, outcome.version)
        kept.add(episode)  # without an answer, what began has not ended
        if isinstance(outcome, Finding):
            if episode not in known:
                begun[episode] = outcome
        elif outcome.missing:
            unanswered[outcome.rule_key] += 1
        elif outcome.rule_key not in failed:  # told once a night, not once a unit
            failed.add(outcome.rule_key)
            say(scope, of_unit(scope, unit.id), SCAN, [outcome])
    fired = [
        one
        for (unit_id, _, _), found in begun.items()
        for one in say(scope, of_unit(scope, unit_id), SCAN, [found], night.isoformat())
    ]
    _keep(scope, begun, [known[one] for one in known.keys() - kept], night, shadow=False)
    return len(fired), unanswered


def _shadow(scope: Scope, rules: RuleSet, seen: Seen, night: date) -> None:
    if not rules.of(SCAN):
        return
    known, kept = _episodes(scope, shadow=True), set[Episode]()
    begun: set[Episode] = set()
    for unit, outcome in outcomes_of(scope, rules, seen, night):
        episode = (unit.id, outcome.rule_key, outcome.version)
        kept.add(episode)
        if isinstance(outcome, Finding) and episode not in known:
            begun.add(episode)
            shadows.keep(scope, of_unit(scope, unit.id), SCAN, [outcome], night.isoformat())
    _keep(scope, begun, [known[one] for one in known.keys() - kept], night, shadow=True)


def _episodes(scope: Scope, *, shadow: bool) -> Mapping[Episode, UUID]:
    found = scope.session.scalars(select(ScanEpisode).where(ScanEpisode.shadow.is_(shadow)))
    return {(one.unit_id, one.rule_key, one.rule_version): one.id for one in found}


def _keep(
    scope: Scope, begun: Iterable[Episode], ended: Sequence[UUID], night: date, *, shadow: bool
) -> None:
    if ended:
        scope.session.execute(delete(ScanEpisode).where(ScanEpisode.id.in_(ended)))
    for unit_id, rule_key, version in begun:
        scope.session.add(
            ScanEpisode(unit_id=unit_id, rule_key=rule_key, rule_version=version, shadow=shadow, since=night)
        )
