"""The kept counts equal a full recount after any sequence of what can happen to incidents."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from tests.conftest import rolled_back
from tests.incidents.test_reporting import a_report

from throughline.incidents import service
from throughline.incidents.bring import bring
from throughline.incidents.importing.result import ImportedIncident
from throughline.incidents.models import Incident
from throughline.kernel.actor import SYSTEM
from throughline.kernel.errors import Invalid
from throughline.tenancy.queries import tree
from throughline.trends import counts

UNITS = ("oak", "beech")
CATEGORIES = ("self_harm", "violence", "medication")
HARMS = ("none", "low", "moderate", "severe")
# Around midnight in London in winter and in summer, where a day in UTC is another day than on the wall.
TIMES = [
    datetime(2026, month, 10, 22, 30, tzinfo=UTC) + timedelta(minutes=30 * step)
    for month in (1, 7)
    for step in range(6)
]
units, categories, harms, times = map(st.sampled_from, (UNITS, CATEGORIES, HARMS, TIMES))


class Counting(RuleBasedStateMachine):
    """What can happen to incidents, in a scope whose writes vanish when it ends."""

    scopes = tenant = None

    @initialize()
    def begin(self):
        self.opened = rolled_back(self.scopes, self.tenant, SYSTEM)
        self.scope = self.opened.__enter__()
        self.ids = []

    @rule(unit=units, category=categories, harm=harms, at=times)
    def report(self, unit, category, harm, at):
        sent = a_report(self.scope, unit, category=category, physical_harm=harm, occurred_at=at)
        self.ids.append(service.report(self.scope, sent).incident.id)

    @rule(
        rows=st.lists(st.tuples(st.integers(1, 6), units, categories, harms, times), max_size=4),
    )
    def bring_in(self, rows):
        """Bring a file in; rows whose id was brought before are passed over."""
        bring(
            self.scope,
            "test",
            [an_imported(*row) for row in {row[0]: row for row in rows}.values()],
            "0" * 64,
        )
        known = select(Incident.id).where(Incident.source == "test", Incident.id.not_in(self.ids))
        self.ids += self.scope.session.scalars(known)

    @precondition(lambda self: self.ids)
    @rule(
        which=st.integers(0, 99),
        unit=st.none() | units,
        category=st.none() | categories,
        harm=st.none() | harms,
        at=st.none() | times,
    )
    def correct(self, which, unit, category, harm, at):
        found = self.scope.session.get_one(Incident, (self.scope.tenant.id, self.ids[which % len(self.ids)]))
        wanted = {
            "unit_id": tree(self.scope).by_key(unit).id if unit else None,
            "category": category,
            "physical_harm": harm,
            "occurred_at": at,
        }
        changes = {name: value for name, value in wanted.items() if value is not None}
        try:
            service.grade(self.scope, found.id, found.version, changes, "It was recorded wrongly.")
        except Invalid:
            assert all(getattr(found, name) == value for name, value in changes.items())

    @rule()
    def rebuild(self):
        counts.rebuild(self.scope)

    @invariant()
    def counted(self):
        if hasattr(self, "scope"):
            assert counts.differences(self.scope) == {}

    def teardown(self):
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)


ROW = {
    "reference_in_source": "", "occurred_time_known": True, "subcategory": "", "what_happened": "A fall.",
    "immediate_action": "", "psychological_harm": "none", "location": "", "affected": "", "source_state": "",
    "closed_on": None, "line": 2,
}  # fmt: skip


def an_imported(number, unit, category, harm, at):
    told = {"external_id": f"T-{number}", "unit_key": unit, "category": category, "physical_harm": harm}
    return ImportedIncident(**ROW | told, occurred_at=at, reported_at=at)


def test_after_any_sequence_they_equal_a_recount(scopes, calder):
    run_state_machine_as_test(
        type("Counting", (Counting,), {"scopes": scopes, "tenant": calder}),
        settings=settings(max_examples=15, stateful_step_count=12, deadline=None),
    )


def test_opposite_corrections_at_one_moment_both_happen(scopes, calder):
    """Two incidents change places between two cells, again and again: neither waits for the other."""
    with scopes.tenant(calder, SYSTEM) as scope:
        ids = [
            service.report(scope, a_report(scope, category=category)).incident.id
            for category in ("self_harm", "violence")
        ]
    start = Barrier(2, timeout=60)

    def swap(which):
        for turn in range(25):
            start.wait()
            with scopes.tenant(calder, SYSTEM, "test") as scope:
                found = scope.session.get_one(Incident, (scope.tenant.id, ids[which]))
                to = "violence" if (turn + which) % 2 == 0 else "self_harm"
                service.grade(scope, found.id, found.version, {"category": to}, "It was recorded wrongly.")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(swap, which) for which in (0, 1)]:
            done.result()
    with scopes.tenant(calder, SYSTEM) as scope:
        assert counts.differences(scope) == {}


def test_a_rebuild_while_somebody_reports_counts_the_report_once(scopes, calder):
    with scopes.tenant(calder, SYSTEM) as scope:
        service.report(scope, a_report(scope))
    with ThreadPoolExecutor(1) as pool:
        with scopes.tenant(calder, SYSTEM, "test") as rebuilding:
            counts.rebuild(rebuilding)

            def report():
                with scopes.tenant(calder, SYSTEM, "test") as scope:
                    service.report(scope, a_report(scope, category="violence"))

            later = pool.submit(report)
            with pytest.raises(TimeoutError):
                later.result(timeout=0.5)  # it waits for the rebuild
        later.result(timeout=60)
    with scopes.tenant(calder, SYSTEM) as scope:
        assert counts.differences(scope) == {}


def test_a_count_that_is_wrong_is_told_and_put_right(scope):
    service.report(scope, a_report(scope))
    (cell,) = counts.recount(scope)
    counts.add(scope, {cell: 2, (cell[0], cell[1], "fall", 0): 1})
    assert counts.differences(scope) == {cell: (3, 1), (cell[0], cell[1], "fall", 0): (1, 0)}
    counts.rebuild(scope)
    assert counts.differences(scope) == {}
