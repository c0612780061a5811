"""From the text of one rule, or of a file of rules, to records: every mistake named where it stands."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import yaml

from throughline.rules.facts import FactSchema
from throughline.rules.kept import Kept
from throughline.rules.language import Language
from throughline.rules.written import phrases
from throughline.rules.written.effects import effect_of
from throughline.rules.written.mistakes import Mistake, at
from throughline.rules.written.nodes import Unreadable, place_of, tree, value_of
from throughline.rules.written.proving import Wrong, prove
from throughline.rules.written.shape import Reader
from throughline.rules.written.tables import rules_of_table
from throughline.rules.written.words import Unclear
from throughline.sdk import (
    ABOUT_UNITS,
    LOCAL,
    PROVIDER_KINDS,
    Asked,
    Authority,
    Rule,
    RuleTest,
    Status,
    Trigger,
)
from throughline.sdk.bounds import NAME
from throughline.sdk.checks import problems_in
from throughline.sdk.rule_checks import effect_problems

STATUSES: tuple[Status, ...] = get_args(Status)
MOST_RULES = 500
KEYS = (
    "key",
    "version",
    "title",
    "why",
    "owner",
    "status",
    "budget",
    "authority",
    "on",
    "let",
    "when",
    "then",
    "tests",
)
AUTHORITY_KEYS = (
    *("statement", "reference", "quote", "jurisdiction", "provider_kinds", "confidence"),
    *("applies_from", "applies_to", "verified_on", "review_due"),
)
TEST_KEYS = ("given", "fires")
_OF_LET = re.compile(r"let '(\w+)': ")
_SPEAKS_OF = (
    *((f"{key} ", key) for key in ("title", "why", "owner", "let", "then")),
    *(("the condition ", "when"), ("the authority", "authority"), ("the trigger ", "on")),
    *((begins, "then") for begins in ("acknowledge_within", "start_within", "the step ", "the chain ")),
    *((begins, "then") for begins in ("clock ", "flag ", "the words ")),
)
_NOBODY = Authority(statement="", reference="")


@dataclass(frozen=True)
class WrittenRule:
    """A rule that can be used, and the line it begins on."""

    rule: Rule
    line: int


@dataclass(frozen=True)
class Written:
    """What a text says: the rules that can be used, and every mistake in order of its place."""

    rules: tuple[WrittenRule, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@dataclass
class _Draft:
    """A rule as read, with the nodes its own texts stand in."""

    written: WrittenRule
    node: yaml.Node
    when: yaml.Node | None = None
    let: dict[str, yaml.Node] = field(default_factory=dict)
    tests: list[yaml.Node] = field(default_factory=list)


_KEPT: Kept[Written] = Kept(512)


def read_rules(text: str, schema: FactSchema) -> Written:
    """Read a rule, or the list under ``rules:``, against the facts it may read; run the rules' own tests.

    Never raises for a text: all that is wrong with it is in ``mistakes``, and the rules that are whole are
    returned beside it.
    """
    return _KEPT.get(text, schema, lambda: _read(text, schema))


def _read(text: str, schema: FactSchema) -> Written:
    try:
        node = tree(text)
    except Unreadable as unreadable:
        return Written(mistakes=(unreadable.mistake,))
    if node is None:
        return Written(mistakes=(at(text, 1, 1, "There is no rule here yet."),))
    mistakes: list[Mistake] = []
    drafts = [
        found
        for one in _each(text, node, mistakes, schema)
        if (found := _rule(text, one, mistakes, schema.duties)) is not None
    ]
    whole = _distinct(text, drafts, mistakes)
    plain = Language(schema.facts, schema.whose)
    rules = []
    for draft in whole:
        wrong = [_placed(text, draft, one) for one in prove(draft.written.rule, schema, plain)]
        mistakes += wrong
        if not wrong:
            rules.append(draft.written)
    # Rules of one table share their parts, and so their mistakes.
    distinct = {(one.line, one.column, one.message): one for one in reversed(mistakes)}
    return Written(tuple(rules), tuple(sorted(distinct.values())))


def _each(text: str, node: yaml.Node, mistakes: list[Mistake], schema: FactSchema) -> list[yaml.Node]:
    """Return the nodes of the rules: the document itself, or what ``rules`` and ``tables`` hold."""
    keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    if "rules" not in keys and "tables" not in keys:
        return [node]
    reader = Reader(text, node, mistakes, ("rules", "tables"), "this file")
    items = reader.items("rules")
    for table in reader.items("tables"):
        items += rules_of_table(text, table, mistakes, schema)
    if len(items) > MOST_RULES:
        place = place_of(items[MOST_RULES])
        mistakes.append(
            at(text, place.line, place.column, f"There are more than {MOST_RULES} rules in this file.")
        )
    return items[:MOST_RULES]


def _rule(text: str, node: yaml.Node, mistakes: list[Mistake], duties: Mapping[str, str]) -> _Draft | None:
    before = len(mistakes)
    reader = Reader(text, node, mistakes, KEYS, "a rule")
    name = reader.text_of("key", required=True).removeprefix(f"{LOCAL}.")
    if name and not NAME.fullmatch(name):
        reader.wrong(
            reader.values["key"],
            f"The key “{name[:60]}” should be of lower-case letters, digits and underscores, a letter first.",
        )
    let = _let(reader)
    when = reader.scalar("when", required=True)
    asked_for = [
        (item, effect_of(text, item, mistakes, duties)) for item in reader.items("then", required=True)
    ]
    tests = _tests(reader)
    rule = Rule(
        key=f"{LOCAL}.{name}",
        version=reader.number("version", 1, 1, 9999),
        title=reader.text_of("title", required=True),
        why=" ".join(reader.text_of("why", required=True).split()),
        authority=_authority(reader),
        on=_triggers(reader),
        when=when.value.strip() if when is not None else "",
        then=tuple(effect for _, effect in asked_for if effect is not None),
        let=tuple(asked for asked, _ in let),
        tests=tuple(test for test, _ in tests),
        owner=reader.text_of("owner"),
        status=reader.choice("status", STATUSES, "live"),  # type: ignore[arg-type]
        budget=_budget(reader),
    )
    if len(mistakes) == before:
        _sound(reader, rule, {asked.name: found for asked, found in let}, [item for item, _ in asked_for])
    if len(mistakes) > before:
        mistakes[before:] = [
            Mistake(one.line, one.column, one.message, one.caret, rule.key if name else "")
            for one in mistakes[before:]
        ]
        return None
    written = WrittenRule(rule, place_of(node).line)
    nodes = {asked.name: found for asked, found in let}
    return _Draft(written, node, when, nodes, [found for _, found in tests])


def _budget(reader: Reader) -> int | None:
    node = reader.scalar("budget")
    if node is None:
        return None
    try:
        return phrases.budget(node.value)
    except Unclear as unclear:
        reader.wrong(node, unclear.message)
        return None


def _sound(reader: Reader, rule: Rule, let: Mapping[str, yaml.Node], effects: Sequence[yaml.Node]) -> None:
    """Note what is wrong with the record itself; its examples are tried later, where they stand."""
    scan = not ABOUT_UNITS.isdisjoint(rule.on)
    of_effects = [
        (said, node)
        for node, effect in zip(effects, rule.then, strict=True)
        for said in effect_problems(effect, scan=scan)
    ]
    for said, node in of_effects:
        reader.wrong(node, f"{_as_written(said, node)}.")
    told = {said for said, _ in of_effects}
    for problem in problems_in(replace(rule, tests=()), LOCAL):
        said = problem.removeprefix(f"{rule.key}: ")
        if said in told:
            continue
        named = _OF_LET.match(said)
        reader.wrong(let.get(named[1], reader.node) if named else _where_said(reader, said), f"{said}.")


def _as_written(said: str, effect: yaml.Node) -> str:
    """Return what is said of a record's class as said of the effect's name in the text."""
    if not isinstance(effect, yaml.MappingNode) or " needs an incident" not in said:
        return said
    return f"“{effect.value[0][0].value}”{said[said.index(' needs an incident') :]}"


def _where_said(reader: Reader, said: str) -> yaml.Node:
    """Return the value that a sentence about the record speaks of, or the rule where it names none."""
    key = next((key for begins, key in _SPEAKS_OF if said.startswith(begins)), "")
    return reader.values.get(key, reader.node)


def _authority(reader: Reader) -> Authority:
    node = reader.values.get("authority")
    if node is None:
        if isinstance(reader.node, yaml.MappingNode):
            reader.wrong(
                reader.node, "“authority” is missing: say where the rule comes from, if only from you."
            )
        return _NOBODY
    inner = Reader(reader.text, node, reader.mistakes, AUTHORITY_KEYS, "an authority")
    return Authority(
        statement=" ".join(inner.text_of("statement", required=True).split()),
        reference=" ".join(inner.text_of("reference", required=True).split()),
        jurisdiction=inner.text_of("jurisdiction", "England"),
        confidence=inner.choice("confidence", ("sourced", "unverified"), "unverified"),  # type: ignore[arg-type]
        quote=" ".join(inner.text_of("quote").split()),
        provider_kinds=tuple(_words(inner, "provider_kinds", PROVIDER_KINDS)),
        applies_from=inner.day("applies_from"),
        applies_to=inner.day("applies_to"),
        verified_on=inner.day("verified_on"),
        review_due=inner.day("review_due"),
    )


def _triggers(reader: Reader) -> tuple[Trigger, ...]:
    known = [trigger.value for trigger in Trigger]
    return tuple(Trigger(word) for word in _words(reader, "on", known, required=True))


def _words(reader: Reader, name: str, known: Iterable[str], *, required: bool = False) -> list[str]:
    """Return the items of a list, each one of some words."""
    found = []
    for item in reader.items(name, required=required):
        holder = Reader(reader.text, yaml.MappingNode("", [], item.start_mark), reader.mistakes, (), "")
        holder.values[name] = item
        word = holder.choice(name, known, "")
        if word:
            found.append(word)
    return found


def _let(reader: Reader) -> list[tuple[Asked, yaml.Node]]:
    found: list[tuple[Asked, yaml.Node]] = []
    for key, node in reader.pairs("let"):
        if not NAME.fullmatch(key.value):
            reader.wrong(key, f"“{key.value[:60]}” should be of lower-case letters, digits and underscores.")
            continue
        if not isinstance(node, yaml.ScalarNode):
            reader.wrong(
                node, f"“{key.value}” should be a sentence, such as “count of incidents with the same …”."
            )
            continue
        try:
            found.append((phrases.look_back(key.value, node.value), node))
        except Unclear as unclear:
            reader.wrong(node, unclear.message, unclear.at)
    return found


def _tests(reader: Reader) -> list[tuple[RuleTest, yaml.Node]]:
    found = []
    for item in reader.items("tests"):
        inner = Reader(reader.text, item, reader.mistakes, TEST_KEYS, "a test")
        given = {key.value: value_of(node) for key, node in inner.pairs("given")}
        found.append((RuleTest(given, inner.truth("fires")), item))
    return found


def _distinct(text: str, drafts: list[_Draft], mistakes: list[Mistake]) -> list[_Draft]:
    seen: dict[str, _Draft] = {}
    for draft in drafts:
        key = draft.written.rule.key
        if key in seen:
            place, line = place_of(draft.node), seen[key].written.line
            message = f"The key “{key}” is used already, on line {line}."
            mistakes.append(at(text, place.line, place.column, message, key))
        else:
            seen[key] = draft
    return list(seen.values())


def _placed(text: str, draft: _Draft, wrong: Wrong) -> Mistake:
    """Return what keeps a rule from being used, at its place in the text."""
    key = draft.written.rule.key
    collected: list[Mistake] = []
    reader = Reader(text, draft.node, collected, KEYS, "a rule")
    if wrong.test:
        reader.wrong(_given(draft.tests[wrong.test - 1], wrong.name), wrong.message)
    elif wrong.name:
        node = draft.let[wrong.name]
        begins = phrases.where_at(node.value) if isinstance(node, yaml.ScalarNode) else 0
        reader.wrong(node, wrong.message, None if wrong.at is None else begins + wrong.at)
    elif isinstance(draft.when, yaml.ScalarNode):
        begins = len(draft.when.value) - len(draft.when.value.lstrip())
        reader.wrong(draft.when, wrong.message, begins + (wrong.at or 0))
    found = collected[-1]
    return Mistake(found.line, found.column, found.message, found.caret, key)


def _given(test: yaml.Node, name: str) -> yaml.Node:
    """Return where an example gives a fact; the example itself when no fact is meant."""
    found = test
    for key, value in test.value if name else ():
        if key.value == "given":
            found = next((one for one, _ in value.value if one.value == name), test)
    return found
