"""The quarterly quality evidence report for an integrated care board."""

from collections.abc import Iterable
from importlib.resources import files

from throughline.sdk import API_VERSION, PluginInfo, ReportFormat, hookimpl
from throughline_icb_quality.context import context

_HERE = files("throughline_icb_quality")

QUARTERLY = ReportFormat(
    key="icb_quality.quarterly",
    version=2,
    title="Quarterly quality evidence",
    audience="Integrated care boards",
    summary="What happened, what was learned, what changed and whether it helped, in one quarter.",
    template=(_HERE / "quarterly.html").read_text(encoding="utf-8"),
    stylesheet=(_HERE / "quarterly.css").read_text(encoding="utf-8"),
    context=context,
)


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="icb_quality",
        title="Quality evidence for an integrated care board",
        summary="A quarterly report: the line, measures with their charts, actions and their verdicts.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def report_formats() -> Iterable[ReportFormat]:
    """Offer the quarterly report."""
    return (QUARTERLY,)
