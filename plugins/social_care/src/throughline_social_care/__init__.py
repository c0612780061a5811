"""Follow-up questions and escalation rules for care homes, supported living and home care."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, FieldSet, PluginInfo, Rule, hookimpl
from throughline_social_care.fields import FIELD_SETS
from throughline_social_care.rules import RULES


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="social_care",
        title="Social care",
        summary="Questions on falls, medicines, eating, skin, going missing and distress, and rules that"
        " bring patterns in a home to the people who can change them.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def incident_fields() -> Iterable[FieldSet]:
    """Ask a few questions about what happens most in a home."""
    return FIELD_SETS


@hookimpl
def escalation_rules() -> Iterable[Rule]:
    """Escalate what is urgent, and what repeats."""
    return RULES
