"""The plugin API: records to return, hooks to return them from. Everything a plugin may import.

``plugins/README.md`` is the guide, with a running example of every hook.
"""

from throughline.sdk.channels import Channel, ChannelUnavailable, Message, Receipt, Send
from throughline.sdk.facts import CORE_DEFAULTS, CORE_FACTS, MOMENT_FACTS, FactKind
from throughline.sdk.fields import Choice, Field, FieldKind, FieldSet
from throughline.sdk.frameworks import FactorGroup, FoundFactor, Framework, Stage, WrittenReview
from throughline.sdk.hookspecs import ENTRY_POINT_GROUP, HookSpecs, hookimpl
from throughline.sdk.info import API_VERSION, SECRET, PluginInfo
from throughline.sdk.reports import ReportContext, ReportFormat
from throughline.sdk.rules import (
    LOCAL,
    Authority,
    ChainStep,
    Earlier,
    Effect,
    Escalate,
    LookBack,
    Notify,
    RequireReview,
    RequireShare,
    Rule,
    RuleTest,
    SetFlag,
    SinceLast,
    StartClock,
    Status,
    Trigger,
)
from throughline.sdk.sector import ENVIRONMENT, HANDOVER, POLICY, SECTOR_FACTORS, SECTOR_THEMES, STAFFING
from throughline.sdk.vocabulary import (
    CATEGORIES,
    ESCALATION_ROLES,
    FUNDING,
    LEGAL_STATUSES,
    PHYSICAL_HARM,
    PROVIDER_KINDS,
    PSYCHOLOGICAL_HARM,
    REVIEW_KINDS,
    THEMES,
)

__all__ = [
    "API_VERSION",
    "CATEGORIES",
    "CORE_DEFAULTS",
    "CORE_FACTS",
    "ENTRY_POINT_GROUP",
    "ENVIRONMENT",
    "ESCALATION_ROLES",
    "FUNDING",
    "HANDOVER",
    "LEGAL_STATUSES",
    "LOCAL",
    "MOMENT_FACTS",
    "PHYSICAL_HARM",
    "POLICY",
    "PROVIDER_KINDS",
    "PSYCHOLOGICAL_HARM",
    "REVIEW_KINDS",
    "SECRET",
    "SECTOR_FACTORS",
    "SECTOR_THEMES",
    "STAFFING",
    "THEMES",
    "Authority",
    "ChainStep",
    "Channel",
    "ChannelUnavailable",
    "Choice",
    "Earlier",
    "Effect",
    "Escalate",
    "FactKind",
    "FactorGroup",
    "Field",
    "FieldKind",
    "FieldSet",
    "FoundFactor",
    "Framework",
    "HookSpecs",
    "LookBack",
    "Message",
    "Notify",
    "PluginInfo",
    "Receipt",
    "ReportContext",
    "ReportFormat",
    "RequireReview",
    "RequireShare",
    "Rule",
    "RuleTest",
    "Send",
    "SetFlag",
    "SinceLast",
    "Stage",
    "StartClock",
    "Status",
    "Trigger",
    "WrittenReview",
    "hookimpl",
]
