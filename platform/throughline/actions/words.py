"""The words of actions and measures: strengths with examples, kinds, verdicts.

The hierarchy is RCA2's (VA National Center for Patient Safety and IHI, 2015); the examples are from mental
health and social care.
"""

STRENGTHS = {
    "stronger": (
        "Stronger",
        "Changes the place, the equipment or the work itself, so that the right thing happens by default. "
        "Such as collapsible rails, doors with pressure alarms, or taking a needless step out.",
    ),
    "intermediate": (
        "Intermediate",
        "Helps people to do the right thing. Such as more staff at a busy time, a checklist, a shared board, "
        "software that reminds, or practising together.",
    ),
    "weaker": (
        "Weaker",
        "Depends on people remembering. Such as a new policy, a memo, a warning, or a training day.",
    ),
}
KINDS = {
    "protocol": "Protocol or policy",
    "training": "Training",
    "service_design": "How the service works",
    "environment": "Environment",
    "equipment": "Equipment",
    "staffing": "Staffing",
    "information": "Flow of information",
}
DIRECTIONS = {"lower": "Fewer is better", "higher": "More is better"}
VERDICTS = {
    "improved": "Improved",
    "no_change": "No change",
    "worse": "Worse",
    "cannot_tell": "Cannot tell yet",
}
