"""A back-test and a look-back count nothing of another tenant, with both walls up or with either alone."""

from datetime import UTC, datetime

from tests.rules.stored import store

from throughline.kernel.actor import SYSTEM
from throughline.rules.backtest import backtest, compare
from throughline.rules.looking import look_back
from throughline.sdk import Authority, Escalate, LookBack, Rule, SinceLast, Trigger
from throughline.tenancy.queries import tree

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
LOOKS = (
    LookBack("n", 40, ("category",)),
    LookBack("people", 40, ("category",), of="people"),
    LookBack("units", 40, ("subtree",), of="units", where="incident.unit_kind != ''"),
    SinceLast("quiet", 40, ("category",), where="incident.harm >= 0"),
)


def rule(when: str) -> Rule:
    authority = Authority("A statement.", "A reference.")
    on, then = (Trigger.INCIDENT_REPORTED,), (Escalate("governance_lead", 24),)
    return Rule("local.all", 1, "t", "w", authority, on, when, then, LOOKS)


RULES = (
    rule("true"),
    rule("incident.unit_kind != '' && incident.hour >= 0"),
    rule("n >= 1 || people >= 1 || units >= 1 || quiet <= 40"),
    rule("n > 25 || people > 3 || units > 8 || quiet == 0"),
)


def told(scope):
    """Return everything that back-tests say, and the look-backs of the tenant's own incidents."""
    tests = [backtest(scope, one, BEGIN, END, examples=100) for one in RULES]
    return tests, compare(scope, RULES[0], RULES[3], BEGIN, END, examples=100)


def test_a_back_test_counts_nothing_of_another_tenant(guarded):
    """The other tenant's incidents share moments, categories and places with these; nothing changes."""
    calder, hollins = guarded.find_tenant("calder"), guarded.find_tenant("hollins")
    with guarded.tenant(calder, SYSTEM) as scope:
        ours = store(scope, 30, 7)
        counted = [look_back(scope, one, LOOKS) for one in ours]
        before = told(scope)
    with guarded.tenant(hollins, SYSTEM) as scope:
        theirs = {one.id for one in store(scope, 60, 7)}
    with guarded.tenant(calder, SYSTEM) as scope:
        units = set(tree(scope).units)
        after = told(scope)
        again = [look_back(scope, one, LOOKS) for one in ours]
    assert after == before
    assert again == counted
    tests, both = after
    assert tests[0].looked_at == tests[0].fired == 30
    assert 0 < tests[3].fired < 30
    for found in (*tests, both.first, both.second):
        assert {one.id for one in found.examples}.isdisjoint(theirs)
        assert set(found.by_unit) <= units
    with guarded.tenant(hollins, SYSTEM) as scope:
        assert backtest(scope, RULES[0], BEGIN, END).looked_at == 60


def test_a_hole_would_be_seen(guarded, mode):
    """The other tenant's incidents do change the numbers of whoever may count them."""
    hollins = guarded.find_tenant("hollins")
    with guarded.tenant(hollins, SYSTEM) as scope:
        store(scope, 20, 7)
        few = told(scope)
        store(scope, 20, 8)
        assert told(scope) != few
