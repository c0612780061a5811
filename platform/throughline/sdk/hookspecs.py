"""The hooks of the plugin API.

Hooks take no arguments and return frozen records. The platform calls each once for every distinct set of
enabled plugins; behaviour lives on the records. Each exists because a plugin in ``plugins/`` uses it.
"""

from collections.abc import Iterable
from typing import Protocol

import pluggy

from throughline.sdk.channels import Channel
from throughline.sdk.duties import Duty
from throughline.sdk.fields import FieldSet
from throughline.sdk.frameworks import Framework
from throughline.sdk.info import PluginInfo
from throughline.sdk.reports import ReportFormat
from throughline.sdk.rules import Rule

PROJECT = "throughline"
ENTRY_POINT_GROUP = "throughline.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class HookSpecs(Protocol):
    """What a plugin may implement. Only ``plugin_info`` is required."""

    @hookspec
    def plugin_info(self) -> PluginInfo:
        """Say who the plugin is: its key, title, version, the API it was written for, its settings."""

    @hookspec
    def incident_fields(self) -> Iterable[FieldSet]:
        """Contribute follow-up questions on an incident, by category."""

    @hookspec
    def escalation_rules(self) -> Iterable[Rule]:
        """Contribute escalation rules, with their authority and their tests."""

    @hookspec
    def duties(self) -> Iterable[Duty]:
        """Contribute duties that an incident can bring: questions, steps, letters and exemptions."""

    @hookspec
    def review_frameworks(self) -> Iterable[Framework]:
        """Contribute methods of review: stages to go through and factors to look for."""

    @hookspec
    def report_formats(self) -> Iterable[ReportFormat]:
        """Contribute formats of the evidence report."""

    @hookspec
    def notification_channels(self) -> Iterable[Channel]:
        """Contribute ways for a message to leave the platform."""
