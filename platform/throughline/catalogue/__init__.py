"""What plugins are installed, enabled, and what they contribute."""

from throughline.catalogue.catalogue import Catalogue, build, catalogue_for
from throughline.catalogue.discovery import Broken, Installed, installed
from throughline.catalogue.failures import PluginFailure, Problem
from throughline.catalogue.settings import InvalidSettings

__all__ = [
    "Broken",
    "Catalogue",
    "Installed",
    "InvalidSettings",
    "PluginFailure",
    "Problem",
    "build",
    "catalogue_for",
    "installed",
]
