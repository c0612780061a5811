"""The testing kit that ships with the plugin API; pytest loads it wherever Throughline is installed.

``check_plugin(module)`` holds a plugin to all that the platform asks at load, and to what makes it good to
live with.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import marshmallow
import pytest

from throughline.sdk.channels import Message
from throughline.sdk.collecting import Contribution, UnsoundPlugin, collect, plugin_manager, register
from throughline.sdk.facts import CORE_DEFAULTS, CORE_FACTS, FactKind
from throughline.sdk.info import PluginInfo
from throughline.sdk.rules import Rule, kind_of
from throughline.sdk.wording import said, shown

_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_FACT = re.compile(r"(?<![\w.])([a-z]\w*)\.([a-z]\w*)(?!\w*\()")


def check_plugin(plugin: object) -> Contribution:
    """Check a plugin, the module with its hooks, and return what it contributes.

    Beyond what is asked at load: every rule shows by its tests when it fires and when it does not, reads
    only facts that exist, and the settings schema makes sense. The conditions themselves are type-checked
    and run by the platform's rule engine, which this API does not know.

    Raises:
        AssertionError: naming everything that is wrong, one sentence a line.
    """
    key = _key_of(plugin)
    manager = plugin_manager()
    try:
        register(manager, key, plugin)
        contribution = collect(manager, key)
    except UnsoundPlugin as error:
        raise AssertionError(_listed(key, error.problems)) from error
    problems = [*_rule_problems(contribution), *_settings_problems(contribution.info)]
    if problems:
        raise AssertionError(_listed(key, problems))
    return contribution


def _key_of(plugin: object) -> str:
    try:
        info = plugin.plugin_info()  # type: ignore[attr-defined]
        return str(info.key)
    except Exception as error:
        raise AssertionError(f"{shown(plugin)} does not say who it is: {said(error)}") from error


def _listed(key: str, problems: Any) -> str:
    return "\n".join([f"the plugin {key!r} is not sound:", *(f"  - {problem}" for problem in problems)])


def _rule_problems(contribution: Contribution) -> Iterator[str]:
    facts = {**CORE_FACTS}
    for field_set in contribution.field_sets:
        facts.update(field_set.facts())
    for rule in contribution.rules:
        outcomes = {test.fires for test in rule.tests}
        if outcomes != {True, False}:
            yield f"{rule.key}: its tests should show once that it fires and once that it does not"
        yield from (f"{rule.key}: {problem}" for problem in _fact_problems(rule, facts))


def _fact_problems(rule: Rule, facts: Mapping[str, FactKind]) -> Iterator[str]:
    names = {name.partition(".")[0] for name in facts}
    for space, name in _FACT.findall(_TEXT.sub('""', rule.when)):
        if space in names and f"{space}.{name}" not in facts:
            yield f"its condition reads {space}.{name}, which does not exist"
    known = {**facts, **{count.name: kind_of(count) for count in rule.let}}
    for number, test in enumerate(rule.tests, start=1):
        for name, value in test.given.items():
            if name not in known:
                yield f"test {number} gives {name!r}, which the rule cannot read"
            elif not known[name].admits(value):
                yield f"test {number} gives {name} as {shown(value)}, not of kind {known[name].value}"


def _settings_problems(info: PluginInfo) -> Iterator[str]:
    if info.settings_schema is None:
        return
    schema = info.settings_schema()
    if schema.unknown != marshmallow.RAISE:
        yield "its settings schema should refuse unknown keys"
    for name, field in schema.fields.items():
        if field.metadata.get("secret") and not isinstance(field, marshmallow.fields.String):
            yield f"the secret setting {name!r} should be text"
        if field.metadata.get("secret") and field.load_default not in (marshmallow.missing, "", None):
            yield f"the secret setting {name!r} may not have a default"


@pytest.fixture
def sample_message() -> Message:
    """Give a message as the platform would send it, for a test of a channel."""
    return Message(
        id="0193a5c0-0000-7000-8000-000000000001",
        subject="An incident on Oak Ward needs you",
        text="CV-2026-0042 was escalated to you. Please acknowledge it by 14:00 on 3 March 2026.",
        link="https://throughline.example/t/calder/incidents/CV-2026-0042",
    )


@pytest.fixture
def sample_facts() -> dict[str, object]:
    """Give the facts of an incident about which nothing is said: change what the test is about."""
    return dict(CORE_DEFAULTS)


@pytest.fixture
def load_settings() -> Callable[[PluginInfo, Mapping[str, Any]], Mapping[str, Any]]:
    """Give a function that reads settings by a plugin's schema, raising marshmallow's ``ValidationError``."""

    def load(info: PluginInfo, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        schema = info.settings_schema or marshmallow.Schema
        loaded: Mapping[str, Any] = schema().load(raw)
        return loaded

    return load
