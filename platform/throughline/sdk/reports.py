"""Report formats: how an evidence document becomes a page to print and sign."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ReportContext = Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]
"""``context(document, settings)``: the evidence document and the tenant's settings of the plugin, both
read-only, to plain values (text, numbers, lists, mappings) for the template. It must be pure: same input,
same output."""


@dataclass(frozen=True)
class ReportFormat:
    """A format: ``template`` is Jinja text for a sandbox, ``stylesheet`` the CSS of the printed page."""

    key: str
    version: int
    title: str
    audience: str
    summary: str
    template: str
    stylesheet: str
    context: ReportContext
