"""Decision tables: rows that say what follows from what, compiled to one rule for each row.

The columns are facts; those that begin with ``->`` are keys of effects, such as ``-> escalate.to``. The rows
are lists, or one text with commas as a spreadsheet gives it, its columns in the first line. A cell of an
effect holds a person by their address, and several types of service with ``|`` between them. Every row has a
name, and may ask for nothing. Rows may not overlap; what no row speaks of is a mistake unless the table says
``otherwise: nothing``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import yaml

from throughline.rules.facts import Fact, FactSchema
from throughline.rules.grammar import nearest
from throughline.rules.written import cells
from throughline.rules.written.coverage import Column, TooMany, uncovered
from throughline.rules.written.effects import EFFECT_KEYS, EVERY_UNIT, PERSON_KEYS
from throughline.rules.written.mistakes import Mistake
from throughline.rules.written.nodes import offsets, value_of
from throughline.rules.written.shape import Reader
from throughline.sdk import FactKind
from throughline.sdk.bounds import NAME

MOST_ROWS, MOST_COLUMNS = 100, 20
NOTHING = "nothing"
SHARED = ("version", "why", "owner", "status", "budget", "authority", "on", "let")
TABLE_KEYS = ("key", "title", *SHARED, "columns", "rows", "otherwise", "tests")
TEST_KEYS = ("given", "row")
_ARROW, WORDS_APART = "->", "|"


@dataclass(frozen=True)
class _Row:
    name: str
    node: yaml.Node
    cells: Mapping[str, cells.Cell | None]
    effects: yaml.SequenceNode


@dataclass
class _Table:
    reader: Reader
    facts: Mapping[str, Fact]
    rows: list[_Row] = field(default_factory=list)


def rules_of_table(
    text: str, node: yaml.Node, mistakes: list[Mistake], schema: FactSchema
) -> list[yaml.Node]:
    """Return a rule's node for each row that asks for something; none of a table that has a mistake."""
    before = len(mistakes)
    reader = Reader(text, node, mistakes, TABLE_KEYS, "a table")
    key = reader.text_of("key", required=True)
    if key and not NAME.fullmatch(key):
        reader.wrong(
            reader.values["key"], f"“{key[:60]}” should be of lower-case letters, digits and underscores."
        )
    reader.text_of("title", required=True)
    counts = {name.value: Fact(name.value, FactKind.INT, 0, "") for name, _ in reader.pairs("let")}
    table = _Table(reader, {**schema.facts, **counts})
    header, rows = _grid(reader)
    for row in rows[:MOST_ROWS]:
        _row(table, header, row)
    if len(rows) > MOST_ROWS or len(header) > MOST_COLUMNS:
        reader.wrong(node, f"A table has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns.")
    if len(mistakes) == before:
        _cover(table, [one.value for one in header[1:] if one.value in table.facts])
    tests = list(_tests(table)) if len(mistakes) == before else []
    if len(mistakes) > before:
        return []
    return [_rule(table, row, tests) for row in table.rows if row.effects.value]


def _grid(reader: Reader) -> tuple[list[yaml.ScalarNode], list[list[yaml.ScalarNode]]]:
    """Return the header and the rows, each a list of cells with their places."""
    node = reader.values.get("rows")
    if isinstance(node, yaml.ScalarNode):
        lines = list(_lines(reader.text, node))
        header, rows = (lines[0], lines[1:]) if lines else ([], [])
        if "columns" in reader.values:
            reader.wrong(
                reader.values["columns"], "The first line of the rows names the columns: leave this out."
            )
    else:
        header = [one for one in reader.items("columns", required=True) if isinstance(one, yaml.ScalarNode)]
        rows = [_scalars(reader, row) for row in reader.items("rows", required=True)]
    if header and header[0].value.strip() != "row":
        reader.wrong(header[0], "The first column is named “row”: it gives each row its name.")
    names = [one.value for one in header]
    for number, one in enumerate(header):
        if one.value in names[:number]:
            reader.wrong(one, f"There is a column “{one.value[:60]}” already.")
    return header, [row for row in rows if row]


def _scalars(reader: Reader, row: yaml.Node) -> list[yaml.ScalarNode]:
    if not isinstance(row, yaml.SequenceNode):
        reader.wrong(row, "A row is a list of cells, one for each column.")
        return []
    wrong = [one for one in row.value if not isinstance(one, yaml.ScalarNode)]
    for one in wrong:
        reader.wrong(one, "A cell is a text: put what holds a bracket or a colon in quotation marks.")
    return [] if wrong else list(row.value)


def _lines(text: str, node: yaml.ScalarNode) -> Iterator[list[yaml.ScalarNode]]:
    at, places = 0, offsets(text, node)
    # One more than there may be of each, so that too many are seen.
    for line in node.value.split("\n")[: 2 * MOST_ROWS]:
        if line.strip():
            yield list(islice(_split(text, places[at:], line), MOST_COLUMNS + 1))
        at += len(line) + 1


def _split(text: str, places: Sequence[int], line: str) -> Iterator[yaml.ScalarNode]:
    """Yield the cells of a line; one in double quotation marks may hold a comma."""
    start = 0
    quoted = False
    for number, sign in enumerate(f"{line},"):
        quoted ^= sign == '"'
        if sign == "," and (not quoted or number == len(line)):
            raw = line[start:number]
            begins = start + len(raw) - len(raw.lstrip())
            value = raw.strip().removeprefix('"').removesuffix('"').replace('""', '"')
            yield _scalar(value, _mark(text, places[min(begins, len(places) - 1)]))
            start = number + 1


def _mark(text: str, at: int) -> yaml.Mark:
    before = text[:at]
    return yaml.Mark("", at, before.count("\n"), at - (before.rfind("\n") + 1), None, 0)


def _scalar(value: str, mark: yaml.Mark) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", value, mark, mark)


def _row(table: _Table, header: list[yaml.ScalarNode], row: list[yaml.ScalarNode]) -> None:
    reader, name = table.reader, row[0].value.strip()
    if len(row) != len(header):
        reader.wrong(row[0], f"The row has {len(row)} cells, and there are {len(header)} columns.")
        return
    if not NAME.fullmatch(name):
        reader.wrong(
            row[0], f"The row's name “{name[:60]}” should be of lower-case letters, digits and underscores."
        )
    if any(one.name == name for one in table.rows):
        reader.wrong(row[0], f"There is a row “{name}” already.")
    asked: dict[str, cells.Cell | None] = {}
    effects: dict[str, list[tuple[yaml.Node, yaml.Node]]] = {}
    for column, one in zip(header[1:], row[1:], strict=True):
        if column.value.startswith(_ARROW):
            _effect_cell(reader, column, one, effects)
        elif column.value in table.facts:
            try:
                asked[column.value] = cells.cell(table.facts[column.value], one.value)
            except cells.Senseless as error:
                reader.wrong(one, f"{error}.")
        else:
            reader.wrong(
                column, f"There is no fact “{column.value[:60]}”.{nearest(column.value, table.facts)}"
            )
            return
    start, end = row[0].start_mark, row[0].end_mark
    made = [_effect(effect, pairs) for effect, pairs in effects.items()]
    table.rows.append(_Row(name, row[0], asked, yaml.SequenceNode("", made, start, end)))


def _effect_cell(
    reader: Reader,
    column: yaml.ScalarNode,
    one: yaml.ScalarNode,
    effects: dict[str, list[tuple[yaml.Node, yaml.Node]]],
) -> None:
    name = column.value.removeprefix(_ARROW).strip()
    effect, _, key = name.partition(".")
    known = [f"{effect}.{key}" for effect, keys in EFFECT_KEYS.items() for key in keys if key != "chain"]
    if name not in known:
        reader.wrong(column, f"“{name[:60]}” is no key of an effect.{nearest(name, tuple(known))}")
    elif one.value.strip():
        effects.setdefault(effect, []).append((_scalar(key, column.start_mark), _value(effect, key, one)))


def _value(effect: str, key: str, one: yaml.ScalarNode) -> yaml.Node:
    """Return a cell as it would stand under its key: a person, a list of types of service, or a text."""
    text, start, end = one.value.strip(), one.start_mark, one.end_mark
    if (effect, key) == ("escalate", "to") and "@" in text:
        return yaml.MappingNode("", [(_scalar(PERSON_KEYS[0], start), one)], start, end)
    if (effect, key) == ("require_share", "with") and text != EVERY_UNIT:
        words = [_scalar(word.strip(), start) for word in text.split(WORDS_APART)]
        return yaml.SequenceNode("", words, start, end)
    return one


def _effect(name: str, pairs: list[tuple[yaml.Node, yaml.Node]]) -> yaml.Node:
    """Return one effect of a row; it stands where the first of its cells does."""
    start, end = pairs[0][1].start_mark, pairs[-1][1].end_mark
    return yaml.MappingNode("", [(_scalar(name, start), yaml.MappingNode("", pairs, start, end))], start, end)


def _cover(table: _Table, names: list[str]) -> None:
    """Note rows that overlap, and what no row speaks of."""
    reader = table.reader
    try:
        columns = [
            Column(
                name,
                cells.values(table.facts[name], [row.cells[name] for row in table.rows]),
                [asked.holds if (asked := row.cells[name]) else None for row in table.rows],
                cells.said,
            )
            for name in names
        ]
        found = list(uncovered(columns, len(table.rows)))
    except cells.Senseless as error:
        reader.wrong(reader.node, f"{error}.")
        return
    except TooMany:
        reader.wrong(reader.node, "The columns have too many combinations to try: make several tables of it.")
        return
    open_end = reader.choice("otherwise", (NOTHING,), "") == NOTHING
    for one in found:
        when = ", ".join(f"{name} is {value}" for name, value in one.example.items()) or "anything is"
        if one.rows:
            first, second = (table.rows[number] for number in one.rows)
            reader.wrong(second.node, f"The rows “{first.name}” and “{second.name}” both speak when {when}.")
        elif not open_end:
            message = f"No row speaks when {when}. Add one, or write “otherwise: {NOTHING}”."
            reader.wrong(reader.values["rows"], message)


def _tests(table: _Table) -> Iterator[tuple[yaml.Node, yaml.Node, str]]:
    """Yield each example: its node, what it gives, and the row that it expects to speak, and that does."""
    names = [NOTHING, *(row.name for row in table.rows)]
    for item in table.reader.items("tests"):
        inner = Reader(table.reader.text, item, table.reader.mistakes, TEST_KEYS, "an example of a table")
        wanted = inner.choice("row", names, "", required=True)
        given = {key.value: value_of(node) for key, node in inner.pairs("given")}
        speaks = next((row.name for row in table.rows if _speaks(table, row, given)), NOTHING)
        if wanted and speaks != wanted:
            table.reader.wrong(item, f"This example expects “{wanted}”, and “{speaks}” speaks.")
        yield item, inner.values.get("given", item), wanted


def _speaks(table: _Table, row: _Row, given: Mapping[str, object]) -> bool:
    asked = [(name, one) for name, one in row.cells.items() if one is not None]
    return all(one.holds(given.get(name, table.facts[name].default)) for name, one in asked)


def _rule(table: _Table, row: _Row, tests: list[tuple[yaml.Node, yaml.Node, str]]) -> yaml.Node:
    """Return the node of the rule that a row is: its own parts stand where the row does."""
    reader, mark = table.reader, row.node.start_mark
    asked = [one.cel for one in row.cells.values() if one is not None]
    title = f"{reader.text_of('title')}: {row.name.replace('_', ' ')}"
    parts: dict[str, yaml.Node] = {
        "key": _scalar(f"{reader.text_of('key')}_{row.name}", mark),
        "title": _scalar(title, mark),
        **{name: reader.values[name] for name in SHARED if name in reader.values},
        "when": _scalar(" && ".join(asked) or "true", mark),
        "then": row.effects,
    }
    if tests:
        parts["tests"] = yaml.SequenceNode("", [_example(*one, row.name) for one in tests], mark, mark)
    return yaml.MappingNode("", [(_scalar(name, mark), node) for name, node in parts.items()], mark, mark)


def _example(item: yaml.Node, given: yaml.Node, expected: str, row: str) -> yaml.Node:
    start = item.start_mark
    fires = _scalar("true" if expected == row else "false", start)
    pairs = [(_scalar("given", start), given), (_scalar("fires", start), fires)]
    return yaml.MappingNode("", pairs, start, item.end_mark)
