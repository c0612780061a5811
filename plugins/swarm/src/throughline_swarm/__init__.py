"""The SWARM huddle for reviews."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_swarm.framework import SWARM


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="swarm",
        title="SWARM huddle",
        summary="Meet at or near the place within hours, learn what the system made likely, and make"
        " it safe.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the method."""
    return (SWARM,)
