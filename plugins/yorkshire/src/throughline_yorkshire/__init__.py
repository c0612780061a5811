"""The Yorkshire Contributory Factors Framework for reviews."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_yorkshire.framework import YORKSHIRE


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="yorkshire",
        title="Yorkshire Contributory Factors",
        summary="Review from what was done at the sharp end to the working conditions and decisions"
        " behind it.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the method."""
    return (YORKSHIRE,)
