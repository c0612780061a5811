"""Plugins made on the spot, as discovery would hand them over."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import pytest

from throughline.catalogue import Broken, Catalogue, Installed, build
from throughline.sdk import API_VERSION, Authority, Escalate, PluginInfo, Rule, RuleTest, Trigger, hookimpl

Collect = Callable[..., Catalogue]


def rule(key: str) -> Rule:
    """Make a sound rule."""
    return Rule(
        key=key,
        version=1,
        title="A rule",
        why="Because.",
        authority=Authority("Said so.", "A policy"),
        on=(Trigger.INCIDENT_REPORTED,),
        when="incident.harm >= 3",
        then=(Escalate("executive", 4),),
        tests=(RuleTest({"incident.harm": 3}, fires=True), RuleTest({}, fires=False)),
    )


@pytest.fixture
def make_plugin() -> Callable[..., Installed]:
    """Give a function that makes an installed plugin with the hooks named; without any it offers one rule."""

    def make(key: str, info: object = None, **hooks: Callable[..., object]) -> Installed:
        info = info or PluginInfo(key, key.title(), "Made for a test.", "1.0", API_VERSION)
        hooks = hooks or {"escalation_rules": lambda: [rule(f"{key}.rule")]}
        marked = {name: hookimpl(hook) for name, hook in hooks.items()}
        plugin = SimpleNamespace(plugin_info=hookimpl(lambda: info), **marked)
        return Installed(key, f"throughline-{key}", plugin)

    return make


@pytest.fixture
def collect() -> Collect:
    """Give a function that builds the catalogue of the plugins given, all of them enabled."""

    def collect_all(*plugins: Installed | Broken, enabled: frozenset[str] | None = None) -> Catalogue:
        available: Mapping[str, Installed | Broken] = {plugin.key: plugin for plugin in plugins}
        return build(frozenset(available) if enabled is None else enabled, available)

    return collect_all
