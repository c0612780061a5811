"""The SEIPS work-system framework for reviews."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_seips.framework import SEIPS


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="seips",
        title="SEIPS work system",
        summary="Review what happened by looking at the whole work system: people, tasks, tools,"
        " organisation and surroundings.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the work-system framework."""
    return (SEIPS,)
