"""Stored incidents: the facts and look-backs in SQL are those that the engine and plain counting give."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import case, literal_column, select
from tests.rules.expressions import conditions, names_of
from tests.rules.stored import LOCATIONS, store

from throughline.incidents.models import Incident
from throughline.rules.engine import Finding, RuleFailure, compile_rule, compile_rules
from throughline.rules.facts import count_of, schema_of
from throughline.rules.history import fact_columns, with_units
from throughline.rules.invalid import InvalidCondition
from throughline.rules.language import Language
from throughline.rules.looking import facts_of, look_back
from throughline.rules.lowering import lower
from throughline.rules.sweep import sweep
from throughline.sdk import LookBack, SinceLast, Trigger
from throughline.tenancy.queries import tree

EXAMPLES = int(os.environ.get("THROUGHLINE_EXAMPLES", "60"))
FREELY = {
    "max_examples": EXAMPLES,
    "derandomize": "THROUGHLINE_EXAMPLES" not in os.environ,
    "deadline": None,
    "report_multiple_bugs": False,
    "suppress_health_check": list(HealthCheck),
}
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@pytest.fixture
def schema(scope):
    return schema_of(scope.catalogue.field_sets.values())


@pytest.fixture
def questions(scope):
    return {one.key: [field.key for field in one.fields] for one in scope.catalogue.field_sets.values()}


def by_engine(scope, rule, schema, incidents):
    """Return for each incident whether the engine finds, finds not, or has no answer."""
    ruleset = compile_rules([rule], schema)
    assert not ruleset.problems, ruleset.problems
    answers = {}
    for incident in incidents:
        counts = look_back(scope, incident, rule.let)
        outcome = ruleset.evaluate(Trigger.INCIDENT_REPORTED, facts_of(scope, incident), counts)
        kinds = {Finding: True, RuleFailure: None}
        answers[incident.id] = kinds[type(outcome[0])] if outcome else False
    return answers


def by_sweep(scope, rule, schema, begin=BEGIN, end=END):
    return sweep(scope, [compile_rule(rule, schema)], begin, end, 10_000)


@pytest.mark.slow
def test_facts_of_stored_incidents_are_those_the_engine_sees(scope, schema, questions):
    incidents = store(scope, 120, 1, questions=questions)
    language = Language(schema.facts)
    given_facts = {one.id: schema.fill(facts_of(scope, one)) for one in incidents}

    for name, fact in schema.facts.items():
        column = fact_columns(scope, [name])[name]
        usable = literal_column("true") if column.usable is None else column.usable
        query = with_units(select(Incident.id, case((usable, column.value)), usable))
        for incident_id, value, is_usable in scope.session.execute(query):
            filled = given_facts[incident_id]
            assert is_usable is (name not in filled.unusable), (name, filled.unusable.get(name))
            if is_usable:
                assert value == filled.values[name], name
                assert type(value) is type(filled.values[name]), name
        assert fact.kind is column.kind

    names = names_of(schema.facts)
    seen = {True: 0, False: 0, None: 0}

    @settings(**FREELY)
    @given(conditions(names))
    def holds(source):
        try:
            condition = language.part(source)
        except InvalidCondition:
            assume(False)
        answer = lower(condition, fact_columns(scope, condition.reads))
        query = with_units(select(Incident.id, answer.sql))
        found = dict(scope.session.execute(query).all())
        for incident in incidents:
            filled = given_facts[incident.id]
            wanted = None
            if not filled.unusable.keys() & set(condition.reads):
                try:
                    wanted = condition.holds(language.activation(filled.values))
                except Exception:
                    wanted = None
            assert found[incident.id] is wanted, (source, facts_of(scope, incident))
            seen[wanted] += 1

    holds()
    assert min(seen.values()) > EXAMPLES


@pytest.mark.parametrize(
    ("answer", "usable"),
    [([["prone"]], False), ([[]], False), ([], True), (["prone"], True), ([None], False)],
)
def test_a_list_in_a_list_is_no_list_of_texts(scope, schema, answer, usable):
    (incident,) = store(scope, 1, 1)
    incident.extra = {"psirf.restraint": {"positions": answer}}
    scope.session.flush()
    column = fact_columns(scope, ["restraint.positions"])["restraint.positions"]
    assert scope.session.scalar(select(column.usable).where(Incident.id == incident.id)) is usable
    filled = schema.fill(facts_of(scope, incident))
    assert ("restraint.positions" not in filled.unusable) is usable


def plainly(scope, asked, incident, incidents, where) -> int:
    """Count in Python what a look-back asks for."""
    units = tree(scope)
    above = units.units[incident.unit_id].parent_id or incident.unit_id
    near = units.subtree(above)

    def place(one):
        return one.location.strip(" ").lower().replace("Ä", "ä")

    shares = {
        "person": lambda one: one.person_id is not None and one.person_id == incident.person_id,
        "unit": lambda one: one.unit_id == incident.unit_id,
        "location": lambda one: (
            one.unit_id == incident.unit_id and place(one) != "" and place(one) == place(incident)
        ),
        "subtree": lambda one: one.unit_id in near,
        "category": lambda one: one.category == incident.category,
    }
    since = incident.occurred_at - timedelta(days=asked.within_days)
    matching = [
        one
        for one in incidents
        if since < one.occurred_at <= incident.occurred_at
        and all(shares[what](one) for what in asked.same)
        and asked.category in (None, one.category)
        and (asked.min_harm is None or one.harm >= asked.min_harm)
        and (not asked.where or where[one.id])
    ]
    if isinstance(asked, SinceLast):
        before = [one.occurred_at for one in matching if one.occurred_at < incident.occurred_at]
        return (incident.occurred_at - max(before)) // timedelta(days=1) if before else asked.within_days
    if asked.of == "people":
        return len({one.person_id for one in matching} - {None})
    return len({one.unit_id for one in matching}) if asked.of == "units" else len(matching)


SAME = ("person", "unit", "location", "subtree", "category")
WHERES = (
    "",
    "incident.hour >= 1 && incident.unit_kind == 'ward'",
    "restraint.duration_minutes > 2",
    "10 / (incident.hour - 1) > 1 || incident.weekend",
)


@st.composite
def look_backs(draw):
    same = tuple(sorted(draw(st.sets(st.sampled_from(SAME), min_size=1, max_size=3))))
    category = draw(st.sampled_from([None, None, "self_harm"]))
    shared = (draw(st.integers(1, 30)), same, category, draw(st.sampled_from([None, 0, 2])))
    where = draw(st.sampled_from(WHERES))
    if draw(st.integers(0, 2)) == 0:
        return SinceLast("n", *shared, where)
    return LookBack("n", *shared, where, of=draw(st.sampled_from(["incidents", "people", "units"])))


@pytest.mark.slow
def test_look_backs_find_what_plain_counting_finds(scope, schema, questions, rule):
    incidents = store(scope, 90, 2, questions=questions)
    wheres = {
        text: by_engine(scope, rule(text), schema, incidents)
        for text in WHERES
        if text and _compiles(text, schema)
    }
    largest = 0

    @settings(**FREELY)
    @given(st.lists(look_backs(), min_size=1, max_size=3))
    def holds(asked):
        nonlocal largest
        asked = [one for one in asked if not one.where or one.where in wheres]
        assume(asked)
        for incident in incidents[::7]:
            found = look_back(scope, incident, asked)
            for one in asked:
                wanted = plainly(scope, one, incident, incidents, wheres.get(one.where))
                assert found[one] == wanted, (one, incident.reference)
                largest = max(largest, wanted)
        one = asked[0]
        numbers = {
            incident.id: plainly(scope, one, incident, incidents, wheres.get(one.where))
            for incident in incidents
        }
        limit = sorted(numbers.values())[len(numbers) // 2]
        hole = 2 if one.within_days == 1 else 1  # where the condition has no answer
        condition = f"n >= {limit} && 10 / (n - {hole}) > -100"
        done = by_sweep(scope, rule(condition, let=(one,)), schema)
        fires = {incident_id for incident_id, n in numbers.items() if n >= limit and n != hole}
        assert set(done.newest[0]) == fires, one
        unanswered = sum(cell.n for cell in done.cells if cell.answers[0] is None)
        assert unanswered == sum(n == hole and limit <= hole for n in numbers.values())

    holds()
    assert largest > 5
    assert "BATHROOM" in LOCATIONS


def _compiles(text, schema):
    try:
        Language(schema.facts).compile(text)
    except InvalidCondition:
        return False
    return True


def test_a_look_back_says_what_it_counts():
    assert count_of(LookBack("n", 7, ("subtree",), where="incident.hour > 3", of="people")).said == (
        "the number of different people affected by incidents on the same unit or one beside it, of those that"
        " the rule looks for, in the 7 days up to this one, is {}"
    )
    assert count_of(SinceLast("n", 30, ("location", "person"), category="fall", min_harm=2)).said == (
        "the number of whole days since the latest earlier incident in the category Slips, trips and falls with"
        " at least moderate harm at the same location and affecting the same person, 30 when there is none as"
        " late, is {}"
    )
