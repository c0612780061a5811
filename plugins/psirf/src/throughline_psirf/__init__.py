"""Follow-up questions and escalation rules for mental-health services working under PSIRF (England)."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, FieldSet, PluginInfo, Rule, hookimpl
from throughline_psirf.fields import FIELD_SETS
from throughline_psirf.rules import RULES


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. It takes no settings."""
    return PluginInfo(
        key="psirf",
        title="PSIRF for mental health",
        summary="Follow-up questions on restraint, self-harm and absence, and rules that bring what"
        " cannot wait to the people who can act.",
        version="0.1.0",
        api=API_VERSION,
    )


@hookimpl
def incident_fields() -> Iterable[FieldSet]:
    """Ask about restraint, self-harm and absence."""
    return FIELD_SETS


@hookimpl
def escalation_rules() -> Iterable[Rule]:
    """Escalate what cannot wait for the weekly meeting."""
    return RULES
