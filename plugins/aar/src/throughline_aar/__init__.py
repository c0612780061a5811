"""The after action review for reviews."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_aar.framework import AAR


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="aar",
        title="After action review",
        summary="Four questions with those who were there, soon after, also when it went well.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the method."""
    return (AAR,)
