"""Who was on the shift when something happened, and rules that ask what short staffing does to a unit."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, FieldSet, PluginInfo, Rule, hookimpl
from throughline_safer_staffing.fields import SHIFT
from throughline_safer_staffing.rules import RULES


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="safer_staffing",
        title="Staffing on the shift",
        summary="Asks who was planned and who was there when something happened, and brings shifts under plan"
        " to those who can change the plan.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def incident_fields() -> Iterable[FieldSet]:
    """Ask about the shift."""
    return (SHIFT,)


@hookimpl
def escalation_rules() -> Iterable[Rule]:
    """Bring shifts under plan to those who plan them."""
    return RULES
