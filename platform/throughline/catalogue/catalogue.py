"""What a set of enabled plugins contributes, indexed by key.

Collected once for each distinct set, with a plugin manager of its own: tenants that enable the same plugins
share one, and no tenant ever meets a plugin that it did not enable.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import structlog
from pluggy import PluginManager

from throughline.catalogue.discovery import Broken, Installed, installed
from throughline.catalogue.failures import PluginFailure, Problem
from throughline.catalogue.settings import settings_of
from throughline.sdk import (
    CORE_FACTS,
    Channel,
    Duty,
    FactKind,
    FieldSet,
    Framework,
    PluginInfo,
    ReportFormat,
    Rule,
)
from throughline.sdk.collecting import Contribution, UnsoundPlugin, collect, plugin_manager, register

P = ParamSpec("P")
Result = TypeVar("Result")
R = TypeVar("R", FieldSet, Rule, Framework, ReportFormat, Channel, Duty)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The records of the enabled plugins that are sound, and the problems of those that are not.

    ``plugins`` is by plugin key; the others by record key, in the order of the keys. Of a framework or
    format that comes in several versions, the newest is here; :meth:`framework` and :meth:`format` find the
    older.
    """

    plugins: Mapping[str, PluginInfo]
    field_sets: Mapping[str, FieldSet]
    rules: Mapping[str, Rule]
    frameworks: Mapping[str, Framework]
    formats: Mapping[str, ReportFormat]
    channels: Mapping[str, Channel]
    duties: Mapping[str, Duty]
    problems: tuple[Problem, ...]
    _versions: Mapping[tuple[str, int], Framework | ReportFormat]

    def framework(self, key: str, version: int) -> Framework | None:
        """Find one version of a framework: the one a review was written in. None when it is not to be had."""
        found = self._versions.get((key, version))
        return found if isinstance(found, Framework) else None

    def format(self, key: str, version: int) -> ReportFormat | None:
        """Find one version of a report format. None when it is not to be had."""
        found = self._versions.get((key, version))
        return found if isinstance(found, ReportFormat) else None

    def facts(self) -> Mapping[str, FactKind]:
        """Name every variable a condition may read, with its kind: core facts and answers to field sets."""
        found = dict(CORE_FACTS)
        for field_set in self.field_sets.values():
            found.update(field_set.facts())
        return MappingProxyType(found)

    def settings_for(
        self, plugin: str, raw: Mapping[str, Any], environ: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """Check a tenant's settings of an enabled plugin and fetch its secrets.

        Raises:
            InvalidSettings: naming every field that is unknown, missing or wrong.
            KeyError: when the plugin is not in use here.
        """
        return settings_of(self.plugins[plugin], raw, environ)

    def call(
        self, record_key: str, function: Callable[P, Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Call a function that a record carries, so that its error cannot be taken for one of ours.

        Raises:
            PluginFailure: whatever the function raised, with the plugin's name and version.
        """
        info = self.plugins[record_key.partition(".")[0]]
        try:
            return function(*args, **kwargs)
        except (Exception, SystemExit) as error:
            failure = PluginFailure(info.key, info.version, record_key, error)
            log.warning(
                "plugin.failed",
                plugin=info.key,
                version=info.version,
                record=record_key,
                failure=str(failure),
            )
            raise failure from error


@functools.lru_cache(maxsize=256)
def catalogue_for(enabled: frozenset[str]) -> Catalogue:
    """Collect what the enabled plugins of this environment contribute, once for each distinct set."""
    return build(enabled, installed())


def build(enabled: frozenset[str], available: Mapping[str, Installed | Broken]) -> Catalogue:
    """Collect what the ``enabled`` of the ``available`` plugins contribute.

    A plugin that is missing, broken, unsound or at odds with one before it (in the order of the keys)
    contributes nothing and becomes a problem; the others are not touched by it.
    """
    manager = plugin_manager()
    sound: dict[str, Contribution] = {}
    problems: list[Problem] = []
    for key in sorted(enabled):
        plugin = available.get(key)
        if isinstance(plugin, Installed):
            try:
                sound[key] = _take(manager, plugin, sound)
            except UnsoundPlugin as error:
                problems.append(
                    Problem(key, f"The plugin {key!r} ({plugin.distribution}) is not used: {error}")
                )
        else:
            problems.append(Problem(key, plugin.message if plugin else _missing(key, available)))
    manager.check_pending()
    return _catalogue(sound, tuple(problems))


def _take(manager: PluginManager, plugin: Installed, before: Mapping[str, Contribution]) -> Contribution:
    register(manager, plugin.key, plugin.plugin)
    contribution = collect(manager, plugin.key)
    # Two field sets of one name would be one name in a condition, whatever their keys.
    names = {field_set.name: field_set.key for other in before.values() for field_set in other.field_sets}
    clashes = [
        f"{field_set.key}: in conditions, {field_set.name!r} already means {names[field_set.name]}"
        for field_set in contribution.field_sets
        if field_set.name in names
    ]
    if clashes:
        raise UnsoundPlugin(*clashes)
    return contribution


def _missing(key: str, available: Mapping[str, Installed | Broken]) -> str:
    return f"The plugin {key!r} is enabled but not installed. Installed: {', '.join(available) or 'none'}."


def _catalogue(sound: Mapping[str, Contribution], problems: tuple[Problem, ...]) -> Catalogue:
    found = sound.values()
    frameworks = [framework for one in found for framework in one.frameworks]
    formats = [report_format for one in found for report_format in one.formats]
    versioned: list[Framework | ReportFormat] = [*frameworks, *formats]
    return Catalogue(
        plugins=MappingProxyType({key: one.info for key, one in sound.items()}),
        field_sets=_by_key(field_set for one in found for field_set in one.field_sets),
        rules=_by_key(rule for one in found for rule in one.rules),
        frameworks=_by_key(frameworks),
        formats=_by_key(formats),
        channels=_by_key(channel for one in found for channel in one.channels),
        duties=_by_key(duty for one in found for duty in one.duties),
        problems=problems,
        _versions=MappingProxyType({(record.key, record.version): record for record in versioned}),
    )


def _by_key(records: Iterable[R]) -> Mapping[str, R]:
    ordered = sorted(records, key=lambda record: (record.key, getattr(record, "version", 1)))
    return MappingProxyType({record.key: record for record in ordered})
