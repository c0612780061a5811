"""Fishbone (Ishikawa) diagrams for reviews, with two sets of bones."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_fishbone.framework import CONTRIBUTORY, HEALTHCARE


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="fishbone",
        title="Fishbone",
        summary="Sort what contributed along the bones of a fish, so that no side of the system is"
        " forgotten.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer both sets of bones."""
    return (
        CONTRIBUTORY,
        HEALTHCARE,
    )
