"""What cannot be said in SQL is refused with its place; a tree that is none is not read."""

import pytest
from cel_expr_python import cel
from hypothesis import given
from hypothesis import strategies as st

from throughline.rules.checked import Call, Checked, Constant, Items, Loop, Name, UnreadableTree, read
from throughline.rules.invalid import InvalidCondition, Unanswerable
from throughline.rules.lowering import require_lowerable


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        (
            "incident.unit.matches('oak.*')",
            (1, 15),
            "“matches” cannot be looked up in the history of incidents",
        ),
        ("incident.weekend ||\n  incident.unit.matches('x')", (2, 17), "“matches”"),
        ("'é😀' == incident.unit && 1.5 < 2.5", (1, 26), "a decimal number"),
        ("1u == 2u || incident.weekend", (1, 1), "a number with “u”"),
        ("b'oak' == b'oak'", (1, 1), "a text of bytes"),
        ("null == null", (1, 1), "“null”"),
        (r"incident.unit == 'a\x00'", (1, 18), "a text with a NUL character"),
        ("[[1]] == [[2]]", (1, 1), "a list of lists or of different kinds of things"),
        ("size([1, 'a']) == 2", (1, 6), "a list of lists or of different kinds of things"),
        ("int == bool", (1, 1), "“int”"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_place(language, schema, source, place, said):
    with pytest.raises(InvalidCondition) as refused:
        require_lowerable(language.part(source), {name: fact.kind for name, fact in schema.facts.items()})
    assert said in refused.value.message
    assert (refused.value.line, refused.value.column) == place


def test_loops_that_could_pass_the_limit_of_the_runtime_are_refused(language, schema):
    kinds = {name: fact.kind for name, fact in schema.facts.items()}
    positions = " + ".join(["restraint.positions"] * 24)  # of 200 items each at most
    within = f"({positions} + restraint.positions).all(x, x != '') && ({positions} + ['x']).all(x, x != '')"
    beyond = within.replace("['x']", "restraint.positions")
    condition = language.part(within)
    require_lowerable(condition, kinds)
    values = schema.fill({"restraint.positions": ["side"] * 200}).values
    assert condition.holds(language.activation(values))
    with pytest.raises(InvalidCondition, match="going through more than 9,999 items"):
        require_lowerable(language.part(beyond), kinds)
    with pytest.raises(Unanswerable, match="it goes through too many items"):
        language.part(beyond).holds(language.activation(values))


def tree(source):
    variables = {"i": cel.Type.INT, "p": cel.Type.List(cel.Type.STRING)}
    return cel.NewEnv(variables=variables).compile(source).serialize()


def test_the_tree_is_read_as_it_was_checked():
    found = read(tree("p.exists(x, x == 'é😀') || -9223372036854775808 < i || [i] == []"))
    assert isinstance(found, Checked)
    nodes = str(found.root)
    for kind in (Call, Constant, Items, Loop, Name):
        assert kind.__name__ in nodes
    assert "value='é😀'" in nodes
    assert "value=-9223372036854775808" in nodes
    assert set(found.types.values()) == {"bool", "int", "string", "list(string)", "list(int)"}


WHOLE = tree("p.exists(x, x == 'a') && i > 3")


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3))
def test_a_tree_that_is_damaged_is_read_or_refused_and_nothing_else(cut, put):
    for damaged in (WHOLE[:cut], WHOLE[:cut] + put + WHOLE[cut + len(put) :]):
        try:
            read(damaged)
        except UnreadableTree as refused:
            assert str(refused)


def test_another_message_is_not_taken_for_a_tree():
    with pytest.raises(UnreadableTree, match="instead of a checked expression"):
        read(b"\n\x04type\x12\x00")
    with pytest.raises(UnreadableTree, match="holds nothing"):
        read(b"")
