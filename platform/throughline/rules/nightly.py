"""Back-tests of rules of the nightly scan: night by night, by the functions of the live scan.

They look over what is counted now. What was looked at are units by nights, and an example is a unit and a
night. A night belongs to a time when its day begins in it, so two times that meet at midnight share none.
"""

import time as seconds_of
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from throughline.rules.confining import Cancellation, TookTooLong, confined
from throughline.rules.engine import compile_rule
from throughline.rules.facts import schema_of
from throughline.rules.found import BackTest, Example, Portion, loads_of, weeks_of
from throughline.rules.scanning.replay import Replayed, replay
from throughline.rules.sweep import Cell
from throughline.sdk import Rule
from throughline.tenancy.queries import tree
from throughline.tenancy.scope import Scope

Period = tuple[datetime, datetime]
Spoke = tuple[date, UUID]


def nights(
    scope: Scope,
    rules: Sequence[Rule],
    period: Period,
    examples: int,
    seconds: float,
    cancellation: Cancellation | None,
) -> tuple[list[BackTest], list[Portion]]:
    """Replay the nights of a time with one rule or two; of two, say also what one alone finds, and both.

    Raises:
        UnsoundRule: a rule does not compile.
        TookTooLong: a statement, or the replay as a whole, was not done in ``seconds``.
        Cancelled: somebody called ``cancellation.cancel()``.
    """
    schema = schema_of(scope.catalogue.field_sets.values(), scope.catalogue.duties.values())
    for rule in rules:
        compile_rule(rule, schema)
    first, last = _first_and_last(scope, *period)
    asked = cancellation or Cancellation()
    with confined(scope, seconds, asked):
        go_on = _patience(seconds, asked)
        found = [replay(scope, rule, first, last, go_on) for rule in rules]
    tests = [_told(scope, rule, period, one, examples) for rule, one in zip(rules, found, strict=True)]
    if len(rules) == 1:
        return tests, []
    mine, other = (set(one.spoke) for one in found)
    parts = [sorted(some) for some in (mine - other, other - mine, mine & other)]
    return tests, [Portion(len(some), _examples(scope, some, examples)) for some in parts]


def _first_and_last(scope: Scope, start: datetime, end: datetime) -> tuple[date, date]:
    return scope.local(start).date(), scope.local(end - timedelta(microseconds=1)).date()


def _patience(seconds: float, asked: Cancellation) -> Callable[[], None]:
    """Return what a replay calls before each night: it raises once somebody stopped it, or time is up."""
    until = seconds_of.monotonic() + seconds

    def go_on() -> None:
        asked.raise_if_asked()
        if seconds_of.monotonic() > until:
            raise TookTooLong(
                f"replaying the nights took longer than {seconds:g} seconds: ask about a shorter time"
            )

    return go_on


def _told(scope: Scope, rule: Rule, period: Period, found: Replayed, examples: int) -> BackTest:
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
        weeks=tuple((week, weeks[week]) for week in weeks_of(scope, *period)),
        by_unit=Counter(unit_id for _, unit_id in found.spoke),
        by_category={},
        examples=_examples(scope, found.spoke, examples),
        loads=tuple(loads_of(rule, cells)),
    )


def _examples(scope: Scope, spoke: Sequence[Spoke], examples: int) -> tuple[Example, ...]:
    units, zone = tree(scope).units, scope.tenant.timezone
    newest = sorted(spoke, reverse=True)[:examples]
    return tuple(
        Example(unit_id, units[unit_id].name, datetime.combine(night, time(), tzinfo=zone), unit_id, "")
        for night, unit_id in newest
    )
