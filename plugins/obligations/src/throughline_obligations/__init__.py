"""What the law, regulators and contracts ask for after an incident, for providers in England."""

from collections.abc import Iterable

from throughline.sdk import API_VERSION, Duty, FieldSet, PluginInfo, Rule, hookimpl, targets_schema
from throughline_obligations.duties import DUTIES
from throughline_obligations.fields import FIELD_SETS
from throughline_obligations.rules import RULES


@hookimpl
def plugin_info() -> PluginInfo:
    """Say who the plugin is. Its settings are an organisation's own targets."""
    return PluginInfo(
        key="obligations",
        title="Duties after an incident (England)",
        summary="Duty of candour, CQC notifications, the use of force record, safeguarding, RIDDOR and LFPSE:"
        " the question to decide, the steps, the letters and the exemptions.",
        version="0.1.0",
        api=API_VERSION,
        settings_schema=targets_schema(DUTIES),
    )


@hookimpl
def incident_fields() -> Iterable[FieldSet]:
    """Ask what decides whether a duty may apply and no other question tells."""
    return FIELD_SETS


@hookimpl
def duties() -> Iterable[Duty]:
    """Bring the duties."""
    return DUTIES


@hookimpl
def escalation_rules() -> Iterable[Rule]:
    """Open each duty when it may apply."""
    return RULES
