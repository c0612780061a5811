"""Counts of earlier incidents that fail or take too long cost the rules that ask for them, never the report."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, select
from tests.rules.in_time.conftest import a_rule

from throughline.kernel.actor import SYSTEM
from throughline.rules import service
from throughline.rules.models import Firing, Problem
from throughline.sdk import LookBack, SetFlag

FLAG = SetFlag("seen", "Seen")
ALONE = a_rule(FLAG, key="test.alone")
COUNTING = replace(
    a_rule(SetFlag("often", "Often"), key="test.counting"),
    when="here >= 1",
    let=(LookBack("here", 14, ("unit",), where='incident.service_type == "acute_adult"'),),
)


@pytest.fixture
def outcome(scopes, calder, with_rules, reported):
    """Return a function that reports under both rules, and says which spoke and what failed."""

    def report():
        with_rules(ALONE, COUNTING)
        incident = reported()
        with scopes.tenant(calder, SYSTEM) as scope:
            spoke = set(
                scope.session.scalars(select(Firing.rule_key).where(Firing.incident_id == incident.id))
            )
            failed = {row.record_key: row.message for row in scope.session.scalars(select(Problem))}
        return spoke, failed

    return report


def test_in_good_time_both_speak(outcome):
    assert outcome() == ({"test.alone", "test.counting"}, {})


@contextmanager
def counting_as(scopes, instead):
    """Let the database count in another way, for statements of look-backs only."""

    def spoil(connection, cursor, statement, parameters, context, executemany):
        asked = "service_type" in statement and "count(*)" in statement
        return statement.replace("count(*)", instead) if asked else statement, parameters

    event.listen(scopes.engine, "before_cursor_execute", spoil, retval=True)
    try:
        yield
    finally:
        event.remove(scopes.engine, "before_cursor_execute", spoil)


@pytest.mark.parametrize(
    "instead", ["count(pg_sleep(30)::text)", "count(no_such_column)"], ids=["takes too long", "fails"]
)
def test_the_report_is_stored_and_the_rule_fails_by_name(scopes, outcome, monkeypatch, instead):
    monkeypatch.setattr(service, "PATIENCE", 0.5)
    with counting_as(scopes, instead):
        spoke, failed = outcome()
    assert spoke == {"test.alone"}
    assert failed == {"test.counting": "test.counting could not be evaluated: here was not counted."}
