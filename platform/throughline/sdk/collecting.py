"""Taking from a plugin what it contributes, once, all or nothing.

A hook implementation is called directly and not through pluggy's call, in which one that raises silences
all that follow. What comes back is checked here, so that nothing unsound travels further.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

import pluggy

from throughline.sdk.channels import Channel
from throughline.sdk.checks import Record, problems_in
from throughline.sdk.duties import Duty
from throughline.sdk.fields import FieldSet
from throughline.sdk.frameworks import Framework
from throughline.sdk.hookspecs import PROJECT, HookSpecs
from throughline.sdk.info import API_VERSION, PluginInfo
from throughline.sdk.reports import ReportFormat
from throughline.sdk.rules import LOCAL, Rule
from throughline.sdk.shapes import misfits
from throughline.sdk.wording import said, shown

RECORD_LIMIT = 1000
R = TypeVar("R", FieldSet, Rule, Framework, ReportFormat, Channel, Duty)

HOOK_RECORDS = MappingProxyType(
    {
        "incident_fields": FieldSet,
        "escalation_rules": Rule,
        "duties": Duty,
        "review_frameworks": Framework,
        "report_formats": ReportFormat,
        "notification_channels": Channel,
    }
)
"""Every hook but ``plugin_info``, with the record it returns."""


class UnsoundPlugin(Exception):
    """A plugin cannot be used; ``problems`` says why, a sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Contribution:
    """All that one plugin contributes, checked."""

    info: PluginInfo
    field_sets: tuple[FieldSet, ...]
    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    formats: tuple[ReportFormat, ...]
    channels: tuple[Channel, ...]
    duties: tuple[Duty, ...] = ()


def plugin_manager() -> pluggy.PluginManager:
    """Make an empty manager that knows the hooks."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    return manager


def register(manager: pluggy.PluginManager, key: str, plugin: object) -> None:
    """Add a plugin, or leave the manager as it was and raise :class:`UnsoundPlugin`."""
    try:
        manager.register(plugin, name=key)
    except pluggy.PluginValidationError as error:
        manager.unregister(name=key)
        raise UnsoundPlugin(f"a hook is not as specified: {error}") from error
    except Exception as error:
        # Registering looks at every attribute of the plugin, which is the plugin's code.
        manager.unregister(name=key)
        raise UnsoundPlugin(f"it could not be registered: {said(error)}") from error
    callers = manager.get_hookcallers(plugin) or []
    unknown = sorted(caller.name for caller in callers if not caller.has_spec())
    wrappers = sorted(
        caller.name
        for caller in callers
        for implementation in caller.get_hookimpls()
        if implementation.plugin is plugin and (implementation.hookwrapper or implementation.wrapper)
    )
    if unknown or wrappers:
        manager.unregister(name=key)
        raise UnsoundPlugin(
            *(f"there is no hook {name!r} in plugin API {API_VERSION}" for name in unknown),
            *(f"the hook {name!r} may not wrap those of other plugins" for name in wrappers),
        )


def collect(manager: pluggy.PluginManager, key: str) -> Contribution:
    """Take what the registered plugin ``key`` contributes.

    Raises:
        UnsoundPlugin: naming all that is wrong with it.
    """
    info = _info(manager, key)
    problems: list[str] = []
    records: dict[str, tuple[Record, ...]] = {}
    for hook, kind in HOOK_RECORDS.items():
        try:
            records[hook] = _records(manager, key, hook, kind)
        except UnsoundPlugin as error:
            problems.extend(error.problems)
    everything = [record for some in records.values() for record in some]
    problems.extend(problem for record in everything for problem in problems_in(record, key))
    problems.extend(_clashes(everything))
    if problems:
        raise UnsoundPlugin(*problems)
    return Contribution(
        info,
        field_sets=_only(FieldSet, records["incident_fields"]),
        rules=_only(Rule, records["escalation_rules"]),
        frameworks=_only(Framework, records["review_frameworks"]),
        formats=_only(ReportFormat, records["report_formats"]),
        channels=_only(Channel, records["notification_channels"]),
        duties=_only(Duty, records["duties"]),
    )


def _only(kind: type[R], records: Iterable[Record]) -> tuple[R, ...]:
    return tuple(record for record in records if isinstance(record, kind))


def _info(manager: pluggy.PluginManager, key: str) -> PluginInfo:
    answers = _call(manager, key, "plugin_info")
    if not answers:
        raise UnsoundPlugin("it does not say who it is: plugin_info is missing")
    if len(answers) > 1:
        raise UnsoundPlugin("it says who it is more than once")
    info = answers[0]
    if type(info) is not PluginInfo:
        raise UnsoundPlugin(f"plugin_info returned {shown(info)}, not a PluginInfo")
    problems = [f"plugin_info: {problem}" for problem in misfits(info, PluginInfo)]
    problems += [
        f"plugin_info: {name} is empty" for name in ("title", "summary", "version") if not getattr(info, name)
    ]
    if info.key != key:
        problems.append(f"its entry point is named {key!r} and its plugin_info {info.key!r}; they must agree")
    if info.key == LOCAL:
        problems.append(f"the key {LOCAL!r} is kept for the rules of an organisation's own pack")
    if info.api != API_VERSION:
        problems.append(f"it is written for plugin API {info.api!r}; this platform offers {API_VERSION}")
    if problems:
        raise UnsoundPlugin(*problems)
    return info


def _records(manager: pluggy.PluginManager, key: str, hook: str, kind: type[Record]) -> tuple[Record, ...]:
    found: list[Record] = []
    for answer in _call(manager, key, hook):
        try:
            some = list(islice(iter(answer), RECORD_LIMIT + 1))  # type: ignore[call-overload]
        except (Exception, SystemExit) as error:
            raise UnsoundPlugin(f"{hook}: {said(error)}") from error
        if len(some) > RECORD_LIMIT:
            raise UnsoundPlugin(f"{hook} returned more than {RECORD_LIMIT} records")
        strangers = [item for item in some if type(item) is not kind]
        if strangers:
            raise UnsoundPlugin(f"{hook} returned {shown(strangers[0])}, not a {kind.__name__}")
        found.extend(some)
    return tuple(found)


def _call(manager: pluggy.PluginManager, key: str, hook: str) -> list[object]:
    answers = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        if implementation.plugin_name == key:
            try:
                answers.append(implementation.function())
            except (Exception, SystemExit) as error:
                raise UnsoundPlugin(f"{hook}: {said(error)}") from error
    return answers


def _clashes(records: Iterable[Record]) -> Iterator[str]:
    seen: dict[str, set[tuple[type, int | None]]] = {}
    for record in records:
        # An old review opens with the version it was written in: versions of a framework stand side by side.
        version = record.version if isinstance(record, (Framework, ReportFormat)) else None
        identity = (type(record), version)
        others = seen.setdefault(record.key, set())
        if identity in others or any(kind is not type(record) for kind, _ in others):
            yield f"{record.key}: the key is used by two records"
        others.add(identity)
