"""What a rule of the nightly scan would have said on past nights, by the very functions of the live scan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from throughline.rules.active import schema
from throughline.rules.engine import Finding, RuleFailure, compile_rules
from throughline.rules.scanning.counting import see
from throughline.rules.scanning.service import SCAN, looked_at_by, outcomes_of
from throughline.sdk import Rule
from throughline.tenancy.scope import Scope

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Replayed:
    """What a rule would have said: the nights and units on which it began to hold, oldest first.

    ``looked_at`` counts units by nights, ``unanswered`` those about which it had no answer.
    """

    looked_at: int
    unanswered: int
    spoke: tuple[tuple[date, UUID], ...]


def _no_end() -> None:
    """Let a replay take as long as it takes."""


def replay(
    scope: Scope, rule: Rule, first: date, last: date, go_on: Callable[[], None] = _no_end
) -> Replayed:
    """Replay the nights from ``first`` to ``last``, both included, from what is counted now.

    The night before tells what held already. Units are those that are open now. ``go_on`` is called before
    each night; what it raises ends the replay.
    """
    rules = compile_rules([replace(rule, tests=(), status="live")], schema(scope.catalogue))
    before = first - DAY
    units = len(looked_at_by(scope, rules))
    seen = see(scope, rules.lookbacks(SCAN), before, last)
    holding: set[UUID] = set()
    spoke: list[tuple[date, UUID]] = []
    looked_at = unanswered = 0
    for night in _nights(before, last):
        go_on()
        found = {unit.id: outcome for unit, outcome in outcomes_of(scope, rules, seen, night)}
        silent = {unit for unit, outcome in found.items() if isinstance(outcome, RuleFailure)}
        now = {unit for unit, outcome in found.items() if isinstance(outcome, Finding)}
        if night >= first:
            looked_at += units
            unanswered += len(silent)
            spoke += [(night, unit) for unit in found if unit in now - holding]
        holding = now | (holding & silent)
    return Replayed(looked_at, unanswered, tuple(spoke))


def _nights(first: date, last: date) -> Sequence[date]:
    return [first + DAY * step for step in range((last - first).days + 1)]
