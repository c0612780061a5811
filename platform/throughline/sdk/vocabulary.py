"""The words a plugin and the platform share: categories, roles, review kinds and themes.

They are stored in the database and printed in evidence, so they are permanent; a word is added, never
changed.
"""

from collections.abc import Mapping
from types import MappingProxyType

CATEGORIES: tuple[str, ...] = (
    "self_harm",
    "violence",
    "restrictive_practice",
    "absence",
    "medication",
    "fall",
    "physical_health",
    "safeguarding",
    "sexual_safety",
    "death",
    "infection",
    "fire",
    "security",
    "staffing",
    "information",
    "environment",
    "access",
    "legal",
    "substance",
    "other",
)
"""What kind of thing happened: the keys of the platform's incident categories."""

PHYSICAL_HARM: tuple[str, ...] = ("none", "low", "moderate", "severe", "fatal")
"""LFPSE grades of physical harm, least first; the position is the grade's number in ``incident.harm``."""

PSYCHOLOGICAL_HARM: tuple[str, ...] = ("none", "low", "moderate", "severe")
"""LFPSE grades of psychological harm, least first; the position is the grade's number in
``incident.harm``."""

ESCALATION_ROLES: tuple[str, ...] = ("unit_manager", "governance_lead", "executive")
"""The roles an incident can be escalated to."""

ON_CALL = "on_call"
"""Whoever is on call when it is raised: for the incident's unit, or the nearest one above with somebody."""

PERSON = "person:"
"""Before an e-mail address: that person, by name."""

REVIEW_KINDS: tuple[str, ...] = ("psii", "aar", "swarm", "mdt", "thematic", "local")
"""The learning responses a rule can ask for."""

PROVIDER_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "nhs_body": "NHS trusts and other health service bodies",
        "independent_hospital": "Independent hospitals",
        "care_home": "Care homes",
        "supported_living": "Supported living with personal care",
        "home_care": "Care in people's own homes",
    }
)
"""The kinds of provider that a duty can be for: several bind a health service body otherwise than others."""

FUNDING: Mapping[str, str] = MappingProxyType(
    {
        "nhs": "The NHS",
        "local_authority": "A local authority",
        "private": "People themselves",
        "mixed": "Several sources",
    }
)
"""Who pays for the care on a unit."""

LEGAL_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "informal": "Not detained (informal)",
        "detained_s2": "Detained under section 2",
        "detained_s3": "Detained under section 3",
        "forensic": "Detained under a forensic section (such as 37 or 37/41)",
        "detained_other": "Detained under another order",
        "s5": "Held under section 5",
        "s135_136": "Held under section 135 or 136",
        "s17_leave": "Detained, on section 17 leave",
        "cto": "On a community treatment order",
        "guardianship": "Under guardianship",
        "dols": "Deprived of liberty with authorisation (DoLS)",
    }
)
"""A person's legal status when something happened. Sections are those of the Mental Health Act 1983."""

THEMES: Mapping[str, str] = MappingProxyType(
    {
        "environment": "Environment",
        "staffing": "Staffing and workload",
        "communication": "Information sharing and handover",
        "policy": "Policies that are hard to follow in practice",
        "task": "The task itself",
        "tools": "Tools and technology",
        "organisation": "Organisation and culture",
        "person_needs": "The person's needs",
        "external": "Outside influences",
    }
)
"""The themes every framework's factors map to, so that findings from different methods can be counted
together."""
