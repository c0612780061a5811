"""All rules of the plugin. Each is a starting point for a provider's own plan, and says so."""

from throughline_social_care.patterns import PATTERNS
from throughline_social_care.urgent import URGENT

RULES = (*URGENT, *PATTERNS)
