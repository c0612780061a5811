"""Who may do what: one table, readable on one screen.

A membership gives its role's permissions over its unit and everything below it, or over the whole tenant.
"""

from enum import StrEnum


class Permission(StrEnum):
    """Everything a person may be allowed to do inside a tenant. A good thing to grep for."""

    REPORT = "report"  # send a report, follow one's own
    READ = "read"  # read incidents of the units covered, their line and their reviews
    READ_CONFIDENTIAL = "read-confidential"  # also those reported in confidence
    TRIAGE = "triage"  # decide what response an incident needs; correct its grade
    REVIEW = "review"  # open, write and sign off reviews
    SHARE = "share"  # approve learning and share it with units
    ACKNOWLEDGE = "acknowledge"  # answer for a unit: escalations, shared learning
    ACT = "act"  # plan actions and measures, record progress and verdicts
    OVERSEE = "oversee"  # see the whole line of the units covered: completeness, clocks, patterns
    STEER = "steer"  # set the target, the baseline and the new beginnings of charts
    PUBLISH = "publish"  # prepare, sign off and publish evidence
    CONFIGURE = "configure"  # see rules, packs and what failed; no identifiable data
    ADMINISTER = "administer"  # people, sessions, audit, problems


_P = Permission

ROLES: dict[str, frozenset[Permission]] = {
    "reporter": frozenset({_P.REPORT}),
    "unit_manager": frozenset(
        {_P.REPORT, _P.READ, _P.TRIAGE, _P.REVIEW, _P.SHARE, _P.ACKNOWLEDGE, _P.ACT, _P.OVERSEE}
    ),
    "governance_lead": frozenset(
        {
            _P.REPORT,
            _P.READ,
            _P.READ_CONFIDENTIAL,
            _P.TRIAGE,
            _P.REVIEW,
            _P.SHARE,
            _P.ACKNOWLEDGE,
            _P.ACT,
            _P.OVERSEE,
            _P.STEER,
            _P.PUBLISH,
        }
    ),
    "executive": frozenset({_P.REPORT, _P.READ, _P.OVERSEE, _P.PUBLISH}),
    "consultant": frozenset({_P.CONFIGURE}),
    "administrator": frozenset({_P.REPORT, _P.CONFIGURE, _P.ADMINISTER}),
}

ROLE_WORDS = {
    "reporter": "Reporter",
    "unit_manager": "Unit manager",
    "governance_lead": "Governance lead",
    "executive": "Executive",
    "consultant": "Consultant",
    "administrator": "Administrator",
}
