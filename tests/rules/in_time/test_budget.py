"""The budget of a rule is exact however many speak at once, and holds up nobody who needs no turn."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import func, select, text
from tests.rules.in_time.conftest import a_rule, reported, with_rules

from throughline.kernel.actor import SYSTEM
from throughline.rules import budget
from throughline.rules import service as rules
from throughline.rules.models import Escalation, Firing
from throughline.sdk import Escalate, Trigger

__all__ = ["reported", "with_rules"]

AT_ONCE = 6
ALARM = Escalate("unit_manager", 4)
GRADED = Trigger.INCIDENT_GRADED
LOCKS = text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")


def test_those_who_grade_at_one_moment_do_not_share_the_last_place(scopes, calder, with_rules, reported):
    """Reports take turns for their number already; whoever corrects, triages or misses a clock does not."""
    with_rules(
        replace(a_rule(ALARM, on=GRADED), budget=3),
        replace(a_rule(ALARM, on=GRADED, key="test.other"), budget=1),
    )
    ids = [reported().id for _ in range(AT_ONCE)]
    all_have_spoken = Barrier(AT_ONCE)

    def grade(incident_id):
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            rules.look(scope, incident_id, GRADED)
            with suppress(BrokenBarrierError):  # those who wait for their turn never come to it
                all_have_spoken.wait(0.5)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(grade, ids))
    with scopes.tenant(calder, SYSTEM) as scope:
        counted = select(Firing.rule_key, Firing.held_back, func.count())
        rows = scope.session.execute(counted.group_by(Firing.rule_key, Firing.held_back))
        assert {(key, held): n for key, held, n in rows} == {
            ("test.chain", False): 3,
            ("test.chain", True): AT_ONCE - 3,
            ("test.other", False): 1,
            ("test.other", True): AT_ONCE - 1,
        }
        assert scope.session.scalar(select(func.count()).select_from(Escalation)) == 4


@pytest.mark.parametrize(
    ("when", "before", "waits"),
    [("incident.harm > 4", 0, 0), ("incident.harm >= 0", 0, 1), ("incident.harm >= 0", 1, 0)],
    ids=["no rule speaks", "one speaks", "one has made all its alarms"],
)
def test_only_who_would_alarm_takes_a_turn(scopes, calder, with_rules, reported, when, before, waits):
    with_rules(replace(a_rule(ALARM, on=GRADED), budget=1, when=when))
    for _ in range(before):
        with scopes.tenant(calder, SYSTEM, "test") as scope:
            rules.look(scope, reported().id, GRADED)
    one = reported()
    with scopes.tenant(calder, SYSTEM, "test") as scope:
        rules.look(scope, one.id, GRADED)
        assert scope.session.scalar(LOCKS) == waits
        assert scope.session.scalar(text("show lock_timeout")) == "0"


def test_an_alarm_is_not_lost_to_a_turn_that_does_not_come(scopes, calder, with_rules, reported, monkeypatch):
    with_rules(replace(a_rule(ALARM, on=GRADED), budget=5))
    monkeypatch.setattr(budget, "PATIENCE", 0.05)
    first, second = reported(), reported()
    with scopes.tenant(calder, SYSTEM, "test") as held:
        rules.look(held, first.id, GRADED)
        with scopes.tenant(calder, SYSTEM) as scope:
            rules.look(scope, second.id, GRADED)
            assert scope.session.scalar(select(func.count()).select_from(Escalation)) == 1
