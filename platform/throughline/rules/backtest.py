"""Back-tests: what a rule, saved or draft, would have found in the tenant's own history.

Each incident is evaluated as it is stored now, at the moment it was reported, whatever triggers the rule
names: corrections made since then count, and what is only known later (a clock, a triage) plays no part.
Look-backs see the window that ends with the incident, with every incident that is stored now; so one that
was reported late counts although nobody knew of it then. An incident of which a fact cannot be read, or for
which the condition has no answer, neither fires nor passes: it is counted apart.

A rule of the nightly scan is replayed night by night instead, by the functions of the live scan, over what is
counted now: what it looked at are units by nights, and an example is a unit and a night.

The numbers are the whole tenant's, whoever asks; who may open an example is for the page to decide.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from throughline.incidents.models import Incident
from throughline.rules.confining import Cancellation, confined
from throughline.rules.engine import compile_rule
from throughline.rules.facts import schema_of
from throughline.rules.lowering import require_lowerable
from throughline.rules.scanning.replay import Replayed, replay
from throughline.rules.sweep import Cell, Sweep, sweep
from throughline.sdk import ABOUT_UNITS, Escalate, Notify, Rule
from throughline.tenancy.queries import tree
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
    """What the holders of a role would have been sent: alarms to acknowledge, and notices.

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
class OnlyOne:
    """The incidents that one of two rules fires on and the other does not: how many, and the newest."""

    fired: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Comparison:
    """Two rules over the same incidents; ``only_first`` and ``only_second``: what one of them alone finds."""

    first: BackTest
    second: BackTest
    only_first: OnlyOne
    only_second: OnlyOne


def backtest(
    scope: Scope,
    rule: Rule,
    start: datetime,
    end: datetime,
    *,
    examples: int = 20,
    seconds: float = 60,
    cancellation: Cancellation | None = None,
) -> BackTest:
    """Say what a rule would have found among the incidents reported from ``start`` until before ``end``.

    Both moments carry a time zone. It reads only, and leaves the transaction usable however it ends;
    ``seconds`` bounds the time of each of its few statements.

    Raises:
        UnsoundRule: the rule does not compile.
        InvalidCondition: its condition cannot be lowered, with the place.
        TookTooLong: it was not done in ``seconds``.
        Cancelled: somebody called ``cancellation.cancel()``.
    """
    (only,), _ = _run(scope, [rule], start, end, examples, seconds, cancellation)
    return only


def compare(
    scope: Scope,
    rule: Rule,
    with_rule: Rule,
    start: datetime,
    end: datetime,
    *,
    examples: int = 20,
    seconds: float = 60,
    cancellation: Cancellation | None = None,
) -> Comparison:
    """Back-test two rules over the same incidents, and say which of them only one finds.

    An incident without an answer is not found. Raises as ``backtest`` does.
    """
    found, alone = _run(scope, [rule, with_rule], start, end, examples, seconds, cancellation)
    return Comparison(found[0], found[1], alone[0], alone[1])


def _run(
    scope: Scope,
    rules: Sequence[Rule],
    start: datetime,
    end: datetime,
    examples: int,
    seconds: float,
    cancellation: Cancellation | None,
) -> tuple[list[BackTest], list[OnlyOne]]:
    if not all(ABOUT_UNITS.isdisjoint(rule.on) for rule in rules):
        return _nightly(scope, rules, start, end, examples, seconds, cancellation)
    schema = schema_of(scope.catalogue.field_sets.values(), scope.catalogue.duties.values())
    compiled = [compile_rule(rule, schema) for rule in rules]
    for found in compiled:
        require_lowerable(found.condition, {name: fact.kind for name, fact in found.facts.items()})
    with confined(scope, seconds, cancellation):
        done = sweep(scope, compiled, start, end, min(examples, MOST_EXAMPLES))
        shown = _examples(scope, [*done.newest, *done.alone])
    tests = [
        _told(scope, rule, (start, end), done, number, shown[: len(rules)])
        for number, rule in enumerate(rules)
    ]
    alone = [
        OnlyOne(sum(cell.n for cell in done.cells if _only(cell.answers, number)), found_alone)
        for number, found_alone in enumerate(shown[len(rules) :])
    ]
    return tests, alone


def _nightly(
    scope: Scope,
    rules: Sequence[Rule],
    start: datetime,
    end: datetime,
    examples: int,
    seconds: float,
    cancellation: Cancellation | None,
) -> tuple[list[BackTest], list[OnlyOne]]:
    """Replay the nights of a time. A rule that looks at incidents finds nothing to compare with."""
    first, last = scope.local(start).date(), scope.local(end).date()
    schema = schema_of(scope.catalogue.field_sets.values(), scope.catalogue.duties.values())
    for rule in rules:
        compile_rule(rule, schema)
    with confined(scope, seconds, cancellation):
        found = [
            replay(scope, rule, first, last) if not ABOUT_UNITS.isdisjoint(rule.on) else Replayed(0, 0, ())
            for rule in rules
        ]
    sets = [set(one.spoke) for one in found]
    tests = [
        _told_of_units(scope, rule, (start, end), one, examples)
        for rule, one in zip(rules, found, strict=True)
    ]
    if len(rules) == 1:
        return tests, []
    alone = [sorted(sets[0] - sets[1]), sorted(sets[1] - sets[0])]
    return tests, [OnlyOne(len(some), _unit_examples(scope, some, examples)) for some in alone]


def _told_of_units(
    scope: Scope, rule: Rule, period: tuple[datetime, datetime], found: Replayed, examples: int
) -> BackTest:
    cells = [
        Cell(night - timedelta(days=night.weekday()), confidential=False, answers=(True,), n=1)
        for night, _ in found.spoke
    ]
    weeks = Counter(cell.week for cell in cells)
    return BackTest(
        rule.key,
        rule.version,
        *period,
        looked_at=found.looked_at,
        fired=len(found.spoke),
        unanswered=found.unanswered,
        weeks=tuple((week, weeks[week]) for week in _weeks(scope, *period)),
        by_unit=Counter(unit_id for _, unit_id in found.spoke),
        by_category={},
        examples=_unit_examples(scope, found.spoke, examples),
        loads=tuple(_loads(rule, cells)),
    )


def _unit_examples(scope: Scope, spoke: Sequence[tuple[date, UUID]], examples: int) -> tuple[Example, ...]:
    units, zone = tree(scope).units, scope.tenant.timezone
    newest = sorted(spoke, reverse=True)[: min(examples, MOST_EXAMPLES)]
    return tuple(
        Example(unit_id, units[unit_id].name, datetime.combine(night, time(), tzinfo=zone), unit_id, "")
        for night, unit_id in newest
    )


def _only(answers: Sequence[bool | None], number: int) -> bool:
    return [index for index, answer in enumerate(answers) if answer] == [number]


def _examples(scope: Scope, wanted: Sequence[Sequence[UUID]]) -> list[tuple[Example, ...]]:
    ids = {incident_id for some in wanted for incident_id in some}
    query = select(
        Incident.id, Incident.reference, Incident.reported_at, Incident.unit_id, Incident.category
    ).where(Incident.tenant_id == scope.tenant.id, Incident.id.in_(ids))
    known = {row.id: Example(*row) for row in scope.session.execute(query)} if ids else {}
    return [tuple(known[incident_id] for incident_id in some) for some in wanted]


def _told(
    scope: Scope,
    rule: Rule,
    period: tuple[datetime, datetime],
    done: Sweep,
    number: int,
    shown: Sequence[tuple[Example, ...]],
) -> BackTest:
    weeks = Counter[date]()
    for cell in done.cells:
        if cell.answers[number]:
            weeks[cell.week] += cell.n
    return BackTest(
        rule.key,
        rule.version,
        *period,
        looked_at=done.looked_at,
        fired=weeks.total(),
        unanswered=sum(cell.n for cell in done.cells if cell.answers[number] is None),
        weeks=tuple((week, weeks[week]) for week in _weeks(scope, *period)),
        by_unit=done.by_unit[number],
        by_category=done.by_category[number],
        examples=shown[number],
        loads=tuple(_loads(rule, [cell for cell in done.cells if cell.answers[number]])),
    )


def _weeks(scope: Scope, start: datetime, end: datetime) -> Iterable[date]:
    first = scope.local(start).date()
    monday, until = first - timedelta(days=first.weekday()), scope.local(end)
    while monday < until.date() or (monday == until.date() and until.time() != until.time().min):
        yield monday
        monday += WEEK


def _loads(rule: Rule, fired: Sequence[Cell]) -> Iterable[RoleLoad]:
    """Add up, for each role in the order of the effects, what its holders would have been sent."""
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
