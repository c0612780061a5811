"""The JSON Schema of a file of rules, made from what the reader knows, so that editors complete and check it.

It is kept in ``docs/rules.schema.json``; ``throughline rules schema`` prints it. It says what a key may hold,
not whether a condition makes sense: that is ``throughline rules check``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from throughline.rules.facts import schema_of
from throughline.rules.written.effects import CHAIN_KEYS, EFFECT_KEYS, EVERY_UNIT
from throughline.rules.written.phrases import BUDGET, HOURS, LENGTH, WORKING_DAYS, look_back_pattern
from throughline.rules.written.reading import AUTHORITY_KEYS, KEYS, MOST_RULES, TEST_KEYS
from throughline.rules.written.tables import MOST_COLUMNS, MOST_ROWS, NOTHING, TABLE_KEYS
from throughline.sdk import ESCALATION_ROLES, ON_CALL, PROVIDER_KINDS, REVIEW_KINDS, FactKind, Status, Trigger
from throughline.sdk.bounds import CONDITION_LIMIT, NAME

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_DAY: Schema = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_HOURS: Schema = {"type": "string", "pattern": HOURS}
_ROLE: Schema = {"enum": list(ESCALATION_ROLES)}
_TARGET: Schema = {
    "anyOf": [
        {"enum": [*ESCALATION_ROLES, ON_CALL]},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["person"],
            "properties": {"person": {"type": "string", "format": "email"}},
        },
    ],
    "description": "A role, whoever is on call, or a person by their e-mail address.",
}
_NAME: Schema = {"type": "string", "pattern": f"^{NAME.pattern}$"}
_JSON_TYPES: Mapping[FactKind, Schema] = {
    FactKind.BOOL: {"type": "boolean"},
    FactKind.INT: {"type": "integer"},
    FactKind.STRING: {"type": "string"},
    FactKind.STRING_LIST: {"type": "array", "items": {"type": "string"}},
}
_EFFECTS: Mapping[str, tuple[str, Mapping[str, Schema], tuple[str, ...]]] = {
    "escalate": (
        "Bring the incident to a role, to whoever is on call or to a person, to be acknowledged.",
        {
            "to": _TARGET,
            "acknowledge_within": _HOURS,
            "chain": {"type": "array", "items": {"$ref": "#/$defs/step"}},
        },
        ("to", "acknowledge_within"),
    ),
    "require_review": (
        "Suggest a learning response; a person decides.",
        {
            "kind": {"enum": list(REVIEW_KINDS)},
            "start_within": {"type": "string", "pattern": WORKING_DAYS},
        },
        ("kind", "start_within"),
    ),
    "require_share": (
        "Ask that what is learned is shared with every open unit of an audience.",
        {
            "with": {
                "anyOf": [{"type": "array", "minItems": 1, "items": _NAME}, {"const": EVERY_UNIT}],
                "description": "Types of service, as the units of the pack name them.",
            },
            "within": {"type": "string", "pattern": WORKING_DAYS},
            "words": {**_TEXT, "description": "Why, in a sentence, for whoever shares."},
        },
        ("with", "within"),
    ),
    "start_clock": (
        "Start a clock on the incident: by its end something must be done.",
        {
            "key": _NAME,
            "title": _TEXT,
            "within": {"type": "string", "pattern": LENGTH},
            "warn_before": _HOURS,
        },
        ("key", "title", "within"),
    ),
    "set_flag": (
        "Mark the incident with a few words.",
        {"key": _NAME, "title": _TEXT},
        ("key", "title"),
    ),
    "notify": (
        "Tell the holders of a role; nothing to acknowledge.",
        {"to": _ROLE, "words": _TEXT},
        ("to", "words"),
    ),
    "open_obligation": (
        "Open a duty of an enabled plugin on the incident, once; its steps are tracked to the end.",
        {"duty": {"type": "string", "pattern": f"^{NAME.pattern}\\.{NAME.pattern}$"}},
        ("duty",),
    ),
}


def rules_schema() -> Schema:
    """Return the schema of a file: the list under ``rules``, or one rule by itself."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of a provider",
        "description": "A file of tenants/<slug>/rules. The guide is docs/tutorials/first-rule.md.",
        "type": "object",
        "if": {"required": ["key"]},
        "then": {"$ref": "#/$defs/rule"},
        "else": _table(
            {
                "rules": {"type": "array", "maxItems": MOST_RULES, "items": {"$ref": "#/$defs/rule"}},
                "tables": {"type": "array", "items": {"$ref": "#/$defs/table"}},
            },
            (),
        ),
        "$defs": {
            "rule": _rule(),
            "table": _decision_table(),
            "authority": _authority(),
            "step": _table({"to": _TARGET, "after": _HOURS}, CHAIN_KEYS, "Who is told next, and when."),
            "effect": _effect(),
            "example": _example(),
        },
    }


def _table(properties: Mapping[str, Schema], required: Iterable[str], says: str = "") -> Schema:
    made: Schema = {"type": "object", "additionalProperties": False}
    if says:
        made["description"] = says
    return {**made, "required": list(required), "properties": dict(properties)}


def _rule() -> Schema:
    keys = _rule_keys()
    required = ("key", "title", "why", "authority", "on", "when", "then")
    return _table({name: keys[name] for name in KEYS}, required)


def _decision_table() -> Schema:
    cell = {"type": ["string", "integer", "boolean", "null"]}
    own: Mapping[str, Schema] = {
        "columns": {
            "type": "array",
            "items": _TEXT,
            "maxItems": MOST_COLUMNS,
            "description": "row, the facts, and keys of effects such as -> escalate.to.",
        },
        "rows": {
            "anyOf": [
                _TEXT,
                {"type": "array", "maxItems": MOST_ROWS, "items": {"type": "array", "items": cell}},
            ],
            "description": "A list of cells for each row; or a text with commas, its first line the columns.",
        },
        "otherwise": {
            "enum": [NOTHING],
            "description": "That nothing follows from what no row speaks of is meant so.",
        },
        "tests": {
            "type": "array",
            "items": _table({"given": _given(), "row": _TEXT}, ("row",), "Which row speaks, or nothing."),
        },
    }
    keys = {**_rule_keys(), **own}
    return _table(
        {name: keys[name] for name in TABLE_KEYS}, ("key", "title", "why", "authority", "on", "rows")
    )


def _rule_keys() -> Mapping[str, Schema]:
    sentence = {"type": "string", "pattern": look_back_pattern()}
    return {
        "key": {
            "type": "string",
            "pattern": rf"^(local\.)?{NAME.pattern}$",
            "description": "Its permanent name. Elsewhere it reads local.<key>.",
        },
        "version": {
            "type": "integer",
            "minimum": 1,
            "maximum": 9999,
            "description": "From 1; a change of what the rule means is the next number.",
        },
        "title": {**_TEXT, "description": "What it notices, as people would say it."},
        "why": {**_TEXT, "description": "Why it matters, for whoever is asked to act."},
        "owner": {**_TEXT, "description": "Who answers for the rule: a job rather than a name."},
        "status": {
            "enum": list(get_args(Status)),
            "description": "Only a live rule does anything; live when left out.",
        },
        "budget": {
            "type": "string",
            "pattern": BUDGET,
            "description": "How often it may alarm on one day, such as 20 a day.",
        },
        "authority": {"$ref": "#/$defs/authority"},
        "on": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": [moment.value for moment in Trigger]},
            "description": "The moments at which it is looked at.",
        },
        "let": {
            "type": "object",
            "propertyNames": _NAME,
            "additionalProperties": sentence,
            "description": "Numbers about earlier incidents, by the name the condition reads them under.",
        },
        "when": {**_TEXT, "maxLength": CONDITION_LIMIT, "description": "The condition, in CEL."},
        "then": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/effect"},
            "description": "What follows.",
        },
        "tests": {
            "type": "array",
            "items": {"$ref": "#/$defs/example"},
            "description": "Examples the rule must satisfy.",
        },
    }


def _authority() -> Schema:
    keys: Mapping[str, Schema] = {
        "statement": {**_TEXT, "description": "What is asked, in a sentence."},
        "reference": {**_TEXT, "description": "Where it is asked: the law, the guidance or the policy."},
        "quote": {"type": "string", "description": "The reference's own words, 25 of them at most."},
        "jurisdiction": {"type": "string", "description": "The nation; England when left out."},
        "provider_kinds": {
            "type": "array",
            "items": {"enum": list(PROVIDER_KINDS)},
            "description": "The kinds of provider it speaks to; every kind when left out.",
        },
        "confidence": {
            "enum": ["sourced", "unverified"],
            "description": "sourced only when the statement was seen in the reference.",
        },
        "applies_from": {**_DAY, "description": "The first day on which it is in force."},
        "applies_to": {**_DAY, "description": "The last day on which it is in force."},
        "verified_on": {**_DAY, "description": "When somebody last saw the statement in the reference."},
        "review_due": {**_DAY, "description": "The day by which somebody looks again."},
    }
    ordered = {name: keys[name] for name in AUTHORITY_KEYS}
    return _table(ordered, ("statement", "reference"), "On whose authority, said honestly.")


def _effect() -> Schema:
    made = {}
    for name in EFFECT_KEYS:
        says, keys, required = _EFFECTS[name]
        made[name] = _table({key: keys[key] for key in EFFECT_KEYS[name]}, required, says)
    return {**_table(made, ()), "minProperties": 1, "maxProperties": 1}


def _example() -> Schema:
    fires: Schema = {"type": "boolean", "description": "Whether the rule fires on it."}
    keys = {"given": _given(), "fires": fires}
    return _table({name: keys[name] for name in TEST_KEYS}, ("fires",))


def _given() -> Schema:
    facts = {}
    for name, fact in schema_of().facts.items():
        choices = {"enum": [*fact.choices, *([] if fact.default else [""])]} if fact.closed else {}
        facts[name] = {**_JSON_TYPES[fact.kind], **choices}
    says = "The facts of an example by their full names, and the numbers of let; the others at defaults."
    return {"type": "object", "properties": facts, "description": says}
