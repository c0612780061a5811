"""Work as done against policy as written, for reviews."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Framework, PluginInfo, hookimpl
from throughline_work_as_done.framework import WORK_AS_DONE


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="work_as_done",
        title="Work as done",
        summary="Compare the policy as it is written with the work as it is done, and treat the gap as"
        " news about the policy.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def review_frameworks() -> Iterable[Framework]:
    """Offer the method."""
    return (WORK_AS_DONE,)
