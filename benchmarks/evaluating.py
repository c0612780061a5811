"""Evaluate a hundred rules on one report, against other rule engines on conditions that ask the same.

The others say yes or no. Ours also says why in words, and keeps what each part of a condition that held read
and said.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rule_engine
import zen
from benchmarks.stage import Stage

from throughline.rules.engine import compile_rules
from throughline.rules.facts import schema_of
from throughline.sdk import CATEGORIES, Authority, Escalate, Rule, Trigger

RULES = 100
ROUNDS = 200
FACTS: dict[str, Any] = {
    "incident.category": "self_harm",
    "incident.harm": 3,
    "incident.hour": 22,
    "incident.unit_kind": "ward",
    "incident.delay_hours": 2,
}


def run(_staged: Stage, _folder: Path) -> list[tuple[str, str, str]]:
    """Return rows of (what, figure, aim)."""
    rows = []
    for harm in (4, 0):
        facts = FACTS | {"incident.harm": harm}
        ours, found = _ours(facts)
        name = f"{found} of them fire"
        rows.append((f"evaluate {RULES} rules on one report, {name}", f"{ours * 1000:.2f} ms", "under 1 ms"))
        for other, working in (("zen-engine", _zen), ("rule-engine", _rule_engine)):
            theirs, fired = working(facts)
            assert fired == found, (other, fired, found)
            rows.append((f"the same conditions in {other}, {name}", f"{theirs * 1000:.2f} ms", ""))
            rows.append((f"ours over {other}, {name}", f"{ours / theirs:.2f}x", ""))
    return rows


def _parts(number: int) -> tuple[str, int, int]:
    return CATEGORIES[number % len(CATEGORIES)], 1 + number % 4, 18 + number % 5


def _ours(facts: dict[str, Any]) -> tuple[float, int]:
    authority, on = Authority("A statement.", "A reference."), (Trigger.INCIDENT_REPORTED,)
    rules = []
    for number in range(RULES):
        category, harm, hour = _parts(number)
        when = (
            f'incident.category == "{category}" && incident.harm >= {harm} && incident.unit_kind == "ward"'
            f" && (incident.hour >= {hour} || incident.hour < 7) && incident.delay_hours < {number}"
        )
        rules.append(Rule(f"b.r{number:03}", 1, "t", "w", authority, on, when, (Escalate("executive", 1),)))
    ruleset = compile_rules(rules, schema_of())
    assert not ruleset.problems
    return _median(lambda: len(ruleset.evaluate(Trigger.INCIDENT_REPORTED, facts, {})))


def _plain(number: int) -> str:
    category, harm, hour = _parts(number)
    return (
        f"category == '{category}' and harm >= {harm} and unit_kind == 'ward'"
        f" and (hour >= {hour} or hour < 7) and delay_hours < {number}"
    )


def _short(facts: dict[str, Any]) -> dict[str, Any]:
    return {name.partition(".")[2]: value for name, value in facts.items()}


def _zen(facts: dict[str, Any]) -> tuple[float, int]:
    rules = [zen.compile_expression(_plain(number)) for number in range(RULES)]
    values = _short(facts)
    return _median(lambda: sum(rule.evaluate(values) for rule in rules))


def _rule_engine(facts: dict[str, Any]) -> tuple[float, int]:
    context = rule_engine.Context(resolver=rule_engine.resolve_item)
    rules = [rule_engine.Rule(_plain(number), context=context) for number in range(RULES)]
    values = _short(facts)
    return _median(lambda: sum(rule.matches(values) for rule in rules))


def _median(work: Callable[[], int]) -> tuple[float, int]:
    times, answer = [], work()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times), answer
