"""The five whys for reviews, which do not end at a person."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_five_whys.framework import FIVE_WHYS


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="five_whys",
        title="Five whys",
        summary="Ask why until the answer is something the organisation can change, never a person.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the method."""
    return (FIVE_WHYS,)
