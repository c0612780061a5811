"""Lowering: the answer of PostgreSQL is the answer of the runtime, and of a second implementation of CEL."""

import os

import cel as rust
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, column, literal_column, select, values
from sqlalchemy.exc import DBAPIError
from tests.rules.conftest import RESTRAINT
from tests.rules.expressions import conditions, names_of
from tests.rules.expressions import values as values_of

from throughline.rules.facts import Fact, schema_of
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.language import Language
from throughline.rules.lowered import KINDS, SQL_TYPES
from throughline.rules.lowering import FactColumn, lower
from throughline.rules.numbers import Span
from throughline.sdk import FactKind

EXAMPLES = int(os.environ.get("THROUGHLINE_EXAMPLES", "250"))
EVERYTHING = {
    **schema_of([RESTRAINT]).facts,
    "recent": Fact("recent", FactKind.INT, 0, "{}"),
    "days": Fact("days", FactKind.INT, 0, "{}"),
}
LANGUAGE = Language(EVERYTHING)
NAMES = names_of(EVERYTHING)
ROWS = 6


def columns(spans=None):
    """Return the facts as the columns of a table of rows."""
    made = {}
    for number, (name, fact) in enumerate(EVERYTHING.items()):
        sql = SQL_TYPES[KINDS[fact.kind]]
        made[name] = FactColumn(
            fact.kind, column(f"f{number}", sql), span=(spans or {}).get(name, Span(-(2**63), 2**63 - 1))
        )
    return made


COLUMNS = columns()


def by_runtime(condition, row):
    try:
        return condition.holds(LANGUAGE.activation(row))
    except Unanswerable:
        return None


def by_database(connection, answer, rows):
    order = list(EVERYTHING)
    named = [column(COLUMNS[name].value.name, COLUMNS[name].value.type) for name in order]
    table = values(column("n", BigInteger()), *named, name="rows").data(
        [(number, *(row[name] for name in order)) for number, row in enumerate(rows)]
    )
    statement = select(answer.sql).select_from(table).order_by(literal_column("n"))
    try:
        return list(connection.execute(statement).scalars())
    except DBAPIError as error:
        return str(error.orig)


def by_rust(source, row):
    """Return its answer, ``None`` where it raises; facts with a dot in their name are parts of an object."""
    context = {}
    for name, value in row.items():
        first, _, second = name.partition(".")
        if second:
            context.setdefault(first, {})[second] = value
        else:
            context[first] = value
    try:
        return rust.compile(source).execute(context)
    except Exception:
        return None


@st.composite
def rows(draw):
    return [
        {name: draw(values_of(fact.kind, name, NAMES.closed)) for name, fact in EVERYTHING.items()}
        for _ in range(ROWS)
    ]


@pytest.fixture(scope="module")
def connection(world):
    with world.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as opened:
        yield opened


@pytest.mark.slow
def test_the_database_answers_as_the_runtime_and_as_rust(connection):
    agreed = {"answered": 0, "no answer": 0, "by rust": 0}

    @settings(
        max_examples=EXAMPLES,
        derandomize="THROUGHLINE_EXAMPLES" not in os.environ,
        deadline=None,
        report_multiple_bugs=False,
    )
    @given(conditions(NAMES), rows())
    def holds(source, given_rows):
        try:
            condition = LANGUAGE.part(source)
        except InvalidCondition:
            assume(False)
        answer = lower(condition, COLUMNS)
        expected = [by_runtime(condition, row) for row in given_rows]
        assert (source, by_database(connection, answer, given_rows)) == (source, expected)
        assert answer.fails or None not in expected
        for row, wanted in zip(given_rows, expected, strict=True):
            agreed["no answer" if wanted is None else "answered"] += 1
            theirs = by_rust(source, row)
            # It counts the bytes of a text, lets -x overflow, and stops a loop at the first error.
            if theirs is not None and "size(" not in source and not (wanted is None and "-(" in source):
                assert theirs == wanted
                agreed["by rust"] += 1

    holds()
    assert min(agreed.values()) > EXAMPLES / 5
    print(agreed)
