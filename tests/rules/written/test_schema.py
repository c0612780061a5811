"""The JSON Schema says of a file of rules what the reader says, as far as a schema can."""

import json
import re
from pathlib import Path

import pytest
import yaml
from tests.rules.written.test_tables import PASTED, TABLE

from throughline.catalogue import catalogue_for
from throughline.rules.active import schema as schema_of_catalogue
from throughline.rules.written import read_rules, rule_text
from throughline.rules.written.schema import rules_schema

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "docs" / "rules.schema.json"
PACKS = sorted(ROOT.glob("tenants/*/rules/*.yaml"))
GUIDE = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/tutorials/first-rule.md").read_text(), re.DOTALL)
PLUGINS = catalogue_for(frozenset({"psirf", "seips", "email", "icb_quality"}))
SCHEMA = rules_schema()
SOUND = PACKS[0].read_text()
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


class Plain(yaml.SafeLoader):
    """YAML 1.2 as editors read it: no dates, and only true and false are truth values."""


Plain.yaml_implicit_resolvers = {}
for tag, pattern, firsts in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?[0-9]+$", "-0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    Plain.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), firsts)


def wrong(value, schema, path="file"):
    """Yield where a value is not as a schema says: the keywords that ours uses, and an error for any other."""
    for keyword, asked in schema.items():
        yield from CHECKS[keyword](value, asked, path, schema)


def _ref(value, asked, path, _schema):
    yield from wrong(value, SCHEMA["$defs"][asked.removeprefix("#/$defs/")], path)


def _type(value, asked, path, _schema):
    def one(kind):
        return isinstance(value, TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))

    if not any(map(one, asked if isinstance(asked, list) else [asked])):
        yield f"{path}: not {asked}"


def _any_of(value, asked, path, _schema):
    if all(any(wrong(value, option, path)) for option in asked):
        yield f"{path}: none of {len(asked)}"


def _properties(value, asked, path, _schema):
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name in asked:
            yield from wrong(inner, asked[name], f"{path}.{name}")


def _additional(value, asked, path, schema):
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name not in schema.get("properties", {}):
            yield from wrong(inner, asked, f"{path}.{name}") if asked else [f"{path}.{name}: not known"]


def _each(value, asked, path, _schema):
    for number, inner in enumerate(value if isinstance(value, list) else ()):
        yield from wrong(inner, asked, f"{path}[{number}]")


def _names(value, asked, path, _schema):
    for name in value if isinstance(value, dict) else ():
        yield from wrong(name, asked, f"{path}.{name}")


def _then(value, asked, path, schema):
    if not any(wrong(value, schema["if"], path)):
        yield from wrong(value, asked, path)


def _else(value, asked, path, schema):
    if any(wrong(value, schema["if"], path)):
        yield from wrong(value, asked, path)


def _bound(holds):
    return lambda value, asked, path, _schema: iter(() if holds(value, asked) else [f"{path}: {asked}"])


CHECKS = {
    **dict.fromkeys(("$schema", "$defs", "title", "description", "format", "if"), _bound(lambda *_: True)),
    "$ref": _ref, "anyOf": _any_of, "type": _type, "properties": _properties, "additionalProperties": _additional,
    "items": _each, "propertyNames": _names, "then": _then, "else": _else,
    "required": _bound(lambda value, asked: set(asked) <= set(value)),
    "enum": _bound(lambda value, asked: value in asked),
    "pattern": _bound(lambda value, asked: not isinstance(value, str) or re.search(asked, value)),
    "minLength": _bound(lambda value, asked: not isinstance(value, str) or len(value) >= asked),
    "maxLength": _bound(lambda value, asked: not isinstance(value, str) or len(value) <= asked),
    "minItems": _bound(lambda value, asked: not isinstance(value, list) or len(value) >= asked),
    "maxItems": _bound(lambda value, asked: not isinstance(value, list) or len(value) <= asked),
    "minProperties": _bound(lambda value, asked: not isinstance(value, dict) or len(value) >= asked),
    "maxProperties": _bound(lambda value, asked: not isinstance(value, dict) or len(value) <= asked),
    "minimum": _bound(lambda value, asked: not isinstance(value, int) or value >= asked),
    "maximum": _bound(lambda value, asked: not isinstance(value, int) or value <= asked),
}  # fmt: skip


def told(text):
    return list(wrong(yaml.load(text, Loader=Plain), SCHEMA))


def test_the_schema_that_is_kept_is_the_one_the_reader_makes():
    said = "make it anew: .venv/bin/throughline rules schema > docs/rules.schema.json"
    assert KEPT.read_text() == json.dumps(SCHEMA, ensure_ascii=False, indent=2) + "\n", said


@pytest.mark.parametrize("text", [*(path.read_text() for path in PACKS), *GUIDE])
def test_the_rules_of_our_packs_and_guide_are_as_it_says(text):
    assert told(text) == []


@pytest.mark.parametrize("text", [TABLE, PASTED])
def test_a_table_is_as_it_says(text):
    assert told(text) == []
    for right, changed in (("otherwise: ", "otherwize: "), ("    rows:", "    rowz:"), ("key: ", "kee: ")):
        assert right not in text or told(text.replace(right, changed, 1))


@pytest.mark.parametrize("path", PACKS, ids=str)
def test_an_editor_finds_the_schema_from_a_file_of_rules(path):
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
    assert named
    assert (path.parent / named[1]).resolve() == KEPT


@pytest.mark.parametrize("rule", PLUGINS.rules.values(), ids=lambda rule: rule.key)
def test_a_rule_that_we_write_out_is_as_it_says(rule):
    assert told(rule_text(rule)) == []


@pytest.mark.parametrize(
    ("right", "changed"),
    [
        ("title: Absence", "titel: Absence"),
        ("status: shadow", "status: shadows"),
        ("[incident.reported,", "[incident.report,"),
        ("to: unit_manager", "to: ward_manager"),
        ("acknowledge_within: 24 hours", "acknowledge_within: soon"),
        ("start_within: 3 working days", "start_within: 3 days"),
        ("with the same person", "with the same persn"),
        ("of category absence", "of category absense"),
        ("confidence: unverified", "confidence: certain"),
        ("review_due: 2027-05-31", "review_due: next May"),
        ("fires: true", "fires: maybe"),
        ("incident.category: absence", "incident.category: absense"),
        ("key: absent_again", "key: Absent again"),
        ("    why: Going", "    whys: Going"),
        ("- escalate:", "- esclate:"),
    ],
)
def test_what_the_reader_refuses_an_editor_underlines(right, changed):
    assert right in SOUND
    text = SOUND.replace(right, changed, 1)
    assert told(text)
    assert read_rules(text, schema_of_catalogue(PLUGINS)).mistakes
