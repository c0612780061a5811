"""The London Protocol for reviews."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_london_protocol.framework import LONDON_PROTOCOL


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="london_protocol",
        title="London Protocol",
        summary="Review by care delivery problems and the levels of the system behind each of them.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the method."""
    return (LONDON_PROTOCOL,)
