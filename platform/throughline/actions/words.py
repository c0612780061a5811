"""The words of actions and measures: strengths with examples, kinds, verdicts.

The hierarchy is RCA2's (VA National Center for Patient Safety and IHI, 2015); the examples are from mental
health and social care.
"""

STRENGTHS = {
    "stronger": (
        "Stronger",
        "Changes the place, the equipment or the work itself, so that the right thing happens by default: "
        "collapsible rails, doors with pressure alarms, a needless step taken out, equipment made the same "
        "everywhere, leaders who are there.",
    ),
    "intermediate": (
        "Intermediate",
        "Helps people to do the right thing: more staff at a busy time, a checklist, a shared handover "
        "board, software that reminds, fewer interruptions, practising together.",
    ),
    "weaker": (
        "Weaker",
        "Depends on people remembering: a new policy, a memo, a warning sign, a second signature, a training "
        "day.",
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
VERDICT_HINTS = {
    "improved": "The points moved in the better direction, by more than they vary anyway.",
    "no_change": "The points vary as they did before.",
    "worse": "The points moved in the other direction, by more than they vary anyway.",
    "cannot_tell": "Too few points since the change, or something else changed as well.",
}
