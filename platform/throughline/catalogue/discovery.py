"""Which plugins are installed: the entry points in the group ``throughline.plugins``, loaded once.

An entry point that cannot be loaded becomes a :class:`Broken` that says why; the others are not touched by
it.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from throughline.sdk import ENTRY_POINT_GROUP
from throughline.sdk.wording import said


@dataclass(frozen=True)
class Installed:
    """A plugin that could be imported; ``plugin`` holds its hooks and is usually a module."""

    key: str
    distribution: str
    plugin: object


@dataclass(frozen=True)
class Broken:
    """A plugin that cannot be used; ``message`` is a sentence that names it."""

    key: str
    distribution: str
    message: str


@functools.cache
def installed() -> Mapping[str, Installed | Broken]:
    """Find and import the plugins of this environment, by key. Read once for each process."""
    return load(entry_points(group=ENTRY_POINT_GROUP))


def load(points: Iterable[EntryPoint]) -> Mapping[str, Installed | Broken]:
    """Import each entry point, by key in the order of the keys.

    A key that two distributions offer is used from neither, since nothing says which was meant.
    """
    by_key: dict[str, dict[str, EntryPoint]] = {}
    for point in points:
        # One distribution seen twice (its folder stands twice on the path) is one plugin.
        by_key.setdefault(point.name, {}).setdefault(_distribution(point), point)
    return MappingProxyType({key: _load_one(key, by_key[key]) for key in sorted(by_key)})


def _load_one(key: str, offers: Mapping[str, EntryPoint]) -> Installed | Broken:
    names = " and ".join(sorted(offers))
    if len(offers) > 1:
        return Broken(
            key,
            names,
            f"The plugin {key!r} is offered by {names}; uninstall all but one. None of them is used.",
        )
    point = offers[names]
    try:
        return Installed(key, names, point.load())
    except (Exception, SystemExit) as error:
        # Importing runs the plugin's code, which may do anything; only this plugin may suffer.
        return Broken(key, names, f"The plugin {key!r} ({names}) could not be imported: {said(error)}")


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value
