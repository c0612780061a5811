"""What a back-test found, and what every kind of it adds up: weeks, and the load of each recipient."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from throughline.rules.sweep import Cell
from throughline.sdk import Escalate, Notify, Rule
from throughline.tenancy.scope import Scope

MOST_EXAMPLES = 100
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Example:
    """An incident a rule would have fired on; the page decides who may open it.

    Of a nightly scan, a unit: its id and name, the night's date, and no category.
    """

    id: UUID
    reference: str
    reported_at: datetime
    unit_id: UUID
    category: str


@dataclass(frozen=True)
class RoleLoad:
    """What one recipient would have been sent: alarms to acknowledge, and notices.

    ``role`` is a role, ``on_call`` or ``person:`` with an address, as the rule names them.

    ``busiest_week`` is the largest number of both together in one week.
    """

    role: str
    alarms: int
    notices: int
    busiest_week: int


@dataclass(frozen=True)
class BackTest:
    """What a rule would have found among the incidents reported in ``[start, end)``.

    ``weeks`` holds every week from Monday on the tenant's calendar, with the number of firings, those with
    none too. ``unanswered`` incidents are in ``looked_at`` and not in ``fired``. ``examples`` are the newest.
    """

    rule_key: str
    version: int
    start: datetime
    end: datetime
    looked_at: int
    fired: int
    unanswered: int
    weeks: tuple[tuple[date, int], ...]
    by_unit: Mapping[UUID, int]
    by_category: Mapping[str, int]
    examples: tuple[Example, ...]
    loads: tuple[RoleLoad, ...]


@dataclass(frozen=True)
class Portion:
    """Some of what two rules fire on: how many incidents, or units by nights, and the newest of them."""

    fired: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Comparison:
    """Two rules over the same incidents: what one of them alone fires on, and what both do."""

    first: BackTest
    second: BackTest
    only_first: Portion
    only_second: Portion
    both: Portion


def weeks_of(scope: Scope, start: datetime, end: datetime) -> Iterable[date]:
    """Return every week that a time touches, by its Monday on the tenant's calendar."""
    first = scope.local(start).date()
    monday, until = first - timedelta(days=first.weekday()), scope.local(end)
    while monday < until.date() or (monday == until.date() and until.time() != until.time().min):
        yield monday
        monday += WEEK


def loads_of(rule: Rule, fired: Sequence[Cell]) -> Iterable[RoleLoad]:
    """Add up, for each recipient in the order of the effects, what they would have been sent."""
    alarms, notices = Counter[str](), Counter[str]()
    weekly = Counter[tuple[str, date]]()
    for effect in rule.then:
        if not isinstance(effect, (Escalate, Notify)):
            continue
        for cell in fired:
            role = _hears(effect.to, confidential=cell.confidential)
            (alarms if isinstance(effect, Escalate) else notices)[role] += cell.n
            weekly[role, cell.week] += cell.n
    for role in dict.fromkeys([*alarms, *notices]):
        busiest = max(n for (whose, _), n in weekly.items() if whose == role)
        yield RoleLoad(role, alarms[role], notices[role], busiest)


def _hears(role: str, *, confidential: bool) -> str:
    # As an escalation is guarded: what was said in confidence goes past the unit.
    return "governance_lead" if confidential and role == "unit_manager" else role
